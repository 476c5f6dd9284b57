import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dueDayOf, dueInstant } from '../../src/domain/civil-date.ts'
import type { NoticeState } from '../../src/domain/notice.ts'
import { isAdopted, keepsPostponement, newDueOf } from '../../src/domain/postponement.ts'

const now = Temporal.Instant.from('2026-03-10T09:00:00Z')
const due = (day: string) => dueInstant(day)
const on = (day: string) => ({ on: Temporal.PlainDate.from(day) })
const open = (day: string | null) => ({ state: 'open', dueAt: day && due(day) }) as const

describe('the new due date of a notice', () => {
  test('is the end of that day in Italy, in winter as in summer', () => {
    expect(newDueOf(open('2026-03-20'), on('2026-12-31'), now)).toEqual({
      dueAt: '2026-12-31T22:59:59Z',
      because: null,
    })
    expect(newDueOf(open('2026-03-20'), { byDays: 30 }, now).dueAt).toBe('2026-04-19T21:59:59Z')
  })

  test('may be earlier, as long as it has not passed', () => {
    expect(newDueOf(open('2026-03-20'), { byDays: -10 }, now).dueAt).toBe(due('2026-03-10'))
    expect(newDueOf(open('2026-03-20'), { byDays: -11 }, now).because).toBe('past')
    expect(newDueOf(open('2026-03-20'), { byDays: -11 }, now, true).dueAt).toBe(due('2026-03-09'))
    expect(newDueOf(open('2026-03-20'), on('2026-03-09'), now).because).toBe('past')
  })

  test.each<[NoticeState, string | null, string | null]>([
    ['settled', '2026-03-20', 'settled'],
    ['cancelled', '2026-03-20', 'cancelled'],
    ['open', null, 'no-due-date'],
    ['open', '2026-04-30', 'unchanged'],
    ['expired', '2026-03-01', null],
  ])('of a notice that is %s and due on %s there is none: %s', (state, day, because) => {
    const notice = { state, dueAt: day && due(day) }
    expect(newDueOf(notice, on('2026-04-30'), now).because).toBe(because)
  })

  test('there and back again is the same day, over any change of the clock', () => {
    const days = fc.integer({ min: 0, max: 4000 })
    fc.assert(
      fc.property(days, days, (start, byDays) => {
        const day = Temporal.PlainDate.from('2026-03-10').add({ days: start }).toString()
        const moved = newDueOf(open(day), { byDays: byDays + 1 }, now).dueAt as string
        const back = newDueOf({ state: 'open', dueAt: moved }, { byDays: -byDays - 1 }, now)
        expect(back.dueAt).toBe(due(day))
        expect(dueDayOf(moved).toString()).toBe(
          Temporal.PlainDate.from(day)
            .add({ days: byDays + 1 })
            .toString(),
        )
      }),
    )
  })
})

test('a postponement holds for the date that it was made from, and for no other', () => {
  const moved = { from: due('2026-03-20'), to: due('2026-04-30') }
  const says = (day: string | null) => {
    const said = day && due(day)
    return [keepsPostponement(said, moved), isAdopted(said, moved)]
  }
  expect(says('2026-03-20')).toEqual([true, false])
  expect(says('2026-04-30')).toEqual([false, true])
  expect(says('2026-05-31')).toEqual([false, false])
  expect(says(null)).toEqual([false, false])
  expect([keepsPostponement(due('2026-03-20'), null), isAdopted(due('2026-03-20'), null)]).toEqual([
    false,
    false,
  ])
})
