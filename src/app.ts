// The composition root: the only file that knows every part. It opens them in order, gives each
// stage the ports it declares, and closes them in reverse. Nothing here decides anything.
import { randomUUID } from 'node:crypto'
import { openRecords } from './archive/open-records.ts'
import { askWith, forgetAnswers, openAsk } from './asking.ts'
import { type Campaigning, openCampaigns } from './campaigning.ts'
import { type Config, type Feed, getFeed } from './config/config.ts'
import * as views from './config/stage-views.ts'
import type { Connector } from './connector.ts'
import type { Console } from './console/server.ts'
import { foldCounts } from './counting.ts'
import { type Decide, decideWith } from './deciding.ts'
import { type Desk, openDesk } from './desk/desk.ts'
import { openPages } from './desk/serving.ts'
import { kindOfWritten, writtenFeedOf } from './desk/written-feed.ts'
import { openChecking } from './journaling.ts'
import type { Log } from './log.ts'
import { sendWaiting } from './mail/send-waiting.ts'
import { createMailer, type Mailer } from './mail/smtp.ts'
import { type AppOptions, keysOf, openConfigured } from './opening.ts'
import { ambient, type Parts } from './parts.ts'
import { type CollectPorts, type CollectSummary, collectFeed } from './pipeline/collect.ts'
import type { AskPorts } from './pipeline/connector/ask.ts'
import { type MapPorts, type MapResult, mapDrop } from './pipeline/map.ts'
import { releaseFlow } from './pipeline/release.ts'
import { probePaused } from './pipeline/send/probe.ts'
import { type SendSummary, sendAccount } from './pipeline/send.ts'
import type { Rest } from './pipeline/write-back/rest.ts'
import { type PostponeNotices, postponeWith } from './postponing.ts'
import { openQueue, type Queue, silentQueue } from './queue/queue.ts'
import { releasePorts } from './releasing/checks.ts'
import { type FlowDecisions, openFlows } from './releasing/flows.ts'
import { openRedo, type Redoing } from './releasing/redoing.ts'
import { openStopAll, type StopAll, watchStop } from './releasing/stop-all.ts'
import {
  names,
  openReporting,
  reportOf,
  reportTargets,
  standingsOf,
  type TargetStanding,
} from './reporting.ts'
import { openRerendering } from './rerendering.ts'
import { openRests } from './resting.ts'
import { openSchedules, type Schedules } from './scheduling.ts'
import { openSending, textMappings } from './sending.ts'
import type { Connection } from './store/database.ts'
import { type DiskRoom, openDiskRoom } from './store/disk-room.ts'
import { migrate } from './store/migrate.ts'
import { openStore, type Store } from './store/store.ts'
import { openVault } from './store/vault.ts'
import { tendSubscriptions } from './subscriptions.ts'
import { forgetContactDays, releaseFresh, tellHeld } from './timing.ts'
import type { AskSystem } from './workbench/previewed-answers.ts'

export interface App extends Campaigning {
  config: Config
  store: Store
  queue: Queue
  log: Log
  connection: Connection
  dataDirectory: string
  /** Migrations that were applied while opening. */
  migrated: string[]
  /** A flow's receipts with what each target said: the result file and more, or JSON lines. */
  reportOf(flowId: number, format: 'csv' | 'json'): AsyncIterable<string>
  /** How far each target has been told of a flow. */
  standingsOf(flow: Parameters<typeof standingsOf>[1]): Promise<TargetStanding[]>
  /** Whether a feed still tells a target; else nothing is tried again by itself. */
  names(told: Parameters<typeof names>[1]): boolean
  /** The rest of a flow's drop; null when it came of none. Throws `RestError`. */
  restOf(flowId: number, tell: (records: number) => void): Promise<Rest | null>
  /** What another mapping would make of a drop that has come already; only reads. */
  rerender: ReturnType<typeof openRerendering>
  /** What leaves when, and why something will not. */
  schedule: Schedules
  /** The stages, each with its ports. */
  collect(feed: Feed, stop: AbortSignal): Promise<CollectSummary | null>
  /** Null when another process is mapping it. */
  map(dropId: number): Promise<MapResult | null>
  release(flowId: number): Promise<boolean>
  /** What people decide of flows. */
  flows: FlowDecisions & Redoing
  /** What people look up, write, compose and export. */
  desk: Desk
  /** Stopping everything, and letting it go on. */
  stopAll: StopAll
  /** Throws when this node cannot send: its send journal cannot be written. */
  openSender(): Promise<void>
  send(account: string, stop: AbortSignal): Promise<SendSummary | null>
  writeBack(stop: AbortSignal): Promise<number>
  mail(): Promise<number>
  /** What a person decides about messages that wait for one. */
  decide: Decide
  /** Gives notices another due date, and what follows from it. */
  postpone: PostponeNotices
  /** Tries whether the causes of paused services are gone; answers how many it resumed. */
  probePaused(): Promise<number>
  /** Forgets what nobody reads any more of IO's feed; answers accounts with a day to read. */
  tendSubscriptions(): Promise<string[]>
  /** Forgets what systems answered once no drop or message may use it; answers how many. */
  forgetAnswers(): Promise<number>
  /** Lets go reminders that were held for payments, once those are known; answers how many. */
  releaseFresh(): Promise<number>
  /** Tells staff of messages that wait for a person; answers how many mails. */
  tellHeld(): Promise<number>
  /** Forgets who had a message on days that are over; answers how many. */
  forgetContactDays(): Promise<number>
  /** Folds what was counted since into the counts; answers how many changes. */
  foldCounts(stop: AbortSignal): Promise<number>
  /** What asks systems, with all that holds for asking them. */
  asking: AskPorts
  /** Asks a system for a person who looks. */
  askSystem(stop: AbortSignal): AskSystem
  connectorOf(feed: Pick<Feed, 'connector'>): Promise<Connector>
  /** Serves the pages in the browser; null where the configuration has none. */
  openPages(): Promise<Console | null>
  /** Whether the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
  /** Closes all but the database, for an app that follows on it; the answer closes that too. */
  handOver(): Promise<() => Promise<void>>
}

export type { AppOptions, ConfigError, LoadedConfig } from './opening.ts'

/** Opens everything. Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function openApp(options: AppOptions): Promise<App> {
  const opened = await openConfigured(options)
  const { config, registry, log, dataDirectory, connection, pool, onClose } = opened
  try {
    const migrated = await migrate(pool)
    const vault = openVault(keysOf(config, dataDirectory))
    const isTimeGiven = options.now !== undefined
    const onQueueError = (error: Error) => log.warn({ error: error.message }, 'queue failed')
    const queue = isTimeGiven
      ? silentQueue
      : await openQueue(connection, options.sends === true, onQueueError)
    onClose(() => queue.close(config.installation.limits.shutdownSeconds))
    const { leaseSeconds } = config.installation.limits
    const owner = `${process.pid}-${randomUUID()}`
    const store = openStore({ pool, vault, enqueue: queue.enqueue, owner, leaseSeconds })
    const now = options.now ?? (() => Temporal.Now.instant())
    const time = { now, isTimeGiven }
    const parts: Parts = { config, pool, vault, store, log, dataDirectory, ...time, onClose }
    if (options.sends !== false && !options.connection) await openChecking(parts)()
    const connectorOf = async (feed: Pick<Feed, 'connector'>) => {
      const connector = await registry.connectors(feed.connector)
      if (!connector) throw new Error(`there is no connector ${feed.connector}`)
      return connector
    }
    const { redoing, ...stages } = stagesOf(parts, connectorOf)
    const app: App = {
      config,
      store,
      queue,
      log,
      connection,
      dataDirectory,
      migrated,
      connectorOf,
      reportOf: (flowId, format) => reportOf(store, flowId, format),
      standingsOf: (flow) => standingsOf(parts, flow),
      names: (told) => names(config, told),
      restOf: openRests(parts),
      rerender: openRerendering(parts),
      ...openCampaigns(parts),
      schedule: openSchedules(parts),
      flows: { ...openFlows(parts), ...redoing },
      desk: openDesk(parts, connection, stages.map),
      stopAll: openStopAll(parts),
      openPages: () => openPages(parts, app),
      ...stages,
      decide: decideWith(parts),
      postpone: postponeWith(parts),
      ping: async () => {
        await pool.query('select 1')
      },
      close: opened.close,
      handOver: opened.handOver,
    }
    return app
  } catch (error) {
    await opened.close()
    throw error
  }
}

function stagesOf(parts: Parts, connectorOf: App['connectorOf']) {
  const { config, store } = parts
  const mailer = lazily(async () => openMailer(parts))
  const room = openDiskRoom(parts.dataDirectory, config.installation.limits.minimumFreeBytes)
  const asking = openAsk(parts, connectorOf)
  const sending = lazily(() => openSending(parts, asking))
  const targets = lazily(() => reportTargets(config, connectorOf))
  const checkJournal = openChecking(parts)
  const mapping = mapPorts(parts, room, asking)
  const releasing = releasePorts(parts)
  const map = async (dropId: number) => {
    const { institution, feed, key } = await store.drops.get(dropId)
    const kind = kindOfWritten(feed)
    if (kind === null) {
      const found = getFeed(config, institution, feed)
      return mapDrop(dropId, views.mapFeedOf(config, found), mapping)
    }
    const writing = await store.writings.get(institution, kind, key)
    const flows = { ...mapping.flows, openForDrop: store.writings.opener(writing) }
    return mapDrop(dropId, await writtenFeedOf(parts, writing, feed), { ...mapping, flows })
  }
  const stopAll = watchStop(parts)
  return {
    async collect(feed: Feed, stop: AbortSignal) {
      const view = views.collectFeedOf(config, feed, await connectorOf(feed))
      const { feeds } = store
      const drops: CollectPorts['drops'] = {
        known: store.drops.known,
        save: (target, drop, now) => store.drops.save(target, room.guard(drop), now),
      }
      return collectFeed(
        view,
        { ...ambient(parts), feeds, drops, whileLeased: leased(store) },
        stop,
      )
    },
    map: (dropId: number) => store.leases.hold(`map/${dropId}`, () => map(dropId)),
    redoing: openRedo(parts, map),
    release: (flowId: number) => releaseFlow(flowId, releasing),
    openSender: async () => void (await sending()),
    async send(account: string, stop: AbortSignal) {
      // Also while it runs: PostgreSQL may have failed over to a server that was behind.
      await checkJournal()
      const { ports } = await sending()
      const specified = views.getSendAccount(config, account)
      return stopAll.whileGoing(stop, (signal) => sendAccount(specified, ports, signal))
    },
    writeBack: openReporting(parts, targets),
    async mail() {
      const open = await mailer()
      // Mostly nothing waits, and to take a lease is to write.
      if (open === null || (await store.mails.waiting(1)).length === 0) return 0
      const work = () => sendWaiting(store.mails, open, parts.now)
      // Several nodes look at once: without the lease a mail would leave once a node.
      return (await store.leases.hold('mail', work)) ?? 0
    },
    async probePaused() {
      const { io, ports } = await sending()
      const { pauses, limits } = store
      if (stopAll.isThere()) return 0
      const probe = () => probePaused({ ...ports, pauses, limits, io })
      // Several nodes look at once: together they would try too often.
      return (await store.leases.hold('probe', probe)) ?? 0
    },
    tendSubscriptions: () => tendSubscriptions(parts),
    forgetAnswers: () => forgetAnswers(parts),
    releaseFresh: () => releaseFresh(parts),
    tellHeld: () => tellHeld(parts),
    forgetContactDays: () => forgetContactDays(parts),
    foldCounts: (stop: AbortSignal) => foldCounts(parts, stop),
    asking,
    askSystem: (stop: AbortSignal) => askWith(asking, stop),
  }
}

function leased(store: Store) {
  return <T>(name: string, work: (lost: AbortSignal) => Promise<T>) =>
    store.leases.hold(name, (lease) => work(lease.lost))
}

function mapPorts(parts: Parts, room: DiskRoom, asking: AskPorts): MapPorts {
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
    waits: { ...store.waits, open: store.openWaiting, mapping: textMappings(parts) },
    asking: { ...asking, askings: store.dropAskings },
    openLot,
    loadReference: references.load,
    loadPart: references.loadPart,
    settle: settlements.apply,
    hasRoom: room.isFree,
    now: parts.now,
  }
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
