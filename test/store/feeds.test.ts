import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '../../src/store/database.ts'
import { saveCursor } from '../../src/store/feeds.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'

describe('a feed', () => {
  let given: GivenStore
  beforeAll(async () => {
    given = await givenStore()
  })
  afterAll(() => given.close())

  const later = now.add({ hours: 1 })
  const rowOf = async (name: string) =>
    (await given.store.feeds.list()).find((feed) => feed.name === name)

  test('begins without a cursor, and remembers its first poll for ever', async () => {
    const { feeds } = given.store
    expect(await feeds.open(comune, 'new', now)).toEqual({ cursor: null, firstPolledAt: now })
    expect(await feeds.open(comune, 'new', later)).toEqual({ cursor: null, firstPolledAt: now })
  })

  test('that was scheduled before it was polled has its first poll when it is polled', async () => {
    const { feeds } = given.store
    await feeds.schedule(comune, 'scheduled', now)
    expect((await feeds.open(comune, 'scheduled', later)).firstPolledAt).toEqual(later)
    expect((await rowOf('scheduled'))?.nextPollAt).toEqual(now)
  })

  test('keeps any JSON as its cursor, and only its own', async () => {
    const { feeds } = given.store
    for (const cursor of [{ uid: 7, seen: ['à', null] }, 'text', 0, false, null, []]) {
      await feeds.open(comune, 'cursor', now)
      await feeds.open('altro-comune', 'cursor', now)
      await transaction(given.pool, async (tx) => {
        const { rows } = await tx.query(`select id from institutions where name = $1`, [comune])
        await saveCursor(tx, rows[0].id, 'cursor', cursor)
      })
      expect((await feeds.open(comune, 'cursor', now)).cursor).toEqual(cursor)
      expect((await feeds.open('altro-comune', 'cursor', now)).cursor).toBeNull()
    }
  })

  test('never gives a number of a counter twice, however many ask at once', async () => {
    const other = given.another().store
    await given.store.feeds.open(comune, 'counting', now)
    const asked = Array.from({ length: 60 }, (_, n) =>
      (n % 2 === 0 ? given.store : other).feeds.nextCount(comune, 'counting', 'request'),
    )
    const given60 = (await Promise.all(asked)).sort((a, b) => Number(a - b))
    expect(given60).toEqual(Array.from({ length: 60 }, (_, n) => BigInt(n + 1)))
  })

  test('never gives it twice before its first poll either', async () => {
    const { feeds } = given.store
    const counts = [
      await feeds.nextCount(comune, 'unopened', 'request'),
      await feeds.nextCount(comune, 'unopened', 'request'),
    ]
    expect(counts).toEqual([1n, 2n])
    expect((await feeds.open(comune, 'unopened', later)).firstPolledAt).toEqual(later)
  })

  test('counts each name for itself, whatever the name', async () => {
    const { feeds } = given.store
    await feeds.open(comune, 'names', now)
    for (const name of ['a', 'a.b', 'it’s "so"', '{x}', '']) {
      expect(await feeds.nextCount(comune, 'names', name)).toBe(1n)
      expect(await feeds.nextCount(comune, 'names', name)).toBe(2n)
    }
    expect(await feeds.nextCount('altro-comune', 'names', 'a')).toBe(1n)
  })

  test('says since when it fails and why, until a poll ends well', async () => {
    const { feeds } = given.store
    await feeds.open(comune, 'failing', now)
    await feeds.failed(comune, 'failing', 'the host key changed', now)
    await feeds.failed(comune, 'failing', 'x'.repeat(5000), later)
    expect(await rowOf('failing')).toMatchObject({
      failingSince: now,
      polledAt: later,
      failure: 'x'.repeat(2000),
    })
    await feeds.polled(comune, 'failing', later)
    expect(await rowOf('failing')).toMatchObject({ failingSince: null, failure: null })
  })
})
