// VAT numbers: the check digit against the rule written anew, and what is said of everything else.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readVatNumber } from '../../src/domain/vat-number.ts'

/** The rule as a remainder: all eleven digits, weighed 1 and 2 in turn, make a multiple of ten. */
function isRight(number: string): boolean {
  const weighed = [...number].map((digit, index) => Number(digit) * (index % 2 === 0 ? 1 : 2))
  return weighed.reduce((sum, part) => sum + Math.floor(part / 10) + (part % 10), 0) % 10 === 0
}

const tenDigits = fc
  .string({ unit: fc.constantFrom(...'0123456789'), minLength: 10, maxLength: 10 })
  .filter((digits) => !/^0+$/.test(digits))
const vatNumber = tenDigits.map((digits) => {
  return [...'0123456789'].map((last) => digits + last).find(isRight)!
})

describe('a VAT number', () => {
  it('is good when made by the rule, with blanks and the country too', () => {
    fc.assert(
      fc.property(vatNumber, fc.constantFrom('', 'IT', 'it ', ' '), (number, before) => {
        expect(readVatNumber(`${before}${number} `)).toEqual({ kind: 'good', number })
      }),
    )
  })

  it('with any other last digit is doubtful, and the right one is named', () => {
    fc.assert(
      fc.property(vatNumber, fc.integer({ min: 1, max: 9 }), (good, shift) => {
        const expected = good[10]!
        const number = good.slice(0, 10) + String((Number(expected) + shift) % 10)
        expect(readVatNumber(number)).toEqual({ kind: 'wrong-check', number, expected })
      }),
    )
  })

  it('of a public body that everybody can look up is good', () => {
    // pagoPA S.p.A. and the municipality of Roma, as they print theirs.
    expect(readVatNumber('15376371009').kind).toBe('good')
    expect(readVatNumber('02438750586').kind).toBe('good')
  })

  it.each([
    ['00000000000', /soli zeri/],
    ['1234567890', /10 cifre invece di 11: forse ha perso gli zeri/],
    ['123456789012', /12 cifre invece di 11$/],
    ['RSSMRA80A01H501U', /codice fiscale di una persona/],
    ['DE123456789', /sole cifre/],
    ['1,5376E+10', /sole cifre/],
    ['١٥٣٧٦٣٧١٠٠٩', /sole cifre/],
    ['', /sole cifre/],
  ])('%j is none: %s', (text, why) => {
    const reading = readVatNumber(text)
    expect(reading.kind === 'bad' && reading.why).toMatch(why)
  })
})
