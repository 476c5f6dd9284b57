// Migrations: numbered-by-time SQL files, forward only, each in a transaction of its own.
// Several processes may start at once: an advisory lock lets one migrate while the others wait.
import { readdir, readFile } from 'node:fs/promises'
import type { Client, Pool, Queryable } from './database.ts'

const folder = new URL('./migrations/', import.meta.url)
/** Any constant; it only has to differ from other programs' advisory locks on the same database. */
const lock = 727_201_122

const SCHEMA_MIGRATIONS = `create table if not exists schema_migrations (
  name text primary key, applied_at timestamptz not null default now())`

export interface Migration {
  name: string
  applied: boolean
}

/**
 * Applies what is missing and answers the names applied now. Throws when the database is newer than
 * the program.
 */
export async function migrate(pool: Pool): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lock])
    const pending = (await listMigrations(client)).filter((migration) => !migration.applied)
    for (const { name } of pending) await apply(client, name)
    return pending.map((migration) => migration.name)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lock]).catch(() => {})
    client.release()
  }
}

/** Every migration with whether it has been applied, in order. */
export async function listMigrations(client: Client): Promise<Migration[]> {
  await client.query(SCHEMA_MIGRATIONS)
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
  const applied = new Set(rows.map((row) => row.name))
  const names = await migrationNames()
  await demandKnown([...applied])
  return names.map((name) => ({ name, applied: applied.has(name) }))
}

/** The migrations of this version, in order. */
export async function migrationNames(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
}

/** Throws when a database has migrations that this version does not know. */
export async function demandKnown(applied: string[]): Promise<void> {
  const names = await migrationNames()
  const unknown = applied.filter((name) => !names.includes(name))
  if (unknown.length === 0) return
  throw new Error(
    `the database has migrations that this version does not know (${unknown.join(', ')}): ` +
      'it was used by a newer Staffetta; install that version again',
  )
}

/** Keeps others from migrating until the caller's transaction ends. */
export async function lockMigrations(tx: Queryable): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [lock])
}

/** Applies these, in order, in the caller's transaction. */
export async function applyMigrations(tx: Queryable, names: string[]): Promise<void> {
  await tx.query(SCHEMA_MIGRATIONS)
  for (const name of names) await applyOne(tx, name)
}

/** What these migrations make, by name: all that the database has of Staffetta's. */
export async function createdByMigrations(names: string[]) {
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
  const named = (what: string) =>
    texts.flatMap((sql) =>
      [...sql.matchAll(new RegExp(`^create ${what} (\\w+)`, 'gm'))].map(
        ([, name]) => name as string,
      ),
    )
  return { tables: named('table'), sequences: named('sequence'), functions: named('function') }
}

async function applyOne(tx: Queryable, name: string): Promise<void> {
  await tx.query(await readFile(new URL(name, folder), 'utf8'))
  await tx.query('insert into schema_migrations (name) values ($1)', [name])
}

async function apply(client: Client, name: string): Promise<void> {
  await client.query('begin')
  try {
    await applyOne(client, name)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`migration ${name} failed; the database is as it was before it`, {
      cause: error,
    })
  }
}
