// A copy of the database as one sealed stream, taken in one snapshot while the daemon runs. Rows go
// as COPY's text, which every PostgreSQL reads: the copy is also the way from one major version to
// the next. The queue's own tables stay behind: its jobs only wake, and the sweeps find the work.
import { createHash } from 'node:crypto'
import { to as copyTo } from 'pg-copy-streams'
import { type CopyBlock, type CopyHeader, packBlocks } from './copy-format.ts'
import type { Client, Pool } from './database.ts'
import { createdByMigrations, demandKnown } from './migrate.ts'
import { sealStream } from './sealed-stream.ts'
import type { Vault } from './vault.ts'

/** How far a copy, or its restoring, has come. */
export interface CopyProgress {
  table: string
  rows: number
  allRows: number
}

export interface BackupSummary {
  at: string
  installation: string
  tables: number
  rows: number
  /** Of the sealed stream. */
  bytes: number
  /** SHA-256 of the sealed stream, in hexadecimal. */
  sha256: string
}

/** Writes a copy through `write`, which resolves once it wants more. */
export async function backUp(
  pool: Pool,
  vault: Vault,
  now: Temporal.Instant,
  write: (piece: Uint8Array) => Promise<void>,
  onProgress: (progress: CopyProgress) => void,
): Promise<BackupSummary> {
  const client = await pool.connect()
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    // Whoever takes the copy may be slow.
    await client.query('set local idle_in_transaction_session_timeout = 0')
    const header = await describe(client, now)
    const hash = createHash('sha256')
    let bytes = 0
    const blocks = blocksOf(client, header, onProgress)
    for await (const piece of sealStream(vault, packBlocks(blocks))) {
      hash.update(piece)
      bytes += piece.length
      await write(piece)
    }
    await client.query('commit')
    client.release()
    const { at, installation, tables } = header
    return {
      ...{ at, installation, tables: tables.length },
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      bytes,
      sha256: hash.digest('hex'),
    }
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function* blocksOf(
  client: Client,
  header: CopyHeader,
  onProgress: (progress: CopyProgress) => void,
): AsyncGenerator<CopyBlock> {
  yield { kind: 'header', header }
  const allRows = header.tables.reduce((sum, table) => sum + table.rows, 0)
  let before = 0
  for (const { name, columns, rows: counted } of header.tables) {
    yield { kind: 'table', name }
    const stream = client.query(copyTo(`copy ${name} (${columns.join(', ')}) to stdout`))
    const hash = createHash('sha256')
    let rows = 0
    for await (const piece of stream as AsyncIterable<Buffer>) {
      hash.update(piece)
      rows += countRows(piece)
      onProgress({ table: name, rows: before + rows, allRows })
      yield { kind: 'data', bytes: piece }
    }
    if (rows !== counted) throw new Error(`${name} gave ${rows} rows instead of ${counted}`)
    yield { kind: 'table-end', end: { rows, sha256: hash.digest('hex') } }
    before += rows
  }
  yield { kind: 'end' }
}

/** A row of COPY's text ends with a newline, and holds none. */
export function countRows(text: Uint8Array): number {
  let rows = 0
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) rows += 1
  return rows
}

async function describe(client: Client, now: Temporal.Instant): Promise<CopyHeader> {
  // How values read as text must not depend on the server's settings.
  await client.query(`set local bytea_output = 'hex'`)
  await client.query(`set local datestyle = 'ISO'`)
  await client.query(`set local extra_float_digits = 1`)
  const one = async <T>(sql: string) => (await client.query<{ v: T }>(sql)).rows[0]?.v as T
  if (!(await one<boolean>(`select to_regclass('schema_migrations') is not null as v`))) {
    throw new Error('the database has nothing of Staffetta’s yet: there is nothing to copy')
  }
  const { rows: applied } = await client.query<{ name: string }>(
    'select name from schema_migrations order by name',
  )
  const migrations = applied.map(({ name }) => name)
  await demandKnown(migrations)
  const created = await createdByMigrations(migrations)
  const tables: CopyHeader['tables'] = []
  for (const name of await inOrder(client, created.tables)) {
    const rows = await one<number>(`select count(*) as v from ${name}`)
    tables.push({ name, columns: await columnsOf(client, name), rows })
  }
  return {
    format: 1,
    at: now.round('second').toString(),
    installation: await one<string>('select id as v from installation'),
    postgres: await one<number>(`select current_setting('server_version_num')::int as v`),
    migrations,
    tables,
    sequences: await sequencesOf(client, created.tables, created.sequences),
  }
}

async function columnsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** Tables after those that they refer to. */
async function inOrder(client: Client, tables: string[]): Promise<string[]> {
  const { rows } = await client.query<{ from: string; to: string }>(
    `select conrelid::regclass::text as from, confrelid::regclass::text as to
     from pg_constraint where contype = 'f' and conrelid <> confrelid
       and conrelid::regclass::text = any($1)`,
    [tables],
  )
  const ordered: string[] = []
  while (ordered.length < tables.length) {
    const free = tables.filter(
      (table) =>
        !ordered.includes(table) &&
        rows.every(({ from, to }) => from !== table || ordered.includes(to)),
    )
    if (free.length === 0) throw new Error('tables refer to one another in a circle')
    ordered.push(...free)
  }
  return ordered
}

/**
 * Sequences stand outside of transactions. Read after the snapshot was taken, they are never behind
 * its rows.
 */
async function sequencesOf(
  client: Client,
  tables: string[],
  sequences: string[],
): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; last: number | null }>(
    `select c.relname as name, pg_sequence_last_value(c.oid) as last
     from pg_class c left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
       and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
     where c.relkind = 'S' and c.relnamespace = current_schema()::regnamespace
       and (c.relname = any($2) or d.refobjid::regclass::text = any($1))`,
    [tables, sequences],
  )
  return Object.fromEntries(rows.flatMap(({ name, last }) => (last === null ? [] : [[name, last]])))
}
