import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DueMessage, type OtherMessage, overtakes } from '../../src/domain/overtaken.ts'

const ZONE = 'Europe/Rome'
const at = (local: string) => Temporal.PlainDateTime.from(local).toZonedDateTime(ZONE).toInstant()

const due: DueMessage = { plannedAt: at('2027-03-12T09:30'), isLetGo: false }
const reminder = (plannedAt: string, leftAt: string | null = null): OtherMessage => ({
  purpose: 'reminder',
  plannedAt: at(plannedAt),
  leftAt: leftAt === null ? null : at(leftAt),
})
const first = (plannedAt: string, leftAt: string | null = null): OtherMessage => ({
  ...reminder(plannedAt, leftAt),
  purpose: 'first',
})
const is = (other: OtherMessage, now: string, message = due) =>
  overtakes(other, message, at(now), ZONE)

describe('a late reminder', () => {
  it('is overtaken by a later one that is due, leaves today or has left', () => {
    expect(is(reminder('2027-03-16T09:30'), '2027-03-16T09:30')).toBe(true)
    expect(is(reminder('2027-03-16T09:30'), '2027-03-16T00:00')).toBe(true)
    expect(is(reminder('2027-03-16T09:30'), '2027-03-15T23:59')).toBe(false)
    expect(is(reminder('2027-03-16T09:30', '2027-03-16T09:30'), '2027-03-30T09:30')).toBe(true)
  })

  it('leaves beside a later one that their rules put on the same day', () => {
    expect(is(reminder('2027-03-12T18:00'), '2027-03-12T09:30')).toBe(false)
    expect(is(reminder('2027-03-12T18:00'), '2027-03-12T18:00')).toBe(true)
  })

  it('is overtaken by nothing that was planned for before it', () => {
    expect(is(reminder('2027-03-12T09:00'), '2027-03-30T09:30')).toBe(false)
    expect(is(reminder('2027-03-12T09:00', '2027-03-13T09:00'), '2027-03-30T09:30')).toBe(false)
  })

  it('is overtaken by the first message that leaves no sooner', () => {
    expect(is(first('2027-03-12T10:00'), '2027-03-12T10:00')).toBe(true)
    expect(is(first('2027-03-01T10:00'), '2027-03-12T09:30')).toBe(true)
    expect(is(first('2027-03-12T10:00', '2027-03-12T11:00'), '2027-03-15T10:00')).toBe(true)
    expect(is(first('2027-03-01T10:00', '2027-03-01T11:00'), '2027-03-15T10:00')).toBe(false)
  })

  it('that a person lets go gives way to what leaves with it alone', () => {
    const letGo = { ...due, isLetGo: true }
    const left = reminder('2027-03-16T09:30', '2027-03-16T09:30')
    expect(is(left, '2027-03-16T10:30', letGo)).toBe(true)
    expect(is(left, '2027-03-16T10:31', letGo)).toBe(false)
    expect(is(reminder('2027-03-16T09:30'), '2027-03-16T10:30', letGo)).toBe(true)
  })
})

it('never lets two messages of a notice overtake each other', () => {
  const minutes = fc.nat(30 * 24 * 60)
  const other = fc.record({ plan: minutes, left: fc.option(minutes) })
  const begin = at('2027-03-01T00:00')
  fc.assert(
    fc.property(other, other, minutes, (one, two, nowMinutes) => {
      const now = begin.add({ minutes: nowMinutes })
      const plannedAt = (of: typeof one) => begin.add({ minutes: of.plan })
      const otherOf = (of: typeof one): OtherMessage => ({
        purpose: 'reminder',
        plannedAt: plannedAt(of),
        leftAt: of.left === null ? null : begin.add({ minutes: of.left }),
      })
      const message = (of: typeof one) => ({ plannedAt: plannedAt(of), isLetGo: false })
      const both =
        overtakes(otherOf(one), message(two), now, ZONE) &&
        overtakes(otherOf(two), message(one), now, ZONE)
      expect(both).toBe(false)
    }),
  )
})
