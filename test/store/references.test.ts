import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReferenceRow } from '../../src/store/references.ts'
import { comune, dropOf, dropTarget, type GivenStore, givenStore, now } from './given.ts'

describe('a reference', () => {
  let given: GivenStore
  let references = 0
  beforeAll(async () => {
    given = await givenStore()
  })
  afterAll(() => given.close())

  async function* batchesOf(...batches: ReferenceRow[][]): AsyncGenerator<ReferenceRow[]> {
    yield* batches
  }
  const row = (key: string, value = key): ReferenceRow => ({ key, values: { value } })

  async function load(reference: string, ...batches: ReferenceRow[][]): Promise<number> {
    const saved = await given.store.drops.save(
      dropTarget({ feed: reference }),
      dropOf(`drop-${++references}`, 'x'),
      now,
    )
    const dropId = (saved as { id: number }).id
    const target = { institution: comune, reference, dropId, snapshot: null }
    const summary = () => ({ refused: 2, rows: [{ line: 3 }] })
    await given.store.references.load(target, batchesOf(...batches), summary, now)
    return dropId
  }

  const find = async (reference: string, ...keys: string[]) =>
    Object.fromEntries(await given.store.references.find(comune, reference, keys))

  test('answers the rows that it has, and nothing for the others', async () => {
    await load('people', [row('a'), row('b')], [row('c')])
    expect(await find('people', 'a', 'c', 'd')).toEqual({ a: { value: 'a' }, c: { value: 'c' } })
    expect(await find('people')).toEqual({})
    expect(await find('others', 'a')).toEqual({})
    expect((await given.store.references.find('altro-comune', 'people', ['a'])).size).toBe(0)
  })

  test('keeps any key and any text', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    const rows = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(rows, async (pairs) => {
        const name = `any-${++references}`
        await load(
          name,
          pairs.map(([key, value]) => row(key, value)),
        )
        const found = await given.store.references.find(
          comune,
          name,
          pairs.map(([key]) => key),
        )
        expect([...found].map(([key, { value }]) => [key, value]).sort()).toEqual(
          pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)).sort(),
        )
      }),
      { numRuns: 20 },
    )
  })

  test('takes the last of several rows with one key, be they in one batch or not', async () => {
    await load('repeated', [row('a', '1'), row('a', '2'), row('b', '1')], [row('b', '2')])
    expect(await find('repeated', 'a', 'b')).toEqual({ a: { value: '2' }, b: { value: '2' } })
  })

  test('keeps what a later drop does not name, and knows which drop each row is of', async () => {
    const first = await load('delta', [row('a'), row('b')])
    const second = await load('delta', [row('b', 'new')])
    expect(await find('delta', 'a', 'b')).toEqual({ a: { value: 'a' }, b: { value: 'new' } })
    const { rows } = await given.pool.query(
      `select drop_id as id from reference_rows where reference = 'delta' order by 1`,
    )
    expect(rows).toEqual([{ id: first }, { id: second }])
  })

  test('that came as a part of an older drop leaves what newer ones have brought', async () => {
    const [older, newer] = [await load('parts', [row('a', 'old')]), await load('parts', [])]
    const loadPart = (dropId: number, ...rows: ReferenceRow[]) =>
      given.store.references.loadPart(
        { institution: comune, reference: 'parts', dropId },
        batchesOf(rows),
        now,
      )
    await loadPart(newer, row('a', 'new'), row('b', 'new'))
    await loadPart(older, row('a', 'old'), { key: 'b', values: null }, row('c', 'old'))
    const found = { a: { value: 'new' }, b: { value: 'new' }, c: { value: 'old' } }
    expect(await find('parts', 'a', 'b', 'c')).toEqual(found)
    const { rows } = await given.pool.query(
      `select drop_id as id, count(*) as n from reference_rows where reference = 'parts'
       group by 1 order by 1`,
    )
    expect(rows).toEqual([
      { id: older, n: 1 },
      { id: newer, n: 2 },
    ])
    // Its own again, as after a crash.
    await loadPart(newer, row('a', 'newer'))
    expect(await find('parts', 'a')).toEqual({ a: { value: 'newer' } })
  })

  test('marks its drop mapped, with what was taken and what was refused', async () => {
    const dropId = await load('counted', [row('a')], [row('a'), row('b')])
    const { rows } = await given.pool.query('select * from drops where id = $1', [dropId])
    expect(rows[0]).toMatchObject({ state: 'mapped', records: 5, refused: 2, mapped_at: now })
    const kept = given.vault.open(`refusals/${dropId}`, rows[0].refusals_sealed)
    expect(JSON.parse(kept.toString())).toEqual([{ line: 3 }])
  })

  describe('that comes as a whole', () => {
    const keys = (...named: string[]) => named.map((key) => row(key))
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'l']

    interface Loaded {
      keyless?: number
      feed?: string
      atMostPercent?: number
    }

    /** Loads a snapshot; answers what is kept with its drop. */
    async function snapshot(reference: string, rows: ReferenceRow[], loaded: Loaded = {}) {
      const { keyless = 0, feed = reference, atMostPercent = 20 } = loaded
      const key = `drop-${++references}`
      const saved = await given.store.drops.save(dropTarget({ feed }), dropOf(key, 'x'), now)
      const { id: dropId } = saved as { id: number }
      const told = { atMostPercent, feed, dropKey: key, notify: ['ced@comune.example'] }
      const target = { institution: comune, reference, dropId, snapshot: told }
      const summary = () => ({ refused: keyless, rows: [], keyless })
      await given.store.references.load(target, batchesOf(rows), summary, now)
      const found = await given.pool.query('select missing from drops where id = $1', [dropId])
      return found.rows[0].missing
    }
    const known = async (reference: string) =>
      Object.keys(await find(reference, ...all))
        .sort()
        .join('')

    test('forgets the rows that it does not name', async () => {
      expect(await snapshot('whole', keys(...all))).toMatchObject({ closed: 0, problem: null })
      const report = await snapshot('whole', keys(...all.slice(2)))
      expect(report).toMatchObject({ closed: 2, problem: null })
      expect(await known('whole')).toBe('cdefghil')
    })

    test('keeps all where it lacks too many, takes the others, and tells staff', async () => {
      await snapshot('cut', keys(...all))
      const mails = 'select count(*) from staff_mails'
      const before = await given.count(mails)
      const report = await snapshot('cut', [row('a', 'new'), ...keys('b', 'c', 'd', 'e', 'f', 'g')])
      expect(report).toMatchObject({ closed: 0, problem: { code: 'SNAP_MISSING' } })
      expect(await known('cut')).toBe(all.join(''))
      expect(await find('cut', 'a')).toEqual({ a: { value: 'new' } })
      // The one of the drop that was received, and this one.
      expect(await given.count(mails)).toBe(before + 2)
      const larger = await snapshot('cut', keys('a', 'b'), { atMostPercent: 100 })
      expect(larger).toMatchObject({ closed: 8 })
      expect(await known('cut')).toBe('ab')
    })

    test('measures what is missing by what stood before, not by what is new', async () => {
      await snapshot('renamed', keys('a', 'b'))
      const report = await snapshot('renamed', keys(...all.slice(2)))
      expect(report).toMatchObject({ problem: { code: 'SNAP_MISSING' }, counts: { standing: 2 } })
      expect(await known('renamed')).toBe(all.join(''))
    })

    test('keeps all where it is empty, or has rows whose key cannot be read', async () => {
      await snapshot('doubtful', keys(...all))
      const empty = await snapshot('doubtful', [], { atMostPercent: 100 })
      expect(empty).toMatchObject({ problem: { code: 'SNAP_EMPTY' } })
      const keyless = await snapshot('doubtful', keys(...all.slice(1)), { keyless: 1 })
      expect(keyless).toMatchObject({ problem: { code: 'SNAP_KEYS' } })
      expect(await known('doubtful')).toBe(all.join(''))
    })

    test('keeps as it was a row that it names and that is refused', async () => {
      await snapshot('refused', keys(...all))
      const report = await snapshot('refused', [{ key: 'a', values: null }, ...keys('b', 'c')], {
        atMostPercent: 100,
      })
      expect(report).toMatchObject({ closed: 7 })
      expect(await find('refused', ...all)).toMatchObject({ a: { value: 'a' } })
      expect(await known('refused')).toBe('abc')
    })

    test('leaves alone the rows that another feed brings', async () => {
      await snapshot('shared', keys('a', 'b'), { feed: 'north' })
      await snapshot('shared', keys('c'), { feed: 'south' })
      await snapshot('shared', keys('b'), { feed: 'north', atMostPercent: 100 })
      expect(await known('shared')).toBe('bc')
    })
  })

  test('shows neither keys nor values to who reads the table', async () => {
    await load('secret', [row('CHIAVE-SEGRETA', 'RSSMRA80A01H501U')])
    const { rows } = await given.pool.query(
      `select key_hash, sealed from reference_rows where reference = 'secret'`,
    )
    const all = Buffer.concat(rows.flatMap(({ key_hash, sealed }) => [key_hash, sealed]))
    expect(all.includes('SEGRETA') || all.includes('RSSMRA')).toBe(false)
  })

  test('does not open a row that was moved to another key', async () => {
    await load('moved', [row('mine'), row('yours')])
    await given.pool.query(
      `update reference_rows r set sealed = o.sealed from reference_rows o
       where r.reference = 'moved' and o.reference = 'moved' and r.key_hash <> o.key_hash`,
    )
    await expect(find('moved', 'mine')).rejects.toThrow()
  })
})
