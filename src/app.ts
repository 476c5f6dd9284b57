// The composition root: the only file that knows every part. It opens them in order, gives each
// stage the ports it declares, and closes them in reverse. Nothing here decides anything.
import { randomUUID } from 'node:crypto'
import { openRecords } from './archive/open-records.ts'
import { type Config, type Feed, getFeed } from './config/config.ts'
import * as views from './config/stage-views.ts'
import type { Connector } from './connector.ts'
import { type Decide, decideWith } from './deciding.ts'
import { checkJournal } from './journaling.ts'
import type { Log } from './log.ts'
import { sendWaiting } from './mail/send-waiting.ts'
import { createMailer, type Mailer } from './mail/smtp.ts'
import { type AppOptions, keysOf, openConfigured } from './opening.ts'
import { ambient, type Parts } from './parts.ts'
import { type CollectSummary, collectFeed } from './pipeline/collect.ts'
import { type MapPorts, type MapResult, mapDrop } from './pipeline/map.ts'
import {
  type Confirmation,
  type Confirmed,
  confirmFlow,
  type ReleasePorts,
  releaseFlow,
} from './pipeline/release.ts'
import { probePaused } from './pipeline/send/probe.ts'
import { type SendSummary, sendAccount } from './pipeline/send.ts'
import { resultFile, writeBackDue } from './pipeline/write-back.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import { openSending, textMappings } from './sending.ts'
import type { Connection } from './store/database.ts'
import { migrate } from './store/migrate.ts'
import { openStore, type Store } from './store/store.ts'
import { openVault } from './store/vault.ts'
import { tendSubscriptions } from './subscriptions.ts'

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
  /** Lets a flow go that was kept back for its amounts. */
  confirm(flowId: number, said: Confirmation): Promise<Confirmed>
  /** Throws when this node cannot send: its send journal cannot be written. */
  openSender(): Promise<void>
  send(account: string, stop: AbortSignal): Promise<SendSummary | null>
  writeBack(stop: AbortSignal): Promise<number>
  mail(): Promise<number>
  /** What a person decides about messages that wait for one. */
  decide: Decide
  /** Tries whether the causes of paused services are gone; answers how many it resumed. */
  probePaused(): Promise<number>
  /** Forgets what nobody reads any more of IO's feed; answers accounts with a day to read. */
  tendSubscriptions(): Promise<string[]>
  connectorOf(feed: Feed): Promise<Connector>
  /** Whether the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

export type { AppOptions, ConfigError, LoadedConfig } from './opening.ts'

/** Opens everything. Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function openApp(options: AppOptions): Promise<App> {
  const opened = await openConfigured(options)
  const { config, registry, log, dataDirectory, connection, pool, onClose } = opened
  try {
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
    if (options.sends !== false && !options.connection) await checkJournal(parts)
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
      decide: decideWith(parts),
      ping: async () => {
        await pool.query('select 1')
      },
      close: opened.close,
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

function stagesOf(parts: Parts, connectorOf: (feed: Feed) => Promise<Connector>) {
  const { config, store } = parts
  const sending = lazily(() => openSending(parts))
  const mailer = lazily(async () => openMailer(parts))
  const mapping = mapPorts(parts)
  const releasing: ReleasePorts = {
    flows: store.flows,
    toldOf: (institution) => views.toldOf(config, institution),
    now: () => Temporal.Now.instant(),
  }
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
    release: (flowId: number) => releaseFlow(flowId, releasing),
    confirm: (flowId: number, said: Confirmation) => confirmFlow(flowId, said, releasing),
    openSender: async () => void (await sending()),
    async send(account: string, stop: AbortSignal) {
      // Also while it runs: PostgreSQL may have failed over to a server that was behind.
      await checkJournal(parts)
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
      const { pauses, limits } = store
      const probe = () => probePaused({ ...ports, pauses, limits, io })
      // Several nodes look at once: together they would try too often.
      return (await store.leases.hold('probe', probe)) ?? 0
    },
    tendSubscriptions: () => tendSubscriptions(parts),
  }
}

function leased(store: Store) {
  return <T>(name: string, work: (lost: AbortSignal) => Promise<T>) =>
    store.leases.hold(name, (lease) => work(lease.lost))
}

function mapPorts(parts: Parts): MapPorts {
  const { store } = parts
  const { drops, flows, versions, openLot, references, settlements } = store
  return {
    drops: {
      ...drops,
      openRecords: async ({ id }, record, mustMatch) =>
        openRecords(await drops.sources(id), record, mustMatch),
    },
    flows,
    versions,
    feeds: store.feeds,
    lookup: references.find,
    waits: { open: store.openWaiting, mapping: textMappings(parts) },
    openLot,
    loadReference: references.load,
    loadPart: references.loadPart,
    settle: settlements.apply,
    now: () => Temporal.Now.instant(),
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
