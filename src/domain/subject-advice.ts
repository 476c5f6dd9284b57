// Personal data in a subject. It shows on locked phones, in the push and in lists, and the service
// manual of IO forbids it. Only forms that are recognised without doubt are said: a name is not.
import { findingsAt, type MessageFinding } from './message-finding.ts'

/** What is known of the message beside its subject; each is looked for in it. */
interface SubjectFacts {
  fiscalCode?: string | undefined
  amountCents?: number | undefined
  noticeNumber?: string | undefined
}

const digit = '[0-9LMNPQRSTUV]'
const aFiscalCode = new RegExp(
  `\\b[A-Z]{6}${digit}{2}[ABCDEHLMPRST]${digit}{2}[A-Z]${digit}{3}[A-Z]\\b`,
  'i',
)
const anEmail = /[^\s@]{1,64}@[^\s@]{1,255}\.[a-z]{2,}/i
const anAmount = /(?:€|\beur(?:o)?\b)\s*\d|\d\s*(?:€|\beuro?\b)|\b\d{1,3}(?:\.?\d{3})*,\d\d\b/i
/** Two letters, three digits, two letters, without I, O, Q and U; with blanks in capitals only. */
const aPlate =
  /\b(?:[A-HJ-NPR-TV-Z]{2}[ -]?\d{3}[ -]?[A-HJ-NPR-TV-Z]{2}|[a-hj-npr-tv-z]{2}\d{3}[a-hj-npr-tv-z]{2})\b/
const anIban = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/gi

/** Longer subjects are refused; nothing past this is looked at. */
const maximumLength = 1_000

/** One finding for each kind of personal data that the subject shows. */
export function subjectAdvice(subject: string, facts: SubjectFacts = {}): MessageFinding[] {
  const text = subject.slice(0, maximumLength)
  const kinds: [shows: boolean, what: string][] = [
    [showsFiscalCode(text, facts.fiscalCode), 'a fiscal code'],
    [anAmount.test(text) || showsAmount(text, facts.amountCents), 'an amount'],
    [aPlate.test(text), 'a number plate'],
    [anEmail.test(text), 'an e-mail address'],
    [showsIban(text), 'an IBAN'],
    [showsNumber(text, facts.noticeNumber), 'the notice number'],
  ]
  return kinds
    .filter(([shows]) => shows)
    .map(([, what]) =>
      findingsAt('content.subject')(
        'personal-data',
        `The subject seems to show ${what}: it is read on locked phones, and IO forbids it.`,
        'Say it in the text instead.',
      ),
    )
}

function showsFiscalCode(text: string, own: string | undefined): boolean {
  if (aFiscalCode.test(text)) return true
  return own !== undefined && own.length === 16 && squeezed(text).includes(own.toUpperCase())
}

/** `1.024,50`, `1024.50` and the like, of the amount that is asked for. */
function showsAmount(text: string, cents: number | undefined): boolean {
  if (cents === undefined || !Number.isSafeInteger(cents) || cents < 1) return false
  const whole = String(Math.trunc(cents / 100))
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, '[.\u2019 ,]?')
  return new RegExp(`(?<!\\d)${grouped}[.,]${String(cents % 100).padStart(2, '0')}(?!\\d)`).test(
    text,
  )
}

/** Of what looks like one, only that which is mostly digits: capitals alone are a title. */
function showsIban(text: string): boolean {
  for (const [found] of text.matchAll(anIban)) {
    if (found.replace(/\D/g, '').length >= 10) return true
  }
  return false
}

function showsNumber(text: string, number: string | undefined): boolean {
  return number !== undefined && number.length === 18 && squeezed(text).includes(number)
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '').toUpperCase()
}
