// What a command is, and what it is given. A command prints for people, or JSON for scripts when
// asked, and answers an exit code: 0 good, 1 problems found, 2 wrong usage, 78 configuration.
import type { App, AppOptions, LoadedConfig } from '../app.ts'
import type { Copies, CopyProgress } from '../copying.ts'
import type { Problem } from '../domain/problem.ts'
import type { serviceChecks, sourceChecks } from '../offline.ts'
import type { rehearse } from '../rehearsing.ts'
import type { StoppedAll, StopRequest } from '../releasing/stop-all.ts'
import type { Draft, draftMapping, writeDraft } from '../workbench/drafting.ts'
import type { Fitted, fitMapping } from '../workbench/fitting.ts'
import type { Imported, importGovio } from '../workbench/importing.ts'
import type { MutatedMapping, mutateMappings } from '../workbench/mutating.ts'
import type { PreviewTarget, previewFile } from '../workbench/previewing.ts'
import type { CaseResult, MappingBranches, runCases } from '../workbench/testing.ts'

type Scaffolding = typeof import('../workbench/scaffolding.ts')
export type CatalogueService = Awaited<ReturnType<Scaffolding['listCatalogue']>>[number]
export type WrittenTexts = Awaited<ReturnType<Scaffolding['writeTexts']>>

export interface Command {
  /** After the name: `FEED FILE`. */
  usage: string
  /** One line for the list of commands. */
  summary: string
  /** What it does, when one wants it, and an example. */
  help: string
  options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean; short?: string }>
  run(given: Given, context: CommandContext): Promise<number>
}

export interface Given {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>
  positionals: string[]
}

export interface CommandContext {
  configDirectory: string
  /** `--json`: results as JSON on standard output, nothing else there. */
  json: boolean
  color: boolean
  /** Aborted at the first SIGINT or SIGTERM. */
  stop: AbortSignal
  /** To be awaited where much is written. */
  out(text: string): Promise<void>
  /** To standard error: progress and remarks. */
  note(text: string): void
  readConfig(): Promise<LoadedConfig>
  openApp(options?: Partial<AppOptions>): Promise<App>
  /** For a database that may be empty, or of an older version. */
  openCopies(): Promise<Copies>
  /** What needs neither database nor network. */
  offline: {
    previewFile: typeof previewFile
    runCases: typeof runCases
    mutateMappings: typeof mutateMappings
    draftMapping: typeof draftMapping
    importGovio: typeof importGovio
    writeDraft: typeof writeDraft
    scaffolding(): Promise<Scaffolding>
    fitMapping: typeof fitMapping
    sourceChecks: typeof sourceChecks
    serviceChecks(config: Config): Promise<ReturnType<typeof serviceChecks>>
  }
  problemsText(problems: readonly Problem[]): string
  /** Of problems that stop a command: the errors alone, which warnings would bury. */
  errorsText(problems: readonly Problem[]): string
  /** Null roles: all. `failed` rejects where it can go on by no configuration. */
  startDaemon(
    roles: ReadonlySet<string> | null,
  ): Promise<{ reload(): void; stop(): Promise<void>; failed: Promise<never> }>
  /** From now on SIGHUP calls this; that of a terminal that was closed still ends the program. */
  onHangUp(listener: () => void): void
  /** Stops everything, with the database up or down. */
  stopAll(request: Omit<StopRequest, 'configDirectory'>): Promise<StoppedAll>
  /** Replays real files against the sandbox, on a database that is thrown away. */
  rehearse: typeof rehearse
  startSandbox(options: SandboxChoices): Promise<{ url: string; stop(): Promise<void> }>
}

export interface SandboxChoices {
  port: number
  anyKey: boolean
  seed: number
  /** Null: none. */
  populationFile: string | null
  callsPerWindow: number
  windowSeconds: number
  processingDelayMilliseconds: number
  settlingMilliseconds: number
  stuckShare: number
  failedShare: number
}

export type {
  App,
  CaseResult,
  CopyProgress,
  Draft,
  Fitted,
  Imported,
  MappingBranches,
  MutatedMapping,
  PreviewTarget,
}
export type Config = App['config']
export type Feed = Config['institutions'][number]['feeds'][number]
export type System = Config['institutions'][number]['systems'][number]

/** Opens the app for a piece of work, and closes it however that ends. */
export async function withApp<Answer>(
  context: CommandContext,
  work: (app: App) => Promise<Answer>,
  options?: Partial<AppOptions>,
): Promise<Answer> {
  const app = await context.openApp(options)
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}

/** The zone of an institution’s days and hours; of one that the configuration has no more, UTC. */
export function zoneOf({ institutions }: Config, institution: string): string {
  return institutions.find(({ id }) => id === institution)?.timeZone ?? 'UTC'
}

/** The command was called wrongly: exit code 2, with a pointer to its help. */
export class UsageError extends Error {}

/** The positional arguments, exactly so many. Throws `UsageError`. */
export function expectArguments(given: Given, ...names: string[]): string[] {
  const { positionals } = given
  const missing = names[positionals.length]
  if (missing) throw new UsageError(`missing argument: ${missing}`)
  const extra = positionals[names.length]
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
  return positionals
}

/** The value of a text option, or null. */
export function textOption(given: Given, name: string): string | null {
  const value = given.values[name]
  return typeof value === 'string' ? value : null
}

/** All values of an option that may be repeated. */
export function listOption(given: Given, name: string): string[] {
  return [given.values[name] ?? []].flat().map(String)
}

/** Those of an option that takes pairs; `form` is how one is written, `NAME=FILE`. */
export function pairsOption(given: Given, name: string, form: string): Map<string, string> {
  const pairs = listOption(given, name).map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new UsageError(`--${name} wants ${form}, not "${pair}"`)
    return [pair.slice(0, at), pair.slice(at + 1)] as const
  })
  return new Map(pairs)
}

/** What is to be typed again. */
export function configOf({ configDirectory }: CommandContext): string {
  return configDirectory === 'config' ? '' : ` --config ${asTyped(configDirectory)}`
}

/** A word as a shell takes it: between quotes where it has blanks and the like. */
export function asTyped(word: string): string {
  return /^[\p{L}\p{N}_./:@%+,=-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
