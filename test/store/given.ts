// What the tests of the store and of the pipeline share: a migrated database of their own, a vault
// with a random key, and wakes kept in the transaction that makes them.
import { randomBytes } from 'node:crypto'
import type { SourceDrop } from '../../src/connector.ts'
import { openPool, type Pool } from '../../src/store/database.ts'
import type { DropTarget } from '../../src/store/drops.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { openVault, type Vault } from '../../src/store/vault.ts'
import type { Enqueue } from '../../src/store/wake.ts'
import { migratedDatabase } from '../database.ts'

export interface GivenStore {
  url: string
  pool: Pool
  vault: Vault
  store: Store
  /** Another process on the same database, with the same keys. */
  another(): { pool: Pool; store: Store }
  /** Every wake that was committed: `map 1`, `send esempio 2026-03-02T08:00:00Z`. */
  wakes(): Promise<string[]>
  /** One number from the database. */
  count(sql: string, ...values: unknown[]): Promise<number>
  close(): Promise<void>
}

export const comune = 'comune'
export const now = Temporal.Instant.from('2026-03-02T08:00:00Z')

export async function givenStore(): Promise<GivenStore> {
  const database = await migratedDatabase()
  const vault = openVault([{ id: 1, key: randomBytes(32) }])
  const pools: Pool[] = []
  const open = () => {
    const pool = openPool({ url: database.url }, 6)
    pools.push(pool)
    const owner = `test-${pools.length}`
    return { pool, store: openStore({ pool, vault, enqueue, owner, leaseSeconds: 60 }) }
  }
  const { pool, store } = open()
  await pool.query('create table test_wakes (id int generated always as identity, wake text)')
  return {
    url: database.url,
    pool,
    vault,
    store,
    another: open,
    async wakes() {
      const { rows } = await pool.query<{ wake: string }>('select wake from test_wakes order by id')
      return rows.map((row) => row.wake)
    },
    async count(sql, ...values) {
      const { rows } = await pool.query<{ n: string | number }>(`select (${sql}) as n`, values)
      return Number(rows[0]?.n)
    },
    async close() {
      await Promise.all(pools.map((one) => one.end()))
      await database.drop()
    },
  }
}

const enqueue: Enqueue = async (tx, queue, id, at) => {
  const wakes = [at ?? ''].flat().map((one) => [queue, id, one].join(' ').trimEnd())
  await tx.query('insert into test_wakes (wake) select unnest($1::text[])', [wakes])
}

export function dropTarget(changes: Partial<DropTarget> = {}): DropTarget {
  return {
    institution: comune,
    feed: 'tari',
    maximumDropBytes: 100_000_000,
    notify: ['ced@comune.example'],
    ...changes,
  }
}

/** A drop of one part. */
export function dropOf(key: string, ...pieces: (Uint8Array | string)[]): SourceDrop {
  const bytes = piecesOf(...pieces)
  return { key, parts: [{ name: `${key}.csv`, mediaType: 'text/csv', bytes }] }
}

export async function* piecesOf(...pieces: (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece
}

/** The whole of a stream. */
export async function wholeOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes))
}

/** Waits until some session of this database waits for a lock, or `done` ends. */
export async function untilBlocked(given: GivenStore, done: Promise<unknown>): Promise<void> {
  let ended = false
  const end = () => {
    ended = true
  }
  done.then(end, end)
  const waiting = `select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  while (!ended && (await given.count(waiting)) === 0);
}
