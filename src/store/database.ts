// The connection to PostgreSQL: a pool, transactions and how its types read.
// bigint columns are read as numbers (ids and counts stay far below 2^53), timestamptz as
// Temporal.Instant, so that no Date and no local zone ever enters the program.
import pg from 'pg'
import { watchConnections } from './connection-watch.ts'

export type Pool = pg.Pool
export type Client = pg.PoolClient
/** Whatever can run a query: the pool, or a client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>

export interface Connection {
  /** A `postgresql://` URL, or the fields of an embedded server's socket. */
  url?: string
  host?: string
  port?: number
  user?: string
  database?: string
}

/**
 * A session whose client is gone without a word holds its locks no longer than this. Nobody pauses
 * so long within a transaction.
 */
const IDLE_TRANSACTION_SECONDS = 40

/**
 * Opens a pool of at most `size` connections. Every session speaks UTC and is named `staffetta`;
 * one that PostgreSQL has forgotten about is given up (`STORE_SILENT`).
 */
export function openPool(connection: Connection, size: number): Pool {
  const { url, ...fields } = connection
  const settings = url ? { connectionString: url } : fields
  const idle = `${IDLE_TRANSACTION_SECONDS}s`
  const pool = new pg.Pool({
    ...settings,
    max: size,
    application_name: 'staffetta',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    options: `-c timezone=UTC -c idle_in_transaction_session_timeout=${idle}`,
    types: { getTypeParser },
  })
  // A broken idle connection is replaced by the pool; the query that needed it has its own error.
  pool.on('error', () => {})
  // The same for one that is lent out, between two queries: an error nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  watchConnections(pool, settings)
  return pool
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
export async function transaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    )
    client.release(broken)
    throw error
  }
}

/** The instant of a timestamptz's text, as PostgreSQL writes it in UTC. */
function parseInstant(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(' ', 'T').replace(/\+00$/, 'Z'))
}

const parsers = new Map<number, (text: string) => unknown>([
  [20, Number],
  [1184, parseInstant],
  [1114, (text) => Temporal.PlainDateTime.from(text.replace(' ', 'T'))],
  [1082, (text) => Temporal.PlainDate.from(text)],
])

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  const parser = parsers.get(oid)
  return parser && format !== 'binary' ? parser : pg.types.getTypeParser(oid, format as 'text')
}
