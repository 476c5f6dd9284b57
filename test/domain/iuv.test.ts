// IUVs, and the notice numbers that are made of them where the lengths fit.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type IuvPrefix, noticeNumberOf, readIuv } from '../../src/domain/iuv.ts'

const digits = (count: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: count, maxLength: count })

describe('an IUV', () => {
  it.each([
    ['010000000000123', '010000000000123'],
    ['01000000000012345', '01000000000012345'],
    [' 0100000000 0012345\n', '01000000000012345'],
    ['RF18539007547034', 'RF18539007547034'],
    ['rf18 5390 0754 7034', 'RF18539007547034'],
  ])('%j is read as %j', (text, iuv) => {
    expect(readIuv(text)).toEqual({ kind: 'good', iuv })
  })

  it.each([
    ['RF19539007547034', /cifre di controllo/],
    ['301000000000012345', /già un codice avviso/],
    ['1234567890123456', /16 cifre/],
    ['1,00000000000012E+16', /foglio di calcolo/],
    ['IUV1', /sole cifre/],
    ['', /sole cifre/],
  ])('%j is none: %s', (text, why) => {
    const reading = readIuv(text)
    expect(reading.kind === 'bad' && reading.why).toMatch(why)
  })

  it('of ISO 11649 is taken only with its own check digits', () => {
    const reference = fc.string({
      unit: fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
      minLength: 1,
      maxLength: 21,
    })
    fc.assert(
      fc.property(reference, (body) => {
        const number = [...`${body}RF00`].map((part) => Number.parseInt(part, 36)).join('')
        const check = 98n - (BigInt(number) % 97n)
        const good = String(check).padStart(2, '0')
        const other = String((check % 97n) + 1n).padStart(2, '0')
        expect(readIuv(`RF${good}${body}`).kind).toBe('good')
        fc.pre(other !== good)
        expect(readIuv(`RF${other}${body}`).kind).toBe('bad')
      }),
    )
  })
})

describe('the notice number of an IUV', () => {
  const of = (text: string, prefix: IuvPrefix) => {
    const reading = noticeNumberOf(text, prefix)
    return reading.kind === 'good' ? reading.number : reading.why
  }

  it.each<[string, IuvPrefix, string | RegExp]>([
    ['010000000000123', { auxDigit: 0, code: '02' }, '002010000000000123'],
    ['01000000000012345', { auxDigit: 1 }, '101000000000012345'],
    ['01000000000012345', { auxDigit: 2 }, '201000000000012345'],
    ['01000000000012345', { auxDigit: 3 }, '301000000000012345'],
    ['01000000000012345', { auxDigit: 3, code: '01' }, '301000000000012345'],
    ['000000000012345', { auxDigit: 3, code: '01' }, '301000000000012345'],
    ['02000000000012345', { auxDigit: 3, code: '01' }, /codice di segregazione 01/],
    ['000000000012345', { auxDigit: 3 }, /15 cifre invece delle 17/],
    ['000000000012345', { auxDigit: 1 }, /15 cifre invece delle 17/],
    ['01000000000012345', { auxDigit: 0, code: '02' }, /17 cifre invece delle 15/],
    ['301000000000012345', { auxDigit: 3 }, /già un codice avviso/],
    ['RF18539007547034', { auxDigit: 3 }, /non ha un codice avviso/],
  ])('%j with %j is %s', (text, prefix, expected) => {
    expect(of(text, prefix)).toMatch(expected)
  })

  it('ends with the IUV whenever there is one', () => {
    const prefix = fc.record({ auxDigit: fc.constantFrom(0, 1, 2, 3), code: digits(2) })
    fc.assert(
      fc.property(fc.oneof(digits(15), digits(17)), prefix, (iuv, { auxDigit, code }) => {
        const reading = noticeNumberOf(iuv, { auxDigit: auxDigit as 0 | 1 | 2 | 3, code })
        if (reading.kind === 'bad') return
        expect(reading.number).toMatch(/^\d{18}$/)
        expect(reading.number.startsWith(String(auxDigit))).toBe(true)
        expect(reading.number.endsWith(iuv)).toBe(true)
      }),
    )
  })
})
