// A copy of the database, put back: all of it in one transaction, or nothing. The schema is made as
// the copy had it, filled, compared with what the copy says, and brought up to this version.
// Invariant: a restored database is paused, and gives no id again that was given after the copy.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { type CopyProgress, countRows } from './backup.ts'
import { type CopyBlock, type CopyHeader, unpackBlocks } from './copy-format.ts'
import type { Client, Pool } from './database.ts'
import { StoreFault } from './fault.ts'
import { pauseInstallation, recordAct } from './installation.ts'
import { leapIds } from './journal-check.ts'
import { applyMigrations, createdByMigrations, lockMigrations, migrationNames } from './migrate.ts'
import { doubtReceipts } from './receipts.ts'
import { damaged, openStream } from './sealed-stream.ts'
import type { Vault } from './vault.ts'

export interface RestoreSummary {
  /** When the copy was made. */
  at: string
  installation: string
  tables: number
  rows: number
  /** Migrations that the copy did not have yet. */
  migrated: string[]
}

export interface RestoreOptions {
  /** Whether what the database holds may be thrown away. */
  replace: boolean
  actor: string
  now: Temporal.Instant
  onProgress(progress: CopyProgress): void
}

/**
 * Puts a copy in the place of the database's content. Throws `StoreFault`, and has then changed
 * nothing: `STORE_COPY_DAMAGED`, `STORE_COPY_KEY`, `STORE_COPY_NEWER`, `STORE_NOT_EMPTY`.
 */
export async function restore(
  pool: Pool,
  vault: Vault,
  sealed: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    // Whoever gives the copy may be slow.
    await client.query('set local idle_in_transaction_session_timeout = 0')
    await lockMigrations(client)
    const blocks = unpackBlocks(openStream(vault, sealed))
    const header = await readHeader(blocks)
    await demandPlace(client, options.replace)
    await makeSchema(client, header)
    await fill(client, header, blocks, options.onProgress)
    await setTriggers(client, header, 'enable')
    const migrated = await finish(client, header, options)
    await client.query('commit')
    client.release()
    await pool.query('analyze')
    const { at, installation, tables } = header
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    return { at, installation, tables: tables.length, rows, migrated }
  } catch (error) {
    // The connection ends, and with it whatever was under way.
    client.release(true)
    throw error
  }
}

/** Reads a whole copy and compares it with what it says of itself; touches no database. */
export async function checkCopy(
  vault: Vault,
  sealed: AsyncIterable<Uint8Array>,
  onProgress: (progress: CopyProgress) => void,
): Promise<CopyHeader> {
  const blocks = unpackBlocks(openStream(vault, sealed))
  const header = await readHeader(blocks)
  await readTables(header, blocks, onProgress, async () => ({
    add: async () => {},
    end: async () => {},
  }))
  return header
}

async function readHeader(blocks: AsyncGenerator<CopyBlock>): Promise<CopyHeader> {
  const { value: block } = await blocks.next()
  if (block?.kind !== 'header') throw damaged('it has no header')
  const { header } = block as Extract<CopyBlock, { kind: 'header' }>
  const known = await migrationNames()
  const unknown = header.migrations.filter((name) => !known.includes(name))
  if (unknown.length === 0) return header
  throw new StoreFault(
    'STORE_COPY_NEWER',
    `the copy has migrations that this version does not know (${unknown.join(', ')}): ` +
      'it was made by a newer Staffetta; restore it with that version',
  )
}

/** Where somebody works, or something was collected, nothing is overwritten unasked. */
async function demandPlace(client: Client, replace: boolean): Promise<void> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*) as n from pg_stat_activity where datname = current_database()
       and application_name like 'staffetta%' and pid <> pg_backend_pid()`,
  )
  if ((rows[0]?.n ?? 0) > 0) {
    throw new StoreFault('STORE_NOT_EMPTY', 'Staffetta is using the database: stop it first')
  }
  if (replace) return
  for (const table of ['drops', 'flows', 'attempts', 'reference_rows']) {
    const { rows: found } = await client.query<{ there: boolean }>(
      'select to_regclass($1) is not null as there',
      [table],
    )
    if (!found[0]?.there) continue
    const { rowCount } = await client.query(`select from ${table} limit 1`)
    if (rowCount === 0) continue
    throw new StoreFault('STORE_NOT_EMPTY', 'the database is not empty; --replace throws it away')
  }
}

/** Only what Staffetta's own migrations make is dropped; the rest of the database is not ours. */
async function makeSchema(client: Client, header: CopyHeader): Promise<void> {
  const { tables, sequences, functions } = await createdByMigrations(await migrationNames())
  await client.query(`drop table if exists ${['schema_migrations', ...tables].join(', ')} cascade`)
  await client.query(`drop sequence if exists ${sequences.join(', ')} cascade`)
  for (const name of functions) await client.query(`drop function if exists ${name} cascade`)
  await applyMigrations(client, header.migrations)
  // What they would write beside the rows is in the copy itself; some refuse to be emptied.
  await setTriggers(client, header, 'disable')
  await client.query(`truncate ${header.tables.map(({ name }) => name).join(', ')}`)
}

async function setTriggers(
  client: Client,
  { tables }: CopyHeader,
  word: 'enable' | 'disable',
): Promise<void> {
  for (const { name } of tables) await client.query(`alter table ${name} ${word} trigger user`)
}

async function fill(
  client: Client,
  header: CopyHeader,
  blocks: AsyncGenerator<CopyBlock>,
  onProgress: (progress: CopyProgress) => void,
): Promise<void> {
  await readTables(header, blocks, onProgress, async ({ name, columns, rows }) => {
    const sql = `copy ${name} (${columns.join(', ')}) from stdin`
    const stream = client.query(copyFrom(sql))
    const done = finished(stream)
    done.catch(() => {})
    return {
      async add(bytes) {
        if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), done])
      },
      async end() {
        stream.end()
        await done
        if (stream.rowCount !== rows)
          throw damaged(`${name} took ${stream.rowCount} of ${rows} rows`)
      },
    }
  })
  for (const [name, last] of Object.entries(header.sequences)) {
    await client.query('select setval($1::regclass, $2)', [name, last])
  }
}

interface Taker {
  add(bytes: Uint8Array): Promise<void>
  end(): Promise<void>
}

/** Every table of the header, whole and in its order, up to the end. */
async function readTables(
  header: CopyHeader,
  blocks: AsyncGenerator<CopyBlock>,
  onProgress: (progress: CopyProgress) => void,
  begin: (table: CopyHeader['tables'][number]) => Promise<Taker>,
): Promise<void> {
  const next = async () => (await blocks.next()).value as CopyBlock | undefined
  const allRows = header.tables.reduce((sum, table) => sum + table.rows, 0)
  let before = 0
  for (const table of header.tables) {
    let block = await next()
    if (block?.kind !== 'table' || block.name !== table.name)
      throw damaged(`no ${table.name} in it`)
    const taker = await begin(table)
    const hash = createHash('sha256')
    let rows = 0
    for (block = await next(); block?.kind === 'data'; block = await next()) {
      hash.update(block.bytes)
      rows += countRows(block.bytes)
      await taker.add(block.bytes)
      onProgress({ table: table.name, rows: before + rows, allRows })
    }
    await taker.end()
    const whole = block?.kind === 'table-end' && block.end.sha256 === hash.digest('hex')
    if (!whole || rows !== table.rows) throw damaged(`${table.name} is not whole`)
    before += rows
  }
  if ((await next())?.kind !== 'end' || (await next()) !== undefined) throw damaged('no end in it')
}

async function finish(
  client: Client,
  header: CopyHeader,
  { actor, now }: RestoreOptions,
): Promise<string[]> {
  const later = (await migrationNames()).filter((name) => !header.migrations.includes(name))
  await applyMigrations(client, later)
  await leapIds(client)
  await doubtReceipts(client, now)
  await pauseInstallation(client, `restored from the copy of ${header.at}`, now)
  const act = { actor, origin: 'cli', at: now, verb: 'restored' }
  await recordAct(client, { ...act, detail: { copy: header.at } })
  return later
}
