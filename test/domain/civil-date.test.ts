// Civil dates: the formats, the days that do not exist, and the end of a day in Rome.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DateFormat,
  dateFormats,
  dueInstant,
  findCivilDate,
  formatLongDate,
  formatShortDate,
  isCivilDate,
  writeCivilDate,
} from '../../src/domain/civil-date.ts'

const anyDay = fc
  .integer({ min: 0, max: 300_000 })
  .map((days) => Temporal.PlainDate.from('1600-01-01').add({ days }))

const anyDayOf = (from: number, to: number) =>
  fc
    .integer({ min: 0, max: (to - from + 1) * 365 })
    .map((days) => Temporal.PlainDate.from(`${from}-01-01`).add({ days }))

/** A day late in the evening, as a source with this format writes it. */
function writtenAs(day: Temporal.PlainDate, format: DateFormat): string {
  const year = String(day.year)
  const two = (part: number) => String(part).padStart(2, '0')
  const parts: Record<string, string> = {
    ...{ yyyy: year, yy: year.slice(2), MM: two(day.month), dd: two(day.day) },
    ...{ M: String(day.month), d: String(day.day), HH: '23', mm: '59', ss: '59' },
  }
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss|M|d/g, (part) => parts[part]!)
}

describe('a date', () => {
  it.each<[string, DateFormat, string | null]>([
    ['31/10/2026', 'dd/MM/yyyy', '2026-10-31'],
    ['31-10-2026', 'dd-MM-yyyy', '2026-10-31'],
    ['31.10.2026', 'dd.MM.yyyy', '2026-10-31'],
    ['2026-10-31', 'yyyy-MM-dd', '2026-10-31'],
    ['20261031', 'yyyyMMdd', '2026-10-31'],
    ['31102026', 'ddMMyyyy', '2026-10-31'],
    [' 31/10/2026 ', 'dd/MM/yyyy', '2026-10-31'],
    ['29/02/2024', 'dd/MM/yyyy', '2024-02-29'],
    ['29/02/2000', 'dd/MM/yyyy', '2000-02-29'],
    ['29/02/2026', 'dd/MM/yyyy', null],
    ['29/02/1900', 'dd/MM/yyyy', null],
    ['31/02/2026', 'dd/MM/yyyy', null],
    ['31/04/2026', 'dd/MM/yyyy', null],
    ['00/10/2026', 'dd/MM/yyyy', null],
    ['31/13/2026', 'dd/MM/yyyy', null],
    ['31/00/2026', 'dd/MM/yyyy', null],
    ['01/01/0000', 'dd/MM/yyyy', null],
    ['10/31/2026', 'dd/MM/yyyy', null],
    ['1/9/2026', 'dd/MM/yyyy', null],
    ['31/10/26', 'dd/MM/yyyy', null],
    ['31-10-2026', 'dd/MM/yyyy', null],
    ['31/10/2026 00:00', 'dd/MM/yyyy', null],
    ['٣١/10/2026', 'dd/MM/yyyy', null],
    ['', 'dd/MM/yyyy', null],
    ['1/9/2026', 'd/M/yyyy', '2026-09-01'],
    ['01/9/2026', 'd/M/yyyy', '2026-09-01'],
    ['31/10/2026', 'd/M/yyyy', '2026-10-31'],
    ['1.9.2026', 'd.M.yyyy', '2026-09-01'],
    ['1-9-2026', 'd-M-yyyy', '2026-09-01'],
    ['31/9/2026', 'd/M/yyyy', null],
    ['001/9/2026', 'd/M/yyyy', null],
    ['2026/10/31', 'yyyy/MM/dd', '2026-10-31'],
    ['31/10/2026 00:00', 'dd/MM/yyyy HH:mm', '2026-10-31'],
    ['31/10/2026 23:59:59', 'dd/MM/yyyy HH:mm:ss', '2026-10-31'],
    ['31/10/2026 24:00:00', 'dd/MM/yyyy HH:mm:ss', null],
    ['31/10/2026 10:60', 'dd/MM/yyyy HH:mm', null],
    ['2026-10-31 00:00:00.000', 'yyyy-MM-dd HH:mm:ss', '2026-10-31'],
    ['2026-10-31T23:30:00', 'yyyy-MM-ddTHH:mm:ss', '2026-10-31'],
    ['2026-10-31T23:30:00Z', 'yyyy-MM-ddTHH:mm:ss', null],
    ['2027-06-30T23:30', 'yyyy-MM-ddTHH:mm', '2027-06-30'],
    ['2027-06-30T24:00', 'yyyy-MM-ddTHH:mm', null],
    ['2027-06-30T22:30Z', 'yyyy-MM-ddTHH:mmXXX', '2027-07-01'],
    ['9999-12-31T23:59:59Z', 'yyyy-MM-ddTHH:mm:ssXXX', null],
    ['9999-12-31T00:00:00+01:00', 'yyyy-MM-ddTHH:mm:ssXXX', '9999-12-31'],
    ['0001-01-01T00:00:00+14:00', 'yyyy-MM-ddTHH:mm:ssXXX', null],
    ['2026-02-30T23:30:00Z', 'yyyy-MM-ddTHH:mm:ssXXX', null],
    ['2026-10-31', 'yyyy-MM-ddTHH:mm:ss', null],
    ['2026-10-31+01:00', 'yyyy-MM-ddXXX', '2026-10-31'],
    ['2026-10-31Z', 'yyyy-MM-ddXXX', '2026-10-31'],
    ['20261031235959', 'yyyyMMddHHmmss', '2026-10-31'],
    ['20261031245959', 'yyyyMMddHHmmss', null],
  ])('%j as %s is %j', (text, format, expected) => {
    expect(findCivilDate(text, [format])).toBe(expected)
  })

  it.each<[string, DateFormat, number | null, string | null]>([
    ['311026', 'ddMMyy', 40, '2026-10-31'],
    ['261031', 'yyMMdd', 40, '2026-10-31'],
    ['31/10/26', 'dd/MM/yy', 40, '2026-10-31'],
    ['31-10-26', 'dd-MM-yy', 40, '2026-10-31'],
    ['31.10.26', 'dd.MM.yy', 40, '2026-10-31'],
    ['1/9/26', 'd/M/yy', 40, '2026-09-01'],
    ['01/01/40', 'dd/MM/yy', 40, '2040-01-01'],
    ['01/01/41', 'dd/MM/yy', 40, '1941-01-01'],
    ['01/01/00', 'dd/MM/yy', 0, '2000-01-01'],
    ['01/01/99', 'dd/MM/yy', 99, '2099-01-01'],
    ['29/02/00', 'dd/MM/yy', 40, '2000-02-29'],
    ['29/02/41', 'dd/MM/yy', 40, null],
    ['31/10/26', 'dd/MM/yy', null, null],
    ['31/10/2026', 'dd/MM/yy', 40, null],
  ])('%j as %s with pivot %j is %j', (text, format, pivot, expected) => {
    expect(findCivilDate(text, [format], pivot)).toBe(expected)
  })

  it.each([
    ['2026-10-30T23:00:00Z', '2026-10-31'],
    ['2026-10-30T23:00:00.000+00:00', '2026-10-31'],
    ['2026-10-30T22:59:59Z', '2026-10-30'],
    ['2026-10-31T00:00:00+01:00', '2026-10-31'],
    ['2026-10-31T00:00:00+0100', '2026-10-31'],
    ['2026-07-30T22:00:00Z', '2026-07-31'],
    ['2026-12-31T23:00:00Z', '2027-01-01'],
    // Both days on which the clocks change.
    ['2026-03-28T23:00:00Z', '2026-03-29'],
    ['2026-03-29T22:00:00Z', '2026-03-30'],
    ['2026-10-24T22:00:00Z', '2026-10-25'],
    ['2026-10-25T22:59:59Z', '2026-10-25'],
  ])('that names the instant %s is the day in Italy, %s', (text, expected) => {
    expect(findCivilDate(text, ['yyyy-MM-ddTHH:mm:ssXXX'])).toBe(expected)
  })

  it('is the day that was written, in every format without an offset', () => {
    const local = dateFormats.filter((format) => !format.includes('XXX'))
    fc.assert(
      fc.property(anyDayOf(2000, 2050), fc.constantFrom(...local), (day, format) => {
        const text = writtenAs(day, format)
        expect(findCivilDate(text, [format], 50)).toBe(day.toString())
      }),
      { numRuns: 1000 },
    )
  })

  it('is read in the first format that gives a day', () => {
    expect(findCivilDate('20261031', ['ddMMyyyy', 'yyyyMMdd'])).toBe('2026-10-31')
    expect(findCivilDate('12102026', ['yyyyMMdd', 'ddMMyyyy'])).toBe('2026-10-12')
  })

  it('exists exactly when the calendar says so', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(13), fc.nat(32), (year, month, day) => {
        const text = [String(year).padStart(4, '0'), month, day]
          .map((part) => String(part).padStart(2, '0'))
          .join('-')
        let exists = year > 0
        try {
          Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' })
        } catch {
          exists = false
        }
        expect(isCivilDate(text)).toBe(exists)
      }),
    )
  })
})

describe('the due instant', () => {
  it.each([
    ['2026-10-31', '2026-10-31T22:59:59Z'],
    ['2026-07-31', '2026-07-31T21:59:59Z'],
    // Both days on which the clocks change.
    ['2026-03-29', '2026-03-29T21:59:59Z'],
    ['2026-10-25', '2026-10-25T22:59:59Z'],
  ])('of %s is 23:59:59 in Rome, %s', (date, expected) => {
    expect(dueInstant(date)).toBe(expected)
  })

  it('is always on the same civil day in its zone, asked once or twice', () => {
    fc.assert(
      fc.property(anyDay, fc.constantFrom('Europe/Rome', 'Europe/Lisbon'), (day, zone) => {
        const instant = dueInstant(day.toString(), zone)
        expect(dueInstant(day.toString(), zone)).toBe(instant)
        const local = Temporal.Instant.from(instant).toZonedDateTimeISO(zone)
        expect(local.toPlainDateTime().toString()).toBe(`${day}T23:59:59`)
      }),
      { numRuns: 300 },
    )
  })

  it('is right for more days than are remembered', () => {
    const first = Temporal.PlainDate.from('2026-01-01')
    for (let days = 0; days < 5000; days++) dueInstant(first.add({ days }).toString())
    expect(dueInstant('2026-01-01')).toBe('2026-01-01T22:59:59Z')
  })
})

describe('a date as text', () => {
  it('is written out in the language asked for', () => {
    expect(formatLongDate('2026-10-31', 'it')).toBe('31 ottobre 2026')
    expect(formatLongDate('2026-03-01', 'en')).toBe('1 March 2026')
    expect(formatLongDate('2026-03-01', 'de')).toBe('1. März 2026')
    expect(formatShortDate('2026-03-01')).toBe('01/03/2026')
  })

  it('reads back from its short form', () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const iso = day.toString()
        expect(findCivilDate(formatShortDate(iso), ['dd/MM/yyyy'])).toBe(iso)
      }),
    )
  })
})

describe('a date written in a format of sources', () => {
  it.each([...dateFormats])('%s is read back as the same day', (format) => {
    const day = fc
      .integer({ min: 1, max: 36_500 })
      .map((days) => Temporal.PlainDate.from('1941-01-01').add({ days }))
    fc.assert(
      fc.property(day, (date) => {
        const text = writeCivilDate(date.toString(), format)
        expect(findCivilDate(text, [format], 40)).toBe(date.toString())
      }),
    )
  })
})
