// Where a run with real processes takes place: a playground with its sandbox, a database of its
// own and a fault proxy before IO, which also sees how many submissions are under way. The sandbox
// lives in this process, so that what IO really took is known whatever becomes of the nodes.
import { join } from 'node:path'
import { type FaultProxy, startFaultProxy, type Verdict } from '../fault-proxy.ts'
import { editYaml, openPlayground, type Playground } from '../playground.ts'
import { leaveCanteenFile } from './canteen.ts'
import { freshDatabase, type RunDatabase } from './database.ts'
import { type Node, startNode } from './node.ts'
import type { SoakOptions } from './run.ts'
import { type Ask, until } from './wait.ts'

export const ACCOUNT = 'esempio'
/** The gateway's words for a key that it does not know. */
const INVALID_KEY = JSON.stringify({
  statusCode: 401,
  message: 'Access denied due to invalid subscription key.',
})

export interface GroundOptions {
  /** Of the account. */
  connections?: number
  timeoutSeconds?: number
  /** After how long a dead node's work is taken over; the shipped value when it is not said. */
  leaseSeconds?: number
  /** Of each node. */
  poolSize?: number
  whenUncertain?: 'hold' | 'resend'
  /** Instead of a database on the run's server. */
  database?: RunDatabase
  /** Under a message of the sandbox, how long IO thinks; drawn between 0 and this. */
  thinkMilliseconds?: number
  /** While it says so, IO answers 401 to everything. */
  refusesKey?(): boolean
}

export interface Ground extends AsyncDisposable {
  playground: Playground
  database: RunDatabase
  /** Before IO. */
  io: FaultProxy
  submissions: Submissions
  nodes: Node[]
  connections: number
  /** How many rows have been dropped. */
  rows(): number
  /** Drops so many more rows as a file. */
  leave(count: number): Promise<void>
  /** Another process on this ground; `environment` overrides, `configDirectory` is another's. */
  start(environment?: Record<string, string>, configDirectory?: string): Node
  /** Lets the leases of the dead run out now; only where the wait itself is not what is tried. */
  expireLeases(): Promise<void>
  /** As `wait.ts`; when time is up it tells what the nodes complained of last. */
  until<T>(what: string, seconds: number, ask: Ask<T>): Promise<T>
  /** Waits until every flow has ended, and there are as many records as rows. */
  ended(seconds: number): Promise<void>
}

/** The calls to `POST /messages` as the proxy sees them. */
export interface Submissions {
  begun: number
  underWay: number
  most: number
  /** Decides of each as it begins; everything passes unless a run sets this. */
  judge(): Verdict
  /** Runs when an answer is there, before it goes on. */
  beforeAnswer(): Promise<void> | void
}

export async function openGround(run: SoakOptions, options: GroundOptions = {}): Promise<Ground> {
  const { connections = 8, thinkMilliseconds = 5 } = options
  const database = options.database ?? (await freshDatabase(run.databaseUrl))
  const random = createRandom(run.seed)
  const playground = await openPlayground({
    databaseUrl: database.url,
    stabilitySeconds: 0,
    account: { callsPerWindow: 0, connections, firstStatusCheckSeconds: 3600 },
    sandbox: {
      seed: run.seed,
      callsPerWindow: 0,
      population: { notOnIo: 0, serviceOff: 0, english: 0, german: 0 },
      fault({ path }) {
        if (options.refusesKey?.()) return { answer: { status: 401, body: INVALID_KEY } }
        return path === '/messages' ? { delayMilliseconds: random() * thinkMilliseconds } : null
      },
    },
  })
  const { submissions, io } = await watchIo(playground.sandbox.port)
  await configure(playground, io.port, options)
  const nodes: Node[] = []
  let rows = 0
  const waiting = async <T>(what: string, seconds: number, ask: Ask<T>) => {
    try {
      return await until(what, seconds, run.signal, ask)
    } catch (cause) {
      run.signal.throwIfAborted()
      throw new Error(`${(cause as Error).message}; ${complaints(nodes)}`, { cause })
    }
  }
  return {
    playground,
    database,
    io,
    submissions,
    nodes,
    connections,
    rows: () => rows,
    async leave(count) {
      await leaveCanteenFile(playground.canteen, rows, count)
      rows += count
    },
    start(environment = {}, configDirectory = playground.configDirectory) {
      const node = startNode(configDirectory, { ...playground.environment, ...environment })
      nodes.push(node)
      return node
    },
    async expireLeases() {
      await database.query(`update leases set expires_at = '-infinity'`)
    },
    until: waiting,
    async ended(seconds) {
      await waiting('every flow has ended', seconds, () => haveEnded(database, rows))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.filter((node) => node.isAlive()).map((node) => node.kill()))
      await io.stop()
      await playground.stop()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** Numbers from 0 to 1, the same for a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function watchIo(port: number): Promise<{ io: FaultProxy; submissions: Submissions }> {
  const isSubmit = (line: string) => /^POST \S+\/messages /.test(line)
  const submissions: Submissions = {
    begun: 0,
    underWay: 0,
    most: 0,
    judge: () => 'pass',
    beforeAnswer: () => {},
  }
  const io = await startFaultProxy(
    { port },
    {
      judge(line) {
        if (!isSubmit(line)) return 'pass'
        submissions.begun += 1
        submissions.underWay += 1
        submissions.most = Math.max(submissions.most, submissions.underWay)
        return submissions.judge()
      },
      beforeAnswer: (line) => (isSubmit(line) ? submissions.beforeAnswer() : undefined),
      ended(line) {
        if (isSubmit(line)) submissions.underWay -= 1
      },
    },
  )
  return { io, submissions }
}

async function configure(
  { configDirectory, sandbox }: Playground,
  ioPort: number,
  { timeoutSeconds, leaseSeconds, poolSize, whenUncertain }: GroundOptions,
): Promise<void> {
  const baseUrl = new URL(sandbox.url)
  baseUrl.port = String(ioPort)
  await editYaml(join(configDirectory, 'staffetta.yaml'), {
    [`accounts.${ACCOUNT}.baseUrl`]: baseUrl.href,
    ...(timeoutSeconds ? { [`accounts.${ACCOUNT}.timeoutSeconds`]: timeoutSeconds } : {}),
    ...(leaseSeconds ? { 'limits.leaseSeconds': leaseSeconds } : {}),
    ...(poolSize ? { 'database.poolSize': poolSize } : {}),
    'limits.collectSweepSeconds': 5,
  })
  const feeds = join(configDirectory, 'comune-di-esempio', 'feeds')
  await editYaml(join(feeds, 'mensa.yaml'), {
    // What is broken here on purpose would soon suspend the flows.
    'release.brake': false,
    ...(whenUncertain && { whenUncertain }),
  })
  // Only the canteen has anything to say here.
  for (const name of ['bollette', 'contatti']) {
    await editYaml(join(feeds, `${name}.yaml`), { schedule: '0 0 1 1 *' })
  }
}

/** What the nodes said last of what went wrong, the newest first. */
function complaints(nodes: Node[]): string {
  const said = nodes.toReversed().flatMap((node) => node.faults().toReversed())
  const shown = said.slice(0, 5).map(({ time, msg, what, error }) => ({ time, msg, what, error }))
  const alive = nodes.filter((node) => node.isAlive()).length
  const leaks = nodes.flatMap((node) => node.leaks).slice(-5)
  return `nodes alive: ${alive}; ${JSON.stringify([...shown, ...leaks])}`
}

async function haveEnded({ query }: RunDatabase, rows: number): Promise<boolean> {
  const [found] = await query<{ open: number; records: number }>(
    `select (select count(*)::int from flows where state not in ('sent', 'incomplete')) as open,
       (select count(*)::int from source_records) as records`,
  )
  return found !== undefined && found.open === 0 && found.records >= rows
}
