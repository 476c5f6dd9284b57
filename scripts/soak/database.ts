// Databases for soak runs: each run makes its own on the server that it was given, and drops it at
// its end. What a run looks at in its database, it asks in SQL of its own.
import { randomUUID } from 'node:crypto'
import pg from 'pg'

export interface RunDatabase extends AsyncDisposable {
  name: string
  url: string
  query<R extends object>(text: string, values?: unknown[]): Promise<R[]>
}

/**
 * An empty database, or a copy of another (`template`, with nobody connected), and a look at it
 * that survives whatever befalls the server.
 */
export async function freshDatabase(serverUrl: string, template?: string): Promise<RunDatabase> {
  const name = `soak_${randomUUID().replaceAll('-', '')}`
  await administer(serverUrl, `create database ${name}${template ? ` template ${template}` : ''}`)
  const url = new URL(serverUrl)
  url.pathname = name
  const look = new pg.Pool({ connectionString: url.href, max: 2 }).on('error', () => {})
  return {
    name,
    url: url.href,
    query: async <R extends object>(text: string, values: unknown[] = []) =>
      (await look.query<R>(text, values)).rows,
    async [Symbol.asyncDispose]() {
      await look.end()
      // An autovacuum at work in it is the superuser's, and keeps it: the server goes soon, too.
      await administer(serverUrl, `drop database ${name} with (force)`).catch(() => {})
    },
  }
}

/** Runs a statement that concerns whole databases of the server. */
export async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  client.on('error', () => {}) // What is being asked fails with it.
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
