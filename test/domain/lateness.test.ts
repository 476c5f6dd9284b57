import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alwaysOpen, type Calendar } from '../../src/domain/calendar.ts'
import { daysLate, judgeLate, type LateRule } from '../../src/domain/lateness.ts'

const at = (local: string) =>
  Temporal.PlainDateTime.from(local).toZonedDateTime('Europe/Rome').toInstant()
const always = alwaysOpen('Europe/Rome')
const workdays: Calendar = {
  ...always,
  opening: (day) => (day.dayOfWeek > 5 ? null : always.opening(day)),
}
const skip: LateRule = { policy: 'skip', afterDays: 1 }

describe('lateness', () => {
  it.each([
    ['on its day', '2026-03-06T09:30', '2026-03-06T23:00', 0],
    ['before its time', '2026-03-06T09:30', '2026-03-05T09:30', 0],
    ['a weekend later', '2026-03-06T18:55', '2026-03-09T08:00', 1],
    ['a week and a weekend later', '2026-03-06T09:30', '2026-03-16T09:30', 6],
    ['over the night of 23 hours', '2026-03-27T09:30', '2026-03-30T09:30', 1],
    ['over the night of 25 hours', '2026-10-23T09:30', '2026-10-26T00:10', 1],
  ])('counts the days on which something may leave: %s', (_, planned, now, days) => {
    expect(daysLate(at(planned), at(now), workdays)).toBe(days)
  })

  it('is no more than the days between, whatever is closed, and never below none', () => {
    const hour = fc.integer({ min: 0, max: 24 * 60 })
    fc.assert(
      fc.property(hour, hour, fc.integer({ min: 0, max: 127 }), (first, second, open) => {
        const calendar = {
          ...always,
          opening: (day: Temporal.PlainDate) =>
            (open >> (day.dayOfWeek - 1)) % 2 === 1 ? always.opening(day) : null,
        }
        const start = at('2026-03-01T00:00')
        const [planned, now] = [start.add({ hours: first }), start.add({ hours: second })]
        const between = Math.max(0, Math.ceil((second - first) / 24) + 1)
        const late = daysLate(planned, now, calendar)
        expect(late).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThanOrEqual(between)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a late message', () => {
  const planned = at('2026-03-06T09:30')
  const judge = (rule: LateRule, now: string, dueAt: string | null = null) =>
    judgeLate({ planned, dueAt: dueAt === null ? null : at(dueAt) }, rule, at(now), workdays)

  it('goes within the days that its rule gives it, and not after', () => {
    expect(judge(skip, '2026-03-09T18:00')).toBe('go')
    expect(judge(skip, '2026-03-10T00:01')).toBe('skip')
    expect(judge({ policy: 'hold', afterDays: 0 }, '2026-03-06T19:00')).toBe('go')
    expect(judge({ policy: 'hold', afterDays: 0 }, '2026-03-09T08:00')).toBe('hold')
    expect(judge({ policy: 'send', afterDays: 0 }, '2027-03-09T08:00')).toBe('go')
  })

  it('waits for a person once what it announces has passed, unless late ones are skipped', () => {
    const due = '2026-03-08T23:59:59'
    expect(judge({ policy: 'send', afterDays: 1 }, '2026-03-09T08:00', due)).toBe('overdue')
    expect(judge({ policy: 'hold', afterDays: 9 }, '2026-03-09T08:00', due)).toBe('overdue')
    expect(judge(skip, '2026-03-09T08:00', due)).toBe('skip')
    expect(judge(skip, '2026-03-07T08:00', due)).toBe('go')
  })

  it('that was planned for after the due date is not too late for it', () => {
    expect(judge({ policy: 'send', afterDays: 1 }, '2026-03-06T10:00', '2026-03-03T23:59:59')).toBe(
      'go',
    )
  })
})
