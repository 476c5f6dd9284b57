// The laws of plans, over random rules, zones, windows, quiet hours, closed days and due dates: a
// plan is in order, inside of its openings and to come; it does not depend on when it is made.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCalendar } from '../../src/config/calendar.ts'
import { CalendarSpec, WindowSpec, weekdays } from '../../src/config/calendar-spec.ts'
import { alwaysOpen, type Calendar, isOpen } from '../../src/domain/calendar.ts'
import {
  createPlanner,
  parseOffset,
  type ReminderPlan,
  type ReminderRule,
  resolveOffset,
} from '../../src/domain/reminder-plan.ts'

const longAgo = Temporal.Instant.from('1990-01-01T00:00:00Z')
const { compare } = Temporal.Instant

const zone = fc.constantFrom(
  ...['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'],
  ...['Asia/Kathmandu', 'America/Sao_Paulo', 'Africa/Casablanca', 'Antarctica/Troll'],
)

const two = (n: number) => String(n).padStart(2, '0')
const clock = (minute: number) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
const time = fc.oneof(fc.nat(1439), fc.constantFrom(0, 120, 150, 179, 180, 1439)).map(clock)

/** Around the days on which something is odd, and anywhere in twelve years. */
const dueDate = fc
  .tuple(
    fc.constantFrom(
      ...['2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31', '2028-02-29', '2026-12-31'],
      ...['2011-12-30', '2026-04-05', '2026-11-01', '2027-04-04'],
    ),
    fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -1500, max: 1500 })),
  )
  .map(([day, days]) => Temporal.PlainDate.from(day).add({ days }))

const rule: fc.Arbitrary<ReminderRule> = fc.record({
  at: fc
    .tuple(fc.oneof(fc.integer({ min: -31, max: 31 }), fc.integer({ min: -999, max: 999 })), time)
    .map(([days, at]) => `${days < 0 ? '-' : '+'}${Math.abs(days)}d ${at}`),
  whenClosed: fc.constantFrom('later', 'earlier', 'skip'),
})
const rules = fc.array(rule, { minLength: 1, maxLength: 10 })

const window = fc
  .record({
    days: fc.subarray([...weekdays], { minLength: 1 }),
    hours: fc.uniqueArray(fc.nat(1440), { minLength: 2, maxLength: 2 }),
    holidays: fc.boolean(),
  })
  .map(({ days, hours, holidays }) => {
    const [from = 0, to = 0] = hours.sort((a, b) => a - b)
    return WindowSpec.parse({ days, holidays, from: clock(from), to: clock(to) })
  })

const calendarSpec = fc
  .record({
    patron: fc.constantFrom('06-24', '02-29', 'easter+50', undefined),
    southTyrol: fc.boolean(),
    closed: fc.array(
      fc.tuple(fc.nat(700), fc.nat(20)).map(([at, length]) => {
        const from = Temporal.PlainDate.from('2026-01-01').add({ days: at })
        return { from: from.toString(), to: from.add({ days: length }).toString() }
      }),
      { maxLength: 5 },
    ),
    quietHours: fc.option(
      fc
        .uniqueArray(fc.nat(1439), { minLength: 2, maxLength: 2 })
        .map((hours) => hours.sort((a, b) => b - a).map(clock))
        .map(([from, to]) => ({ from, to })),
      { nil: undefined },
    ),
  })
  .map((written) => CalendarSpec.parse(JSON.parse(JSON.stringify(written))))

/** Of every kind, those that never open too. */
const calendar = fc
  .record({ timeZone: zone, spec: calendarSpec, window: fc.option(window, { nil: undefined }) })
  .map(({ timeZone, spec, window }) => createCalendar({ timeZone, calendar: spec }, window))

const dueAt = (day: Temporal.PlainDate, { zone }: Calendar) => {
  const end = day.toPlainDateTime(Temporal.PlainTime.from('23:59:59')).toZonedDateTime(zone)
  return end.toInstant().toString()
}

/** The zone may never have had the day that was drawn. */
const dueDay = (due: string, { zone }: Calendar) =>
  Temporal.Instant.from(due).toZonedDateTimeISO(zone).toPlainDate()

/** Somewhere between long before the due date and long after it. */
const nowOf = (due: string, days: number, minutes: number) =>
  Temporal.Instant.from(due)
    .add({ hours: days * 24 })
    .add({ minutes })

const texts = ({ planned }: ReminderPlan) =>
  planned.map(({ rule, civilAt, sendAt, movedFrom, isLast }) =>
    [rule, civilAt, sendAt, movedFrom, isLast].join(' '),
  )

const moment = fc.tuple(fc.integer({ min: -1100, max: 1100 }), fc.nat(1439))
const runs = (numRuns: number) => ({ numRuns })

describe('every plan', () => {
  test('is in order, inside of its openings, to come, and has each rule once at most', () => {
    fc.assert(
      fc.property(rules, calendar, dueDate, moment, (given, where, day, [days, minutes]) => {
        const due = dueAt(day, where)
        const now = nowOf(due, days, minutes)
        const { planned } = createPlanner(given, where, now)(due)
        planned.forEach(({ sendAt, isLast }, index) => {
          const before = planned[index - 1]
          expect(before === undefined || compare(before.sendAt, sendAt) < 0).toBe(true)
          expect(compare(sendAt, now)).toBe(1)
          const local = sendAt.toZonedDateTimeISO(where.zone).toPlainDateTime()
          expect(isOpen(where, local)).toBe(true)
          expect(isLast).toBe(index === planned.length - 1)
        })
        expect(new Set(planned.map((one) => one.rule)).size).toBe(planned.length)
      }),
      runs(2500),
    )
  })

  test('made later is the first one without what has passed', () => {
    fc.assert(
      fc.property(rules, calendar, dueDate, moment, (given, where, day, [days, minutes]) => {
        const due = dueAt(day, where)
        const now = nowOf(due, days, minutes)
        const first = createPlanner(given, where, longAgo)(due)
        const planned = first.planned.filter(({ sendAt }) => compare(sendAt, now) > 0)
        const again = createPlanner(given, where, now)(due)
        expect(texts(again)).toEqual(texts({ ...first, planned }))
      }),
      runs(2000),
    )
  })

  test('says of each rule when it leaves, or why it does not', () => {
    fc.assert(
      fc.property(rules, calendar, dueDate, (given, where, day) => {
        const due = dueAt(day, where)
        const { planned, leftOut } = createPlanner(given, where, longAgo)(due)
        const accounted = [...planned, ...leftOut].map((one) => one.rule).sort((a, b) => a - b)
        expect(accounted).toEqual(given.map((_, index) => index))
        for (const { rule, because } of leftOut) {
          const { at, whenClosed } = given[rule] as ReminderRule
          if (because === 'next' || whenClosed === 'skip') continue
          const own = dueDay(due, where).add({ days: parseOffset(at).days })
          expect(daysFrom(own, whenClosed).every((one) => where.opening(one) === null)).toBe(true)
        }
      }),
      runs(1000),
    )
  })

  test('leaves a reminder where its rule says, or moves it the way that its rule says', () => {
    fc.assert(
      fc.property(rules, calendar, dueDate, (given, where, day) => {
        const due = dueAt(day, where)
        const { planned } = createPlanner(given, where, longAgo)(due)
        for (const { rule, civilAt, sendAt, movedFrom } of planned) {
          const { at, whenClosed } = given[rule] as ReminderRule
          const own = resolveOffset(dueDay(due, where), parseOffset(at), where.zone)
          const local = own.sendAt.toZonedDateTimeISO(where.zone).toPlainDateTime()
          expect(movedFrom === null).toBe(isOpen(where, local))
          if (movedFrom === null) {
            expect([`${civilAt}`, `${sendAt}`]).toEqual([`${own.civilAt}`, `${own.sendAt}`])
            continue
          }
          expect(movedFrom.equals(own.civilAt)).toBe(true)
          expect(whenClosed).not.toBe('skip')
          const isBefore = compare(own.sendAt, Temporal.Instant.from(due)) <= 0
          // What is planned before the due date never leaves after it.
          if (isBefore && whenClosed === 'later') {
            expect(compare(sendAt, Temporal.Instant.from(due))).not.toBe(1)
          }
          if (whenClosed === 'earlier') expect(compare(sendAt, own.sendAt)).not.toBe(1)
          if (whenClosed === 'later' && !isBefore) expect(compare(sendAt, own.sendAt)).toBe(1)
        }
      }),
      runs(1000),
    )
  })

  test('moves with its due date, reminder by reminder', () => {
    const move = fc.integer({ min: -400, max: 400 })
    fc.assert(
      fc.property(rules, zone, dueDate, move, (given, name, day, days) => {
        const where = alwaysOpen(name)
        // Samoa went without the 30th of December 2011.
        const isThere = (due: Temporal.PlainDate) => dueDay(dueAt(due, where), where).equals(due)
        fc.pre(isThere(day) && isThere(day.add({ days })))
        const planOf = (due: Temporal.PlainDate) =>
          given.map((one) => {
            const plan = createPlanner([one], where, longAgo)(dueAt(due, where))
            return plan.planned.map(({ civilAt }) => civilAt)[0]
          })
        const moved = planOf(day).map((civilAt) => civilAt?.add({ days }).toString())
        expect(planOf(day.add({ days })).map(String)).toEqual(moved.map(String))
      }),
      runs(500),
    )
  })
})

/** The three weeks in which a rule looks for an opening, first of all. */
function daysFrom(day: Temporal.PlainDate, where: 'later' | 'earlier'): Temporal.PlainDate[] {
  const step = where === 'later' ? 1 : -1
  return Array.from({ length: 21 }, (_, days) => day.add({ days: step * (days + 1) }))
}
