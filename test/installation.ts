// A whole installation for one test: the playground, a database of its own, the app in this
// process. Drops go through the real stages; `pass` lets time go by without waiting for it.
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pg from 'pg'
import {
  editYaml,
  openPlayground,
  type Playground,
  type PlaygroundOptions,
} from '../scripts/playground.ts'
import { contact } from '../scripts/samples.ts'
import { type App, openApp } from '../src/app.ts'
import { getFeed } from '../src/config/config.ts'
import type { MessageState } from '../src/domain/message.ts'
import type { ApprovalAsked } from '../src/pipeline/release/approve.ts'
import type { SandboxFault } from '../src/sandbox/fault.ts'
import type { SandboxCall } from '../src/sandbox/gateway.ts'
import { migratedDatabase } from './database.ts'

export const ACCOUNT = 'esempio'
export const INSTITUTION = 'comune-di-esempio'
/** Nothing of these tests reaches a reminder by itself. */
export const FAR_DUE = '2099-04-30'

export interface Installation extends AsyncDisposable {
  playground: Playground
  app: App
  databaseUrl: string
  /** For looking and for letting time go by; never for what a stage should do. */
  query<R extends object>(text: string, values?: unknown[]): Promise<R[]>
  /** Answers of the sandbox from now on; null: IO's own. */
  answer(fault: (call: SandboxCall) => SandboxFault | null): void
  /** Puts a canteen file in its folder, and lets it become a released flow: its id. */
  drop(rows: string[], name?: string): Promise<number>
  send(): Promise<{ messages: number; tracked: number } | null>
  /** A person lets these messages go. */
  letGo(ids: readonly number[]): Promise<void>
  /** So much time goes by for everything that waits for an instant. */
  pass(interval: string): Promise<void>
  /** The first messages by line of the drop. */
  firsts(flowId: number): Promise<FirstMessage[]>
  /** A second process on the same database and data directory; closed with the installation. */
  another(): Promise<App>
  /** Closes whatever is connected to the database. */
  close(): Promise<void>
  /** Closes the app and opens it again, as a restart does. */
  reopen(): Promise<void>
}

export interface FirstMessage {
  id: number
  state: MessageState
  code: string | null
  attempts: number
  ioId: string | null
  delivery: string | null
  tracked: number
  trackAt: string | null
}

export interface InstallationOptions extends Omit<PlaygroundOptions, 'databaseUrl'> {
  /** Values by file of the configuration and dotted path: see `configure`. */
  configuration?: Record<string, Record<string, unknown>>
  /** A system that the canteen's feed tells, beside its source. */
  tells?: string
  /** The time by which the app decides; absent: the machine’s. */
  now?: () => Temporal.Instant
}

const everyoneReachable = { notOnIo: 0, serviceOff: 0, english: 0, german: 0 }

export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const database = await migratedDatabase()
  let fault: (call: SandboxCall) => SandboxFault | null = () => null
  const playground = await openPlayground({
    stabilitySeconds: 0,
    ...options,
    databaseUrl: database.url,
    account: { callsPerWindow: 0, connections: 4, ...options.account },
    sandbox: {
      callsPerWindow: 0,
      population: everyoneReachable,
      processingDelayMilliseconds: 0,
      fault: (call) => fault(call),
      ...options.sandbox,
    },
  })
  await configure(playground.configDirectory, options.configuration ?? {})
  if (options.tells) await addTarget(playground, options.tells)
  const open = () =>
    openApp({
      configDirectory: playground.configDirectory,
      logLevel: 'silent',
      ...(options.now && { now: options.now }),
    })
  const openLook = () => {
    const opened = new pg.Pool({ connectionString: database.url, max: 2 })
    return opened.on('error', () => {})
  }
  let look = openLook()
  let others: App[] = []
  const installation = {
    playground,
    app: await open(),
    databaseUrl: database.url,
    query: async <R extends object>(text: string, values: unknown[] = []) =>
      (await look.query<R>(text, values)).rows,
    answer(next: typeof fault) {
      fault = next
    },
    drop: (rows: string[], name?: string) => dropCanteen(installation, rows, name),
    send: () => installation.app.send(ACCOUNT, new AbortController().signal),
    async letGo(ids: readonly number[]) {
      const act = { note: null, actor: 'ufficio', origin: 'cli' } as const
      await installation.app.decide([...ids], { as: 'resend', ioId: null, ...act })
    },
    pass: (interval: string) => pass(installation, interval),
    firsts: (flowId: number) => installation.query<FirstMessage>(FIRSTS, [flowId]),
    async another() {
      const app = await open()
      others.push(app)
      return app
    },
    async close() {
      await Promise.all([installation.app, ...others].map((app) => app.close()))
      others = []
      await look.end()
      look = openLook()
    },
    async reopen() {
      await installation.close()
      installation.app = await open()
    },
    async [Symbol.asyncDispose]() {
      await installation.close()
      await look.end()
      await playground.stop()
      await database.drop()
      for (const name of Object.keys(process.env)) {
        if (name.startsWith('STAFFETTA_')) delete process.env[name]
      }
    },
  }
  return installation
}

/** A folder as the system, since what it is matters to nobody here. */
async function addTarget(playground: Playground, name: string): Promise<void> {
  const { configDirectory, canteen } = playground
  const settings = JSON.stringify({ directory: canteen, pattern: 'none-*' })
  const system = `connector: folder\nsettings: ${settings}\n`
  await writeConfigured(playground, `systems/${name}.yaml`, system)
  const writeBack = [{ to: 'source' }, { to: name }]
  await configure(configDirectory, { [`${INSTITUTION}/feeds/mensa.yaml`]: { writeBack } })
}

/** Sets values in files of a configuration: `{ 'staffetta.yaml': { 'mail.smtp.port': 25 } }`. */
export async function configure(
  directory: string,
  files: Record<string, Record<string, unknown>>,
): Promise<void> {
  for (const [file, values] of Object.entries(files)) {
    await editYaml(join(directory, file), values)
  }
}

/** A line of the canteen's file; `n` gives child, parent and notice number. */
export function child(
  n: number,
  changes: { cents?: number; fiscalCode?: string; due?: string; month?: string } = {},
): string {
  const { cents = 4500, due = FAR_DUE, month = '2026-03' } = changes
  const fiscalCode = changes.fiscalCode ?? parent(n)
  const notice = `303${month.replace('-', '')}${String(n).padStart(9, '0')}`
  return [`MENSA-${n}`, fiscalCode, month, 10, cents, due, notice].join(',')
}

export function children(count: number): string[] {
  return Array.from({ length: count }, (_, n) => child(n))
}

/** The fiscal code of child `n`'s parent: nobody's. */
export function parent(n: number): string {
  return contact(n).fiscalCode
}

const HEADER = 'PRATICA,CF_GENITORE,MESE,PASTI,IMPORTO_CENT,SCADENZA,AVVISO'

export function canteenFile(rows: string[]): string {
  return [HEADER, ...rows, ''].join('\n')
}

let lastModified = 1_770_000_000

/** Writes a canteen file whose time differs from every one before, so that it is a new drop. */
export async function leaveCanteenFile(directory: string, rows: string[], name: string) {
  await leaveFile(directory, name, [canteenFile(rows)])
}

/** Writes lines into a file whose time differs from every one before. */
export async function leaveFile(directory: string, name: string, lines: string[]) {
  const path = join(directory, name)
  await writeFile(path, lines.join('\n'))
  lastModified += 60
  await utimes(path, lastModified, lastModified)
}

/** Writes a file of the institution’s configuration: `campaigns/solleciti.yaml`. */
export async function writeConfigured(
  { configDirectory }: Playground,
  name: string,
  text: string,
): Promise<void> {
  const path = join(configDirectory, INSTITUTION, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function dropCanteen(
  { app, playground, query }: Installation,
  rows: string[],
  name = 'mensa-2026-03.csv',
): Promise<number> {
  await leaveCanteenFile(playground.canteen, rows, name)
  const feed = getFeed(app.config, INSTITUTION, 'mensa')
  const summary = await app.collect(feed, new AbortController().signal)
  const drop = summary?.drops[0]
  if (!drop) throw new Error(`nothing was collected: ${JSON.stringify(summary)}`)
  const mapped = await app.map(drop.id)
  if (mapped?.kind !== 'mapped') throw new Error(`the drop is ${mapped?.kind}`)
  const [flow] = await query<{ id: string }>('select id from flows where drop_id = $1', [drop.id])
  await app.release(Number(flow?.id))
  return Number(flow?.id)
}

async function pass({ query }: Installation, interval: string): Promise<void> {
  await query(
    `update messages set send_at = send_at - $1::interval, track_at = track_at - $1::interval,
       sent_at = sent_at - $1::interval where purpose = 'first'`,
    [interval],
  )
  await query('update drops set mapped_at = mapped_at - $1::interval', [interval])
  await query('update service_pauses set try_at = try_at - $1::interval', [interval])
  await query('update service_limits set try_at = try_at - $1::interval', [interval])
}

const FIRSTS = `
  select m.id::int, m.state, m.code, m.attempts, m.io_id as "ioId", m.delivery, m.tracked,
    m.track_at::text as "trackAt"
  from source_records r join messages m on m.id = r.message_id where r.flow_id = $1 order by r.line`

/** Approves a flow as this person sees it now; `said` where they say something else. */
export async function approveAsSeen(
  app: App,
  flow: number,
  actor: string,
  said: Partial<ApprovalAsked> = {},
) {
  const { standing, recipients } = await app.flows.toApprove(flow, actor)
  const seen = { digest: standing.digest, recipients, notBefore: null }
  return app.flows.approve(flow, { actor, origin: 'cli', note: null, ...seen, ...said })
}
