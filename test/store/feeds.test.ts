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
    const asked = Array.from({ length: 60 }, (_, n) =>
      (n % 2 === 0 ? given.store : other).feeds.nextCount(comune, 'request'),
    )
    const given60 = (await Promise.all(asked)).sort((a, b) => Number(a - b))
    expect(given60).toEqual(Array.from({ length: 60 }, (_, n) => BigInt(n + 1)))
  })

  test('counts each name for itself, whatever the name', async () => {
    const { feeds } = given.store
    for (const name of ['a', 'a.b', 'it’s "so"', '{x}', '']) {
      expect(await feeds.nextCount(comune, name)).toBe(1n)
      expect(await feeds.nextCount(comune, name)).toBe(2n)
    }
    expect(await feeds.nextCount('altro-comune', 'a')).toBe(1n)
  })

  describe('that cannot read its source', () => {
    const feedOf = (feed: string) => ({ institution: comune, feed, notify: ['ced@ente.example'] })
    const lost = { code: 'SRC_UNREACHABLE', message: 'the server is down', retry: true }
    const keys = {
      code: 'SRC_HOST_KEY',
      message: 'it showed A, and the feed trusts B',
      retry: false,
    }
    const mail = { code: 'SRC_MAIL', message: 'mail 7 has parts: put aside', retry: true }
    const mailsOf = async (feed: string) =>
      (await given.store.mails.waiting(1000)).filter(({ subject }) => subject.includes(feed))

    test('says since when and why, until a poll ends well', async () => {
      const { feeds } = given.store
      await feeds.open(comune, 'failing', now)
      await feeds.failed(feedOf('failing'), keys, now)
      await feeds.failed(feedOf('failing'), { ...keys, message: 'x'.repeat(5000) }, later)
      expect(await rowOf('failing')).toMatchObject({
        failingSince: now,
        polledAt: later,
        failure: 'x'.repeat(2000),
      })
      await feeds.polled(feedOf('failing'), later)
      expect(await rowOf('failing')).toMatchObject({ failingSince: null, failure: null })
    })

    test('tells its staff at once where a person is needed, and when it is over', async () => {
      const { feeds } = given.store
      await feeds.open(comune, 'pinned', now)
      for (const at of [now, later]) await feeds.failed(feedOf('pinned'), keys, at)
      const [told, ...others] = await mailsOf('pinned')
      expect(told).toMatchObject({
        recipients: ['ced@ente.example'],
        subject: 'Collegamento da guardare: pinned (SRC_HOST_KEY)',
        body: expect.stringContaining(keys.message),
      })
      expect(others).toEqual([])
      for (const at of [later, later]) await feeds.polled(feedOf('pinned'), at)
      expect((await mailsOf('pinned')).map(({ subject }) => subject).slice(1)).toEqual([
        'Collegamento di nuovo attivo: pinned',
      ])
    })

    test('tells nobody of what passes within the hour', async () => {
      const { feeds } = given.store
      await feeds.open(comune, 'shaky', now)
      for (const minutes of [0, 20, 59]) {
        await feeds.failed(feedOf('shaky'), lost, now.add({ minutes }))
      }
      await feeds.polled(feedOf('shaky'), later)
      expect(await mailsOf('shaky')).toEqual([])
    })

    test('tells of each bad mail at once, and not of the good poll after it', async () => {
      const { feeds } = given.store
      await feeds.open(comune, 'box', now)
      for (const at of [now, later]) {
        await feeds.failed(feedOf('box'), mail, at)
        await feeds.polled(feedOf('box'), at)
      }
      expect((await mailsOf('box')).map(({ subject }) => subject)).toEqual([
        'Collegamento da guardare: box (SRC_MAIL)',
        'Collegamento da guardare: box (SRC_MAIL)',
      ])
    })
  })
})
