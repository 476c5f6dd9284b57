// The daemon: what wakes the stages. node-cron ticks in each institution's zone, jobs of the queue,
// and sweeps that find whatever a lost job or a missed tick left behind. It decides nothing: every
// stage reads the tables, so waking one twice, or late, changes nothing but when.
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTask, type ScheduledTask } from 'node-cron'
import type { App } from './app.ts'
import { type Feed, getInstitution } from './config/config.ts'
import { allFeeds } from './config/stage-views.ts'
import { forecast } from './domain/forecast.ts'
import { createDuties, type Duties } from './duties.ts'
import type { MapWorker } from './map-worker.ts'

export const roles = ['collect', 'map', 'send', 'console'] as const
export type Role = (typeof roles)[number]

export interface Daemon {
  /** Stops taking work, lets what is in flight end, and resolves. */
  stop(): Promise<void>
  /**
   * The same for a daemon of this process that takes its place: waits for IO as long as a call may
   * last, and not for what is mapped, whose mapper stays.
   */
  giveWay(): Promise<void>
}

/** Drops and flows that one sweep looks at; the next sweep sees the rest. */
const SWEEP_ROWS = 100
const BEAT_SECONDS = 20
/** How soon an account with work, an ended flow or a mail is noticed without a job. */
export const ROUND_SECONDS = 2
/** How often it is said how fast an account sends, and when it will have sent. */
const PROGRESS_SECONDS = 60
/** Of the time for stopping, what is kept for closing queue and database. */
const CLOSING_SECONDS = 5
/** How soon a paused service that is due for a try gets it. */
const PROBE_SECONDS = 10
/** How soon after midnight of UTC, at most, a new day of the subscriptions feed is asked for. */
const FEED_SECONDS = 60
/** How often answers of systems that are too old are forgotten. */
const FORGET_SECONDS = 600
/** How late, at most, an approval ends, and what is approved for an hour leaves. */
const APPROVAL_SECONDS = 60
/** How soon the pages are tried to be served again, where their address was taken. */
const PAGES_SECONDS = 30
/** How soon a first-run token that is over is made anew, and what is over of sessions forgotten. */
const PEOPLE_SECONDS = 60
/** How late, at most, a campaign runs that nothing kept from it. */
const CAMPAIGN_SECONDS = 30
/** How soon reminders go that were held until payments are known. */
const FRESH_SECONDS = 30
/** How long what is counted may stand beside the counts: it is read with them, only longer. */
const FOLD_SECONDS = 10
/** How late, at most, what was done is in the chain of acts. */
const ACTS_SECONDS = 5
/** How often it is looked for messages that wait for a person, and that nobody was told of. */
const HELD_SECONDS = 60
/** A poll this late after its tick was missed, and is made up for. */
const OVERDUE = { seconds: 30 }

/** Starts the stages of these roles; they run until `stop`. */
export async function startDaemon(
  app: App,
  mapper: MapWorker,
  wanted: ReadonlySet<Role>,
): Promise<Daemon> {
  const { shutdownSeconds } = app.config.installation.limits
  const duties = createDuties(app.log)
  // What can fail comes first: nothing has begun to work then.
  if (wanted.has('send')) await app.openSender()
  const tasks = wanted.has('collect') ? startCollecting(app, duties) : []
  let closePages = async () => {}
  const end = async (graceSeconds: number) => {
    for (const { task } of tasks) await task.destroy()
    await Promise.all([duties.stop(graceSeconds), app.queue.close(graceSeconds)])
    await closePages()
  }
  const leaving = Promise.withResolvers<void>()
  try {
    if (wanted.has('collect')) await hearPolls(app, duties)
    if (wanted.has('map')) await startMapping(app, mapper, duties, leaving.promise)
    if (wanted.has('send')) await startSending(app, duties)
  } catch (error) {
    leaving.resolve()
    await end(0)
    throw error
  }
  if (wanted.has('console')) closePages = servePages(app, duties)
  duties.every(BEAT_SECONDS, 'heartbeat', () => beat(app))
  duties.every(ROUND_SECONDS, 'stop-all', keepStopped(app))
  duties.every(ACTS_SECONDS, 'acts', () => app.desk.auditing.tend())
  duties.every(FOLD_SECONDS, 'counts', () => app.foldCounts(duties.stopping))
  app.log.info({ roles: [...wanted] }, 'daemon started')
  return {
    async stop() {
      await end(Math.max(1, shutdownSeconds - CLOSING_SECONDS))
      await mapper.close()
      app.log.info({}, 'daemon stopped')
    },
    async giveWay() {
      leaving.resolve()
      await end(longestCallSeconds(app.config) + CLOSING_SECONDS)
    },
  }
}

/** How long the slowest account may wait for an answer of IO, in seconds. */
function longestCallSeconds({ installation }: App['config']): number {
  return Math.max(1, ...Object.values(installation.accounts).map((one) => one.timeoutSeconds))
}

interface FeedTask {
  feed: Feed
  task: ScheduledTask
}

async function collect(app: App, feed: Feed, stopping: AbortSignal): Promise<void> {
  const summary = await app.collect(feed, stopping)
  for (const drop of summary?.drops ?? []) {
    app.log.info({ feed: feed.id, drop: drop.id, bytes: drop.bytes }, 'drop saved')
  }
}

/** A person wants a feed polled now: `INSTITUTION/FEED`. Not waited for, as a tick is not. */
async function hearPolls(app: App, duties: Duties): Promise<void> {
  await app.queue.handle('collect', async (name) => {
    const feed = allFeeds(app.config).find(({ institution, id }) => name === `${institution}/${id}`)
    if (feed) duties.start('collect', () => collect(app, feed, duties.stopping))
  })
}

/** A tick only wakes; the lease of the feed decides who polls. */
function startCollecting(app: App, duties: Duties): FeedTask[] {
  const tasks = allFeeds(app.config).flatMap((feed) => {
    if (!feed.schedule) return []
    const timezone = getInstitution(app.config, feed.institution).timeZone
    const name = `${feed.institution}/${feed.id}`
    const wake = () => duties.start('collect', () => collect(app, feed, duties.stopping))
    const logger = scheduleLog(app, name)
    const options = { timezone, name, logger, suppressMissedWarning: true }
    const task = createTask(feed.schedule, wake, options)
    task.start()
    return [{ feed, task }]
  })
  const { collectSweepSeconds } = app.config.installation.limits
  duties.every(collectSweepSeconds, 'collect', async () => {
    for (const feed of await overdueFeeds(app, tasks)) {
      duties.start('collect', () => collect(app, feed, duties.stopping))
    }
  })
  return tasks
}

/** node-cron would print by itself. A missed tick is not even worth a line: the sweep sees it. */
function scheduleLog({ log }: App, feed: string) {
  const say = (level: 'debug' | 'warn') => (said: string | Error) =>
    log[level]({ feed, error: String(said) }, 'schedule faltered')
  return { info: say('debug'), debug: say('debug'), warn: say('warn'), error: say('warn') }
}

/** The feeds whose last tick nobody heard. Writes down when each is due next. */
async function overdueFeeds(app: App, tasks: FeedTask[]): Promise<Feed[]> {
  const now = Temporal.Now.instant()
  const rows = await app.store.feeds.list()
  const known = new Map(rows.map((row) => [`${row.institution}/${row.name}`, row]))
  const overdue: Feed[] = []
  for (const { feed, task } of tasks) {
    const row = known.get(`${feed.institution}/${feed.id}`)
    const due = row?.nextPollAt ?? null
    const missed = due !== null && Temporal.Instant.compare(now, due.add(OVERDUE)) > 0
    if (!row?.polledAt || missed) overdue.push(feed)
    const next = task.getNextRun()
    if (next === null) continue
    const at = Temporal.Instant.fromEpochMilliseconds(next.getTime())
    if (due?.equals(at)) continue
    await app.store.feeds.schedule(feed.institution, feed.id, at)
  }
  return overdue
}

/** Nothing else waits for the pages: an address that is taken keeps nobody from sending. */
function servePages(app: App, duties: Duties): () => Promise<void> {
  let pages: Awaited<ReturnType<App['openPages']>> = null
  const isConfigured = app.config.installation.console !== undefined
  if (isConfigured) {
    duties.every(PAGES_SECONDS, 'console', async () => {
      pages ??= await app.openPages()
    })
    duties.every(PEOPLE_SECONDS, 'people', async () => {
      await app.desk.people.firstRunToken()
      await app.desk.people.tend()
    })
  }
  return async () => pages?.close()
}

async function startMapping(
  app: App,
  mapper: MapWorker,
  duties: Duties,
  leaving: Promise<void>,
): Promise<void> {
  const { queue, store, log } = app
  let hasLeft = false
  leaving.then(() => {
    hasLeft = true
  })
  const mapOne = async (dropId: number) => {
    const result = await mapper.map(dropId)
    if (result === null || result.kind === 'done-already') return
    // Another daemon stands here now: its sweeps find whoever waited for this drop.
    if (hasLeft) return void log.info({ drop: dropId, result: result.kind }, 'drop mapped')
    if (result.kind === 'waiting') return queue.wake('map', String(dropId), result.until)
    const records = result.kind === 'mapped' ? result.records : 0
    const { encoding } = await store.drops.get(dropId)
    log.info({ drop: dropId, result: result.kind, records, encoding }, 'drop mapped')
    // Others may have waited for this one as their companion.
    const now = Temporal.Now.instant()
    for (const id of await store.drops.waiting(SWEEP_ROWS)) await queue.wake('map', String(id), now)
  }
  // Who leaves waits for no drop: its mapper ends it, under the lease of the drop.
  const map = (dropId: number) => Promise.race([mapOne(dropId), leaving])
  // The queue tries again what fails, and says so to nobody.
  await queue.handle('map', async (id) => {
    await duties.run('map', () => map(Number(id)))
    if (hasLeft) throw new Error('another daemon of this process has taken over')
  })
  await queue.handle('release', (id) =>
    duties.run('release', async () => void (await app.release(Number(id)))),
  )
  duties.every(app.config.installation.limits.collectSweepSeconds, 'map', async () => {
    for (const id of await store.drops.waiting(SWEEP_ROWS)) duties.start('map', () => map(id))
    const now = Temporal.Now.instant()
    for (const id of await store.waits.due(now, SWEEP_ROWS)) duties.start('map', () => map(id))
    for (const id of await store.flows.awaitingRelease(SWEEP_ROWS)) await app.release(id)
  })
  duties.every(FORGET_SECONDS, 'answers', () => app.forgetAnswers())
  duties.every(APPROVAL_SECONDS, 'drafts', () => app.store.drafts.forget(Temporal.Now.instant()))
  duties.every(APPROVAL_SECONDS, 'approvals', async () => {
    await app.flows.tendApprovals()
    await app.flows.endEmptied()
  })
  duties.every(CAMPAIGN_SECONDS, 'campaigns', () => app.runCampaigns(duties.stopping))
}

async function startSending(app: App, duties: Duties): Promise<void> {
  const { store, queue } = app
  duties.start('zones', () => keepCivilTimes(app))
  const underWay = new Set<string>()
  // What is asked of an account that this node is sending for, it finds by itself.
  const send = async (account: string) => {
    if (underWay.has(account)) return
    underWay.add(account)
    await app.send(account, duties.stopping).finally(() => underWay.delete(account))
  }
  // Not waited for: the others would wait for their turn, and who looked for them would poll.
  await queue.handle('send', async (account) => duties.start('send', () => send(account)))
  duties.every(ROUND_SECONDS, 'send', async () => {
    for (const account of await store.messages.accountsWithWork(Temporal.Now.instant())) {
      duties.start('send', () => send(account))
    }
  })
  duties.every(ROUND_SECONDS, 'stops', () => app.flows.finishStops())
  duties.every(PROGRESS_SECONDS, 'progress', async () => {
    for (const account of underWay) await logProgress(app, account)
  })
  duties.every(ROUND_SECONDS, 'write-back', () => app.writeBack(duties.stopping))
  duties.every(ROUND_SECONDS, 'mail', () => app.mail())
  duties.every(FRESH_SECONDS, 'payments', () => app.releaseFresh())
  duties.every(HELD_SECONDS, 'held', () => app.tellHeld())
  duties.every(FORGET_SECONDS, 'days', () => app.forgetContactDays())
  duties.every(PROBE_SECONDS, 'probe', () => app.probePaused())
  duties.every(FEED_SECONDS, 'subscriptions', async () => {
    for (const account of await app.tendSubscriptions()) {
      duties.start('send', () => send(account))
    }
  })
}

/** Plans keep their civil time, also where Node came with newer tables of time zones. */
async function keepCivilTimes({ store, log }: App): Promise<void> {
  const tz = process.versions['tz']
  if (tz === undefined) return
  const { flows, messages } = await store.civilTimes.keep(tz, Temporal.Now.instant())
  if (messages > 0) log.warn({ tz, flows, messages }, 'plans moved with their time zones')
}

/** Says how far an account is. Counted in the store, so that a restart forgets nothing. */
async function logProgress(app: App, account: string): Promise<void> {
  const spec = app.config.installation.accounts[account]
  const now = Temporal.Now.instant()
  const progress = await app.store.progress.ofAccount(account, now)
  if (!spec || progress.remaining === 0) return
  const { callsPerWindow, windowSeconds, subscriptionsFeed } = spec
  const rate = { callsPerWindow, windowSeconds, asksProfiles: !subscriptionsFeed }
  const { remaining, reachableShare, recordsPerSecond, sendingSeconds } = forecast(progress, rate)
  const endsAt =
    sendingSeconds === null ? null : now.add({ seconds: Math.ceil(sendingSeconds) }).toString()
  const fields = { account, remaining, reachableShare, recordsPerSecond, endsAt }
  app.log.info(fields, 'account sending')
}

/** Tells the database of a stop of everything, and the log: at once, and when it is lifted. */
function keepStopped({ stopAll, log }: App): () => Promise<void> {
  let said = ''
  return async () => {
    const stop = stopAll.standing()
    if (stop === null) {
      if (said !== '') log.warn({}, 'everything goes on')
      said = ''
      return
    }
    if (said !== stop.id) log.error({ ...stop, at: stop.at.toString() }, 'everything stopped')
    said = stop.id
    await stopAll.tell()
  }
}

/** Touched after a round trip to the database: what a container's health check looks at. */
async function beat(app: App): Promise<void> {
  await app.ping()
  const path = join(app.dataDirectory, 'heartbeat')
  const now = new Date(Temporal.Now.instant().epochMilliseconds)
  await utimes(path, now, now).catch(() => writeFile(path, ''))
}
