// What a configuration must pass before a daemon that runs takes it over: it has no error, all of
// its cases hold, and nothing of it needs a restart. A part of `running.ts`; changes nothing.
import { setImmediate as breathe } from 'node:timers/promises'
import { restartsFor } from './config/changes.ts'
import type { Config } from './config/config.ts'
import type { LoadedConfig } from './config/load.ts'
import { programMark } from './config/settled.ts'
import type { Problem } from './domain/problem.ts'
import { type CaseResult, runCases } from './workbench/testing.ts'

/** Of what is wrong, what is said. */
const MOST_PROBLEMS = 20

export interface Judged {
  /** Null where any problem stands. */
  config: Config | null
  /** One line each, the place first. */
  problems: string[]
}

/** Throws what the disk says. */
export async function judge(
  { config, problems }: LoadedConfig,
  running: { config: Config; program: string },
  stop: AbortSignal,
): Promise<Judged> {
  if (config === null)
    return { config, problems: problems.filter(isError).map(lineOf).slice(0, MOST_PROBLEMS) }
  const restarts = restartsFor(running.config, config)
  // Its parts are loaded as they are needed: those of two versions would not fit together.
  if ((await programMark()) !== running.program) restarts.push('the program itself has changed')
  if (restarts.length > 0) {
    const problems = restarts.map((what) => `CFG_RESTART ${what}: restart needed`)
    return { config: null, problems }
  }
  const failed = await failingCases(config, stop)
  return { config: failed.length > 0 ? null : config, problems: failed }
}

async function failingCases(config: Config, stop: AbortSignal): Promise<string[]> {
  const failed: string[] = []
  for (const { mappings } of config.institutions) {
    for await (const result of runCases(config, mappings, { update: false })) {
      if (result.outcome === 'failed') failed.push(caseLine(result))
      if (stop.aborted || failed.length >= MOST_PROBLEMS) return failed
      // Sending goes on meanwhile: its leases are renewed between two cases.
      await breathe()
    }
  }
  return failed
}

const isError = ({ severity }: Problem) => severity === 'error'

function lineOf({ file, line, code, message, hint }: Problem): string {
  const place = line === null ? file : `${file}:${line}`
  return `${place} ${code} ${message}${hint === '' ? '' : ` (${hint})`}`
}

function caseLine({ file, line, name, fault, differences }: CaseResult): string {
  const place = line === null ? file : `${file}:${line}`
  const what = fault ?? differences[0]?.path ?? ''
  return `${place} CFG_CASE case "${name}" fails${what === '' ? '' : `: ${what}`}`
}
