// The embedded server's files, below `<data directory>/postgres`: the cluster with the data, the
// socket, copied programs. Every step may be done by two processes at once and be cut at any point:
// what takes time is made under another name and renamed; whoever comes second uses the first's.
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, lchown, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { sweepAbandoned } from './abandoned.ts'
import type { Binaries } from './binaries.ts'
import { StoreFault } from './fault.ts'
import { asUser, findBarrier, type ServerUser } from './server-user.ts'

/** The bootstrap superuser: administers the server, owns nothing of Staffetta. */
export const SUPERUSER = 'postgres'
/** The role that Staffetta works as, and its database. */
export const OWNER = 'staffetta'

const run = promisify(execFile)
const INITDB_TIMEOUT_MS = 120_000
/** `sun_path` holds 104 bytes on macOS, 108 on Linux; the socket's own name takes 14 of them. */
const SOCKET_DIRECTORY_BYTES = 88

/** Makes the directory that holds all of the server's files, reachable by its user alone. */
export async function prepareHome(home: string, user: ServerUser): Promise<void> {
  const dataDirectory = dirname(home)
  await mkdir(dataDirectory, { recursive: true })
  if (user.switched) await openToServer(dataDirectory, user)
  await mkdir(home, { mode: 0o700, recursive: true })
  if (user.switched) await lchown(home, user.uid, user.gid)
}

/**
 * The cluster in `home`, made if it is not there. UTF-8 and PostgreSQL's own C.UTF-8 rules,
 * whatever locales the system has. Throws `STORE_VERSION` when another major version made it.
 */
export async function prepareCluster(
  binaries: Binaries,
  home: string,
  user: ServerUser,
  durable: boolean,
): Promise<string> {
  const cluster = join(home, 'cluster')
  if (!existsSync(cluster)) {
    await sweepAbandoned(home, (name) => name.startsWith('cluster.new-'))
    await createCluster(binaries, home, user, durable)
  }
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  const ours = binaries.version.split('.')[0]
  if (found !== ours) {
    throw new StoreFault(
      'STORE_VERSION',
      `${cluster} was written by PostgreSQL ${found} and this is ${ours}: ` +
        'go back to the version of Staffetta that wrote it',
    )
  }
  return cluster
}

/**
 * The directory of the socket: in `home`, where temporary-file cleaners and services with a private
 * /tmp do no harm; where that path is too long for a socket, a directory in /tmp named after it.
 * Mode 0700, and that is the whole access control: who can enter may connect.
 */
export async function prepareSocketDirectory(home: string, user: ServerUser): Promise<string> {
  const near = join(home, 'socket')
  if (Buffer.byteLength(near) <= SOCKET_DIRECTORY_BYTES) {
    await makePrivate(near, user)
    return near
  }
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16)
  const far = join('/tmp', `staffetta-${user.uid}-${hash}`)
  await makePrivate(far, user)
  return far
}

/** What the server's programs see of the environment: no PG* settings, no locale, no secrets. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH'].map((name) => [name, process.env[name]])
  return { ...Object.fromEntries(kept.filter(([, value]) => value)), LC_ALL: 'C', TZ: 'UTC' }
}

/** The data directory is Staffetta's to open for passage; what lies above it is not. */
async function openToServer(dataDirectory: string, user: ServerUser): Promise<void> {
  const { mode, uid } = await stat(dataDirectory)
  if (uid === 0) await chmod(dataDirectory, (mode & 0o7777) | 0o001)
  const barrier = findBarrier(dataDirectory, user, 1)
  if (barrier === null) return
  throw new StoreFault(
    'STORE_DATA',
    `the database runs as user id ${user.uid} because PostgreSQL refuses root, and that user ` +
      `cannot enter ${barrier}: set STAFFETTA_DATA to a directory that it can reach, such as ` +
      '/var/lib/staffetta, or run Staffetta as an ordinary user',
  )
}

async function createCluster(
  binaries: Binaries,
  home: string,
  user: ServerUser,
  durable: boolean,
): Promise<void> {
  const unfinished = join(home, `cluster.new-${randomUUID()}`)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin']
  const access = [`--username=${SUPERUSER}`, '--auth-local=trust', '--auth-host=reject']
  const directory = ['-D', unfinished, '--no-instructions', ...(durable ? [] : ['--no-sync'])]
  const options = {
    ...asUser(user),
    cwd: home,
    env: serverEnvironment(),
    timeout: INITDB_TIMEOUT_MS,
  }
  const bin = join(binaries.directory, 'bin')
  try {
    const args = [...directory, ...locale, '--builtin-locale=C.UTF-8', ...access]
    await run(join(bin, 'initdb'), args, options)
    await createDatabase(join(bin, 'postgres'), unfinished, options)
    await rename(unfinished, join(home, 'cluster'))
    await syncDirectory(home)
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true })
    // Another process made the cluster meanwhile: a directory is never renamed over a full one.
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return
    const said = (cause as { stderr?: string }).stderr?.trim() || String(cause)
    throw new StoreFault('STORE_START', `the database could not be created: ${said}`, { cause })
  }
}

/** Single-user mode takes one statement a line and reports faults only in its output. */
async function createDatabase(postgres: string, cluster: string, options: object): Promise<void> {
  const running = run(postgres, ['--single', '-D', cluster, 'postgres'], options)
  running.child.stdin?.end(
    `CREATE ROLE ${OWNER} LOGIN CREATEDB\nCREATE DATABASE ${OWNER} OWNER ${OWNER}\n`,
  )
  const { stderr } = await running
  if (/ERROR|FATAL|PANIC/.test(String(stderr))) throw Object.assign(new Error('SQL'), { stderr })
}

/** A rename survives a power cut only when the directory that holds it is on disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync()
  await directory.close()
}

/**
 * Anyone may have made this name in /tmp first, as a link or to read what passes: refused then.
 * As root no link is ever followed, since the server's user could have put it there.
 */
async function makePrivate(path: string, user: ServerUser): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(path)
  const ours = found.uid === user.uid || (user.switched && found.uid === 0)
  if (!found.isDirectory() || !ours || (found.mode & 0o077) !== 0) {
    throw new StoreFault(
      'STORE_RUNTIME',
      `${path} is not a private directory of user id ${user.uid}: remove it and start again`,
    )
  }
  if (user.switched) await lchown(path, user.uid, user.gid)
}
