import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CopyTable, type CopyValue, copyRows, instantMicros } from '../../src/store/copy.ts'
import { transaction } from '../../src/store/database.ts'
import { type GivenStore, givenStore } from './given.ts'

const TABLE: CopyTable = {
  name: 'every_type',
  columns: [
    ['small', 'int2'],
    ['whole', 'int4'],
    ['large', 'int8'],
    ['words', 'text'],
    ['bytes', 'bytea'],
    ['instant', 'timestamptz'],
    ['civil', 'timestamp'],
  ],
}
const NOTHING: CopyValue[] = [null, null, null, null, null, null, null]

/** What PostgreSQL holds, as the values that were given to it. */
const READ = `select small, whole, large, words, bytes,
  (extract(epoch from instant) * 1000000)::bigint as instant,
  (extract(epoch from civil at time zone 'UTC') * 1000000)::bigint as civil
  from every_type order by ordinal`

/** PostgreSQL's text has no NUL, and UTF-8 no half characters. */
const words = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''))
/** Years 1750 to 2250: microseconds that are safe integers, counted from 1970 as from 2000. */
const micros = fc.integer({ min: -6_900_000_000_000_000, max: 8_800_000_000_000_000 })

const row = fc.tuple(
  fc.option(fc.integer({ min: -32_768, max: 32_767 })),
  fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  fc.option(fc.maxSafeInteger()),
  fc.option(words),
  fc.option(fc.uint8Array({ maxLength: 40 })),
  fc.option(micros),
  fc.option(micros),
)

describe('rows copied into a table', () => {
  let given: GivenStore
  beforeAll(async () => {
    given = await givenStore()
    await given.pool.query(`create table every_type (
      ordinal int generated always as identity, small int2, whole int4, large int8 unique,
      words text, bytes bytea, instant timestamptz, civil timestamp)`)
  })
  afterAll(() => given.close())

  async function copyAndRead(rows: CopyValue[][]): Promise<CopyValue[][]> {
    const copied = await transaction(given.pool, async (client) => {
      await client.query('delete from every_type')
      return copyRows(client, TABLE, rows)
    })
    expect(copied).toBe(rows.length)
    const read = await given.pool.query({ text: READ, rowMode: 'array' })
    return read.rows
  }

  function expectEqual(read: CopyValue[][], rows: CopyValue[][]): void {
    const plain = (values: CopyValue[]) =>
      values.map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      )
    expect(read.map(plain)).toEqual(rows.map(plain))
  }

  test('read back as they were given, of every type, null or not', async () => {
    const rows = fc.uniqueArray(row, { selector: (values) => values[2] ?? Symbol(), maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(rows, async (given) => expectEqual(await copyAndRead(given), given)),
      { numRuns: 60 },
    )
  })

  test('keep the ends of every range', async () => {
    const rows: CopyValue[][] = [
      [-32_768, -(2 ** 31), Number.MIN_SAFE_INTEGER, '', new Uint8Array(), 0, 0],
      [32_767, 2 ** 31 - 1, Number.MAX_SAFE_INTEGER, 'è€𝄞', Buffer.of(0, 255), -1, 1],
      [-1, -1, -(2 ** 32), 'a\tb\\N\n"', null, 946_684_800_000_000, 946_684_799_999_999],
      NOTHING,
    ]
    expectEqual(await copyAndRead(rows), rows)
  })

  test('may be larger than what was first set aside for them', async () => {
    const large = 'è€𝄞'.repeat(50_000)
    const rows: CopyValue[][] = Array.from({ length: 20 }, (_, n) => [
      n,
      n,
      n,
      '',
      null,
      null,
      null,
    ])
    rows.splice(7, 0, [1, 1, 100, large, Buffer.alloc(300_000, 1), null, null])
    expectEqual(await copyAndRead(rows), rows)
  })

  test('may be none', async () => {
    expect(await copyAndRead([])).toEqual([])
  })

  test('that the table refuses are an error, and the connection goes on', async () => {
    const rows = Array.from({ length: 5000 }, () => [1, 1, 7, 'x', null, null, null])
    const client = await given.pool.connect()
    try {
      await client.query('begin')
      await expect(copyRows(client, TABLE, rows)).rejects.toThrow('duplicate key')
      await client.query('rollback')
      expect(await copyRows(client, TABLE, [NOTHING])).toBe(1)
    } finally {
      client.release()
    }
  })

  test('that do not fit their type are refused before anything is written', async () => {
    const tooLarge = [40_000, null, null, null, null, null, null]
    await expect(copyAndRead([NOTHING, tooLarge])).rejects.toThrow(RangeError)
  })
})

test('an instant is so many microseconds since 1970', () => {
  expect(instantMicros(Temporal.Instant.from('1970-01-01T00:00:01.234Z'))).toBe(1_234_000)
  expect(instantMicros(Temporal.Instant.from('1969-12-31T23:59:59.999Z'))).toBe(-1000)
})
