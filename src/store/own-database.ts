// A database of one's own on a server that may be used for it: made empty under a name that nobody
// else has, and dropped at the end. Invariant: no database that was there before is touched.
import { randomUUID } from 'node:crypto'
import pg from 'pg'

export interface OwnDatabase {
  url: string
  /** Cuts whoever is still connected. */
  drop(): Promise<void>
}

/**
 * A copy of `template`, to which nobody may be connected; absent: an empty one. Throws what the
 * server says, such as that this user may make no databases.
 */
export async function makeOwnDatabase(
  serverUrl: string,
  kind: string,
  template = 'template1',
): Promise<OwnDatabase> {
  const name = `${kind}_${randomUUID().replaceAll('-', '')}`
  const url = new URL(serverUrl)
  url.pathname = name
  await administer(serverUrl, `create database ${name} template ${template}`)
  return {
    url: url.href,
    drop: () => administer(serverUrl, `drop database if exists ${name} with (force)`),
  }
}

/** Runs a statement that concerns whole databases of the server. */
export async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {}) // What is being asked fails with it.
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
