import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alwaysOpen, type Calendar, isOpen } from '../../src/domain/calendar.ts'
import { type CrowdedMessage, findOtherDay, MOST_CROWDED_DAYS } from '../../src/domain/one-a-day.ts'

const ZONE = 'Europe/Rome'
const at = (local: string) => Temporal.PlainDateTime.from(local).toZonedDateTime(ZONE).toInstant()
const always = alwaysOpen(ZONE)
const hours = { from: Temporal.PlainTime.from('08:00'), to: Temporal.PlainTime.from('14:00') }
const workdays: Calendar = { ...always, opening: (day) => (day.dayOfWeek > 5 ? null : hours) }

const crowded = (changes: Partial<CrowdedMessage> = {}): CrowdedMessage => ({
  plannedAt: at('2026-03-05T09:30'),
  crowdedSince: null,
  dueAt: null,
  nextAt: null,
  ...changes,
})
const now = at('2026-03-05T09:30')

describe('a message whose recipient has had another today', () => {
  it('leaves the next day at its own time', () => {
    expect(findOtherDay(crowded(), now, always)).toEqual({
      civilAt: Temporal.PlainDateTime.from('2026-03-06T09:30'),
      sendAt: at('2026-03-06T09:30'),
      crowdedSince: Temporal.PlainDate.from('2026-03-05'),
    })
  })

  it('leaves on the next open day, and when that opens where its own hour is closed', () => {
    const friday = findOtherDay(crowded(), at('2026-03-06T09:30'), workdays)
    expect(friday?.sendAt).toEqual(at('2026-03-09T09:30'))
    const late = crowded({ plannedAt: at('2026-03-05T18:00') })
    expect(findOtherDay(late, now, workdays)?.civilAt.toString()).toBe('2026-03-06T08:00:00')
  })

  it('is given up where the next message of its notice would come as soon', () => {
    expect(findOtherDay(crowded({ nextAt: at('2026-03-06T18:00') }), now, always)).toBeNull()
    expect(findOtherDay(crowded({ nextAt: at('2026-03-04T18:00') }), now, always)).toBeNull()
    expect(findOtherDay(crowded({ nextAt: at('2026-03-07T08:00') }), now, always)).not.toBeNull()
  })

  it('is given up where its due date would have passed, unless it comes after that anyway', () => {
    const due = at('2026-03-05T23:59:59')
    expect(findOtherDay(crowded({ dueAt: due }), now, always)).toBeNull()
    const after = crowded({ dueAt: at('2026-03-02T23:59:59') })
    expect(findOtherDay(after, now, always)).not.toBeNull()
  })

  it('is given up after a week of such days', () => {
    const since = (days: number) => Temporal.PlainDate.from('2026-03-05').subtract({ days })
    expect(findOtherDay(crowded({ crowdedSince: since(6) }), now, always)).not.toBeNull()
    expect(findOtherDay(crowded({ crowdedSince: since(7) }), now, always)).toBeNull()
  })

  it('leaves on a later day when it is open, within a week, or not at all', () => {
    const minutes = fc.integer({ min: 0, max: 400 * 24 * 60 })
    fc.assert(
      fc.property(minutes, minutes, fc.integer({ min: 1, max: 127 }), (plan, when, open) => {
        const calendar: Calendar = {
          ...always,
          opening: (day) => ((open >> (day.dayOfWeek - 1)) % 2 === 1 ? hours : null),
        }
        const start = at('2026-01-01T00:00')
        const today = start.add({ minutes: when })
        const other = findOtherDay(
          crowded({ plannedAt: start.add({ minutes: plan }) }),
          today,
          calendar,
        )
        if (other === null) return
        const local = other.sendAt.toZonedDateTimeISO(ZONE).toPlainDateTime()
        const days = today.toZonedDateTimeISO(ZONE).toPlainDate().until(local.toPlainDate()).days
        expect(isOpen(calendar, local)).toBe(true)
        expect(days).toBeGreaterThanOrEqual(1)
        expect(days).toBeLessThanOrEqual(MOST_CROWDED_DAYS)
        expect(other.civilAt.equals(local)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
