import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timesOf } from '../../src/config/campaign-times.ts'
import {
  type CampaignTimes,
  daySpan,
  MOST_DAYS_BACK,
  nextRun,
  runsBetween,
} from '../../src/domain/campaign.ts'

const rome = 'Europe/Rome'
const at = (text: string) => Temporal.Instant.from(text)
const cron = (schedule: string) => timesOf({ schedule }) as CampaignTimes
const local = (instant: Temporal.Instant | null, zone = rome) =>
  instant?.toZonedDateTimeISO(zone).toString({ timeZoneName: 'never', smallestUnit: 'minute' })

describe('when a campaign runs next', () => {
  test.each([
    ['30 9 * * 1#1', '2026-11-22T12:00Z', '2026-12-07T09:30+01:00'],
    ['30 9 * * 1#1', '2026-12-07T08:29Z', '2026-12-07T09:30+01:00'],
    ['30 9 * * 1#1', '2026-12-07T08:30Z', '2027-01-04T09:30+01:00'],
    ['0 8 L * *', '2027-02-01T00:00Z', '2027-02-28T08:00+01:00'],
    ['0 8 29 2 *', '2026-03-01T00:00Z', '2028-02-29T08:00+01:00'],
    ['0 0 10 * * 1-5', '2026-11-20T12:00Z', '2026-11-23T10:00+01:00'],
  ])('by %s after %s', (schedule, after, run) => {
    expect(local(nextRun(cron(schedule), rome, at(after)))).toBe(run)
  })

  test('a time that the clock skips moves forward, and one that it says twice fires once', () => {
    const night = cron('30 2 * * 0')
    expect(local(nextRun(night, rome, at('2027-03-27T12:00Z')))).toBe('2027-03-28T03:30+02:00')
    const autumn = nextRun(night, rome, at('2027-10-30T12:00Z')) as Temporal.Instant
    expect(local(autumn)).toBe('2027-10-31T02:30+02:00')
    expect(local(nextRun(night, rome, autumn))).toBe('2027-11-07T02:30+01:00')
  })

  test('a single day runs once, and never again', () => {
    const once = timesOf({ on: '2026-12-01 09:30' }) as CampaignTimes
    expect(local(nextRun(once, rome, at('2026-11-01T00:00Z')))).toBe('2026-12-01T09:30+01:00')
    expect(nextRun(once, rome, at('2026-12-01T08:30Z'))).toBe(null)
  })

  test('what would run more than once a day has no times', () => {
    expect(timesOf({ schedule: '*/5 9 * * *' })).toBe(null)
    expect(timesOf({ schedule: '0 9,15 * * *' })).toBe(null)
    expect(timesOf({ schedule: '*/10 0 9 * * *' })).toBe(null)
    expect(timesOf({})).toBe(null)
  })
})

describe('the runs between two instants', () => {
  test('are those that follow one another, newest first, on any schedule and in any zone', () => {
    const schedule = fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      hour: fc.integer({ min: 0, max: 23 }),
      days: fc.constantFrom('* * *', '* * 1#1', '1 * *', 'L * *', '* * 1-5', '* * 0', '15 6,12 *'),
    })
    const zone = fc.constantFrom(rome, 'America/New_York', 'Australia/Lord_Howe', 'UTC')
    const start = fc.integer({ min: 0, max: 3 * 366 * 24 * 60 })
    const length = fc.integer({ min: 0, max: 120 * 24 * 60 })
    fc.assert(
      fc.property(schedule, zone, start, length, ({ minute, hour, days }, where, from, long) => {
        const times = cron(`${minute} ${hour} ${days}`)
        const after = at('2026-01-01T00:00Z').add({ minutes: from })
        const until = after.add({ minutes: long })
        const expected: string[] = []
        for (let next = nextRun(times, where, after); next !== null; ) {
          if (Temporal.Instant.compare(next, until) > 0) break
          expected.unshift(next.toString())
          next = nextRun(times, where, next)
        }
        expect(runsBetween(times, where, after, until).map(String)).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })

  test('go back so many days at most', () => {
    const runs = runsBetween(
      cron('0 9 * * *'),
      rome,
      at('2000-01-01T00:00Z'),
      at('2026-01-01T12:00Z'),
    )
    expect(runs).toHaveLength(MOST_DAYS_BACK + 1)
  })
})

test('days from a run are whole days of the zone, both ends included', () => {
  const day = Temporal.PlainDate.from('2027-03-28')
  expect(daySpan(day, rome, { from: -1, to: 0 })).toEqual({
    from: at('2027-03-26T23:00Z'),
    before: at('2027-03-28T22:00Z'),
  })
  expect(daySpan(day, rome, { from: null, to: null })).toEqual({ from: null, before: null })
})
