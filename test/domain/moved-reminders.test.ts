// Where a reminder goes whose time is closed: examples in the words of an institution's files. The
// laws that hold of every plan are in `reminder-laws.test.ts`.
import { describe, expect, test } from 'vitest'
import { createCalendar } from '../../src/config/calendar.ts'
import { CalendarSpec, WindowSpec } from '../../src/config/calendar-spec.ts'
import { dueInstant } from '../../src/domain/civil-date.ts'
import { createPlanner, type ReminderRule } from '../../src/domain/reminder-plan.ts'

const longAgo = Temporal.Instant.from('2000-01-01T00:00:00Z')
const quietHours = { from: '21:00', to: '08:00' }
const working = { patron: '06-24', quietHours }

interface Given {
  calendar?: unknown
  window?: unknown
  whenClosed?: ReminderRule['whenClosed']
}

/** Working days from 8 to 19, unless it says otherwise. */
function planOf(due: string, offsets: string[], given: Given = {}) {
  const { calendar = working, whenClosed = 'later' } = given
  const window = 'window' in given ? given.window : {}
  const made = createCalendar(
    { timeZone: 'Europe/Rome', calendar: CalendarSpec.parse(calendar) },
    window === undefined ? undefined : WindowSpec.parse(window),
  )
  const rules = offsets.map((at) => ({ at, whenClosed }))
  return createPlanner(rules, made, longAgo)(dueInstant(due))
}

/** `-7d 09:30 → 2026-06-23 09:30`, with an asterisk when moved; what is left out says why. */
function said(due: string, offsets: string[], given: Given = {}): string[] {
  const { planned, leftOut } = planOf(due, offsets, given)
  const minute = (at: Temporal.PlainDateTime) => at.toString({ smallestUnit: 'minute' })
  return [
    ...planned.map(({ rule, civilAt, movedFrom }) => {
      return `${offsets[rule]} → ${minute(civilAt).replace('T', ' ')}${movedFrom ? '*' : ''}`
    }),
    ...leftOut.map(({ rule, because }) => `${offsets[rule]}: ${because}`),
  ]
}

describe('a reminder on a closed day', () => {
  test.each([
    ['a Saturday', '2026-11-28', '2026-11-30 09:30'],
    ['Liberation Day, a Saturday', '2026-04-25', '2026-04-27 09:30'],
    ['Easter', '2026-04-05', '2026-04-07 09:30'],
    ['the patron saint’s day', '2026-06-24', '2026-06-25 09:30'],
    ['Christmas, a Friday, and Santo Stefano', '2026-12-25', '2026-12-28 09:30'],
    ['New Year’s Day', '2027-01-01', '2027-01-04 09:30'],
  ])('that is %s leaves on the next open one at its time', (_what, day, expected) => {
    const due = Temporal.PlainDate.from(day).add({ days: 7 }).toString()
    expect(said(due, ['-7d 09:30'])).toEqual([`-7d 09:30 → ${expected}*`])
  })

  test('leaves at that day’s opening where its time is closed', () => {
    expect(said('2026-12-05', ['-7d 06:00'])).toEqual(['-7d 06:00 → 2026-11-30 08:00*'])
    expect(said('2026-12-05', ['-7d 22:00'])).toEqual(['-7d 22:00 → 2026-11-30 08:00*'])
  })

  test('leaves before it where the next one comes after the due date', () => {
    // Due on Sunday the 29th of November.
    expect(said('2026-11-29', ['-1d 09:30'])).toEqual(['-1d 09:30 → 2026-11-27 09:30*'])
    expect(said('2026-11-29', ['+0d 09:30'])).toEqual(['+0d 09:30 → 2026-11-27 09:30*'])
    // One that its rule puts after the due date has nothing to hurry for.
    expect(said('2026-11-27', ['+1d 09:30'])).toEqual(['+1d 09:30 → 2026-11-30 09:30*'])
  })

  test('leaves before it, or not at all, where its rule says so', () => {
    expect(said('2026-12-05', ['-7d 09:30'], { whenClosed: 'earlier' })).toEqual([
      '-7d 09:30 → 2026-11-27 09:30*',
    ])
    expect(said('2026-12-05', ['-7d 09:30'], { whenClosed: 'skip' })).toEqual(['-7d 09:30: closed'])
  })

  test('leaves as its rule says where there is no window', () => {
    expect(said('2026-12-05', ['-7d 09:30'], { window: undefined })).toEqual([
      '-7d 09:30 → 2026-11-28 09:30',
    ])
  })
})

describe('a reminder at a closed hour of an open day', () => {
  test('leaves when that day opens, or the next one', () => {
    expect(said('2026-11-26', ['-1d 07:59'])).toEqual(['-1d 07:59 → 2026-11-25 08:00*'])
    expect(said('2026-11-26', ['-2d 19:00'])).toEqual(['-2d 19:00 → 2026-11-25 08:00*'])
    expect(said('2026-11-26', ['-2d 18:59'])).toEqual(['-2d 18:59 → 2026-11-24 18:59'])
  })

  test('leaves before it where its rule says so', () => {
    const given: Given = { whenClosed: 'earlier' }
    expect(said('2026-11-26', ['-2d 19:00'], given)).toEqual(['-2d 19:00 → 2026-11-24 08:00*'])
    expect(said('2026-11-26', ['-2d 07:00'], given)).toEqual(['-2d 07:00 → 2026-11-23 08:00*'])
  })

  test('in the quiet hours of the nights when the clock changes leaves after them', () => {
    for (const [night, utc] of [
      ['2026-03-29', '2026-03-29T06:00:00Z'],
      ['2026-10-25', '2026-10-25T07:00:00Z'],
      ['2027-03-28', '2027-03-28T06:00:00Z'],
      ['2027-10-31', '2027-10-31T07:00:00Z'],
    ] as const) {
      const { planned } = planOf(night, ['+0d 02:30'], { window: undefined })
      expect(planned.map(({ sendAt }) => sendAt.toString())).toEqual([utc])
    }
  })
})

describe('a window within the hour that the clock leaves out', () => {
  const window = { days: ['sun'], from: '02:00', to: '03:00', holidays: true }
  const given: Given = { calendar: {}, window }

  test('is closed on that night', () => {
    // In 2026 that is the night of Sunday the 29th of March.
    expect(said('2026-03-29', ['+0d 02:30'], given)).toEqual(['+0d 02:30 → 2026-03-22 02:30*'])
    expect(said('2026-03-27', ['+1d 02:30'], given)).toEqual(['+1d 02:30 → 2026-04-05 02:30*'])
  })

  test('is open twice on the night when it comes twice, and fires once', () => {
    const { planned } = planOf('2026-10-25', ['+0d 02:30'], given)
    expect(planned.map(({ sendAt }) => sendAt.toString())).toEqual(['2026-10-25T00:30:00Z'])
  })
})

describe('two reminders of a notice', () => {
  // Due on Monday the 30th of November.
  test('that come together are one: the later of their rules', () => {
    expect(said('2026-11-30', ['-2d 09:30', '-1d 09:30', '+0d 09:30'])).toEqual([
      '+0d 09:30 → 2026-11-30 09:30',
      '-1d 09:30: next',
      '-2d 09:30: next',
    ])
  })

  test('are not on one day because one was moved there', () => {
    expect(said('2026-11-30', ['-2d 08:30', '+0d 17:00'])).toEqual([
      '+0d 17:00 → 2026-11-30 17:00',
      '-2d 08:30: next',
    ])
  })

  test('are on one day where their rules want that', () => {
    expect(said('2026-11-30', ['+0d 09:30', '+0d 17:00'])).toEqual([
      '+0d 09:30 → 2026-11-30 09:30',
      '+0d 17:00 → 2026-11-30 17:00',
    ])
  })

  test('that the clock puts at one instant are one', () => {
    expect(
      said('2026-03-29', ['+0d 02:30', '+0d 03:30'], { calendar: {}, window: undefined }),
    ).toEqual(['+0d 03:30 → 2026-03-29 03:30', '+0d 02:30: next'])
  })

  test('leave the last place to the one that is planned last', () => {
    const { planned } = planOf('2026-11-29', ['-7d 09:30', '-1d 09:30'], { whenClosed: 'skip' })
    // The 22nd is a Sunday and the 28th a Saturday.
    expect(planned).toEqual([])
    const lasts = planOf('2026-12-05', ['-8d 09:30', '-7d 09:30'], { whenClosed: 'skip' }).planned
    expect(lasts.map(({ rule, isLast }) => [rule, isLast])).toEqual([[0, true]])
  })
})
