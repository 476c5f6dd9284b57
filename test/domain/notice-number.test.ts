// Notice numbers: 18 digits kept as text, and sentences for what spreadsheets make of them.
import { describe, expect, it } from 'vitest'
import { readNoticeNumber } from '../../src/domain/notice-number.ts'

describe('a notice number', () => {
  it.each([
    ['302000000000000001', '302000000000000001'],
    ['002000000000000001', '002000000000000001'],
    [' 3020 0000 0000 0000 01 ', '302000000000000001'],
  ])('%j is %s', (text, number) => {
    expect(readNoticeNumber(text)).toEqual({ kind: 'good', number })
  })

  it.each([
    ['402000000000000001', /0, 1, 2 e 3/],
    ['02000000000000001', /17 cifre/],
    ['3020000000000000010', /19 cifre/],
    ['3,02E+17', /foglio di calcolo/],
    ['3.02E17', /foglio di calcolo/],
    ['30200000000000000A', /sole cifre/],
    ['٣02000000000000001', /sole cifre/],
    ['', /sole cifre/],
  ])('%j is refused: %s', (text, why) => {
    const reading = readNoticeNumber(text)
    expect(reading.kind === 'bad' && reading.why).toMatch(why)
  })
})
