import { describe, expect, test } from 'vitest'
import { calendarOf, createCalendar } from '../../src/config/calendar.ts'
import { CalendarSpec, WindowSpec } from '../../src/config/calendar-spec.ts'
import { type Calendar, isOpen, nextOpening } from '../../src/domain/calendar.ts'
import { loadWritten } from './written-config.ts'

type Written = { calendar?: unknown; window?: unknown; timeZone?: string }

/** A calendar of what two files say. */
function given({ calendar, window, timeZone = 'Europe/Rome' }: Written): Calendar {
  const spec = calendar === undefined ? undefined : CalendarSpec.parse(calendar)
  const feed = window === undefined ? undefined : WindowSpec.parse(window)
  return createCalendar({ timeZone, calendar: spec }, feed)
}

/** `08:00–19:00`, or `closed`. */
function hoursOn(calendar: Calendar, day: string): string {
  const opening = calendar.opening(Temporal.PlainDate.from(day))
  if (opening === null) return 'closed'
  const minute = (time: Temporal.PlainTime) => time.toString({ smallestUnit: 'minute' })
  return `${minute(opening.from)}–${opening.to ? minute(opening.to) : '24:00'}`
}

/** The days of a span on which nothing leaves. */
function closedDays(calendar: Calendar, from: string, to: string): string[] {
  const first = Temporal.PlainDate.from(from)
  const length = first.until(to).days + 1
  const days = Array.from({ length }, (_, days) => first.add({ days }))
  return days.map(String).filter((day) => hoursOn(calendar, day) === 'closed')
}

const quietHours = { from: '21:00', to: '08:00' }

describe('without a window', () => {
  test('messages leave at every hour, on Sundays and holidays too', () => {
    const calendar = given({ calendar: { patron: '06-24', closed: ['2026-08-14'] } })
    for (const day of ['2026-06-24', '2026-08-14', '2026-12-25', '2026-11-22']) {
      expect(hoursOn(calendar, day)).toBe('00:00–24:00')
    }
  })

  test('quiet hours hold on every day', () => {
    const calendar = given({ calendar: { quietHours } })
    expect(hoursOn(calendar, '2026-12-25')).toBe('08:00–21:00')
    const local = (text: string) => Temporal.PlainDateTime.from(text)
    expect(isOpen(calendar, local('2026-12-25T07:59:59.999'))).toBe(false)
    expect(isOpen(calendar, local('2026-12-25T08:00'))).toBe(true)
    expect(isOpen(calendar, local('2026-12-25T20:59:59'))).toBe(true)
    expect(isOpen(calendar, local('2026-12-25T21:00'))).toBe(false)
  })

  test('quiet hours may begin or end at midnight', () => {
    const night = given({ calendar: { quietHours: { from: '00:00', to: '07:30' } } })
    expect(hoursOn(night, '2026-12-25')).toBe('07:30–24:00')
    const evening = given({ calendar: { quietHours: { from: '22:00', to: '00:00' } } })
    expect(hoursOn(evening, '2026-12-25')).toBe('00:00–22:00')
  })
})

describe('a window', () => {
  test('opens on working days, from 8 to 19 unless it says otherwise', () => {
    const calendar = given({ window: {} })
    expect(hoursOn(calendar, '2026-11-20')).toBe('08:00–19:00')
    expect(closedDays(calendar, '2026-11-16', '2026-11-29')).toEqual([
      ...['2026-11-21', '2026-11-22', '2026-11-28', '2026-11-29'],
    ])
  })

  test('is closed on holidays, on the patron’s day and when the institution is', () => {
    const closed = ['2026-08-14', { from: '2026-12-24', to: '2026-12-31' }]
    const calendar = given({ calendar: { patron: '06-24', closed }, window: {} })
    expect(closedDays(calendar, '2026-06-22', '2026-06-26')).toEqual(['2026-06-24'])
    expect(closedDays(calendar, '2026-08-10', '2026-08-14')).toEqual(['2026-08-14'])
    expect(closedDays(calendar, '2026-12-21', '2027-01-01')).toEqual([
      ...['2026-12-24', '2026-12-25', '2026-12-26', '2026-12-27', '2026-12-28', '2026-12-29'],
      ...['2026-12-30', '2026-12-31', '2027-01-01'],
    ])
  })

  test('with `holidays: true` is closed on none of these', () => {
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    const window = { days, holidays: true }
    const calendar = given({ calendar: { patron: '06-24', closed: ['2026-08-14'] }, window })
    expect(closedDays(calendar, '2026-01-01', '2026-12-31')).toEqual([])
  })

  test('may be open to the end of the day', () => {
    const calendar = given({ window: { from: '00:00', to: '24:00' } })
    expect(hoursOn(calendar, '2026-11-20')).toBe('00:00–24:00')
  })

  test('has of its hours those that are not quiet', () => {
    const calendar = given({ calendar: { quietHours }, window: { from: '06:00', to: '23:00' } })
    expect(hoursOn(calendar, '2026-11-20')).toBe('08:00–21:00')
    const narrow = given({ calendar: { quietHours }, window: { from: '09:00', to: '20:00' } })
    expect(hoursOn(narrow, '2026-11-20')).toBe('09:00–20:00')
  })
})

describe('the patron saint’s day', () => {
  const closedBy = (patron: string, from: string, to: string) =>
    closedDays(given({ calendar: { patron }, window: { days: allDays } }), from, to)
  const allDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

  test('of the 29th of February is the 28th in other years', () => {
    expect(closedBy('02-29', '2027-02-01', '2027-03-31')).toEqual(['2027-02-28', ...easter2027])
    expect(closedBy('02-29', '2028-02-01', '2028-03-31')).toEqual(['2028-02-29'])
  })
  const easter2027 = ['2027-03-28', '2027-03-29']

  test('may be so many days from Easter', () => {
    expect(closedBy('easter+50', '2026-05-10', '2026-05-31')).toEqual(['2026-05-25'])
    expect(closedBy('easter-47', '2026-02-10', '2026-02-28')).toEqual(['2026-02-17'])
    // In 2025 Easter was on the 20th of April: 300 days later it is another year.
    expect(closedBy('easter+300', '2026-02-10', '2026-02-20')).toEqual(['2026-02-14'])
  })

  test.each(['02-30', '04-31', '13-01', '6-24', 'easter', 'easter 50'])('is not %s', (patron) => {
    expect(CalendarSpec.safeParse({ patron }).success).toBe(false)
  })
})

describe('a plan’s calendar', () => {
  const calendar = { patron: '06-24', quietHours }

  test('says by which rules it is made: those of the files, the holidays and the zones', () => {
    const { version } = given({ calendar, window: {} })
    expect(version).toMatch(/^\d+ · tz \w+ · date-holidays [\d.]+ · rules [0-9a-f]{12}$/)
    expect(given({ calendar, window: {} }).version).toBe(version)
    expect(given({ calendar, window: { to: '18:00' } }).version).not.toBe(version)
    expect(given({ calendar }).version).not.toContain('date-holidays')
    expect(given({}).version).toMatch(/^\d+ · tz \w+$/)
  })
})

describe('the calendar of a feed', () => {
  test('is one and the same for as long as its configuration is', async () => {
    const { config } = await loadWritten({})
    const { config: again } = await loadWritten({})
    if (config === null || again === null) throw new Error('the configuration is wrong')
    const window = WindowSpec.parse({})
    expect(calendarOf(config, 'comune', window)).toBe(calendarOf(config, 'comune', window))
    expect(calendarOf(config, 'comune', window)).not.toBe(calendarOf(config, 'comune', undefined))
    expect(calendarOf(again, 'comune', window)).not.toBe(calendarOf(config, 'comune', window))
  })
})

describe('the next opening', () => {
  const next = (written: Written, now: string) => {
    const calendar = given(written)
    return nextOpening(calendar, Temporal.Instant.from(now))?.toString() ?? null
  }

  test('is now while it is open', () => {
    expect(next({ window: {} }, '2026-11-20T07:00:00.5Z')).toBe('2026-11-20T07:00:00.5Z')
  })

  test.each([
    ['of the morning', '2026-11-20T06:59:59Z', '2026-11-20T07:00:00Z'],
    ['after the weekend', '2026-11-20T18:00:00Z', '2026-11-23T07:00:00Z'],
    ['after Christmas', '2026-12-24T18:00:00Z', '2026-12-28T07:00:00Z'],
    ['after the change to summer time', '2026-03-27T18:00:00Z', '2026-03-30T06:00:00Z'],
  ])('is that %s', (_when, now, expected) => {
    expect(next({ window: {} }, now)).toBe(expected)
  })

  const atNight = { days: ['sun'], from: '02:30', to: '02:45', holidays: true }

  test('is not in an hour that the clock leaves out', () => {
    expect(next({ window: atNight }, '2026-03-29T00:00:00Z')).toBe('2026-04-05T00:30:00Z')
  })

  test('comes twice in the hour that the clock has twice', () => {
    expect(next({ window: atNight }, '2026-10-25T00:00:00Z')).toBe('2026-10-25T00:30:00Z')
    expect(next({ window: atNight }, '2026-10-25T00:50:00Z')).toBe('2026-10-25T01:30:00Z')
    expect(next({ window: atNight }, '2026-10-25T01:50:00Z')).toBe('2026-11-01T01:30:00Z')
  })

  test('is not on a day that a zone has never had', () => {
    const written = { timeZone: 'Pacific/Apia', window: { days: ['fri'], holidays: true } }
    // Samoa went from Thursday the 29th of December 2011 to Saturday the 31st.
    expect(next(written, '2011-12-30T08:00:00Z')).toBe('2012-01-05T18:00:00Z')
  })

  test('is none where nothing opens in a year', () => {
    const closed = [{ from: '2026-01-01', to: '2028-12-31' }]
    expect(next({ calendar: { closed }, window: {} }, '2026-06-01T08:00:00Z')).toBeNull()
  })
})
