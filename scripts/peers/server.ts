// One real server under test: its process, its port, its log, its end.
// Invariants: it listens on loopback alone, in a directory of its own, as an unprivileged user; it
// is stopped by the handle of its process, never by name.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { asUser, type ServerUser } from '../../src/store/server-user.ts'

/** What the tests are told of a server. */
export interface Peer {
  /** With user and password; what else a test needs stands in the query. */
  url: string
  stop(): Promise<void>
}

/** Where a server lives. */
export interface Ground {
  directory: string
  user: ServerUser
  username: string
  /** The user's own group. */
  group: string
}

export interface Command {
  program: string
  args: string[]
  port: number
  /** What is sent to end it; SIGTERM by default. */
  stopSignal?: NodeJS.Signals
}

const startTimeoutMs = 60_000
const stopTimeoutMs = 20_000
const prepareTimeoutMs = 120_000

/** A directory for one server, below that of all, which its user owns. */
export function groundFor(name: string, root: string, user: ServerUser): Ground {
  const directory = join(root, name)
  mkdirSync(directory, { mode: 0o755 })
  if (user.switched) chownSync(directory, user.uid, user.gid)
  const username = nameOf('/etc/passwd', user.uid)
  return { directory, user, username, group: nameOf('/etc/group', user.gid) }
}

/** Runs a program that prepares something, to its end. Throws with its last words. */
export function prepare(ground: Ground, program: string, args: string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: ground.directory,
    encoding: 'utf8',
    timeout: prepareTimeoutMs,
    ...asUser(ground.user),
  })
  if (status === 0) return
  const said = lastLines(`${stdout}${stderr}`)
  throw new Error(`${program} failed (${status ?? error?.message}):\n${said}`)
}

/** A certificate for `localhost` and 127.0.0.1 that only itself vouches for; the files in PEM. */
export function makeCertificate(ground: Ground): { certificate: string; key: string } {
  const [certificate, key] = [join(ground.directory, 'tls.crt'), join(ground.directory, 'tls.key')]
  prepare(ground, 'openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-days', '30', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ])
  return { certificate, key }
}

/** Starts a server and waits until its port answers. Throws with the last lines of its log. */
export async function start(ground: Ground, command: Command): Promise<Pick<Peer, 'stop'>> {
  const { program, args, port, stopSignal = 'SIGTERM' } = command
  const logFile = join(ground.directory, 'server.log')
  const log = openSync(logFile, 'a')
  const child = spawn(program, args, {
    cwd: ground.directory,
    stdio: ['ignore', log, log],
    ...asUser(ground.user),
  })
  closeSync(log)
  let fault: Error | null = null
  child.on('error', (error) => {
    fault = error
  })
  const deadline = performance.now() + startTimeoutMs
  while (!(await answers(port))) {
    const isOver = fault !== null || child.exitCode !== null || child.signalCode !== null
    if (!isOver && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      continue
    }
    await stop(child, stopSignal)
    const said = fault ?? lastLines(readFileSync(logFile, 'utf8'))
    throw new Error(`${program} did not answer on port ${port}:\n${said}`)
  }
  return { stop: () => stop(child, stopSignal) }
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  child.kill(signal)
  await exit
  clearTimeout(timer)
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}

/** The name of an id, in a file whose lines are `NAME:…:ID:…`. */
function nameOf(file: string, id: number): string {
  const lines = readFileSync(file, 'utf8').split('\n')
  const name = lines.find((line) => line.split(':')[2] === String(id))?.split(':')[0]
  if (name === undefined) throw new Error(`the id ${id} has no name in ${file}`)
  return name
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n')
}
