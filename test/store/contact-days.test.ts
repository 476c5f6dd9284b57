import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DayWish } from '../../src/pipeline/send/timing.ts'
import { type GivenStore, givenStore } from './given.ts'

const DAY = Temporal.PlainDate.from('2026-03-02')

let given: GivenStore
beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

function wish(messageId: number, recipient: number, day = DAY): DayWish {
  return { messageId, institutionId: 1, fiscalCode: `recipient-${recipient}`, day }
}

const taken = async (wishes: DayWish[], { store } = given) =>
  [...(await store.contactDays.take(wishes))].toSorted((a, b) => a - b)

it('gives each recipient’s day to one message, and that one finds it again', async () => {
  expect(await taken([wish(1, 1), wish(2, 1), wish(3, 2)])).toEqual([1, 3])
  expect(await taken([wish(4, 1), wish(2, 1), wish(1, 1)])).toEqual([1])
  expect(await taken([wish(2, 1, DAY.add({ days: 1 }))])).toEqual([2])
  expect(await taken([{ ...wish(5, 1), institutionId: 2 }])).toEqual([5])
})

it('lets two accounts that send at once take no day twice', async () => {
  const other = given.another()
  const day = DAY.add({ days: 7 })
  const wishes = (from: number, order: 1 | -1) =>
    Array.from({ length: 300 }, (_, n) => wish(from + n, order === 1 ? n : 299 - n, day))
  const both = await Promise.all([
    taken(wishes(1000, 1)),
    taken(wishes(2000, -1), { ...given, store: other.store }),
    taken(wishes(3000, 1)),
    taken(wishes(4000, -1), { ...given, store: other.store }),
  ])
  expect(both.flat()).toHaveLength(300)
  const rows = await given.count('select count(*) from contact_days where day = $1', day.toString())
  expect(rows).toBe(300)
})

it('forgets the days before another', async () => {
  expect(await given.store.contactDays.forget(DAY.add({ days: 7 }))).toBe(4)
  expect(await given.store.contactDays.forget(DAY.add({ days: 7 }))).toBe(0)
})
