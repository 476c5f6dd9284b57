import { describe, expect, test } from 'vitest'
import { alwaysOpen } from '../../src/domain/calendar.ts'
import { dueInstant } from '../../src/domain/civil-date.ts'
import { planMessages } from '../../src/pipeline/plan.ts'

const now = Temporal.Instant.from('2026-04-25T10:00:00Z')
const rules = ['-7d 09:30', '-1d 09:30', '+3d 18:00'].map((at) => ({
  at,
  whenClosed: 'later' as const,
}))
const plan = planMessages(rules, alwaysOpen('Europe/Rome'), now)

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
})
