import { describe, expect, test } from 'vitest'
import { alwaysOpen } from '../../src/domain/calendar.ts'
import { dueInstant } from '../../src/domain/civil-date.ts'
import { type PlanTerms, planMessages } from '../../src/pipeline/plan.ts'

const now = Temporal.Instant.from('2026-04-25T10:00:00Z')
const reminders = ['-7d 09:30', '-1d 09:30', '+3d 18:00'].map((at) => ({
  at,
  whenClosed: 'later' as const,
}))
const ours: PlanTerms = { elsewhere: null, reminders: 'ours' }
const mapping = { reminders, notice: { premium: false } }
const planOf = planMessages(mapping, alwaysOpen('Europe/Rome'), now, ours)
const plan = (dueAt: string | null, hasFirst: boolean) =>
  planOf({ dueAt, hasFirst, hasPayment: true }).messages

const said = (dueAt: string | null) =>
  plan(dueAt, true).map(
    ({ purpose, template, sendAt, civilAt }) => `${purpose} ${template} ${sendAt} ${civilAt}`,
  )

describe('the messages of a notice', () => {
  test('are a first one at once, and each reminder still to come, with its own text', () => {
    expect(said(dueInstant('2026-06-30'))).toEqual([
      'first 0 2026-04-25T10:00:00Z null',
      'reminder 1 2026-06-23T07:30:00Z 2026-06-23T09:30:00',
      'reminder 2 2026-06-29T07:30:00Z 2026-06-29T09:30:00',
      'reminder 3 2026-07-03T16:00:00Z 2026-07-03T18:00:00',
    ])
  })

  test('keep their texts when earlier reminders have passed', () => {
    expect(said(dueInstant('2026-04-30'))).toEqual([
      'first 0 2026-04-25T10:00:00Z null',
      'reminder 2 2026-04-29T07:30:00Z 2026-04-29T09:30:00',
      'reminder 3 2026-05-03T16:00:00Z 2026-05-03T18:00:00',
    ])
  })

  test('are the first one alone when every reminder has passed, or nothing is due', () => {
    expect(said(dueInstant('2026-04-01'))).toEqual(['first 0 2026-04-25T10:00:00Z null'])
    expect(said(null)).toEqual(['first 0 2026-04-25T10:00:00Z null'])
  })

  test('are their own for each notice: changing one plan changes no other', () => {
    const due = dueInstant('2026-06-30')
    plan(due, true).length = 0
    expect(plan(due, true)).toHaveLength(4)
  })

  test('are its reminders alone where its mapping gives it no first one', () => {
    const due = dueInstant('2026-06-30')
    expect(plan(due, false)).toEqual(plan(due, true).slice(1))
    expect(plan(null, false)).toEqual([])
  })

  test('share a day with no other one, all but the first and the last reminder', () => {
    const flags = plan(dueInstant('2026-06-30'), true).map(({ isOneADay = false }) => isOneADay)
    expect(flags).toEqual([false, true, true, false])
    const late = plan(dueInstant('2026-04-24'), true).map(({ isOneADay = false }) => isOneADay)
    expect(late).toEqual([false, false])
  })
})

describe('a feed that leaves reminders to IO', () => {
  const due = dueInstant('2026-06-30')
  const given = (premium: boolean, hasFirst: boolean, hasPayment: boolean) => {
    const terms: PlanTerms = { elsewhere: null, reminders: 'io' }
    const premiumMapping = { reminders, notice: { premium } }
    const planned = planMessages(premiumMapping, alwaysOpen('Europe/Rome'), now, terms)
    const { messages, unplanned } = planned({ dueAt: due, hasFirst, hasPayment })
    return { messages: messages.length, left: unplanned.map(({ because }) => because) }
  }

  test('plans none of a premium message with a payment, and says so of each', () => {
    expect(given(true, true, true)).toEqual({ messages: 1, left: ['io', 'io', 'io'] })
  })

  test('plans its own where IO has nothing to remind of', () => {
    expect(given(false, true, true)).toEqual({ messages: 4, left: [] })
    expect(given(true, true, false)).toEqual({ messages: 4, left: [] })
    expect(given(true, false, true)).toEqual({ messages: 3, left: [] })
  })
})

describe('a service that somebody else notifies', () => {
  const due = dueInstant('2026-06-30')
  const given = (messages: 'first' | 'all') => {
    const terms: PlanTerms = { elsewhere: { by: 'La Piattaforma', messages }, reminders: 'ours' }
    const planned = planMessages(mapping, alwaysOpen('Europe/Rome'), now, terms)
    return planned({ dueAt: due, hasFirst: true, hasPayment: true }).messages.length
  }

  test('has its reminders from here, or nothing', () => {
    expect(given('first')).toBe(3)
    expect(given('all')).toBe(0)
  })
})
