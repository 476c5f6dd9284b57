// What the names of files say of when they came, and what a list says instead.
import { describe, expect, it } from 'vitest'
import { findNamedArrival, readArrival } from '../../src/domain/arrival.ts'

const seven = Temporal.PlainTime.from('07:00')

function said(name: string, pattern: string | null = null): string | null {
  const found = findNamedArrival(name, pattern)
  return found && [found.date, found.time].filter((one) => one !== null).join(' ')
}

describe('the name of a file', () => {
  it.each([
    ['bollette-20250301.csv', '2025-03-01'],
    ['bollette_2025-03-01.zip', '2025-03-01'],
    ['pagamenti 2025.03.01.csv', '2025-03-01'],
    ['UTENZE_TARI_20250301060000.csv', '2025-03-01 06:00:00'],
    ['lotto-20250301_0630.csv', '2025-03-01 06:30:00'],
    ['lotto-2025-03-01T06.30.15.csv', '2025-03-01 06:30:15'],
  ])('%s says when it came', (name, expected) => {
    expect(said(name)).toBe(expected)
  })

  it.each([
    'bollette-2026-03.zip',
    'bollette-202603.zip',
    'avviso-302000000000000121.csv',
    'lotto-20250231.csv',
    'lotto.csv',
    'P-120250301.csv',
  ])('%s does not say it', (name) => {
    expect(said(name)).toBeNull()
  })

  it('is read by the pattern of the feed where that names a day', () => {
    expect(said('boll-01032025.csv', 'boll-{data:ddMMyyyy}.csv')).toBe('2025-03-01')
    expect(said('boll-012025-20250301.csv', 'boll-{mese:MMyyyy}-*.csv')).toBe('2025-03-01')
  })

  it('says the last of its days, since a file comes after what it tells of', () => {
    expect(said('incassi-20250201-20250228.csv')).toBe('2025-02-28')
  })
})

describe('a list of arrivals', () => {
  it.each([
    ['2025-07-01', '2025-07-01T05:00:00Z'],
    ['2025-07-01T06:30', '2025-07-01T04:30:00Z'],
    ['2025-07-01 06:30', '2025-07-01T04:30:00Z'],
    ['2025-07-01T06:30:00Z', '2025-07-01T06:30:00Z'],
    ['2025-07-01T06:30:00+02:00', '2025-07-01T04:30:00Z'],
  ])('may say %s', (text, expected) => {
    expect(readArrival(text, 'Europe/Rome', seven)?.toString()).toBe(expected)
  })

  it('says nothing by what is no date', () => {
    expect(readArrival('domani', 'Europe/Rome', seven)).toBeNull()
  })
})
