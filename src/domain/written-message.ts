// A message that somebody writes at their desk, or a program by the API, before it is a record: its
// parts, and what is wrong with them, for whoever typed them. Sentences are Italian and English.
import { findCivilDate } from './civil-date.ts'
import { readFiscalCode } from './fiscal-code.ts'
import { payloadLimits } from './message-values.ts'
import { readNoticeNumber } from './notice-number.ts'
import { countIn, type Words } from './words.ts'

export interface WrittenMessage {
  service: string
  fiscalCode: string
  subject: string
  /** Markdown; its buttons, if any, as front matter. */
  markdown: string
  /** `2026-10-31`; null: none. */
  dueDate: string | null
  payment: WrittenPayment | null
}

export interface WrittenPayment {
  noticeNumber: string
  amountCents: number
  /** 11 digits; null: the institution of the service. */
  payee: string | null
  invalidAfterDueDate: boolean
}

/** The parts that a problem may be of. */
export type WrittenPart =
  | 'service'
  | 'fiscalCode'
  | 'subject'
  | 'markdown'
  | 'dueDate'
  | 'noticeNumber'
  | 'amount'
  | 'payee'

export interface WrittenProblem {
  part: WrittenPart
  words: Words
}

/** What is wrong with the parts by themselves; empty: a record can be made of them. */
export function writtenProblems(message: WrittenMessage): WrittenProblem[] {
  const { fiscalCode, subject, markdown, dueDate, payment } = message
  return [
    ...recipientProblems(fiscalCode),
    ...lengthProblems('subject', subject, payloadLimits.subjectLength),
    ...lengthProblems('markdown', markdown, payloadLimits.markdownLength),
    ...(dueDate === null || findCivilDate(dueDate, ['yyyy-MM-dd']) !== null
      ? []
      : [problem('dueDate', 'Questo giorno non esiste.', 'There is no such day.')]),
    ...(payment === null ? [] : paymentProblems(payment)),
  ]
}

/** What a fiscal code is, as its form tells whoever types it. */
export function recipientProblems(fiscalCode: string): WrittenProblem[] {
  if (fiscalCode.trim() === '') {
    return [problem('fiscalCode', 'Scrivi il codice fiscale.', 'Write the fiscal code.')]
  }
  const read = readFiscalCode(fiscalCode)
  if (read.kind === 'good') return []
  if (read.kind === 'wrong-check') {
    return [
      problem(
        'fiscalCode',
        `Il carattere di controllo non torna: con questi dati l’ultimo sarebbe ${read.expected}. ` +
          'Ricontrolla tutto il codice, non solo l’ultima lettera.',
        `The check character is wrong: of these it would be ${read.expected}. Look at the whole ` +
          'code again, not at its last letter alone.',
      ),
    ]
  }
  const why = `Questo codice fiscale ${read.why}.`
  return [problem('fiscalCode', why, 'This is not the fiscal code of a person.')]
}

function lengthProblems(
  part: 'subject' | 'markdown',
  text: string,
  { minimum, maximum }: { minimum: number; maximum: number },
): WrittenProblem[] {
  const { length } = part === 'subject' ? text : text.trim()
  if (length >= minimum && length <= maximum) return []
  const { it, en, of } = partNames[part]
  if (length === 0) return [problem(part, `Scrivi ${it}.`, `Write ${en}.`)]
  const [there, least, most] = [length, minimum, maximum].map((n) => countIn('it', n))
  const [found, from, to] = [length, minimum, maximum].map((n) => countIn('en', n))
  return [
    problem(
      part,
      `Caratteri ${of}: ${there}. IO ne vuole da ${least} a ${most}.`,
      `Characters of ${en}: ${found}. IO wants ${from} to ${to}.`,
    ),
  ]
}

const partNames = {
  subject: { it: 'l’oggetto', of: 'dell’oggetto', en: 'the subject' },
  markdown: { it: 'il contenuto', of: 'del contenuto', en: 'the text' },
} as const

function paymentProblems({ noticeNumber, amountCents, payee }: WrittenPayment): WrittenProblem[] {
  const { minimum, maximum } = payloadLimits.amountCents
  const problems: WrittenProblem[] = []
  problems.push(...numberProblems(noticeNumber))
  if (!Number.isSafeInteger(amountCents) || amountCents < minimum || amountCents > maximum) {
    problems.push(
      problem(
        'amount',
        'L’importo va scritto come 145,00 e non può essere zero.',
        'Write the amount as 145,00; it cannot be zero.',
      ),
    )
  }
  if (payee !== null && !/^\d{11}$/.test(payee)) {
    problems.push(
      problem(
        'payee',
        'Il codice fiscale dell’ente creditore ha 11 cifre.',
        'The fiscal code of the creditor has 11 digits.',
      ),
    )
  }
  return problems
}

function numberProblems(noticeNumber: string): WrittenProblem[] {
  const read = readNoticeNumber(noticeNumber)
  if (read.kind === 'good') return []
  return [
    problem(
      'noticeNumber',
      `Il codice avviso ${read.why}.`,
      'The notice number is 18 digits, the first 0 to 3.',
    ),
  ]
}

function problem(part: WrittenPart, it: string, en: string): WrittenProblem {
  return { part, words: { it, en } }
}
