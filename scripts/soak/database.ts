// Databases for soak runs: each run makes its own on the server that it was given, and drops it at
// its end. What a run looks at in its database, it asks in SQL of its own.
import pg from 'pg'
import { makeOwnDatabase } from '../../src/store/own-database.ts'

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
  const { url, drop } = await makeOwnDatabase(serverUrl, 'soak', template)
  const look = new pg.Pool({ connectionString: url, max: 2 }).on('error', () => {})
  return {
    name: new URL(url).pathname.slice(1),
    url,
    query: async <R extends object>(text: string, values: unknown[] = []) =>
      (await look.query<R>(text, values)).rows,
    async [Symbol.asyncDispose]() {
      await look.end()
      // An autovacuum at work in it is the superuser's, and keeps it: the server goes soon, too.
      await drop().catch(() => {})
    },
  }
}
