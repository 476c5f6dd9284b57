// `npm run bench`: how fast Staffetta reads, maps and sends on this machine, each beside the least
// that the same work costs without it, in one run. Everything is on loopback, in directories of its
// own that are removed at the end; the database is durable, as in production.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import pg from 'pg'
import { openEmbedded } from '../src/store/embedded.ts'
import { createArrivals } from './bench/arrivals.ts'
import { benchConnectors } from './bench/connectors.ts'
import type { ConsoleResult, ConsoleTask } from './bench/console-run.ts'
import { type BenchFiles, writeBenchFiles } from './bench/drops.ts'
import type { FloorResult, FloorTask } from './bench/floor-run.ts'
import { benchFormats } from './bench/formats.ts'
import type { MapResult, MapTask } from './bench/map-run.ts'
import { measure } from './bench/measure.ts'
import type { RateResult, RateTask } from './bench/rate-run.ts'
import { benchSchedule } from './bench/schedule.ts'
import type { SendResult, SendTask } from './bench/send-run.ts'
import {
  type BenchReport,
  claimsOf,
  formatReport,
  type MapReport,
  machineFacts,
  type RateReport,
} from './bench/table.ts'
import { benchWorkbench } from './bench/workbench.ts'
import { forgetShellSettings, openPlayground } from './playground.ts'

const USAGE =
  'usage: npm run bench -- [map|send|schedule|formats|connectors|workbench|console] ' +
  '[--rows N] [--messages N] [--reminders N] [--share F] [--json]\n'
/** With this many rows the memory has its shape; what comes on top of it is growth. */
const SMALL_ROWS = 50_000
const LARGEST_ROWS = 5_000_000
const LARGEST_MESSAGES = 10_000_000
/** Of `send`; of `console`, which is measured only where it is named: it takes its time. */
const MESSAGES = 20_000
const CONSOLE_MESSAGES = 2_000_000
const LARGEST_REMINDERS = 10_000_000
const ACCOUNT = 'esempio'
const CONNECTIONS = 64
/** IO's own limit, and for how long the pace is watched. */
const RATE = { callsPerWindow: 150, windowSeconds: 5, seconds: 30 }

const measurements = [
  'map',
  'send',
  'schedule',
  'formats',
  'connectors',
  'workbench',
  'console',
] as const
type Measurement = (typeof measurements)[number]

interface Options {
  rows: number
  messages: number
  reminders: number
  only: Measurement | null
  /** Of the files of `formats`, `connectors` and `workbench`. */
  share: number
  json: boolean
}

interface Bench {
  directory: string
  configDirectory: string
  sandboxUrl: string
  /** The server's own database: what needs another playground opens it there. */
  databaseUrl: string
  signal: AbortSignal
  freshDatabase(): Promise<string>
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options === null) {
    process.stderr.write(USAGE)
    return 2
  }
  const interrupted = new AbortController()
  // A fault of the sandbox, which runs here, ends the measurement too: what was made is removed.
  for (const event of ['SIGINT', 'SIGTERM', 'uncaughtException'] as const) {
    process.once(event, (reason: unknown) => interrupted.abort(reason))
  }
  try {
    const report = await measureAll(options, interrupted.signal)
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report))
    return claimsOf(report).some(({ holds }) => holds === false) ? 1 : 0
  } catch (error) {
    process.stderr.write(`${inspect(interrupted.signal.reason ?? error)}\n`)
    return 1
  }
}

function measureAll(options: Options, signal: AbortSignal): Promise<BenchReport> {
  return withBench(signal, async (bench, postgres) => {
    const wants = (what: Measurement) => options.only === null || options.only === what
    const { directory } = bench
    const { share } = options
    return {
      machine: machineFacts(postgres),
      map: wants('map') ? await benchMap(bench, options.rows) : null,
      send: wants('send') ? await benchSend(bench, options.messages) : null,
      schedule: wants('schedule')
        ? await benchSchedule({ ...bench, connections: CONNECTIONS }, options.reminders)
        : null,
      formats: wants('formats') ? await benchFormats(directory, share, signal) : null,
      connectors: wants('connectors')
        ? await benchConnectors(directory, share, signal, bench.freshDatabase)
        : null,
      console: options.only === 'console' ? await benchConsole(bench, options.messages) : null,
      workbench: wants('workbench') ? await benchWorkbench(directory, share, signal) : null,
    }
  })
}

function readOptions(): Options | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rows: { type: 'string', default: '250000' },
        messages: { type: 'string' },
        reminders: { type: 'string', default: '1000000' },
        share: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    })
    const rows = readCount(values.rows, LARGEST_ROWS)
    const reminders = readCount(values.reminders, LARGEST_REMINDERS)
    const [named, ...more] = positionals
    const only = measurements.find((one) => one === named) ?? null
    const usual = only === 'console' ? CONSOLE_MESSAGES : MESSAGES
    const messages = readCount(values.messages ?? String(usual), LARGEST_MESSAGES)
    if (more.length > 0 || (named !== undefined && only === null)) return null
    const share = Number(values.share)
    if (rows === null || messages === null || reminders === null) return null
    if (!(share > 0 && share <= 1)) return null
    return { rows, messages, reminders, share, only, json: values.json }
  } catch {
    return null
  }
}

function readCount(text: string, maximum: number): number | null {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 && value <= maximum ? value : null
}

/** A server with durable writes, and the example municipality beside a sandbox without limits. */
async function withBench<T>(
  signal: AbortSignal,
  work: (bench: Bench, postgres: string) => Promise<T>,
): Promise<T> {
  forgetShellSettings()
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-bench-'))
  await chmod(directory, 0o711)
  const server = await openEmbedded({ dataDirectory: directory })
  const admin = new pg.Client({ connectionString: server.url })
  try {
    await admin.connect()
    const playground = await openPlayground({
      databaseUrl: server.url,
      sandbox: { callsPerWindow: 0, population: { notOnIo: 0, serviceOff: 0 } },
      // Status questions stay out of the measurement: they come an hour later.
      account: { callsPerWindow: 0, connections: CONNECTIONS, firstStatusCheckSeconds: 3600 },
    })
    let databases = 0
    const freshDatabase = async () => {
      const url = new URL(server.url)
      url.pathname = `bench_${++databases}`
      await admin.query(`create database ${url.pathname.slice(1)}`)
      return url.href
    }
    const { configDirectory, sandbox } = playground
    const { url: databaseUrl } = server
    const sandboxUrl = sandbox.url
    const bench = { directory, configDirectory, sandboxUrl, databaseUrl, signal, freshDatabase }
    try {
      const { rows } = await admin.query('show server_version')
      return await work(bench, rows[0].server_version)
    } finally {
      await playground.stop()
    }
  } finally {
    await admin.end()
    await server.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The floor is measured on both sides of the map: on a shared machine it changes meanwhile. */
async function benchMap(bench: Bench, rows: number): Promise<MapReport> {
  const small = rows > SMALL_ROWS ? await runMap(bench, await files(bench, SMALL_ROWS)) : null
  const large = await files(bench, rows)
  const before = await runFloor(bench, large)
  const result = await runMap(bench, large)
  const after = await runFloor(bench, large)
  return {
    rows,
    floorSeconds: (before.seconds + after.seconds) / 2,
    ...result,
    growthBytes: small === null ? null : result.peakBytes - small.peakBytes,
  }
}

async function runFloor(bench: Bench, given: BenchFiles): Promise<FloorResult> {
  const { bills, rows } = given
  const databaseUrl = await bench.freshDatabase()
  return measure<FloorTask, FloorResult>('floor-run', { databaseUrl, bills, rows }, bench.signal)
}

async function runMap(bench: Bench, given: BenchFiles): Promise<MapResult> {
  const { configDirectory, signal } = bench
  const databaseUrl = await bench.freshDatabase()
  return measure<MapTask, MapResult>(
    'map-run',
    { configDirectory, databaseUrl, files: given },
    signal,
  )
}

async function benchSend(bench: Bench, messages: number) {
  const { configDirectory, sandboxUrl, signal } = bench
  const databaseUrl = await bench.freshDatabase()
  const given = await files(bench, messages)
  const account = { account: ACCOUNT, connections: CONNECTIONS }
  const task = { configDirectory, databaseUrl, sandboxUrl, files: given, ...account }
  const result = await measure<SendTask, SendResult>('send-run', task, signal)
  return { messages, connections: CONNECTIONS, ...result, rate: await benchRate(bench) }
}

async function benchConsole(bench: Bench, messages: number): Promise<ConsoleResult> {
  const { configDirectory, signal } = bench
  const databaseUrl = await bench.freshDatabase()
  const given = { files: await files(bench, 100), messages, account: ACCOUNT }
  const task = { configDirectory, databaseUrl, ...given }
  return measure<ConsoleTask, ConsoleResult>('console-run', task, signal)
}

/** A second sandbox, with IO's limit: what share of the allowed calls arrives, and how many 429. */
async function benchRate({ directory, signal, freshDatabase }: Bench): Promise<RateReport> {
  const { seconds, ...window } = RATE
  const arrivals = createArrivals()
  const databaseUrl = await freshDatabase()
  const playground = await openPlayground({
    databaseUrl,
    sandbox: {
      ...window,
      population: { notOnIo: 0, serviceOff: 0 },
      fault: () => {
        arrivals.add(performance.now())
        return null
      },
    },
    account: window,
  })
  try {
    const given = await writeBenchFiles(directory, (window.callsPerWindow * seconds) / 5)
    const { configDirectory } = playground
    // A little longer than is looked at, so that the end is not in it.
    const task = { configDirectory, databaseUrl, files: given, account: ACCOUNT }
    await measure<RateTask, RateResult>('rate-run', { ...task, seconds: seconds + 2 }, signal)
    const calls = arrivals.countWithin(seconds)
    const { limited, status } = playground.sandbox.truth.calls
    return {
      seconds,
      ...window,
      calls,
      limited,
      status,
      share: calls / ((seconds / window.windowSeconds) * window.callsPerWindow),
      fullestWindow: arrivals.mostWithin(window.windowSeconds),
    }
  } finally {
    await playground.stop()
  }
}

function files(bench: Bench, rows: number): Promise<BenchFiles> {
  return writeBenchFiles(bench.directory, rows)
}

process.exitCode = await main()
