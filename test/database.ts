// Databases for tests: each asks for its own and drops it, so that no file sees another's rows.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export interface FreshDatabase {
  url: string
  /** Cuts whoever is still connected. */
  drop(): Promise<void>
}

/** An empty database on the run's server, with a name that nobody else has. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(`create database ${name}`)
  const url = new URL(inject('databaseUrl'))
  url.pathname = name
  return { url: url.href, drop: () => administer(`drop database ${name} with (force)`) }
}

/** Runs a statement that concerns whole databases of the run's server. */
export async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') })
  client.on('error', () => {}) // What is being asked fails with it.
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
