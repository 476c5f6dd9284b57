// A daemon whose configuration may be replaced while it runs: by a signal, or by who asks for it
// through the database. The new one must pass `check` and all of its cases, and everything of it is
// opened, before the old one gives way. Invariants: what was refused changes nothing; only one
// daemon of this process takes work at any time; whatever fails, one runs or the process ends.
import { once } from 'node:events'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { type App, openApp } from './app.ts'
import { changesOf } from './config/changes.ts'
import type { Config } from './config/config.ts'
import { openRegistry } from './config/registry.ts'
import { programMark, readSettled } from './config/settled.ts'
import { type Daemon, type Role, startDaemon } from './daemon.ts'
import { createDuties } from './duties.ts'
import { errorFields } from './log.ts'
import { createMapWorker, type MapWorker } from './map-worker.ts'
import { ConfigError } from './opening.ts'
import type { Judged } from './reload-check.ts'
import { StoreFault } from './store/fault.ts'
import type { ReloadRow } from './store/nodes.ts'

export interface RunOptions {
  configDirectory: string
  logLevel: string
  roles: ReadonlySet<Role>
}

export interface Running {
  /** Reads the configuration anew, after what is under way. Never throws: it says what it did. */
  reload(): void
  stop(): Promise<void>
  /** Rejects where neither the new configuration nor the old one could go on. */
  failed: Promise<never>
}

/** Whoever asks through the database is heard so soon. */
const LISTEN_SECONDS = 2
/** A daemon says so often that it runs. */
const BEAT_SECONDS = 20
/** Of problems and changes, what the log and the table keep. */
const MOST_LINES = 50
/** Drops that replaced configurations are still mapping; beyond it a reload waits for the first. */
const MOST_ENDING = 2
/** How often it is tried to go on as before, and how soon again; then the process ends. */
const MOST_TRIES = 60
const TRY_SECONDS = 2

/** What runs by one configuration. */
interface Stand {
  config: Config
  fingerprint: string
  app: App
  mapper: MapWorker
  daemon: Daemon
}

interface Asked {
  actor: string
  requestId: number | null
}

/** Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function startRunning(options: RunOptions): Promise<Running> {
  const { configDirectory, logLevel, roles } = options
  const program = await programMark()
  const read = async () => readSettled(configDirectory, await openRegistry())
  const first = await read()
  if (first.loaded.config === null) throw new ConfigError(first.loaded)
  const app = await openApp({
    ...{ configDirectory, logLevel, sends: true, config: first.loaded.config },
  })
  const { log, connection } = app
  const node = { name: `${hostname()}/${process.pid}`, host: hostname(), pid: process.pid }
  const stopping = new AbortController()
  const stopped = once(stopping.signal, 'abort')
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  /** Only the first app has opened the database itself. */
  let closeDatabase: (() => Promise<void>) | null = null
  const ending = new Set<Promise<void>>()
  const endingMappers = new Set<MapWorker>()
  const closed = async (error: unknown) => {
    await app.close()
    throw error
  }
  let lastRequest = (await app.store.nodes.lastRequest().catch(closed))?.id ?? 0
  let stand = await open(first.loaded.config, first.fingerprint, app).catch(closed)
  let asked: Asked[] = []
  let working: Promise<void> | null = null
  let listening = listen()

  /** A mapper opened before anything changes on the disk: it maps by what was judged. */
  async function openMapper(fingerprint: string): Promise<MapWorker> {
    const mapper = createMapWorker({ configDirectory, logLevel, connection, fingerprint })
    if (!roles.has('map')) return mapper
    await mapper.open().catch(async (error) => {
      await mapper.close()
      throw error
    })
    return mapper
  }

  async function open(config: Config, fingerprint: string, opened: App): Promise<Stand> {
    const mapper = await openMapper(fingerprint)
    try {
      const daemon = await startDaemon(opened, mapper, roles)
      return { config, fingerprint, app: opened, mapper, daemon }
    } catch (error) {
      await mapper.close()
      throw error
    }
  }

  /** Says that this daemon runs, and hears who asks for a reload through the database. */
  function listen() {
    const duties = createDuties(log)
    const { app: current, fingerprint: configuration } = stand
    const { nodes } = current.store
    duties.every(BEAT_SECONDS, 'node', () =>
      nodes.beat({ ...node, configuration }, Temporal.Now.instant()),
    )
    duties.every(LISTEN_SECONDS, 'reload', async () => {
      const request = await nodes.lastRequest()
      if (request === null || request.id <= lastRequest) return
      lastRequest = request.id
      ask({ actor: request.actor, requestId: request.id })
    })
    return duties
  }

  /** Those who ask while a reload is under way get one more, together. */
  function ask(who: Asked): void {
    if (stopping.signal.aborted) return
    asked.push(who)
    working ??= work().finally(() => {
      working = null
    })
  }

  async function work(): Promise<void> {
    while (asked.length > 0 && !stopping.signal.aborted) {
      const together = asked
      asked = []
      await reload(together).catch((error) => failed.reject(error))
    }
  }

  /** What cannot even be read is refused like what is wrong: its fingerprint is empty. */
  async function readJudged(): Promise<Judged & { fingerprint: string }> {
    try {
      const { loaded, fingerprint } = await read()
      // Most daemons never need it.
      const { judge } = await import('./reload-check.ts')
      const judged = await judge(loaded, { config: stand.config, program }, stopping.signal)
      return { ...judged, fingerprint }
    } catch (error) {
      return { config: null, fingerprint: '', problems: [wordsOf(error)] }
    }
  }

  async function reload(together: Asked[]): Promise<void> {
    const { config, fingerprint, problems } = await readJudged()
    if (stopping.signal.aborted) return
    const changes = config === null ? [] : changesOf(stand.config, config)
    const replaced =
      config === null ? { problems, pausedMilliseconds: null } : await replace(config, fingerprint)
    if (replaced === null) return
    await tell(together, {
      ...{ node: node.name, at: Temporal.Now.instant(), configuration: fingerprint },
      outcome: replaced.problems.length === 0 ? 'reloaded' : 'refused',
      problems: replaced.problems.slice(0, MOST_LINES),
      changes: changes.slice(0, MOST_LINES),
      pausedMilliseconds: replaced.pausedMilliseconds,
    })
  }

  /** The log says it first: the table may be out of reach. */
  async function tell(
    together: Asked[],
    row: Omit<ReloadRow, 'actor' | 'requestId'>,
  ): Promise<void> {
    const { outcome, problems, changes, pausedMilliseconds } = row
    const by = together.map(({ actor }) => actor).slice(0, MOST_LINES)
    if (outcome === 'reloaded') {
      log.info({ by, changes, pausedMilliseconds }, 'configuration reloaded')
    } else log.error({ by, problems, changes, pausedMilliseconds }, 'configuration refused')
    for (const who of together) {
      await stand.app.store.nodes
        .addReload({ ...row, ...who })
        .catch((error) => log.error(errorFields(error), 'reload not written down'))
    }
  }

  /** Null: the process is to stop meanwhile. What cannot be opened leaves the old one as it is. */
  async function replace(
    config: Config,
    fingerprint: string,
  ): Promise<{ problems: string[]; pausedMilliseconds: number | null } | null> {
    await roomForEnding()
    let next: App | null = null
    let mapper: MapWorker
    try {
      next = await openApp({ configDirectory, logLevel, sends: true, connection, config })
      mapper = await openMapper(fingerprint)
    } catch (error) {
      await next?.close()
      return { problems: [wordsOf(error)], pausedMilliseconds: null }
    }
    if (stopping.signal.aborted) {
      await Promise.all([next.close(), mapper.close()])
      return null
    }
    const from = performance.now()
    const paused = () => Math.round(performance.now() - from)
    await giveWay()
    if (stopping.signal.aborted) {
      await Promise.all([next.close(), mapper.close()])
      return null
    }
    try {
      const daemon = await startDaemon(next, mapper, roles)
      leaveMapping(stand.mapper)
      stand = { config, fingerprint, app: next, mapper, daemon }
      listening = listen()
      return { problems: [], pausedMilliseconds: paused() }
    } catch (error) {
      await Promise.all([next.close(), mapper.close()])
      await goOnAsBefore()
      return { problems: [wordsOf(error)], pausedMilliseconds: paused() }
    }
  }

  async function giveWay(): Promise<void> {
    const { shutdownSeconds } = stand.config.installation.limits
    const hurried = stopped.then(() => delay(shutdownSeconds * 1000, undefined, { ref: false }))
    await Promise.race([stand.daemon.giveWay(), hurried])
    // Until here it is seen to run: who asked does not take it for one that has ended.
    await listening.stop(LISTEN_SECONDS)
    const close = await stand.app.handOver()
    closeDatabase ??= close
  }

  /** The database may be away just now; what the disk refuses, it refuses again. */
  async function goOnAsBefore(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await standAsBefore()
      } catch (error) {
        if (error instanceof StoreFault || tries === MOST_TRIES || stopping.signal.aborted)
          throw error
        log.error(errorFields(error), 'configuration of before not running yet')
        await delay(TRY_SECONDS * 1000, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
  }

  /** Over the configuration of before, whose files may be gone: it is kept as it was read. */
  async function standAsBefore(): Promise<void> {
    const { config, fingerprint, mapper } = stand
    const opened = await openApp({ configDirectory, logLevel, sends: true, connection, config })
    try {
      const daemon = await startDaemon(opened, mapper, roles)
      stand = { config, fingerprint, app: opened, mapper, daemon }
      listening = listen()
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  /** What is being mapped is mapped to its end by the configuration with which it began. */
  function leaveMapping(mapper: MapWorker): void {
    endingMappers.add(mapper)
    const end = mapper.finish().finally(() => {
      ending.delete(end)
      endingMappers.delete(mapper)
    })
    ending.add(end)
  }

  async function roomForEnding(): Promise<void> {
    if (ending.size < MOST_ENDING) return
    log.info({ drops: ending.size }, 'reload waits for drops that are being mapped')
    while (ending.size >= MOST_ENDING && !stopping.signal.aborted) {
      await Promise.race([...ending, stopped])
    }
  }

  return {
    failed: failed.promise,
    reload: () => ask({ actor: 'signal', requestId: null }),
    async stop() {
      stopping.abort()
      await working
      try {
        await listening.stop(LISTEN_SECONDS)
        await stand.app.store.nodes.leave(node.name).catch(() => {})
        await stand.daemon.stop()
        for (const mapper of endingMappers) await mapper.close()
      } finally {
        await stand.app.close()
        await closeDatabase?.()
      }
    },
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? `${error.code}: ` : ''
  return `${code}${error.message}`
}
