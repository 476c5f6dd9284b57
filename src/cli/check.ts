// `staffetta check`: everything that is wrong with the configuration at once, each with its place
// and the way out. With --online every source is reached too, and IO with every key;
// that changes nothing there and names no citizen.
import packageFile from '../../package.json' with { type: 'json' }
import type { CheckLine } from '../connector.ts'
import { elsewhereReason } from '../domain/notified-elsewhere.ts'
import type { Problem } from '../domain/problem.ts'
import {
  type Command,
  type CommandContext,
  type Config,
  expectArguments,
  type Given,
  UsageError,
} from './command.ts'
import { type ReadText, readabilityText, readTexts } from './readability.ts'
import { sarifOf } from './sarif.ts'
import { printable } from './table.ts'

export const command: Command = {
  usage: '[--online] [--sarif]',
  summary: 'find what is wrong with the configuration',
  help: `
Reads every file of the configuration and says all that is wrong, with file:line, the nearest known
name and what to do: unknown keys, texts that IO would refuse or the app would not show, persons'
data in titles, branches that no record reaches, fields that nothing reads. Opens no database and no
connection; secrets need not be there.

Then it says how easily each Italian text is read: the Gulpease index, from 0 to 100. Below 80 a text
is hard with the primary school, below 60 with the middle school, below 40 with any: that warns.

  --online   also reaches each source and system (connects, logs in, lists, and says what it saw),
             and IO with the key of each service: one call that names nobody, whatever its mode
  --json     arrays of problems, of "online" lines, of services notified elsewhere, and of texts
             with their "readability"
  --sarif    the problems as SARIF 2.1.0, which GitHub and GitLab show at the lines of a change:
             staffetta check --sarif > check.sarif
  --verbose  every text, not the 20 hardest alone

What it finds in a mapping, staffetta test and staffetta preview show at work.

Exit code 0 when there is no error (warnings do not count), else 78; 1 when only a source or IO fails.`,
  options: { online: { type: 'boolean' }, sarif: { type: 'boolean' } },
  async run(given, context) {
    expectArguments(given)
    if (given.values['sarif'] === true) return runSarif(given, context)
    const { config, problems } = await context.readConfig()
    const online = config && given.values['online'] === true ? await reach(config, context) : []
    const elsewhere = config ? notifiedElsewhere(config) : []
    const readability = config ? readTexts(config) : []
    if (context.json) {
      const found = { problems, online, elsewhere, readability }
      context.out(`${JSON.stringify(found, null, 2)}\n`)
    } else {
      context.out(context.problemsText(problems))
      for (const { service, because } of elsewhere) context.out(`note  ${service}: ${because}\n`)
      for (const line of online) {
        const { ok, what, remedy } = line
        const more = remedy ? `\n      ${printable(remedy)}` : ''
        context.out(`${ok ? 'ok  ' : 'FAIL'}  ${nameOf(line)}: ${printable(what)}${more}\n`)
      }
      context.out(readabilityText(readability, given.values['verbose'] === true))
      context.out(`\n${nextStep(config, problems, readability)}\n`)
    }
    if (config === null) return 78
    return online.some((line) => !line.ok) ? 1 : 0
  },
}

/** One JSON document and nothing else: it goes into a file that another program reads. */
async function runSarif(given: Given, context: CommandContext): Promise<number> {
  for (const other of ['json', 'online'] as const) {
    if (given.values[other] === true) throw new UsageError(`--sarif goes without --${other}`)
  }
  const { config, problems } = await context.readConfig()
  const exitCode = config === null ? 78 : 0
  const run = { version: packageFile.version, directory: process.cwd(), exitCode }
  context.out(`${JSON.stringify(await sarifOf(problems, run), null, 2)}\n`)
  return exitCode
}

function nextStep(
  config: Config | null,
  problems: readonly Problem[],
  texts: readonly ReadText[],
): string {
  if (config === null) return 'Next: correct the errors above; nothing runs with them.'
  const mappings = config.institutions.flatMap((institution) => institution.mappings)
  if (mappings.length === 0) {
    return 'Next: staffetta new mapping --service NAME, or --from SAMPLE: see staffetta new --help.'
  }
  if (texts.length === 0 || problems.length > 0) {
    return 'Next: staffetta test runs the cases of the mappings.'
  }
  return 'Next: staffetta test runs the cases; staffetta preview shows the messages of a file.'
}

/** Services whose citizens somebody else tells too. */
function notifiedElsewhere({ institutions }: Config) {
  return institutions.flatMap(({ id, services }) =>
    services.flatMap(({ name, notifiedElsewhere: elsewhere }) =>
      elsewhere ? [{ service: `${id}/${name}`, because: elsewhereReason(elsewhere) }] : [],
    ),
  )
}

type OnlineLine = CheckLine & ({ feed: string } | { system: string } | { service: string })

function nameOf(line: OnlineLine): string {
  if ('feed' in line) return line.feed
  return 'system' in line ? `system ${line.system}` : line.service
}

/** Sources that are looked at together: one that is down keeps the others waiting the less. */
const TOGETHER = 8

async function reach(config: Config, { offline, stop }: CommandContext): Promise<OnlineLine[]> {
  const lines: OnlineLine[] = []
  const sources = await offline.sourceChecks(config)
  for (let at = 0; at < sources.length; at += TOGETHER) {
    const some = sources.slice(at, at + TOGETHER).map(async ({ name, check }) => {
      const said = await check(stop)
      return said.map((line) => ({ ...name, ...line }))
    })
    lines.push(...(await Promise.all(some)).flat())
  }
  for (const { service, check } of await offline.serviceChecks(config)) {
    for (const line of await check()) lines.push({ service, ...line })
  }
  return lines
}
