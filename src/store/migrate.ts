// Migrations: numbered-by-time SQL files, forward only, each in a transaction of its own.
// Several processes may start at once: an advisory lock lets one migrate while the others wait.
import { readdir, readFile } from 'node:fs/promises'
import type { Client, Pool } from './database.ts'

const folder = new URL('./migrations/', import.meta.url)
/** Any constant; it only has to differ from other programs' advisory locks on the same database. */
const lock = 727_201_122

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
  await client.query(`create table if not exists schema_migrations (
    name text primary key, applied_at timestamptz not null default now())`)
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
  const applied = new Set(rows.map((row) => row.name))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const unknown = [...applied].filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    throw new Error(
      `the database has migrations that this version does not know (${unknown.join(', ')}): ` +
        'it was used by a newer Staffetta; install that version again',
    )
  }
  return names.map((name) => ({ name, applied: applied.has(name) }))
}

async function apply(client: Client, name: string): Promise<void> {
  const sql = await readFile(new URL(name, folder), 'utf8')
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into schema_migrations (name) values ($1)', [name])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`migration ${name} failed; the database is as it was before it`, {
      cause: error,
    })
  }
}
