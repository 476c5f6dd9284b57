// Commands as people run them: a process of its own, with its exit code and what it printed.
// Nothing of the test's environment reaches it but what is given, and the playground's settings.
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const root = join(import.meta.dirname, '../..')
const main = join(root, 'src/main.ts')

export interface Ran {
  code: number | null
  out: string
  err: string
}

export interface RunOptions {
  env?: Record<string, string>
  /** For Node itself: `--permission` and such. */
  nodeOptions?: string[]
  /** What it reads on standard input; absent: nothing. */
  input?: string
}

export interface Started {
  child: ChildProcess
  /** What it has printed up to now. */
  ran: Readonly<Ran>
  /** Resolves once the text stands in what it printed; rejects when it ends before. */
  printed(text: string): Promise<void>
  ended: Promise<Ran>
}

/** `staffetta ARGV…`, from the root of the project, to its end. */
export function run(argv: string[], options: RunOptions = {}): Promise<Ran> {
  return start(argv, options).ended
}

/** `staffetta ARGV…`, for as long as it lasts. */
export function start(argv: string[], options: RunOptions = {}): Started {
  const own = Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|STAFFETTA_.*)$/.test(name),
  )
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), main, ...argv], {
    cwd: root,
    env: { ...Object.fromEntries(own), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>
  // One that reads nothing of it may have ended before.
  child.stdin?.on('error', () => {}).end(options.input)
  const ran: Ran = { code: null, out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ran.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ran.err += text
  })
  const ended = once(child, 'close').then(([code]) => ({ ...ran, code: code as number | null }))
  return {
    child,
    ran,
    ended,
    printed(text) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        if ((ran.out + ran.err).includes(text)) resolve()
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      look()
      ended.then(() => reject(new Error(`ended without "${text}":\n${ran.out}${ran.err}`)))
      return promise
    },
  }
}
