// The composition root: the only file that knows every part. It opens them in order, gives each
// stage the ports it declares, and closes them in reverse. Nothing here decides anything.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Config, type Feed, getFeed } from './config/config.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { compileKept } from './config/mapping-version.ts'
import { openRegistry } from './config/registry.ts'
import * as views from './config/stage-views.ts'
import type { Connector } from './connector.ts'
import { createIoClient, type IoClient } from './io/client.ts'
import { type Log, openLog } from './log.ts'
import { sendWaiting } from './mail/send-waiting.ts'
import { createMailer, type Mailer } from './mail/smtp.ts'
import type { CompiledNotice } from './mapping/mapping.ts'
import { recordsOf } from './offline.ts'
import { type CollectSummary, collectFeed } from './pipeline/collect.ts'
import { type MapPorts, type MapResult, mapDrop } from './pipeline/map.ts'
import { releaseFlow } from './pipeline/release.ts'
import type { SendService } from './pipeline/send/one.ts'
import { probePaused } from './pipeline/send/probe.ts'
import { type SendPorts, type SendSummary, sendAccount } from './pipeline/send.ts'
import { trackDue } from './pipeline/track.ts'
import { resultFile, writeBackDue } from './pipeline/write-back.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import { openSendLog } from './store/attempts.ts'
import { type Connection, openPool, type Pool } from './store/database.ts'
import { type Embedded, openEmbedded } from './store/embedded.ts'
import { migrate } from './store/migrate.ts'
import { openSendJournal, reconcileJournal, type SendJournal } from './store/send-journal.ts'
import { openStore, type Store } from './store/store.ts'
import { openVault, parseKey, readOrMakeKeyFile, type Vault } from './store/vault.ts'

export interface AppOptions {
  configDirectory: string
  logLevel: string
  /** Given to a thread of a process that has opened the database already. */
  connection?: Connection
  /** False in commands that only look: they wake nobody and write no journal. */
  sends?: boolean
}

export interface App {
  config: Config
  store: Store
  queue: Queue
  log: Log
  connection: Connection
  dataDirectory: string
  /** Migrations that were applied while opening. */
  migrated: string[]
  /** A flow's receipts as the result file, or as JSON lines. */
  reportOf(flowId: number, format: 'csv' | 'json'): AsyncIterable<string>
  /** The stages, each with its ports. */
  collect(feed: Feed, stop: AbortSignal): Promise<CollectSummary | null>
  /** Null when another process is mapping it. */
  map(dropId: number): Promise<MapResult | null>
  release(flowId: number): Promise<boolean>
  send(account: string, stop: AbortSignal): Promise<SendSummary | null>
  writeBack(stop: AbortSignal): Promise<number>
  mail(): Promise<number>
  /** Asks IO whether the key of a paused service works again; resumes it if so. */
  probePaused(): Promise<number>
  connectorOf(feed: Feed): Promise<Connector>
  /** Whether the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

export type { LoadedConfig }

/** The configuration is wrong: the problems say where. */
export class ConfigError extends Error {
  readonly code = 'CONFIG'
  readonly loaded: LoadedConfig
  constructor(loaded: LoadedConfig) {
    super('the configuration has errors: `staffetta check` shows them')
    this.loaded = loaded
  }
}

/** Opens everything. Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function openApp(options: AppOptions): Promise<App> {
  const registry = await openRegistry()
  const loaded = await loadConfig(options.configDirectory, registry)
  if (loaded.config === null) throw new ConfigError(loaded)
  const { config } = loaded
  const log = openLog(options.logLevel)
  const dataDirectory = dataDirectoryOf(config)
  const closers: (() => Promise<void> | void)[] = []
  const onClose = (close: () => Promise<void> | void) => closers.unshift(close)
  try {
    const { connection } = await openDatabase(options, config, dataDirectory, log, onClose)
    const pool = openPool(connection, config.installation.database.poolSize)
    onClose(() => pool.end())
    const migrated = await migrate(pool)
    const vault = openVault(keysOf(config, dataDirectory))
    const queue = await openQueue(connection, options.sends === true, (error) =>
      log.warn({ error: error.message }, 'queue failed'),
    )
    onClose(() => queue.close(config.installation.limits.shutdownSeconds))
    const { leaseSeconds } = config.installation.limits
    const owner = `${process.pid}-${randomUUID()}`
    const store = openStore({ pool, vault, enqueue: queue.enqueue, owner, leaseSeconds })
    const parts: Parts = { config, pool, vault, store, log, dataDirectory, onClose }
    const connectorOf = async (feed: Feed) => {
      const connector = await registry.connectors(feed.connector)
      if (!connector) throw new Error(`there is no connector ${feed.connector}`)
      return connector
    }
    return {
      config,
      store,
      queue,
      log,
      connection,
      dataDirectory,
      migrated,
      connectorOf,
      reportOf: (flowId, format) => reportOf(store, flowId, format),
      ...stagesOf(parts, connectorOf),
      ping: async () => {
        await pool.query('select 1')
      },
      close: () => closeAll(closers),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

interface Parts {
  config: Config
  pool: Pool
  vault: Vault
  store: Store
  log: Log
  dataDirectory: string
  onClose(close: () => Promise<void> | void): void
}

function stagesOf(parts: Parts, connectorOf: (feed: Feed) => Promise<Connector>) {
  const { config, store } = parts
  const sending = lazily(() => openSending(parts))
  const mailer = lazily(async () => openMailer(parts))
  const mapping = mapPorts(parts)
  return {
    async collect(feed: Feed, stop: AbortSignal) {
      const view = views.collectFeedOf(config, feed, await connectorOf(feed))
      const { feeds, drops } = store
      return collectFeed(
        view,
        { ...ambient(parts), feeds, drops, whileLeased: leased(store) },
        stop,
      )
    },
    async map(dropId: number) {
      const drop = await store.drops.get(dropId)
      const feed = getFeed(config, drop.institution, drop.feed)
      const view = views.mapFeedOf(config, feed)
      return store.leases.hold(`map/${dropId}`, () => mapDrop(dropId, view, mapping))
    },
    release: (flowId: number) =>
      releaseFlow(flowId, {
        flows: store.flows,
        acts: store.acts,
        now: () => Temporal.Now.instant(),
      }),
    async send(account: string, stop: AbortSignal) {
      const { ports } = await sending()
      return sendAccount(views.getSendAccount(config, account), ports, stop)
    },
    async writeBack(stop: AbortSignal) {
      const feeds = views.allFeeds(config).filter((feed) => feed.writeBack)
      const reporting = await Promise.all(
        feeds.map(async (feed) => views.reportingFeedOf(feed, await connectorOf(feed))),
      )
      const { writeBacks } = store
      const ports = { ...ambient(parts), writeBacks, whileLeased: leased(store) }
      return writeBackDue(reporting, ports, stop)
    },
    async mail() {
      const open = await mailer()
      if (open === null) return 0
      const now = () => Temporal.Now.instant()
      const work = () => sendWaiting(store.mails, open, now)
      // Several nodes look at once: without the lease a mail would leave once a node.
      return (await store.leases.hold('mail', work)) ?? 0
    },
    async probePaused() {
      const { io, ports } = await sending()
      return probePaused({ pauses: store.pauses, service: ports.service, io })
    },
  }
}

/** Clock, waiting and log, as every stage that asks for them gets them. */
function ambient({ log }: Parts) {
  return {
    now: () => Temporal.Now.instant(),
    monotonic: () => performance.now(),
    sleep: (seconds: number, signal: AbortSignal) => delay(seconds * 1000, undefined, { signal }),
    log,
  }
}

function leased(store: Store) {
  return <T>(name: string, work: (lost: AbortSignal) => Promise<T>) =>
    store.leases.hold(name, (lease) => work(lease.lost))
}

function mapPorts({ store }: Parts): MapPorts {
  const { drops, flows, versions, openLot, references, settlements } = store
  return {
    drops: {
      ...drops,
      async openRecords(drop, member) {
        const [part] = await drops.parts(drop.id)
        if (!part) throw new Error(`drop ${drop.id} has no part`)
        const reader = drops.open(drop.id, part)
        return recordsOf(reader, member)
      },
    },
    flows,
    versions,
    lookup: references.find,
    openLot,
    loadReference: references.load,
    settle: settlements.apply,
    now: () => Temporal.Now.instant(),
  }
}

interface Sending {
  io: IoClient
  ports: SendPorts
}

async function openSending(parts: Parts): Promise<Sending> {
  const { config, pool, vault, store, dataDirectory, onClose } = parts
  const behind = await reconcileJournal(pool, dataDirectory, Temporal.Now.instant())
  if (behind > 0) parts.log.error({ attempts: behind }, 'database found behind the send journal')
  const journal: SendJournal = await openSendJournal(dataDirectory, await installationId(pool))
  onClose(() => journal.close())
  const io = createIoClient(ioOptions(config))
  onClose(() => io.close())
  const service = (institution: string, name: string) =>
    views.findSendService(config, institution, name)
  const pauseService = async (paused: SendService, code: string, detail: string) => {
    const { institution, service: name } = paused
    const notify = config.institutions.find((one) => one.id === institution)?.notify ?? []
    const since = Temporal.Now.instant()
    await store.pauses.pause({ institution, service: name, since, code, detail }, notify)
  }
  const shared = {
    ...ambient(parts),
    messages: store.messages,
    service,
    pauseService,
    sleep: (milliseconds: number, signal: AbortSignal) =>
      delay(milliseconds, undefined, { signal }),
  }
  const ports: SendPorts = {
    ...shared,
    hold: store.leases.hold,
    openLog: (account, lease) => openSendLog(pool, journal, account, lease, shared.now),
    flows: store.flows,
    io,
    resending: views.resendingFeeds(config),
    mapping: textMappings(parts),
    textHash: (text) => vault.hash('text', text),
    spare: (session, limit) => trackDue(session, limit, { ...shared, io }),
  }
  return { io, ports }
}

/** Compiled versions, remembered: there are as many as mappings have ever been changed. */
function textMappings({ store, log }: Parts) {
  const compiled = new Map<number, Promise<CompiledNotice | null>>()
  const load = async (versionId: number) => {
    const { name, spec } = await store.versions.get(versionId)
    const mapping = compileKept(name, spec)
    if (mapping === null) log.error({ mapping: name, versionId }, 'kept mapping not compiled')
    return mapping as CompiledNotice | null
  }
  return (versionId: number) => {
    const known = compiled.get(versionId) ?? load(versionId)
    compiled.set(versionId, known)
    known.catch(() => compiled.delete(versionId))
    return known
  }
}

async function* reportOf(store: Store, flowId: number, format: 'csv' | 'json') {
  async function* receipts() {
    for await (const { receipt } of store.writeBacks.receipts(flowId, false)) yield receipt
  }
  if (format === 'json') {
    for await (const receipt of receipts()) yield `${JSON.stringify(receipt)}\n`
    return
  }
  for await (const piece of resultFile(receipts())) yield Buffer.from(piece).toString('utf8')
}

function openMailer({ config, onClose }: Parts): Mailer | null {
  const { mail } = config.installation
  if (!mail) return null
  const mailer = createMailer(mail.from, mail.smtp)
  onClose(() => mailer.close())
  return mailer
}

function ioOptions(config: Config) {
  const { accounts, outbound } = config.installation
  const { proxy, certificateAuthorities } = outbound
  const all = Object.values(accounts)
  const connections = all.reduce((most, account) => Math.max(most, account.connections), 1)
  const timeoutSeconds = all.reduce((most, account) => Math.max(most, account.timeoutSeconds), 1)
  const read = (reference: string) => readFileSync(reference.slice('file:'.length), 'utf8')
  return {
    connections,
    ...(proxy ? { proxy: typeof proxy === 'string' ? proxy : proxy.reveal() } : {}),
    certificateAuthorities: certificateAuthorities.map(read),
    connectTimeoutSeconds: 10,
    headersTimeoutSeconds: timeoutSeconds,
    bodyTimeoutSeconds: timeoutSeconds,
    bodyLimitBytes: 1024 * 1024,
  }
}

async function openDatabase(
  options: AppOptions,
  config: Config,
  dataDirectory: string,
  log: Log,
  onClose: (close: () => Promise<void>) => void,
): Promise<{ connection: Connection }> {
  if (options.connection) return { connection: options.connection }
  const url = config.installation.database.url?.reveal() ?? process.env['DATABASE_URL']
  if (url) return { connection: { url } }
  const embedded: Embedded = await openEmbedded({ dataDirectory, log })
  onClose(() => (options.sends ? embedded.stop() : embedded.release()))
  return { connection: embedded.connection }
}

/** PostgreSQL refuses root, and its user must reach the data: root's default is not the clone. */
function dataDirectoryOf(config: Config): string {
  const configured = config.installation.dataDirectory
  if (configured) return resolve(configured)
  return process.getuid?.() === 0 ? '/var/lib/staffetta' : resolve('data')
}

function keysOf(config: Config, dataDirectory: string) {
  const { keys } = config.installation.encryption
  if (keys.length === 0) {
    return [{ id: 1, key: readOrMakeKeyFile(join(dataDirectory, 'keys', 'data-1.key')) }]
  }
  return [...keys]
    .sort((a, b) => b.id - a.id)
    .map(({ id, key }) => ({ id, key: parseKey(key.reveal(), key.reference) }))
}

async function installationId(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select id from installation')
  return (rows[0] as { id: string }).id
}

/** Opens at the first call, once; an opening that failed is tried again by the next call. */
function lazily<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | null = null
  return () => {
    opened ??= open().catch((error) => {
      opened = null
      throw error
    })
    return opened
  }
}

/** In reverse order of opening; one that fails does not keep the others open. */
async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closers.splice(0)) await Promise.resolve(close()).catch(() => {})
}
