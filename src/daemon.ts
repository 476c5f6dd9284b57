// The daemon: what wakes the stages. node-cron ticks in each institution's zone, jobs of the queue,
// and a sweep that finds whatever a lost job or a missed tick left behind. It decides nothing:
// every stage reads the tables, so waking one twice, or late, changes nothing but when.
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createTask, type ScheduledTask } from 'node-cron'
import type { App } from './app.ts'
import { type Feed, getInstitution } from './config/config.ts'
import { allFeeds } from './config/stage-views.ts'
import { errorFields } from './log.ts'
import type { MapWorker } from './map-worker.ts'

export const roles = ['collect', 'map', 'send'] as const
export type Role = (typeof roles)[number]

export interface Daemon {
  /** Stops taking work, lets what is in flight end, and resolves. */
  stop(): Promise<void>
}

/** Drops and flows that one sweep looks at; the next sweep sees the rest. */
const SWEEP_ROWS = 100
const BEAT_SECONDS = 20
const REPORT_SECONDS = 2
const PROBE_SECONDS = 300
/** A poll this late after its tick was missed, and is made up for. */
const OVERDUE = { seconds: 30 }

export async function startDaemon(
  app: App,
  mapper: MapWorker,
  wanted: ReadonlySet<Role>,
): Promise<Daemon> {
  const stopping = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const { log, queue, store, config } = app

  /**
   * Runs work that nobody waits for; a fault is logged, and the sweep comes back to what it left.
   */
  function start(what: string, work: () => Promise<unknown>): void {
    if (stopping.signal.aborted) return
    const running = work()
      .catch((error) => log.error({ what, ...errorFields(error) }, 'work failed'))
      .finally(() => underWay.delete(running))
    underWay.add(running)
  }

  function every(seconds: number, what: string, work: () => Promise<unknown>): void {
    start(what, async () => {
      while (!stopping.signal.aborted) {
        await work().catch((error) => log.error({ what, ...errorFields(error) }, 'work failed'))
        await delay(seconds * 1000, undefined, { signal: stopping.signal }).catch(() => {})
      }
    })
  }

  const collect = async (feed: Feed) => {
    const summary = await app.collect(feed, stopping.signal)
    for (const drop of summary?.drops ?? []) {
      log.info({ feed: feed.id, drop: drop.id, bytes: drop.bytes }, 'drop saved')
    }
  }
  const map = async (dropId: number) => {
    const result = await mapper.map(dropId)
    if (result === null || result.kind === 'done-already') return
    if (result.kind === 'waiting') return queue.wake('map', String(dropId), result.until)
    const records = result.kind === 'mapped' ? result.records : 0
    log.info({ drop: dropId, result: result.kind, records }, 'drop mapped')
    // Others may have waited for this one.
    const now = Temporal.Now.instant()
    for (const id of await store.drops.waiting(SWEEP_ROWS)) await queue.wake('map', String(id), now)
  }
  const send = (account: string) => app.send(account, stopping.signal)

  const tasks = wanted.has('collect')
    ? scheduleFeeds(app, (feed) => start('collect', () => collect(feed)))
    : []
  if (wanted.has('map')) {
    await queue.handle('map', 1, (id) => map(Number(id)))
    await queue.handle('release', 1, async (id) => void (await app.release(Number(id))))
  }
  if (wanted.has('send')) {
    await queue.handle(
      'send',
      Object.keys(config.installation.accounts).length + 1,
      async (account) => {
        await send(account)
      },
    )
    every(REPORT_SECONDS, 'write-back', () => app.writeBack(stopping.signal))
    every(REPORT_SECONDS, 'mail', () => app.mail())
    every(PROBE_SECONDS, 'probe', () => app.probePaused())
  }
  every(config.installation.limits.collectSweepSeconds, 'sweep', async () => {
    if (wanted.has('collect')) await collectOverdue(app, tasks, collect)
    if (wanted.has('map')) {
      for (const id of await store.drops.waiting(SWEEP_ROWS)) await map(id)
      for (const id of await store.flows.awaitingRelease(SWEEP_ROWS)) await app.release(id)
    }
  })
  if (wanted.has('send')) {
    every(REPORT_SECONDS, 'send', async () => {
      for (const account of await store.messages.accountsWithWork(Temporal.Now.instant())) {
        start('send', () => send(account))
      }
    })
  }
  every(BEAT_SECONDS, 'heartbeat', () => beat(app))
  log.info({ roles: [...wanted] }, 'daemon started')

  return {
    async stop() {
      stopping.abort()
      for (const { task } of tasks) await task.destroy()
      await queue.close(config.installation.limits.shutdownSeconds)
      await Promise.allSettled(underWay)
      await mapper.close()
      log.info({}, 'daemon stopped')
    },
  }
}

interface FeedTask {
  feed: Feed
  task: ScheduledTask
}

/** A tick only wakes; the lease of the feed decides who polls. */
function scheduleFeeds(app: App, wake: (feed: Feed) => void): FeedTask[] {
  return allFeeds(app.config).flatMap((feed) => {
    if (!feed.schedule) return []
    const timezone = getInstitution(app.config, feed.institution).timeZone
    const task = createTask(feed.schedule, () => wake(feed), {
      timezone,
      name: `${feed.institution}/${feed.id}`,
    })
    task.start()
    return [{ feed, task }]
  })
}

/** Polls the feeds whose last tick nobody heard, and writes down when the next one is due. */
async function collectOverdue(
  app: App,
  tasks: FeedTask[],
  collect: (feed: Feed) => Promise<void>,
): Promise<void> {
  const now = Temporal.Now.instant()
  const known = new Map(
    (await app.store.feeds.list()).map((row) => [`${row.institution}/${row.name}`, row]),
  )
  for (const { feed, task } of tasks) {
    const row = known.get(`${feed.institution}/${feed.id}`)
    const due = row?.nextPollAt ?? null
    const missed = due !== null && Temporal.Instant.compare(now, due.add(OVERDUE)) > 0
    if (row?.polledAt === undefined || row.polledAt === null || missed) await collect(feed)
    const next = task.getNextRun()
    if (next) {
      const at = Temporal.Instant.fromEpochMilliseconds(next.getTime())
      await app.store.feeds.schedule(feed.institution, feed.id, at)
    }
  }
}

/** Touched after a round trip to the database: what a container's health check looks at. */
async function beat(app: App): Promise<void> {
  await app.ping()
  const path = join(app.dataDirectory, 'heartbeat')
  const now = new Date(Temporal.Now.instant().epochMilliseconds)
  await utimes(path, now, now).catch(() => writeFile(path, ''))
}
