// The server process: found by the lock file that PostgreSQL keeps, launched, interrupted.
// That lock file is also what lets only one of two launches succeed. A process id in it counts only
// while it is the server's: ids are given again, after a restart of a container almost surely.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { serverEnvironment } from './cluster.ts'
import { asUser, type ServerUser } from './server-user.ts'

export interface Postmaster {
  pid: number
  port: number
  /** Null while it is starting. */
  socketDirectory: string | null
  /** False when the lock file outlived its server. */
  alive: boolean
}

export interface Launch {
  /** Undefined when the program could not be run at all. */
  pid: number | undefined
  /**
   * `failed`: it ended for a reason of its own, and would again. `gone`: it came second to another
   * process's server, or was stopped or killed by someone; another launch may do better.
   */
  state(): 'running' | 'gone' | 'failed'
  /** What the server said on its way up: its reason when it failed. At most 4,000 characters. */
  said(): string
  /** Lets go of the process: it outlives this one, and its log goes to the cluster's `log`. */
  detach(): void
}

const PORT = 5432
const POLL_MS = 20
/** A fast shutdown writes what 128 MB of buffers hold: seconds on the slowest disks. */
const STOP_TIMEOUT_MS = 60_000
const SAID_CHARACTERS = 4_000

/**
 * For one writer with bulk loads on a modest machine. The log keeps no statement, value or detail,
 * since those hold people's data, and one file a weekday, written anew each week.
 */
const settings: Record<string, string | number> = {
  listen_addresses: '',
  port: PORT,
  max_connections: 60,
  // Taken page by page as it is used: the indexes of a drop of a million rows have to fit.
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // Full pages come once a checkpoint; at this distance compressing them costs more than it saves.
  wal_compression: 'off',
  jit: 'off',
  timezone: 'UTC',
  // A killed client's statement ends too, instead of holding its locks to the end.
  client_connection_check_interval: '10s',
  logging_collector: 'on',
  log_filename: 'postgres-%u.log',
  log_rotation_age: '1d',
  log_rotation_size: 0,
  log_truncate_on_rotation: 'on',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}

/** Another server holds the cluster, or a killed one's last sessions have not gone yet. */
const cameSecond = /lock file ".*" already exists|shared memory block .* is still in use/

/** For clusters that nobody misses: a power cut may destroy them. */
const throwAwaySettings = {
  // Its worker belongs to the superuser, and would keep a database from being dropped.
  autovacuum: 'off',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Many installations stand on it side by side.
  max_connections: 200,
}

/** What the lock file of a cluster says; null when there is none. */
export function findPostmaster(cluster: string): Postmaster | null {
  const lines = readLines(join(cluster, 'postmaster.pid'))
  const pid = Number(lines[0])
  // The file is written in pieces; an unfinished one belongs to a server that is just starting.
  if (!Number.isSafeInteger(pid) || pid <= 0) return null
  return {
    pid,
    port: Number(lines[3]) || PORT,
    socketDirectory: lines[4] || null,
    alive: isServerOf(pid, cluster),
  }
}

/** Starts a server; it is up when its socket answers, which the caller finds out. */
export function launchPostmaster(
  binaries: Binaries,
  cluster: string,
  socketDirectory: string,
  user: ServerUser,
  durable: boolean,
): Launch {
  const all = { ...settings, ...(durable ? {} : throwAwaySettings) }
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const stale = findPostmaster(cluster)
  const child = spawn(
    join(binaries.directory, 'bin', 'postgres'),
    ['-D', cluster, '-k', socketDirectory, ...args],
    {
      ...asUser(user),
      cwd: cluster,
      // A session of its own: the terminal's Ctrl-C is not for the database.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...serverEnvironment(),
        // PostgreSQL takes a lock file for stale when its process is gone or is this one; a process
        // id that someone else has got meanwhile would block every start.
        ...(stale && !stale.alive ? { PG_GRANDPARENT_PID: String(stale.pid) } : {}),
      },
    },
  )
  return followLaunch(child)
}

/** Ends a server in order: sessions are cut, all is written. False when it takes too long. */
export async function interruptPostmaster(cluster: string, pid: number): Promise<boolean> {
  process.kill(pid, 'SIGINT')
  const deadline = performance.now() + STOP_TIMEOUT_MS
  while (isServerOf(pid, cluster)) {
    if (performance.now() > deadline) return false
    await delay(POLL_MS)
  }
  return true
}

function followLaunch(child: ChildProcess): Launch {
  let said = ''
  let state: ReturnType<Launch['state']> = 'running'
  child.stderr?.setEncoding('utf8')
  child.stderr?.on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS)
  })
  child.once('error', (error) => {
    said = String(error)
    state = 'failed'
  })
  // `close` comes after the last of the output, `exit` may come before.
  child.once('close', (code) => {
    // No code: a signal ended it. Code 0: it was told to stop.
    if (state === 'running') state = code && !cameSecond.test(said) ? 'failed' : 'gone'
  })
  return {
    pid: child.pid,
    state: () => state,
    said: () => said.trim(),
    detach() {
      child.stderr?.destroy()
      child.unref()
    },
  }
}

/** A server works in its cluster's directory. Where the system does not tell, its word must do. */
function isServerOf(pid: number, cluster: string): boolean {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster)
    } catch {
      return false
    }
  }
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
