// Who runs the embedded server, and what that user can reach.
// PostgreSQL refuses root: as root an existing unprivileged user runs it, and the processes are
// spawned with its ids. As anyone else it runs as oneself, and nothing here changes a thing.
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { StoreFault } from './fault.ts'

export interface ServerUser {
  uid: number
  gid: number
  /** True when the server runs as someone else than this process, which then is root. */
  switched: boolean
}

/** In order of preference. `_postgres` is macOS's. */
const candidates = ['postgres', '_postgres', 'nobody']

/**
 * The user for the server whose files are in `home`. As root, an existing home keeps its owner, so
 * that `sudo staffetta …` works beside a daemon that runs as an ordinary user.
 * Throws `STORE_USER` when nobody fits, `STORE_DATA` when the home is another user's.
 */
export function getServerUser(home: string): ServerUser {
  const uid = process.getuid?.()
  const gid = process.getgid?.()
  if (uid === undefined || gid === undefined) {
    throw new StoreFault('STORE_PLATFORM', 'this system has no user ids: set DATABASE_URL')
  }
  const owner = statSync(home, { throwIfNoEntry: false })
  if (uid === 0) {
    if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, switched: true }
    return { ...getUnprivileged(), switched: true }
  }
  if (owner && owner.uid !== uid) {
    throw new StoreFault(
      'STORE_DATA',
      `${home} belongs to user id ${owner.uid} and this is user id ${uid}: ` +
        'run as that user or as root, or set STAFFETTA_DATA to another directory',
    )
  }
  checkNamed(uid)
  return { uid, gid, switched: false }
}

/** The options that make `child_process` run a program as this user. */
export function asUser(user: ServerUser): { uid?: number; gid?: number } {
  return user.switched ? { uid: user.uid, gid: user.gid } : {}
}

/**
 * The first directory on the way to `path` that the user cannot enter, or `path` itself when it
 * lacks one of the permissions `need` (bits of 4 read, 2 write, 1 execute); null when all is open.
 * Only mode bits are read: an access list that opens a directory to the user goes unseen.
 */
export function findBarrier(path: string, user: ServerUser, need: number): string | null {
  return walk(path, user, need) ?? walk(realpathSync(path), user, need)
}

function walk(path: string, user: ServerUser, need: number): string | null {
  const parent = dirname(path)
  const above = parent === path ? null : walk(parent, user, 1)
  if (above !== null) return above
  const { mode, uid, gid } = statSync(path)
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
  return ((mode >> shift) & need) === need ? null : path
}

function getUnprivileged(): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of candidates) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':')
    // Negative ids of macOS (`nobody` is -2) are unsigned in every system call.
    if (fields) return { uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 }
  }
  throw new StoreFault(
    'STORE_USER',
    `PostgreSQL does not run as root and there is no user ${candidates.join(', ')}: ` +
      'run Staffetta as an ordinary user, or set DATABASE_URL',
  )
}

/** `initdb` looks up the name of its user; a container's bare number has none. */
function checkNamed(uid: number): void {
  try {
    userInfo()
  } catch (cause) {
    throw new StoreFault(
      'STORE_USER',
      `user id ${uid} has no name on this system, which PostgreSQL needs: ` +
        'set DATABASE_URL to a PostgreSQL server, or run as a named user',
      { cause },
    )
  }
}
