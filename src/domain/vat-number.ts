// The Italian VAT number («partita IVA») and the fiscal code of bodies: eleven digits, of which the
// last checks the others (ministerial decree of 23 December 1976). Sentences are Italian: offices
// read them. Invariant: kept as text, since a leading zero counts.

export type VatNumberReading =
  | { kind: 'good'; number: string }
  /** Eleven digits whose last should be `expected`. */
  | { kind: 'wrong-check'; number: string; expected: string }
  /** `why` completes the sentence "«…» …". */
  | { kind: 'bad'; why: string }

/** Reads a VAT number; blanks and the country's `IT` in front are dropped. */
export function readVatNumber(text: string): VatNumberReading {
  const number = text.replace(/\s+/g, '').replace(/^IT(?=\d)/i, '')
  if (!/^\d{11}$/.test(number)) return { kind: 'bad', why: whatItIs(number) }
  // The check digit of ten zeros is a zero: a column that was never filled would pass.
  if (/^0+$/.test(number)) return { kind: 'bad', why: 'è fatto di soli zeri' }
  const expected = checkDigit(number)
  if (expected === number[10]) return { kind: 'good', number }
  return { kind: 'wrong-check', number, expected }
}

/** The eleventh digit that the first ten ask for; every second one of them counts double. */
export function checkDigit(number: string): string {
  let sum = 0
  for (let index = 0; index < 10; index++) {
    const digit = Number(number[index])
    const doubled = digit * 2
    if (index % 2 === 0) sum += digit
    else sum += doubled > 9 ? doubled - 9 : doubled
  }
  return String((10 - (sum % 10)) % 10)
}

function whatItIs(number: string): string {
  if (/^[A-Z]{6}[A-Z0-9]{9}[A-Z]$/i.test(number)) return 'è il codice fiscale di una persona'
  if (!/^\d+$/.test(number)) return 'non è fatto di sole cifre'
  const lost = number.length < 11 ? ': forse ha perso gli zeri iniziali' : ''
  return `ha ${number.length} cifre invece di 11${lost}`
}
