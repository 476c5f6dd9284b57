import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { alwaysOpen, type Calendar } from '../../src/domain/calendar.ts'
import { dueInstant } from '../../src/domain/civil-date.ts'
import {
  createPlanner,
  followRules,
  parseOffset,
  type ReminderPlan,
  resolveOffset,
} from '../../src/domain/reminder-plan.ts'

const ROME = 'Europe/Rome'
const longAgo = Temporal.Instant.from('2000-01-01T00:00:00Z')

/** The instant of an offset from a due date in Rome, as text. */
function instantOf(due: string, offset: string): string {
  const { sendAt } = resolveOffset(Temporal.PlainDate.from(due), parseOffset(offset), ROME)
  return sendAt.toString()
}

describe('an offset', () => {
  test.each([
    ['-7d 09:30', -7, '09:30:00'],
    ['+15d 00:00', 15, '00:00:00'],
    ['-0d 23:59', -0, '23:59:00'],
    ['+999d 08:05', 999, '08:05:00'],
  ])('%s is read as whole days and a local time', (text, days, time) => {
    const offset = parseOffset(text)
    expect(offset.days).toBe(days)
    expect(offset.time.toString()).toBe(time)
  })

  test.each(['7d 09:30', '-7d', '-7d 9:30', '-7 09:30', '-1000d 09:30', '', '-7d 09:30 '])(
    '«%s» is none, and throws',
    (text) => {
      expect(() => parseOffset(text)).toThrow('not an offset')
    },
  )
})

describe('the instant of a reminder', () => {
  test.each([
    ['in winter', '2026-02-20', '-7d 09:30', '2026-02-13T08:30:00Z'],
    ['in summer', '2026-07-20', '-7d 09:30', '2026-07-13T07:30:00Z'],
    ['on the due day itself', '2026-07-20', '+0d 08:00', '2026-07-20T06:00:00Z'],
    ['after the due day', '2026-07-20', '+10d 08:00', '2026-07-30T06:00:00Z'],
    ['across the change to summer time', '2026-03-31', '-3d 09:30', '2026-03-28T08:30:00Z'],
    ['just after that change', '2026-03-31', '-2d 09:30', '2026-03-29T07:30:00Z'],
    ['across the year’s end', '2026-01-03', '-7d 09:30', '2025-12-27T08:30:00Z'],
    ['on a leap day', '2028-03-01', '-1d 09:30', '2028-02-29T08:30:00Z'],
    ['without a leap day', '2027-03-01', '-1d 09:30', '2027-02-28T08:30:00Z'],
  ])('is right %s', (_when, due, offset, expected) => {
    expect(instantOf(due, offset)).toBe(expected)
  })

  test('moves forward by an hour when its local time does not exist', () => {
    expect(instantOf('2026-03-29', '+0d 02:30')).toBe('2026-03-29T01:30:00Z')
    const at = Temporal.Instant.from('2026-03-29T01:30:00Z').toZonedDateTimeISO(ROME)
    expect(at.toPlainTime().toString()).toBe('03:30:00')
  })

  test('is the first of the two when its local time comes twice', () => {
    expect(instantOf('2026-10-25', '+0d 02:30')).toBe('2026-10-25T00:30:00Z')
  })

  test('keeps the civil time it came from, be it one that does not exist', () => {
    const due = Temporal.PlainDate.from('2026-03-29')
    const { civilAt } = resolveOffset(due, parseOffset('+0d 02:30'), ROME)
    expect(civilAt.toString()).toBe('2026-03-29T02:30:00')
  })

  test('is that civil time in Rome on every day of a century, but for the missing hour', () => {
    const first = Temporal.PlainDate.from('2000-01-01')
    fc.assert(
      fc.property(
        fc.nat(36_500),
        fc.integer({ min: -999, max: 999 }),
        fc.nat(23),
        fc.nat(59),
        (day, days, hour, minute) => {
          const due = first.add({ days: day })
          const offset = { days, time: new Temporal.PlainTime(hour, minute) }
          const { civilAt, sendAt } = resolveOffset(due, offset, ROME)
          const local = sendAt.toZonedDateTimeISO(ROME).toPlainDateTime()
          const late = civilAt.until(local).total('minutes')
          expect(civilAt.toPlainDate().equals(due.add({ days }))).toBe(true)
          expect(hour === 2 ? [0, 60] : [0]).toContain(late)
        },
      ),
    )
  })
})

const later = (at: string) => ({ at, whenClosed: 'later' as const })

describe('a planner', () => {
  const rules = ['-7d 09:30', '-1d 09:30', '+5d 09:30'].map(later)
  const due = dueInstant('2026-04-30')
  const plannerOf = (now: Temporal.Instant) => createPlanner(rules, alwaysOpen(ROME), now)
  const instantsOf = (plan: ReminderPlan) => plan.planned.map(({ sendAt }) => sendAt.toString())

  test('answers every reminder that is still to come', () => {
    expect(instantsOf(plannerOf(longAgo)(due))).toEqual([
      '2026-04-23T07:30:00Z',
      '2026-04-29T07:30:00Z',
      '2026-05-05T07:30:00Z',
    ])
  })

  test('leaves out a reminder that has passed, also when it is due right now', () => {
    const now = Temporal.Instant.from('2026-04-29T07:30:00Z')
    const rulesOf = (at: Temporal.Instant) => plannerOf(at)(due).planned.map(({ rule }) => rule)
    expect(rulesOf(now)).toEqual([2])
    expect(rulesOf(now.subtract({ milliseconds: 1 }))).toEqual([1, 2])
  })

  test('plans no reminder without a due date', () => {
    expect(plannerOf(longAgo)(null)).toEqual({ planned: [], leftOut: [] })
  })

  test('puts reminders in the order of their instants, however they are listed', () => {
    const mixed = createPlanner([...rules].reverse(), alwaysOpen(ROME), longAgo)
    expect(mixed(due).planned.map(({ rule }) => rule)).toEqual([2, 1, 0])
    expect(mixed(due).planned.map(({ isLast }) => isLast)).toEqual([false, false, true])
  })

  test('answers the same for a date that it has forgotten meanwhile', () => {
    const plan = plannerOf(longAgo)
    const before = plan(due)
    const day = Temporal.PlainDate.from('2027-01-01')
    for (let n = 0; n < 2100; n++) plan(dueInstant(day.add({ days: n }).toString()))
    expect(plan(due)).toEqual(before)
  })

  test('reasons once about a due date, however many notices have it', () => {
    let asked = 0
    const counting: Calendar = {
      ...alwaysOpen(ROME),
      opening(day) {
        asked += 1
        return alwaysOpen(ROME).opening(day)
      },
    }
    const plan = createPlanner(rules, counting, longAgo)
    for (let notice = 0; notice < 10_000; notice++) plan(dueInstant(`2026-0${(notice % 4) + 1}-28`))
    expect(asked).toBe(4 * rules.length)
  })

  describe('on a host that lives elsewhere', () => {
    const own = process.env['TZ']
    afterEach(() => {
      if (own === undefined) delete process.env['TZ']
      else process.env['TZ'] = own
    })

    test.each([
      ['America/New_York', 240],
      ['Asia/Tokyo', -540],
      ['Pacific/Kiritimati', -840],
    ])('plans the same instants: %s', (zone, minutesBehind) => {
      const here = instantsOf(plannerOf(longAgo)(due))
      process.env['TZ'] = zone
      expect(new Date('2026-07-01T00:00:00Z').getTimezoneOffset()).toBe(minutesBehind)
      expect(instantsOf(plannerOf(longAgo)(dueInstant('2026-04-30')))).toEqual(here)
    })
  })
})

describe('the rules of a newer version of a mapping', () => {
  test.each([
    [
      ['-7d 09:30', '-1d 09:30'],
      ['-30d 09:30', '-7d 09:30', '-1d 09:30'],
      [1, 2],
    ],
    // The same day at another time is the same reminder; one at the same time is it first.
    [['-7d 09:30'], ['-7d 12:00'], [0]],
    [
      ['-7d 09:30', '-7d 18:00'],
      ['-7d 18:00', '-7d 10:00'],
      [1, 0],
    ],
    [['-7d 09:30', '-7d 18:00'], ['-7d 10:00'], [0, null]],
    [['-7d 09:30', '+3d 09:30'], ['-8d 09:30'], [null, null]],
    [[], ['-7d 09:30'], []],
  ])('%s are in %s at %s', (before, after, places) => {
    expect(followRules(before, after)).toEqual(places)
  })
})
