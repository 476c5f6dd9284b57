// What the names of files say: patterns with names and dates in braces.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  groupsOf,
  isNamePattern,
  matchesPattern,
  matchName,
  startOf,
} from '../../src/domain/name-pattern.ts'

describe('a pattern with names', () => {
  it.each([
    ['bollette-{lotto}.zip', 'bollette-12.zip', { lotto: '12' }],
    ['{ente}-{versione}_{parte}.csv', 'A944-1_3.csv', { ente: 'A944', versione: '1', parte: '3' }],
    ['{a}-*', 'x-y-z', { a: 'x' }],
    ['*-{a}', 'x-y-z', { a: 'y-z' }],
    ['{lotto}.csv', '.csv', null],
    ['attività-{n}.csv', 'attività-è.csv'.normalize('NFD'), { n: 'è' }],
  ])('%s reads %s', (pattern, name, said) => {
    expect(matchName(name, pattern)).toEqual(said)
  })

  it.each([
    ['TARI_{at:yyyyMMddHHmmss}.csv', 'TARI_20260301080910.csv', '2026-03-01T08:09:10'],
    ['{at:dd-MM-yyyy}.csv', '01-03-2026.csv', '2026-03-01'],
    ['{at:MMyyyy}-*.csv', '032026-1.csv', '2026-03'],
    ['{at:yyyy}.csv', '2026.csv', '2026'],
  ])('%s reads the date of %s', (pattern, name, at) => {
    expect(matchName(name, pattern)).toEqual({ at })
  })

  it.each(['20260230.csv', '20261301.csv', '2026030.csv', '2026030x.csv', '202603011.csv'])(
    'takes no %s, which is no date',
    (name) => expect(matchName(name, '{day:yyyyMMdd}.csv')).toBeNull(),
  )

  it.each([
    '{',
    '}',
    '{}',
    '{a',
    'a}',
    '{A}',
    '{a}{a}',
    '{a:}',
    '{a:yy}',
    '{a:MMdd}',
    '{a:yyyydd}',
  ])('cannot be %s', (pattern) => expect(isNamePattern(pattern)).toBe(false))

  it('names its groups in order', () => {
    expect(groupsOf('{b}-{a:yyyy}-*')).toEqual(['b', 'a'])
  })

  const word = fc.stringMatching(/^[a-z0-9-]{1,9}$/)
  it('finds what a name was made of, once one of two is known', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(matchName(`${a}_${b}`, '{a}_{b}', { a })).toEqual({ a, b })
        expect(matchName(`${a}${b}.csv`, '{a}{b}.csv', { a })).toEqual({ a, b })
        expect(matchName(`${a}x-${b}`, '{a}-{b}', { a: `${a}y` })).toBeNull()
      }),
    )
  })

  it('finds a known date however it is written', () => {
    const values = { month: '2026-03' }
    expect(matchName('03-2026.csv', '{month:MM-yyyy}.csv', values)).toEqual(values)
    expect(matchName('04-2026.csv', '{month:MM-yyyy}.csv', values)).toBeNull()
  })

  it('begins with what is fixed, or known', () => {
    const values = { month: '2026-03', lot: 'è' }
    expect(startOf('c-{month:MMyyyy}-{lot}-{part}.csv', values)).toBe('c-032026-è-')
    expect(startOf('c-{month:yyyyMMdd}.csv', values)).toBe('c-')
    expect(startOf('*.csv', values)).toBe('')
  })

  it('never begins with anything else than a name that matches it', () => {
    const day = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31') })
    fc.assert(
      fc.property(
        day.filter((date) => !Number.isNaN(date.getTime())),
        word,
        (date, a) => {
          const [year, month] = date.toISOString().split('-')
          const pattern = '{a}_{m:MM.yyyy}_{b}'
          const said = matchName(`${a}_${month}.${year}_x`, pattern, { a })
          expect(said).toEqual({ a, m: `${year}-${month}`, b: 'x' })
          expect(`${a}_${month}.${year}_x`.startsWith(startOf(pattern, said ?? {}))).toBe(true)
        },
      ),
    )
  })

  it('matches in little time, whatever its names', () => {
    const names = [...'abcdefghijklmnopqrstuvwxyz'].map((name) => `{${name}}a`).join('')
    expect(matchesPattern('a'.repeat(254), `${names}b`)).toBe(false)
  })
})
