import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  defineConnector,
  type Json,
  type PollContext,
  type SourceDrop,
  SourceError,
} from '../../src/connector.ts'
import { type CollectFeed, type CollectPorts, collectFeed } from '../../src/pipeline/collect.ts'
import { comune, dropOf, type GivenStore, givenStore, now } from '../store/given.ts'

type Poll = (context: PollContext<unknown>) => AsyncGenerator<SourceDrop, void, void>

let given: GivenStore
let feeds = 0
const never = new AbortController().signal
const log = { debug() {}, info() {}, warn() {} }
beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

/** A feed whose source is this generator. */
function feedOf(poll: Poll, changes: Partial<CollectFeed> = {}): CollectFeed {
  const check = async () => []
  const connector = defineConnector<unknown>({ summary: '', settings: z.any(), check, poll })
  return {
    institution: comune,
    feed: `feed-${++feeds}`,
    connector,
    settings: { directory: '/in' },
    from: 'all',
    maximumDropBytes: 1_000_000,
    notify: [],
    ...changes,
  }
}

function portsAt(at: Temporal.Instant = now, { store } = given): CollectPorts {
  return {
    whileLeased: (name, work) => store.leases.hold(name, (lease) => work(lease.lost)),
    feeds: store.feeds,
    drops: store.drops,
    now: () => at,
    sleep: async () => {},
    log,
  }
}

const collect = (feed: CollectFeed, stop = never) => collectFeed(feed, portsAt(), stop)
const savedOf = (feed: CollectFeed) =>
  given.count('select count(*) from drops where feed = $1', feed.feed)
const rowOf = async (feed: CollectFeed) =>
  (await given.store.feeds.list()).find((row) => row.name === feed.feed)

describe('a poll', () => {
  test('saves each drop before its source may acknowledge it', async () => {
    const acknowledged: number[] = []
    const feed = feedOf(async function* () {
      for (const key of ['a', 'b', 'c']) {
        yield dropOf(key, key)
        acknowledged.push(await savedOf(feed))
      }
    })
    const summary = await collect(feed)
    expect(acknowledged).toEqual([1, 2, 3])
    expect(summary?.drops.map(({ key, bytes }) => `${key} ${bytes}`)).toEqual(['a 1', 'b 1', 'c 1'])
    expect(summary?.failure).toBeNull()
    expect(await rowOf(feed)).toMatchObject({ polledAt: now, failure: null })
  })

  test('remembers a cursor that came without a drop, for the next poll of this feed', async () => {
    const seen: Json[] = []
    const remembering: Poll = async function* (context) {
      seen.push(context.cursor)
      await context.remember?.({ ticket: 'T1' })
      yield dropOf('a', 'x')
    }
    const feed = feedOf(remembering)
    await collect(feed)
    await collect(feed)
    await collect(feedOf(remembering))
    expect(seen).toEqual([null, { ticket: 'T1' }, null])
  })

  test('acknowledges what is known already, and does not save it again', async () => {
    let acknowledged = 0
    const feed = feedOf(async function* () {
      yield dropOf('a', 'x')
      acknowledged += 1
    })
    await collect(feed)
    expect((await collect(feed))?.drops).toEqual([])
    expect([acknowledged, await savedOf(feed)]).toEqual([2, 1])
  })

  test('never acknowledges a drop that could not be saved; the source may clean up', async () => {
    const seen: string[] = []
    const feed = feedOf(async function* () {
      try {
        yield dropOf('small', 'x')
        seen.push('acknowledged small')
        yield dropOf('large', Buffer.alloc(2_000_000))
        seen.push('acknowledged large')
      } finally {
        seen.push('cleaned up')
      }
    })
    const summary = await collect(feed)
    expect(seen).toEqual(['acknowledged small', 'cleaned up'])
    expect(summary?.drops.map(({ key }) => key)).toEqual(['small'])
    expect(summary?.failure?.code).toBe('SRC_DROP_TOO_LARGE')
    expect(await savedOf(feed)).toBe(1)
  })

  test('goes on from the cursor of the last drop that was saved', async () => {
    const cursors: Json[] = []
    const feed = feedOf(async function* ({ cursor }) {
      cursors.push(cursor)
      const next = Number(cursor ?? 0) + 1
      yield { ...dropOf(`drop-${next}`, 'x'), cursor: next }
      yield { ...dropOf('broken', 'x'), parts: [], cursor: 99 }
      throw new Error('unreachable')
    })
    const broken = { ...portsAt(), drops: { ...portsAt().drops } }
    broken.drops.save = async (target, drop, at) => {
      if (drop.key === 'broken') throw new Error('the database went away')
      return given.store.drops.save(target, drop, at)
    }
    for (let poll = 0; poll < 3; poll++) await collectFeed(feed, broken, never)
    expect(cursors).toEqual([null, 1, 2])
  })

  test('gives the source its settings, its clock, what is known and its counters', async () => {
    const seen: unknown[] = []
    const feed = feedOf(async function* (context) {
      const known = await context.known(['a', 'b'])
      seen.push(context.settings, context.now(), [...known], await context.counter('request'))
      yield dropOf('a', 'x')
    })
    await collect(feed)
    await collect(feed)
    const settings = { directory: '/in' }
    expect(seen).toEqual([settings, now, [], 1n, settings, now, ['a'], 2n])
  })

  test.each([
    ['all', null, null],
    [now, now, now],
    ['now', now, now],
  ] as const)(
    'starts where the feed says, the first time and later: %s',
    async (from, ...starts) => {
      const seen: (string | undefined)[] = []
      const feed = feedOf(
        // biome-ignore lint/correctness/useYield: a source that has nothing
        async function* (context) {
          seen.push(context.from?.toString())
        },
        { from },
      )
      await collect(feed)
      await collectFeed(feed, portsAt(now.add({ hours: 24 })), never)
      expect(seen).toEqual(starts.map((start) => start?.toString()))
    },
  )
})

describe('a poll that fails', () => {
  const failing = (error: unknown) =>
    // biome-ignore lint/correctness/useYield: a source that fails at once
    feedOf(async function* () {
      throw error
    })

  test.each([
    [
      new SourceError('SRC_HOST_KEY', 'the host key changed', { retry: false }),
      { code: 'SRC_HOST_KEY', message: 'the host key changed', retry: false },
    ],
    [new TypeError('x is undefined'), { code: 'SRC_UNEXPECTED', message: 'x is undefined' }],
    ['a text', { code: 'SRC_UNEXPECTED', message: 'a text', retry: true }],
  ])('is told in words, and shown on the feed until one ends well', async (error, failure) => {
    const feed = failing(error)
    expect((await collect(feed))?.failure).toMatchObject(failure)
    expect(await rowOf(feed)).toMatchObject({ failingSince: now, failure: failure.message })
    const well = { ...feed, connector: feedOf(async function* () {}).connector }
    await collect(well)
    expect(await rowOf(feed)).toMatchObject({ failingSince: null, failure: null })
  })

  test('keeps the drops that were saved before', async () => {
    const feed = feedOf(async function* () {
      yield dropOf('a', 'x')
      throw new SourceError('SRC_CONNECTION_LOST', 'the connection was lost', { retry: true })
    })
    const summary = await collect(feed)
    expect(summary?.drops).toHaveLength(1)
    expect(summary?.failure?.code).toBe('SRC_CONNECTION_LOST')
    expect(await savedOf(feed)).toBe(1)
  })

  test('because Staffetta stops is no failure of the feed', async () => {
    const stop = new AbortController()
    const feed = feedOf(async function* ({ signal }) {
      yield dropOf('a', 'x')
      stop.abort()
      signal.throwIfAborted()
    })
    expect(await collect(feed, stop.signal)).toMatchObject({ drops: [{ key: 'a' }], failure: null })
    expect(await rowOf(feed)).toMatchObject({ failure: null })
  })

  test('is not saved any further once Staffetta stops, even by a source that goes on', async () => {
    const stop = new AbortController()
    const feed = feedOf(async function* () {
      yield dropOf('a', 'x')
      stop.abort()
      yield dropOf('b', 'x')
    })
    await collect(feed, stop.signal)
    expect(await savedOf(feed)).toBe(1)
  })
})

describe('two who poll one feed at once', () => {
  test('do it one at a time: the other does nothing', async () => {
    let polls = 0
    const feed = feedOf(async function* () {
      polls += 1
      yield dropOf('a', 'x')
      const other = { ...given, store: given.another().store }
      expect(await collectFeed(feed, portsAt(now, other), never)).toBeNull()
    })
    expect((await collect(feed))?.failure).toBeNull()
    expect(polls).toBe(1)
  })
})
