// `npm run soak`: puts the sender's promises to the proof with real faults, at full size. Each run
// prints its progress on standard error and ends with one line on standard output; the exit code is
// 0 only when every run passed. Everything is on loopback, on a database server of its own that is
// removed at the end.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { openEmbedded } from '../src/store/embedded.ts'
import { forgetShellSettings } from './playground.ts'
import { createProgress } from './soak/progress.ts'
import { hasPassed, lastLine, type Plant, type SoakRun } from './soak/run.ts'
import { findRun, runNames } from './soak/runs.ts'

const USAGE = `usage: npm run soak -- [RUN …] [--seed N] [--share S] [--plant resend-uncertain] [--json]
       npm run soak -- --list [--json]

Without a name every run in turn. --share 0.1 makes a run a tenth of its size; --plant makes feeds
resend what is uncertain, which the run must catch.
`
/** The longest that one run may take. */
const LONGEST_MINUTES = 60
const LARGEST_SEED = 2 ** 31 - 1

interface Options {
  names: string[]
  seed: number
  share: number
  plant: Plant | null
  list: boolean
  json: boolean
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options === null) return refuse(USAGE)
  if (options.list) return list(options.json)
  const runs: SoakRun[] = []
  for (const name of options.names.length > 0 ? options.names : await runNames()) {
    const run = await findRun(name)
    if (run === null) return refuse(`there is no run ${name}: --list names them\n`)
    const isDeaf = options.plant !== null && run.plantable !== true
    if (isDeaf && options.names.length > 0) return refuse(`${run.name} has no place for a plant\n`)
    if (!isDeaf) runs.push(run)
  }
  const interrupted = new AbortController()
  for (const event of ['SIGINT', 'SIGTERM'] as const) {
    process.once(event, () => interrupted.abort(new Error(`stopped by ${event}`)))
  }
  return onServer(async (databaseUrl) => {
    let failed = 0
    for (const run of runs) {
      if (interrupted.signal.aborted) break
      const passed = await runOne(run, options, databaseUrl, interrupted.signal)
      if (!passed) failed += 1
    }
    return failed > 0 || interrupted.signal.aborted ? 1 : 0
  })
}

function readOptions(): Options | null {
  try {
    const { values, positionals } = parseArgs({
      options: {
        seed: { type: 'string' },
        share: { type: 'string', default: '1' },
        plant: { type: 'string' },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const seed = Number(values.seed ?? Math.floor(Math.random() * LARGEST_SEED))
    const share = Number(values.share)
    const plant = values.plant ?? null
    if (!Number.isSafeInteger(seed) || seed < 0 || seed > LARGEST_SEED) return null
    if (!(share > 0 && share <= 1)) return null
    if (plant !== null && plant !== 'resend-uncertain') return null
    return { names: positionals, seed, share, plant, list: values.list, json: values.json }
  } catch {
    return null
  }
}

function refuse(text: string): number {
  process.stderr.write(text)
  return 2
}

async function list(json: boolean): Promise<number> {
  for (const name of await runNames()) {
    const run = await findRun(name)
    if (run === null) continue
    const { title, plantable = false } = run
    const line = json ? JSON.stringify({ name, title, plantable }) : `${name.padEnd(4)} ${title}`
    process.stdout.write(`${line}\n`)
  }
  return 0
}

async function runOne(
  run: SoakRun,
  { seed, share, plant, json }: Options,
  databaseUrl: string,
  interrupted: AbortSignal,
): Promise<boolean> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(LONGEST_MINUTES * 60_000)])
  const progress = createProgress(`${run.name} seed=${seed}`)
  const { note } = progress
  const started = performance.now()
  try {
    const result = await run.run({ seed, share, plant, databaseUrl, note, signal })
    const seconds = Math.round((performance.now() - started) / 1000)
    progress.end(result.failures)
    const passed = hasPassed(result)
    const line = json
      ? JSON.stringify({ name: run.name, seed, passed, seconds, ...result })
      : `${lastLine(run.name, seed, result)} seconds=${seconds}`
    process.stdout.write(`${line}\n`)
    return passed
  } catch (error) {
    progress.end([`the run broke off: ${inspect(error)}`])
    process.stdout.write(json ? `${JSON.stringify({ name: run.name, seed, passed: false })}\n` : '')
    return false
  }
}

/** A server with durable writes: a killed one must not lose what it had confirmed. */
async function onServer(work: (databaseUrl: string) => Promise<number>): Promise<number> {
  forgetShellSettings()
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-soak-'))
  await chmod(directory, 0o711)
  try {
    const server = await openEmbedded({ dataDirectory: directory })
    try {
      return await work(server.url)
    } finally {
      await server.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

process.exitCode = await main()
