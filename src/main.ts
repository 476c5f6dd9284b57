// argv → command → exit code. Commands, and the parts of the program that one needs, are loaded
// only when called: the name of the file in `cli/` is the name of the command. Exit codes: 0 good,
// 1 problems found, 2 wrong usage, 78 configuration.
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import packageFile from '../package.json' with { type: 'json' }
import type { ConfigError } from './app.ts'
import type { Command, CommandContext } from './cli/command.ts'
import { UsageError } from './cli/command.ts'
import { commandNames, generalHelp, helpOf, loadCommand } from './cli/commands.ts'
import { formatProblems } from './config/format.ts'
import { nearest } from './domain/nearest.ts'
import type { Problem } from './domain/problem.ts'

const GLOBAL_OPTIONS = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** One variable would make whoever answers pass for IO, for a source and for a database. */
const unsafe =
  'NODE_TLS_REJECT_UNAUTHORIZED=0 would let every certificate pass: take it out of the ' +
  'environment. An authority of your own belongs under `tls.ca` of a source, or under ' +
  '`outbound.certificateAuthorities`'

async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--version') return say(packageFile.version)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    return say(await generalHelp())
  }
  const known = await commandNames()
  if (!known.includes(name)) {
    const near = nearest(name, known)
    return fail(`there is no command "${name}"${near ? `: did you mean "${near}"?` : ''}`, 2)
  }
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') return fail(unsafe, 78)
  try {
    return await runCommand(name, await loadCommand(name), rest)
  } catch (error) {
    return explain(name, error)
  }
}

async function runCommand(name: string, command: Command, argv: string[]): Promise<number> {
  const { values, positionals } = parse(command, argv)
  if (values['help']) return say(helpOf(name, command))
  const configDirectory = placeOfConfig(values['config'])
  const stop = new AbortController()
  stopOnSignals(stop)
  const context: CommandContext = {
    configDirectory,
    json: values['json'] === true,
    stop: stop.signal,
    color: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    out: writeOut,
    note: (text) => void process.stderr.write(text),
    readConfig: async () => (await import('./offline.ts')).readConfig(configDirectory),
    offline: {
      async *previewFile(config, preview) {
        yield* (await import('./workbench/previewing.ts')).previewFile(config, preview)
      },
      async *runCases(config, mappings, options) {
        yield* (await import('./workbench/testing.ts')).runCases(config, mappings, options)
      },
      async *mutateMappings(config, mappings, options) {
        yield* (await import('./workbench/mutating.ts')).mutateMappings(config, mappings, options)
      },
      draftMapping: async (config, request) =>
        (await import('./workbench/drafting.ts')).draftMapping(config, request),
      importGovio: async (config, request) =>
        (await import('./workbench/importing.ts')).importGovio(config, request),
      fitMapping: async (config, request) =>
        (await import('./workbench/fitting.ts')).fitMapping(config, request),
      scaffolding: () => import('./workbench/scaffolding.ts'),
      writeDraft: async (draft) => (await import('./workbench/drafting.ts')).writeDraft(draft),
      sourceChecks: async (config) => (await import('./offline.ts')).sourceChecks(config),
      serviceChecks: async (config) => (await import('./offline.ts')).serviceChecks(config),
    },
    startDaemon: async (wanted) => {
      const { roles } = await import('./daemon.ts')
      const { startRunning } = await import('./running.ts')
      const chosen = roles.filter((role) => wanted === null || wanted.has(role))
      const logLevel = values['verbose'] ? 'debug' : 'info'
      return startRunning({ configDirectory, logLevel, roles: new Set(chosen) })
    },
    onHangUp: (listener) => listenForHangUps(listener),
    stopAll: async (request) =>
      (await import('./releasing/stop-all.ts')).stopAll({ ...request, configDirectory }),
    rehearse: async (request) => (await import('./rehearsing.ts')).rehearse(request),
    startSandbox: async (options) => (await import('./sandbox/server.ts')).startSandbox(options),
    problemsText: (problems) => formatProblems(problems, { color: context.color }),
    errorsText: (problems) => formatErrors(problems, context.color),
    openCopies: async () => {
      const { openCopies } = await import('./copying.ts')
      return openCopies({ configDirectory, logLevel: 'warn', sends: false })
    },
    openApp: async (options) => {
      const { openApp } = await import('./app.ts')
      const logLevel = options?.logLevel ?? (values['verbose'] ? 'debug' : 'warn')
      return openApp({ configDirectory, sends: false, ...options, logLevel })
    },
  }
  return command.run({ values, positionals }, context)
}

/**
 * Who lets others run this as its own user fixes the configuration in the environment, so that
 * nobody brings one whose `staff` and rules are their own.
 */
function placeOfConfig(typed: unknown): string {
  const fixed = process.env['STAFFETTA_CONFIG']
  if (!fixed) return String(typed ?? 'config')
  if (typed === undefined) return fixed
  throw new UsageError(`the configuration is ${fixed} here: leave --config out`)
}

function parse(command: Command, args: string[]) {
  const options = { ...GLOBAL_OPTIONS, ...command.options }
  try {
    return parseArgs({ args: bare(args), options, allowPositionals: true, strict: true })
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    const [, typed] = /^Unknown option '(-[^']*)'/.exec(message) ?? []
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || typed === undefined) {
      throw new UsageError(message)
    }
    const near = nearest(typed.replace(/^-+/, ''), Object.keys(options))
    throw new UsageError(`there is no option ${typed}${near ? `: did you mean --${near}?` : ''}`)
  }
}

/** `--service` alone asks which there are. */
function bare(args: string[]): string[] {
  return args.map((arg, at) => {
    const isAlone = arg === '--service' && (args[at + 1] ?? '-').startsWith('-')
    return isAlone ? '--service=' : arg
  })
}

/**
 * Resolves once the reader has taken it; a reader that has gone away (`| head`) ends the command.
 */
async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

/** Signals repeated within this time are one: systemd and the launcher may both deliver it. */
const SAME_SIGNAL_MILLISECONDS = 500

/** The first asks for a graceful stop; a later one ends at once. */
function stopOnSignals(stop: AbortController): void {
  let first = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (first === 0) {
        first = performance.now()
        stop.abort()
      } else if (performance.now() - first > SAME_SIGNAL_MILLISECONDS) {
        process.exit(signal === 'SIGINT' ? 130 : 143)
      }
    })
  }
}

/**
 * A terminal that is closed sends the same signal as who asks for a reload: then it ends at once,
 * as any program does, since there is nobody to whom it could say how it stops.
 */
function listenForHangUps(listener: () => void): void {
  const hadTerminal = hasTerminal()
  process.on('SIGHUP', () => {
    if (hadTerminal && !hasTerminal()) process.exit(129)
    listener()
  })
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

function formatErrors(problems: readonly Problem[], color: boolean): string {
  const errors = problems.filter(({ severity }) => severity === 'error')
  return formatProblems(errors, { color })
}

function explain(name: string, error: unknown): number {
  if (error instanceof UsageError) {
    return fail(`${error.message}\nTry: staffetta ${name} --help`, 2)
  }
  if (isConfigError(error)) {
    process.stderr.write(formatErrors(error.loaded.problems, process.stderr.isTTY))
    return 78
  }
  const { message, code } = error as Error & { code?: string }
  const codeText = typeof code === 'string' && /^[A-Z]+_[A-Z_]+$/.test(code) ? `${code}: ` : ''
  const causes: string[] = []
  for (let cause = (error as Error).cause; cause instanceof Error && causes.length < 5; ) {
    causes.push(`  because: ${cause.message}`)
    cause = cause.cause
  }
  return fail([`${codeText}${message}`, ...causes].join('\n'), 1)
}

/** By its code: its class is loaded only where a configuration was read. */
function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && 'code' in error && error.code === 'CONFIG'
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function fail(text: string, code: number): number {
  process.stderr.write(`staffetta: ${text}\n`)
  return code
}

/**
 * What Node has compiled is kept beside the packages, where only who may change the program can
 * write: others run without it. It halves what a start costs, and a changed file is compiled anew.
 */
const compiled = fileURLToPath(new URL('../node_modules/.cache/staffetta', import.meta.url))

enableCompileCache(compiled)
// The launcher imports this file, or runs it: either way it is the program.
process.exitCode = await main(process.argv.slice(2))
