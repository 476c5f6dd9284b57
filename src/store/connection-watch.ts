// Half-open connections: a router or a machine that dies between us and PostgreSQL leaves sessions
// that wait for ever. A query whose connection is silent for a while is therefore looked up over a
// new connection. Long queries and locks take what they take: only what the server is no longer
// working on, or a server that answers nobody, costs a connection its life, within 45 seconds.
import type { Socket } from 'node:net'
import pg from 'pg'
import { StoreFault } from './fault.ts'

/** What we look at of a connection: pg has it, its types do not. */
interface Watched {
  processID: number | null
  /** False while a query is under way. */
  readyForQuery: boolean
  connection: { stream: Socket }
}

interface Silence {
  bytes: number
  sinceMs: number
}

export interface WatchTimes {
  lookMs: number
  /** Shorter silences are nobody's concern. */
  suspectMs: number
  /** For the new connection and for its query, each. */
  probeTimeoutMs: number
  /** A copy that goes in is silent while its own source is slow. */
  slowCopyMs: number
}

const TIMES = { lookMs: 5_000, suspectMs: 10_000, probeTimeoutMs: 8_000, slowCopyMs: 35_000 }

/** Watches the connections of a pool for as long as it has any. */
export function watchConnections(
  pool: pg.Pool,
  settings: pg.ClientConfig,
  times: WatchTimes = TIMES,
): void {
  const silences = new Map<Watched, Silence>()
  let timer: NodeJS.Timeout | null = null
  let probing = false

  async function look(): Promise<void> {
    if (probing) return
    const now = performance.now()
    const suspects = [...silences.keys()].filter((client) => isSuspect(client, now))
    if (suspects.length === 0) return
    probing = true
    const working = await findWorking(settings, suspects, times)
    probing = false
    for (const client of suspects) {
      const { sinceMs } = silences.get(client) ?? { sinceMs: performance.now() }
      // It may have been answered meanwhile.
      if (!isSuspect(client, performance.now())) continue
      if (working(client, performance.now() - sinceMs)) continue
      client.connection.stream.destroy(new StoreFault('STORE_SILENT', SILENT))
    }
  }

  /** Whether a query is under way and nothing has moved, either way, for a while. */
  function isSuspect(client: Watched, now: number): boolean {
    const { bytesRead, bytesWritten } = client.connection.stream
    const bytes = bytesRead + bytesWritten
    const known = silences.get(client)
    if (client.readyForQuery || known?.bytes !== bytes) {
      if (known) silences.set(client, { bytes, sinceMs: now })
      return false
    }
    return now - known.sinceMs >= times.suspectMs
  }

  pool.on('connect', (client) => {
    silences.set(client as unknown as Watched, { bytes: -1, sinceMs: performance.now() })
    timer ??= setInterval(() => void look(), times.lookMs).unref()
  })
  pool.on('remove', (client) => {
    silences.delete(client as unknown as Watched)
    if (silences.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  })
}

const SILENT = 'the database stopped answering, and the connection was given up'

/** Says of a connection that was silent so long whether the server is still at work for it. */
type Working = (client: Watched, silentMs: number) => boolean

const allWork: Working = () => true
const noneWorks: Working = () => false

async function findWorking(
  settings: pg.ClientConfig,
  suspects: Watched[],
  { probeTimeoutMs, slowCopyMs }: WatchTimes,
): Promise<Working> {
  const client = new pg.Client({
    ...settings,
    application_name: 'staffetta watch',
    connectionTimeoutMillis: probeTimeoutMs,
    query_timeout: probeTimeoutMs,
  })
  // Whatever ends it ends the question too, and the question is heard.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<Session>(SESSIONS, [
      suspects.map((suspect) => suspect.processID),
    ])
    const [own] = rows
    // Behind a pooler the numbers of sessions mean nothing, and nothing is known.
    if (own?.own !== (client as unknown as Watched).processID) return allWork
    const sessions = new Map(rows.map((row) => [row.pid, row]))
    return ({ processID }, silentMs) => isWorking(sessions.get(processID), silentMs < slowCopyMs)
  } catch (error) {
    // A refusal in PostgreSQL's own words comes from one that is alive: too many sessions, say.
    return 'severity' in (error as object) ? allWork : noneWorks
  } finally {
    await client.end().catch(() => {})
  }
}

interface Session {
  own: number
  pid: number | null
  state: string | null
  reading: boolean
  copying: boolean
}

/** One row at least: the asking session is among those that may be told of. */
const SESSIONS = `
  select pg_backend_pid() as own, a.pid, a.state, a.wait_event = 'ClientRead' as reading,
    a.query ilike 'copy %' as copying
  from (select) one left join pg_stat_activity a on a.pid = any($1)`

/** A session that waits for us, while we wait for it, has lost what one of us said. */
function isWorking(session: Session | undefined, mayCopy: boolean): boolean {
  if (session === undefined || session.state !== 'active') return false
  return !session.reading || (session.copying && mayCopy)
}
