// Databases for tests: each asks for its own and drops it, so that no file sees another's rows.
import { inject } from 'vitest'
import { type Pool, transaction } from '../src/store/database.ts'
import {
  administer as administerAt,
  makeOwnDatabase,
  type OwnDatabase,
} from '../src/store/own-database.ts'

export type FreshDatabase = OwnDatabase

/** An empty database on the run's server, with a name that nobody else has. */
export function freshDatabase(): Promise<FreshDatabase> {
  return makeOwnDatabase(inject('databaseUrl'), 'test')
}

/** One that has the tables of Staffetta and of its queue already: a copy, which is quicker. */
export function migratedDatabase(): Promise<FreshDatabase> {
  return makeOwnDatabase(inject('databaseUrl'), 'test', inject('migratedTemplate'))
}

/** Empties tables for the next test, acts among them, which nobody else can take away. */
export async function emptyTables(pool: Pool, tables: string): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query('alter table acts disable trigger acts_stand_whole')
    await client.query(`truncate ${tables} cascade`)
    await client.query('alter table acts enable trigger acts_stand_whole')
  })
}

/** Runs a statement that concerns whole databases of the run's server. */
export function administer(statement: string): Promise<void> {
  return administerAt(inject('databaseUrl'), statement)
}
