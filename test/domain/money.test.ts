// Amounts: what each style reads as, what it refuses and why, and the way back to text.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EuroStyle,
  formatAmount,
  formatEnglishEuro,
  formatEuro,
  MAXIMUM_CENTS,
  readEuro,
} from '../../src/domain/money.ts'

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
    ['5,00-', -500],
    ['5,00 -', -500],
    ['5,00+', 500],
    ['-€ 5,00', -500],
    ['€ -5,00', -500],
    ['5,00- €', -500],
    ['EUR 12,30', 1230],
    ['12,30 euro', 1230],
    ['\u00a0 12,30\u00a0', 1230],
    ['145,0000', 14500],
    ['1.450,1200', 145012],
    ['145,1250', 'fraction'],
    ['1,400', 'no-decimals'],
    ['-5,00-', 'form'],
    ['5,00--', 'form'],
    ['€ 5,00 €', 'form'],
    ['EUROPA 5,00', 'form'],
    ['5,00 $', 'form'],
    [`${' '.repeat(50_000)}1${' '.repeat(50_000)}x`, 'form'],
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
    ['19.99', 1999],
    ['30.00', 3000],
    ['145.0000', 14500],
    ['145.000000', 14500],
    ['19.99000000', 1999],
    ['19.990001', 'fraction'],
    ['19.000000000', 'form'],
    ['1.45000', 145],
    ['30.00-', -3000],
    ['1.400', 'no-decimals'],
    ['-5', 'no-decimals'],
    ['0', 0],
    ['1e3', 'form'],
    ['٣', 'form'],
    ['99999999.99', MAXIMUM_CENTS],
    ['', 'form'],
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

describe('an amount in thousandths', () => {
  it.each([
    ['1450000', 145000],
    ['0000000024500', 2450],
    ['10', 1],
    ['0', 0],
    ['-5000', -500],
    ['5000-', -500],
    ['24505', 'fraction'],
    ['5', 'fraction'],
    ['99999999990', MAXIMUM_CENTS],
    ['100000000000', 'range'],
    ['1450,000', 'form'],
    ['1e3', 'form'],
    ['', 'form'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(text, 'thousandths')).toBe(expected)
  })
})

describe('an amount whose source drops zeros', () => {
  it.each<[string, EuroStyle, number | string]>([
    ['145', 'comma', 14500],
    ['1.450', 'comma', 145000],
    ['14,5', 'comma', 1450],
    [',5', 'comma', 50],
    ['-,05', 'comma', -5],
    ['145', 'dot', 14500],
    ['.5', 'dot', 50],
    ['1,450', 'dot', 145000],
    ['99999999', 'comma', 9_999_999_900],
    ['100000000', 'comma', 'range'],
    ['1,450', 'comma', 'no-decimals'],
    [',', 'comma', 'form'],
    ['', 'comma', 'form'],
    ['€', 'comma', 'form'],
    ['145', 'cents', 145],
  ])('reads %j as %s as %j', (text, style, expected) => {
    const reading = readEuro(text, style, 'dropped')
    expect(reading.kind === 'good' ? reading.cents : reading.why).toBe(expected)
  })
})

/** The ways in which one amount may be written, from its digits alone. */
function writings(cents: number): [string, EuroStyle][] {
  const sign = cents < 0 ? '-' : ''
  const digits = String(Math.abs(cents)).padStart(3, '0')
  const [whole, decimals] = [digits.slice(0, -2), digits.slice(-2)]
  return [
    [formatEuro(cents), 'comma'],
    [`${sign}${whole},${decimals}`, 'comma'],
    [`${whole},${decimals}${sign}`, 'comma'],
    [`EUR ${sign}${whole},${decimals}00`, 'comma'],
    [`${sign}${whole}.${decimals}`, 'dot'],
    [formatEuro(cents).replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.')), 'dot'],
    [`${sign}${digits.padStart(13, '0')}`, 'cents'],
    [`${sign}${digits}0`, 'thousandths'],
  ]
}

describe('every way of writing an amount', () => {
  const expectSame = (cents: number) => {
    for (const [text, style] of writings(cents)) {
      const reading = readEuro(text, style)
      if (reading.kind === 'good' && reading.cents === cents) continue
      throw new Error(`${text} as ${style} is not ${cents}: ${JSON.stringify(reading)}`)
    }
  }

  it('reads as the same cents, up to ten thousand euro and over the whole range by strides', () => {
    for (let cents = 0; cents <= 1_000_000; cents += 7) expectSame(cents)
    for (let cents = 0; cents < MAXIMUM_CENTS; cents += 99_999_989) expectSame(cents)
    for (const cents of [1, 99, 100, 101, 1999, 99_999, 100_000, MAXIMUM_CENTS]) expectSame(cents)
  })

  it('reads back what is written of each of the first million cents', () => {
    let wrong = 0
    for (let cents = 0; cents < 1_000_000; cents++) {
      const reading = readEuro(formatAmount(cents), 'comma')
      if (reading.kind !== 'good' || reading.cents !== cents) wrong++
    }
    expect(wrong).toBe(0)
  })

  it('reads as the same cents, whatever the amount and its sign', () => {
    const cents = fc.integer({ min: -MAXIMUM_CENTS, max: MAXIMUM_CENTS })
    fc.assert(fc.property(cents, expectSame), { numRuns: 2000 })
  })

  it('is read without arithmetic on fractions', () => {
    const path = new URL('../../src/domain/money.ts', import.meta.url)
    const code = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    expect(code).not.toMatch(/parseFloat|toFixed|Math\.(?!abs)|[*/%] ?\d/)
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

  it.each([
    [145000, '€1,450.00'],
    [1, '€0.01'],
    [-500, '-€5.00'],
    [MAXIMUM_CENTS, '€99,999,999.99'],
  ])('%i cents are written %s in English', (cents, expected) => {
    expect(formatEnglishEuro(cents)).toBe(expected)
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
