import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceDrop } from '../../src/connector.ts'
import { CHUNK_BYTES, type PartReader } from '../../src/store/drops.ts'
import {
  comune,
  dropOf,
  dropTarget,
  type GivenStore,
  givenStore,
  now,
  piecesOf,
  wholeOf,
} from './given.ts'

let given: GivenStore
let keys = 0
beforeAll(async () => {
  given = await givenStore()
  await given.store.feeds.open(comune, 'tari', now)
})
afterAll(() => given.close())

/** Bytes that differ from place to place. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255
  return bytes
}

async function save(drop: SourceDrop): Promise<number> {
  const saved = await given.store.drops.save(dropTarget(), drop, now)
  return (saved as { id: number }).id
}

async function readerOf(id: number, part = 0): Promise<PartReader> {
  const parts = await given.store.drops.parts(id)
  return given.store.drops.open(id, parts[part] as (typeof parts)[number])
}

const saveBytes = (...pieces: Uint8Array[]) => save(dropOf(`key-${++keys}`, ...pieces))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Rows of drops, their parts and chunks, cursors, mails and wakes: all that a save leaves. */
const TRACES = `(select count(*) from drops) + (select count(*) from drop_parts)
  + (select count(*) from drop_chunks) + (select count(*) from staff_mails)
  + (select count(*) from test_wakes) + (select count(*) from feeds where cursor <> 'null')`

describe('the bytes of a drop', () => {
  test.each([
    0,
    1,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 7,
  ])('come back as they were handed over: %i of them', async (length) => {
    const bytes = bytesOf(length)
    const id = await saveBytes(bytes)
    const reader = await readerOf(id)
    expect((await wholeOf(reader.stream())).equals(bytes)).toBe(true)
    expect(reader.bytes).toBe(length)
    const row = await given.store.drops.get(id)
    expect(row).toMatchObject({ bytes: length, state: 'received', institution: comune })
    expect(row.sha256.toString('hex')).toBe(sha256(bytes))
  })

  test('come back the same however the source cut them', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(3000), fc.nat(2 * CHUNK_BYTES)), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(sizes, async (cuts) => {
        const whole = bytesOf(cuts.reduce((sum, size) => sum + size, 0))
        let at = 0
        const pieces = cuts.map((size) => {
          at += size
          return whole.subarray(at - size, at)
        })
        const id = await saveBytes(...pieces)
        expect((await wholeOf((await readerOf(id)).stream())).equals(whole)).toBe(true)
        const chunks = 'select count(*) from drop_chunks where drop_id = $1'
        expect(await given.count(chunks, id)).toBe(Math.ceil(whole.length / CHUNK_BYTES))
      }),
      { numRuns: 15 },
    )
  })

  test('can be read at any offset, for any length, in any order', async () => {
    const whole = bytesOf(2 * CHUNK_BYTES + 1000)
    const reader = await readerOf(await saveBytes(whole))
    const near = (edge: number) => fc.integer({ min: edge - 20, max: edge + 20 })
    const offset = fc.oneof(fc.nat(whole.length + 50), near(CHUNK_BYTES), near(2 * CHUNK_BYTES))
    const length = fc.oneof(fc.nat(100), fc.nat(2 * CHUNK_BYTES))
    await fc.assert(
      fc.asyncProperty(offset, length, async (from, wanted) => {
        const read = Buffer.from(await reader.read(from, wanted))
        expect(read.equals(whole.subarray(from, from + wanted))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('are not in the database in the clear', async () => {
    const secret = 'COD_FISCALE;RSSMRA80A01H501U'
    const id = await saveBytes(Buffer.from(secret.repeat(100)))
    const { rows } = await given.pool.query<{ sealed: Buffer }>(
      'select sealed from drop_chunks where drop_id = $1',
      [id],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.sealed.includes('RSSMRA')).toBe(false)
  })

  test('do not open in the place of another chunk', async () => {
    const id = await saveBytes(bytesOf(2 * CHUNK_BYTES))
    await given.pool.query(
      `update drop_chunks c set sealed = other.sealed from drop_chunks other
       where c.drop_id = $1 and other.drop_id = $1 and c.chunk = 1 - other.chunk`,
      [id],
    )
    await expect(wholeOf((await readerOf(id)).stream())).rejects.toThrow()
  })

  test('whose retention has ended are said to be gone', async () => {
    const id = await saveBytes(bytesOf(10))
    await given.pool.query('delete from drop_chunks where drop_id = $1', [id])
    await expect(wholeOf((await readerOf(id)).stream())).rejects.toThrow('its retention has ended')
  })

  test('of several parts are kept apart, in their order, with their names', async () => {
    const part = (name: string, text: string) => ({
      name,
      mediaType: 'text/plain',
      bytes: piecesOf(text),
    })
    const id = await save({ key: `key-${++keys}`, parts: [part('b', 'primo'), part('a', '')] })
    expect(await given.store.drops.parts(id)).toEqual([
      { part: 0, name: 'b', mediaType: 'text/plain', bytes: 5 },
      { part: 1, name: 'a', mediaType: 'text/plain', bytes: 0 },
    ])
    expect((await wholeOf((await readerOf(id, 0)).stream())).toString()).toBe('primo')
    expect((await wholeOf((await readerOf(id, 1)).stream())).toString()).toBe('')
    expect((await given.store.drops.get(id)).sha256.toString('hex')).toBe(
      sha256(Buffer.from('primo')),
    )
  })
})

describe('a drop that is saved', () => {
  test('is known by its key, within its feed and institution, and never saved twice', async () => {
    const { drops } = given.store
    const key = `key-${++keys}`
    expect(await drops.known(comune, 'tari', [key, 'other'])).toEqual(new Set())
    await save(dropOf(key, 'x'))
    expect(await drops.known(comune, 'tari', [key, 'other'])).toEqual(new Set([key]))
    expect(await drops.known(comune, 'imu', [key])).toEqual(new Set())
    expect(await drops.known('altro-comune', 'tari', [key])).toEqual(new Set())
    const traces = await given.count(TRACES)
    expect(await drops.save(dropTarget(), dropOf(key, 'other bytes'), now)).toBeNull()
    expect(await given.count(TRACES)).toBe(traces)
    expect(await drops.save(dropTarget({ feed: 'imu' }), dropOf(key, 'x'), now)).not.toBeNull()
  })

  test('is saved once by two who save it at once', async () => {
    const key = `key-${++keys}`
    const other = given.another().store
    const saved = await Promise.all([
      given.store.drops.save(dropTarget(), dropOf(key, bytesOf(CHUNK_BYTES + 1)), now),
      other.drops.save(dropTarget(), dropOf(key, bytesOf(CHUNK_BYTES + 1)), now),
    ])
    expect(saved.filter((drop) => drop !== null)).toHaveLength(1)
    const [id] = saved.flatMap((drop) => (drop ? [drop.id] : []))
    const chunks = 'select count(*) from drop_chunks where drop_id = $1'
    expect(await given.count(chunks, id)).toBe(2)
  })

  test('moves the cursor, wakes the mapping and tells the staff, all with it', async () => {
    const wakes = (await given.wakes()).length
    const id = await save({ ...dropOf(`key-${++keys}`, 'abc'), cursor: { at: keys } })
    expect((await given.store.feeds.open(comune, 'tari', now)).cursor).toEqual({ at: keys })
    expect((await given.wakes()).slice(wakes)).toEqual([`map ${id}`])
    const { rows } = await given.pool.query('select * from staff_mails order by id desc limit 1')
    expect(rows[0]).toMatchObject({
      recipients: ['ced@comune.example'],
      subject: `File ricevuto: key-${keys}.csv`,
      body: expect.stringContaining('3 byte'),
    })
  })

  test('leaves the cursor where it was when it brings none', async () => {
    await save({ ...dropOf(`key-${++keys}`, 'abc'), cursor: 'kept' })
    await save(dropOf(`key-${++keys}`, 'abc'))
    expect((await given.store.feeds.open(comune, 'tari', now)).cursor).toBe('kept')
  })
})

describe('a drop that cannot be saved', () => {
  async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes
    throw new Error('the connection to the source was lost')
  }
  const part = (bytes: AsyncIterable<Uint8Array>) => ({ name: 'x', mediaType: 'text/csv', bytes })

  test.each([0, 10, CHUNK_BYTES + 10])(
    'because its source ended badly after %i bytes leaves nothing, nor its cursor',
    async (length) => {
      const traces = await given.count(TRACES)
      const { cursor } = await given.store.feeds.open(comune, 'tari', now)
      const key = `key-${++keys}`
      const parts = [part(piecesOf('whole')), part(breaking(bytesOf(length)))]
      await expect(save({ key, parts, cursor: 'moved' })).rejects.toThrow('was lost')
      expect(await given.count(TRACES)).toBe(traces)
      expect((await given.store.feeds.open(comune, 'tari', now)).cursor).toEqual(cursor)
      expect(await save({ key, parts: [part(piecesOf('again'))] })).toBeGreaterThan(0)
    },
  )

  test('because it is too large leaves nothing, over all its parts together', async () => {
    const target = dropTarget({ maximumDropBytes: 100 })
    const drop = (...sizes: number[]) => ({
      key: `key-${++keys}`,
      parts: sizes.map((size) => part(piecesOf(bytesOf(size)))),
    })
    const traces = await given.count(TRACES)
    for (const sizes of [[101], [60, 41], [100, 0, 1]]) {
      await expect(given.store.drops.save(target, drop(...sizes), now)).rejects.toMatchObject({
        code: 'SRC_DROP_TOO_LARGE',
      })
    }
    expect(await given.count(TRACES)).toBe(traces)
    expect(await given.store.drops.save(target, drop(60, 40), now)).not.toBeNull()
  })

  test('lets its source go when it stops reading', async () => {
    let closed = false
    const endless = async function* () {
      try {
        for (;;) yield bytesOf(1000)
      } finally {
        closed = true
      }
    }
    const target = dropTarget({ maximumDropBytes: 10_000 })
    const drop = { key: `key-${++keys}`, parts: [part(endless())] }
    await expect(given.store.drops.save(target, drop, now)).rejects.toThrow('larger than')
    expect(closed).toBe(true)
  })
})

describe('drops that wait for their mapping', () => {
  test('are found oldest first, and never those that are done', async () => {
    const ids = [await saveBytes(), await saveBytes(), await saveBytes()] as const
    await given.pool.query(`update drops set state = 'mapped' where id = $1 or id < $2`, [
      ids[1],
      ids[0],
    ])
    expect(await given.store.drops.waiting(10)).toEqual([ids[0], ids[2]])
    expect(await given.store.drops.waiting(1)).toEqual([ids[0]])
  })

  test('say how often their mapping was begun', async () => {
    const id = await saveBytes()
    expect([await given.store.drops.begin(id), await given.store.drops.begin(id)]).toEqual([1, 2])
  })

  test('are named when they are not there', async () => {
    await expect(given.store.drops.get(987_654)).rejects.toThrow('there is no drop 987654')
  })
})
