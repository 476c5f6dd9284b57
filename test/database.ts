// Databases for tests: each asks for its own and drops it, so that no file sees another's rows.
import { inject } from 'vitest'
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

/** Runs a statement that concerns whole databases of the run's server. */
export function administer(statement: string): Promise<void> {
  return administerAt(inject('databaseUrl'), statement)
}
