// Amounts: what each style reads as, what it refuses and why, and the way back to text.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EuroStyle, formatEuro, MAXIMUM_CENTS, readEuro } from '../../src/domain/money.ts'

const read = (text: string, style: EuroStyle) => {
  const reading = readEuro(text, style)
  return reading.kind === 'good' ? reading.cents : reading.why
}

describe('an amount with a decimal comma', () => {
  it.each([
    ['1.450,00', 145000],
    ['1450,00', 145000],
    ['14,5', 1450],
    ['0,01', 1],
    ['0,00', 0],
    ['0', 0],
    ['000', 0],
    ['-5,00', -500],
    ['+5,00', 500],
    ['-0,00', 0],
    ['0001,00', 100],
    ['  12,30  ', 1230],
    ['€ 12,30', 1230],
    ['12,30 €', 1230],
    ['12,30\u00a0€', 1230],
    ['99999999,99', MAXIMUM_CENTS],
    ['99.999.999,99', MAXIMUM_CENTS],
    ['100.000.000,00', 'range'],
    [`${'9'.repeat(40)},00`, 'range'],
    ['145000', 'no-decimals'],
    ['1.450', 'no-decimals'],
    ['1.450.000', 'no-decimals'],
    ['1450.00', 'form'],
    ['1,450.00', 'form'],
    ['-5', 'no-decimals'],
    ['1e3', 'form'],
    ['1,5e3', 'form'],
    ['٣,00', 'form'],
    ['１,00', 'form'],
    ['1 450,00', 'form'],
    ['1.45,00', 'form'],
    ['1.450,000', 'form'],
    [',50', 'form'],
    ['5,', 'form'],
    ['5,00-', 'form'],
    ['--5,00', 'form'],
    ['€€5,00', 'form'],
    ['NaN', 'form'],
    ['', 'form'],
    ['€', 'form'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(text, 'comma')).toBe(expected)
  })
})

describe('an amount with a decimal dot', () => {
  it.each([
    ['1,450.00', 145000],
    ['1450.00', 145000],
    ['14.5', 1450],
    ['1.450,00', 'form'],
    ['1,450', 'no-decimals'],
    ['145000', 'no-decimals'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(text, 'dot')).toBe(expected)
  })
})

describe('an amount in cents', () => {
  it.each([
    ['145000', 145000],
    ['0', 0],
    ['-500', -500],
    ['0000000145000', 145000],
    ['9999999999', MAXIMUM_CENTS],
    ['10000000000', 'range'],
    ['1450,00', 'form'],
    ['1450.00', 'form'],
    ['1e3', 'form'],
    ['٣', 'form'],
    ['', 'form'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(text, 'cents')).toBe(expected)
  })
})

describe('an amount as text', () => {
  it.each([
    [145000, '1.450,00 €'],
    [1, '0,01 €'],
    [0, '0,00 €'],
    [-500, '-5,00 €'],
    [99_999, '999,99 €'],
    [100_000, '1.000,00 €'],
    [MAXIMUM_CENTS, '99.999.999,99 €'],
  ])('%i cents are written %s', (cents, expected) => {
    expect(formatEuro(cents)).toBe(expected)
  })

  it('reads back as the same cents', () => {
    const cents = fc.integer({ min: -MAXIMUM_CENTS, max: MAXIMUM_CENTS })
    fc.assert(
      fc.property(cents, (amount) => {
        expect(read(formatEuro(amount), 'comma')).toBe(amount)
      }),
      { numRuns: 2000 },
    )
  })

  it('is never made of anything but integer cents', () => {
    for (const wrong of [14.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      expect(() => formatEuro(wrong)).toThrow(RangeError)
    }
  })
})
