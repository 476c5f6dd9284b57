// The queue: pg-boss, which only wakes. A job carries the id of a row or the name of an account,
// never data; the handler reads the row and decides. A job has the id of what it is about, so that
// the same waking written twice is one job; a lost one is found by the sweep.
import { createHash } from 'node:crypto'
import { PgBoss } from 'pg-boss'

/** What a job wakes; also the name of its queue. */
export const wakings = ['collect', 'map', 'release', 'send', 'write-back'] as const
export type Waking = (typeof wakings)[number]

/** Runs SQL: a pool, or the client of the caller's transaction. */
interface Executor {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

interface Connection {
  url?: string
  host?: string
  port?: number
  user?: string
  database?: string
}

export interface Queue {
  /** Writes a job in the caller's transaction. `at`: not before; of several, a job for each. */
  enqueue(
    tx: Executor,
    waking: Waking,
    id: string,
    at?: Temporal.Instant | readonly Temporal.Instant[],
  ): Promise<void>
  /** Writes a job by itself. */
  wake(waking: Waking, id: string, at: Temporal.Instant): Promise<void>
  /** Calls the handler for each waking, one after the other. A throw is tried again later. */
  handle(waking: Waking, handler: (id: string) => Promise<void>): Promise<void>
  /** Waits for the handlers under way, so many seconds at most. */
  close(graceSeconds: number): Promise<void>
}

const RETRIES = 10
const RETRY_SECONDS = 5
const LONGEST_RETRY_SECONDS = 300
/** A million-record drop is mapped well within this; beyond it pg-boss gives the job to another. */
const LONGEST_HANDLING_SECONDS = 6 * 3600
/** How late a waking with an instant may be that must be punctual; one without comes by NOTIFY. */
const POLL_SECONDS = 0.5
/** The same where minutes do: a companion that is waited for, a second try. */
const UNHURRIED_POLL_SECONDS = 10
const punctual: ReadonlySet<Waking> = new Set(['send'])
/** A pooler of transactions keeps no session that listens: it is lost anew every few seconds. */
const LOST_SESSION = 'LISTEN/NOTIFY channel registration was lost'
const POOL_SIZE = 4
/** Jobs written by one statement. */
const JOBS_AT_ONCE = 1000
/** Every statement of the queue is short: one without an answer for so long will have none. */
const QUERY_TIMEOUT_MS = 30_000

/**
 * Opens the queue; its tables are made on first use. `handles`: this process is woken, by a
 * connection that listens, and keeps the tables tidy. `onError` hears of faults of the queue.
 */
export async function openQueue(
  connection: Connection,
  handles: boolean,
  onError: (error: Error) => void,
): Promise<Queue> {
  const { url, ...fields } = connection
  const boss = new PgBoss({
    ...(url ? { connectionString: url } : fields),
    application_name: 'staffetta-queue',
    max: POOL_SIZE,
    // Of pg's pool, which pg-boss makes with these options.
    ...{ query_timeout: QUERY_TIMEOUT_MS },
    schedule: false,
    supervise: handles,
    useListenNotify: handles,
  })
  boss.on('error', once(LOST_SESSION, onError))
  boss.on('warning', ({ message, data }) => {
    if (isAboutListening(data)) onError(new Error(message))
  })
  await boss.start()
  for (const waking of wakings) {
    const settings = {
      retryLimit: RETRIES,
      retryDelay: RETRY_SECONDS,
      retryBackoff: true,
      retryDelayMax: LONGEST_RETRY_SECONDS,
      expireInSeconds: LONGEST_HANDLING_SECONDS,
      notify: true,
    }
    await boss.createQueue(waking, settings)
    // One that was there already keeps what it was made with.
    if (handles) await boss.updateQueue(waking, settings)
  }
  return {
    async enqueue(tx, waking, id, at) {
      const db = {
        executeSql: (text: string, values?: unknown[]) =>
          tx.query(text, values) as Promise<{ rows: never[] }>,
      }
      if (at === undefined) {
        await boss.send(waking, { id }, { id: jobId(waking, id, at), db })
        return
      }
      const jobs = [at].flat().map((one) => ({
        id: jobId(waking, id, one),
        data: { id },
        startAfter: new Date(one.epochMilliseconds),
      }))
      for (let start = 0; start < jobs.length; start += JOBS_AT_ONCE) {
        await boss.insert(waking, jobs.slice(start, start + JOBS_AT_ONCE), { db })
      }
    },
    async wake(waking, id, at) {
      const startAfter = new Date(at.epochMilliseconds)
      await boss.send(waking, { id }, { id: jobId(waking, id, at), startAfter })
    },
    async handle(waking, handler) {
      const options = {
        pollingIntervalSeconds: POLL_SECONDS,
        notifyPollingIntervalSeconds: punctual.has(waking) ? POLL_SECONDS : UNHURRIED_POLL_SECONDS,
        batchSize: 1,
      }
      const worker = await boss.work<{ id: string }>(waking, options, async ([job]) => {
        // Several that came together were told of once: after each it looks for the next.
        boss.notifyWorker(worker)
        if (job) await handler(job.data.id)
      })
    },
    close: (graceSeconds) => boss.stop({ graceful: true, timeout: graceSeconds * 1000 }),
  }
}

/** Says an error of this message only the first time. */
function once(message: string, say: (error: Error) => void): (error: Error) => void {
  let said = false
  return (error) => {
    if (error.message === message && said) return
    said ||= error.message === message
    say(error)
  }
}

function isAboutListening(data: unknown): boolean {
  return (data as { type?: unknown } | null)?.type === 'listen_notify_unavailable'
}

/** Where somebody else moves the time and sees to all that is due: a job would say nothing. */
export const silentQueue: Queue = {
  enqueue: async () => {},
  wake: async () => {},
  handle: async () => {},
  close: async () => {},
}

/** A UUID that says what the job is about: version 8, made of a hash. */
function jobId(waking: Waking, id: string, at: Temporal.Instant | undefined): string {
  const hex = createHash('sha256')
    .update(`${waking}/${id}/${at ?? ''}`)
    .digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}
