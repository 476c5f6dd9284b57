// The embedded PostgreSQL: joined when it runs, started when it does not, and started again when it
// goes away under us. Processes share one server on one data directory: each holds a shared
// advisory lock in a session of its own while it uses the server. Whoever wants to stop the server
// must get that lock alone, so none is stopped in use, and a killed process holds nothing back.
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type FindPackage, getBinaries, reachBinaries } from './binaries.ts'
import { OWNER, prepareCluster, prepareHome, prepareSocketDirectory, SUPERUSER } from './cluster.ts'
import { StoreFault } from './fault.ts'
import {
  findPostmaster,
  interruptPostmaster,
  type Launch,
  launchPostmaster,
  type Postmaster,
} from './postmaster.ts'
import { getServerUser, type ServerUser } from './server-user.ts'

export interface EmbeddedLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface EmbeddedOptions {
  /** Staffetta's data directory; the server's files are below it, in `postgres`. */
  dataDirectory: string
  log?: EmbeddedLog
  /** False for clusters that are thrown away: faster, and lost with the power. Default true. */
  durable?: boolean
  /** Finds the package of the platform's binaries; by default, as Node does. */
  findPackage?: FindPackage
}

export interface EmbeddedConnection {
  /** The socket's directory. */
  host: string
  port: number
  user: string
  database: string
  /** Said outright, since `PGSSLMODE` of the shell would else be heard. */
  ssl: false
}

export interface Embedded {
  connection: EmbeddedConnection
  /** The same as a URL. */
  url: string
  /** True when the server was running already. */
  adopted: boolean
  /** Ends the use of the server; stops it if this process started it and nobody else uses it. */
  release(): Promise<void>
  /** Ends the use of the server; stops it if nobody else uses it, whoever started it. */
  stop(): Promise<void>
}

interface Place {
  home: string
  durable: boolean
  findPackage: FindPackage | undefined
}

interface Stay {
  presence: pg.Client
  postmaster: Postmaster
  started: boolean
}

/** Any two numbers; advisory locks are a database's own, and this one is used for nothing else. */
const LOCK = [727_201, 5432]
const POLL_MS = 10
const CONNECT_TIMEOUT_MS = 5_000
/** Recovery after a crash reads at most `max_wal_size` of log. */
const JOIN_TIMEOUT_MS = 120_000
const RELAUNCH_MS = 200
/** Not there yet, or going: no socket, nobody behind it, cut off, starting or stopping, full. */
const passing = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P03', '53300']

/**
 * Joins or starts the server of a data directory. Connections must be closed before `release` or
 * `stop`: a server that stops cuts them.
 * Throws `StoreFault` with a code of `storeCodes`.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDirectory, log, durable = true, findPackage } = options
  const place = { home: join(resolve(dataDirectory), 'postgres'), durable, findPackage }
  let stay = await joinServer(place)
  let left: Promise<void> | null = null
  let rejoining: Promise<void> = Promise.resolve()
  watch(stay)

  function watch({ presence }: Stay): void {
    presence.once('end', () => {
      if (left === null) rejoining = rejoin()
    })
  }

  async function rejoin(): Promise<void> {
    log?.warn({}, 'embedded database went away')
    try {
      const next = await joinServer(place)
      const same = next.postmaster.pid === stay.postmaster.pid
      stay = { ...next, started: next.started || (same && stay.started) }
      watch(stay)
      log?.info({ started: stay.started }, 'embedded database came back')
    } catch (error) {
      log?.error({ error: String(error) }, 'embedded database stayed away')
    }
  }

  async function leave(mayStop: boolean): Promise<void> {
    await rejoining
    if (mayStop || stay.started) await stopUnused(place, stay, log)
    await stay.presence.end().catch(() => {})
  }

  const { socketDirectory, port } = stay.postmaster
  const host = socketDirectory ?? ''
  log?.info({ adopted: !stay.started, socketDirectory }, 'embedded database opened')
  return {
    connection: { host, port, user: OWNER, database: OWNER, ssl: false },
    url: `postgresql://${OWNER}@localhost:${port}/${OWNER}?host=${encodeURIComponent(host)}&ssl=0`,
    adopted: !stay.started,
    release: () => {
      left ??= leave(false)
      return left
    },
    stop: () => {
      left ??= leave(true)
      return left
    },
  }
}

async function joinServer(place: Place): Promise<Stay> {
  const cluster = join(place.home, 'cluster')
  const user = getServerUser(place.home)
  const deadline = performance.now() + JOIN_TIMEOUT_MS
  let launch: Launch | null = null
  for (; performance.now() < deadline; await delay(POLL_MS)) {
    const postmaster = findPostmaster(cluster)
    if (postmaster?.alive) {
      const presence = await attend(postmaster)
      if (!presence) continue
      launch?.detach()
      return { presence, postmaster, started: launch?.pid === postmaster.pid }
    }
    const state = launch?.state()
    if (state === 'running') continue
    if (state === 'failed') break
    if (state === 'gone') await delay(RELAUNCH_MS)
    launch = await launchServer(place, user)
  }
  launch?.detach()
  const said = launch?.said() || 'it does not answer'
  throw new StoreFault(
    'STORE_START',
    `the database did not start: ${said} (more may stand in ${join(cluster, 'log')})`,
  )
}

async function launchServer(place: Place, user: ServerUser): Promise<Launch> {
  const { home, durable, findPackage } = place
  const found = getBinaries(findPackage)
  await prepareHome(home, user)
  const binaries = await reachBinaries(found, home, user)
  const cluster = await prepareCluster(binaries, home, user, durable)
  const socketDirectory = await prepareSocketDirectory(home, user)
  return launchPostmaster(binaries, cluster, socketDirectory, user, durable)
}

/** Enters the server as one who uses it; null while it is starting, or is being stopped. */
async function attend({ socketDirectory, port }: Postmaster): Promise<pg.Client | null> {
  if (socketDirectory === null) return null
  const client = new pg.Client({
    host: socketDirectory,
    port,
    user: SUPERUSER,
    database: 'postgres',
    ssl: false,
    options: '-c idle_session_timeout=0 -c statement_timeout=0',
    application_name: 'staffetta presence',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // `end` follows every error that matters, and is what is watched.
  client.on('error', () => {})
  try {
    await client.connect()
    if (await ask(client, 'pg_try_advisory_lock_shared')) return client
    await client.end()
    return null
  } catch (error) {
    await client.end().catch(() => {})
    const { code } = error as { code?: string }
    if (code === undefined || passing.includes(code)) return null
    throw new StoreFault('STORE_START', `the database in ${socketDirectory} cannot be used`, {
      cause: error,
    })
  }
}

async function stopUnused(place: Place, stay: Stay, log?: EmbeddedLog): Promise<void> {
  const { presence, postmaster } = stay
  try {
    await ask(presence, 'pg_advisory_unlock_shared')
    if (!(await ask(presence, 'pg_try_advisory_lock'))) return
  } catch {
    // The session is gone and the server with it, or it is someone else's by now.
    return
  }
  const stopped = await interruptPostmaster(join(place.home, 'cluster'), postmaster.pid)
  if (stopped) log?.info({}, 'embedded database stopped')
  else log?.warn({ pid: postmaster.pid }, 'embedded database is still stopping')
}

async function ask(client: pg.Client, lockFunction: string): Promise<boolean> {
  const { rows } = await client.query(`select ${lockFunction}($1, $2) as done`, LOCK)
  return rows[0].done
}
