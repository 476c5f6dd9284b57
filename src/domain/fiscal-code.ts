// The Italian fiscal code of a person: its form is IO's, its check character is Italian law's
// (ministerial decree of 23 December 1976). IO does not compute the check character; we do, since a
// mistyped code may be somebody else's. Sentences are Italian: offices read them.
import { isFiscalCodeOfIo } from './message-values.ts'

/**
 * IO's own test citizen: its messages go by e-mail to the delegate of the service. Its check is
 * wrong.
 */
export const TEST_FISCAL_CODE = 'AAAAAA00A00A000A'

/** A fiscal code as lists show it: enough to tell two citizens apart, not to know one. */
export function maskFiscalCode(code: string): string {
  return `${code.slice(0, 6)}••••••${code.slice(-4)}`
}

/** Where something of the form of a fiscal code begins: substituted digits too, and overlapping. */
const BEGINNINGS = /(?=[A-Z]{6}(?:[0-9LMNP-V]{2}[A-Z]){2}[0-9LMNP-V]{3}[A-Z])/gi
const LENGTH = 16

/** Whether a text holds what has the form of a fiscal code. */
export function namesFiscalCode(text: string): boolean {
  return text.search(BEGINNINGS) >= 0
}

/** The text with `…` in place of what has the form of a fiscal code: names of files, say. */
export function withoutFiscalCodes(text: string): string {
  return replaced(text, () => '…')
}

/** The text with each code in it as lists show one: what differs can still be told apart. */
export function maskFiscalCodes(text: string): string {
  return replaced(text, maskFiscalCode)
}

function replaced(text: string, by: (code: string) => string): string {
  let clear = ''
  let end = 0
  for (const { index } of text.matchAll(BEGINNINGS)) {
    if (index >= end) clear += text.slice(end, index) + by(text.slice(index, index + LENGTH))
    end = index + LENGTH
  }
  return clear + text.slice(end)
}

/** What collection systems of some regions write for a payer who gave no name: of good form. */
const ANONYMOUS_CODE = 'XYZXYZ80A01H501C'

export type FiscalCodeReading =
  | { kind: 'good'; code: string }
  /** IO would take it; the sixteenth character should be `expected`. */
  | { kind: 'wrong-check'; code: string; expected: string }
  /**
   * IO would refuse it; `why` completes the sentence "«…» …". `isNobody`: not a mistyped code, but
   * what sources write for companies, foreigners in care and anonymous payers.
   */
  | { kind: 'bad'; why: string; isNobody: boolean }

const odd: Record<string, number> = {}
const even: Record<string, number> = {}
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10]
for (const [index, value] of [...oddValues, 22, 25, 24, 23].entries()) {
  const letter = String.fromCharCode(65 + index)
  odd[letter] = value
  even[letter] = index
  if (index < 10) {
    odd[index] = value
    even[index] = index
  }
}

/**
 * Reads a fiscal code as a source writes it: any case, blanks around it. Substituted digits
 * (omocodia) are accepted as they are: the code with substitutions is the citizen's own.
 */
export function readFiscalCode(text: string): FiscalCodeReading {
  const bare = text.trim()
  const code = bare.toUpperCase()
  // Upper-casing turns some foreign letters into Latin ones: `ſ` would pass for `S`.
  const isOfIo = isFiscalCodeOfIo(code) && /^[\x21-\x7e]*$/.test(bare)
  if (!isOfIo || code === ANONYMOUS_CODE) {
    const nobody = findNobody(bare)
    return { kind: 'bad', why: nobody ?? whatItIs(bare), isNobody: nobody !== null }
  }
  if (code === TEST_FISCAL_CODE) return { kind: 'good', code }
  const expected = checkCharacter(code)
  return expected === code[15] ? { kind: 'good', code } : { kind: 'wrong-check', code, expected }
}

/** The sixteenth character that the first fifteen (upper case) ask for. */
export function checkCharacter(code: string): string {
  let sum = 0
  for (let index = 0; index < 15; index++) {
    const values = index % 2 === 0 ? odd : even
    sum += values[code[index] as string] ?? 0
  }
  return String.fromCharCode(65 + (sum % 26))
}

/** What is no person's code though it may be right; null for everything else. */
function findNobody(bare: string): string | null {
  if (/^(.)\1{10,}$/.test(bare)) {
    return 'è un segnaposto, lo stesso carattere ripetuto: la fonte non sa di chi è'
  }
  if (/^(?:IT)?\d{11}$/i.test(bare)) {
    return 'è un codice di 11 cifre (impresa, ente o codice provvisorio): IO raggiunge solo persone'
  }
  if (/^(STP|ENI)\d{13}$/i.test(bare)) {
    return 'è un codice STP o ENI per cure a stranieri: su IO non corrisponde a nessuno'
  }
  // `ANONIMO` is what pagoPA's receipts carry instead of a payer who gave no name.
  if (['ANONIMO', ANONYMOUS_CODE].includes(bare.toUpperCase())) {
    return 'è un pagatore anonimo: IO non saprebbe a chi scrivere'
  }
  return null
}

function whatItIs(bare: string): string {
  if (/^\d{13,}$/.test(bare)) return 'è un numero, non un codice fiscale: forse è un’altra colonna'
  if (/[^\x20-\x7e]/.test(bare)) {
    const strange = [...bare].find((character) => !/[\x20-\x7e]/.test(character))
    return `ha il carattere «${strange}», che somiglia a una lettera latina ma non lo è`
  }
  if (/\s/.test(bare)) return 'ha spazi all’interno'
  if (bare.length !== 16) return `ha ${bare.length} caratteri invece di 16`
  return 'non ha la forma di un codice fiscale'
}
