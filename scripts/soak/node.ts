// A node: `staffetta run` as a real process, to be killed, stopped and continued. Its log is read
// as it is written: what it says can be waited for, what it must never say is kept for the judge.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface LogLine {
  level: number
  msg: string
  time: string
  [field: string]: unknown
}

export interface Node {
  pid: number
  startedAt: number
  /** The lines it wrote with this message. */
  said(message: string): LogLine[]
  /** Warnings and errors. */
  faults(): LogLine[]
  /** Lines that are no JSON, or that name a citizen or a key: there must be none. */
  leaks: string[]
  signal(signal: NodeJS.Signals): void
  /** `kill -9`; resolves when it is dead. */
  kill(): Promise<void>
  /** SIGTERM; its exit code. A stopped process is continued first. */
  stop(): Promise<number | null>
  isAlive(): boolean
}

const main = join(import.meta.dirname, '../../src/main.ts')
/** Fiscal codes of the samples, keys and passwords of the playground, texts of a message. */
const secret =
  /[A-Z]{6}\d{2}[A-Z]\d{2}Z999[A-Z]|key-of-the-|only-for-the-|Mensa scolastica|303202603/
/** As pino counts: 50 is an error. */
const WARNING = 40
/** Kept of the log of one node; older lines are forgotten. */
const LINES_KEPT = 5_000

/** Nothing of the shell's but where programs are; compiled modules are kept between processes. */
export function processEnvironment(own: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  return { PATH, HOME, NODE_COMPILE_CACHE: join(tmpdir(), 'staffetta-compile-cache'), ...own }
}

export function startNode(configDirectory: string, environment: Record<string, string>): Node {
  const child = spawn(process.execPath, [main, 'run', '--config', configDirectory], {
    env: processEnvironment(environment),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: LogLine[] = []
  const leaks: string[] = []
  const input = child.stderr as NonNullable<ChildProcess['stderr']>
  createInterface({ input }).on('line', (line) => {
    if (secret.test(line)) leaks.push(line.slice(0, 500))
    try {
      lines.push(JSON.parse(line))
    } catch {
      leaks.push(line.slice(0, 500))
    }
    if (lines.length > LINES_KEPT) lines.shift()
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  const isAlive = () => child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid as number,
    startedAt: performance.now(),
    leaks,
    said: (message) => lines.filter(({ msg }) => msg === message),
    faults: () => lines.filter(({ level }) => level >= WARNING),
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    async stop() {
      child.kill('SIGTERM')
      child.kill('SIGCONT')
      const [code] = await closed
      return code
    },
    isAlive,
  }
}
