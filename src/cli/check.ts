// `staffetta check`: everything that is wrong with the configuration at once, each with its place
// and the way out. With --online every source is reached too, and IO with every key;
// that changes nothing there and names no citizen.
import type { CheckLine } from '../connector.ts'
import { elsewhereReason } from '../domain/notified-elsewhere.ts'
import { type Command, type CommandContext, type Config, expectArguments } from './command.ts'
import { printable } from './table.ts'

export const command: Command = {
  usage: '[--online]',
  summary: 'find what is wrong with the configuration',
  help: `
Reads every file of the configuration and says all that is wrong, with file:line, the nearest known
name and what to do. Opens no database and no connection; secrets need not be there.

  --online   also reaches each source and system (connects, logs in, lists, and says what it saw),
             and IO with the key of each service: one call that names nobody, whatever its mode
  --json     arrays of problems, of "online" lines, and of services notified elsewhere

Exit code 0 when there is no error (warnings do not count), else 78; 1 when only a source or IO fails.`,
  options: { online: { type: 'boolean' } },
  async run(given, context) {
    expectArguments(given)
    const { config, problems } = await context.readConfig()
    const online = config && given.values['online'] === true ? await reach(config, context) : []
    const failed = online.some((line) => !line.ok)
    const elsewhere = config ? notifiedElsewhere(config) : []
    if (context.json) {
      context.out(`${JSON.stringify({ problems, online, elsewhere }, null, 2)}\n`)
    } else {
      context.out(context.problemsText(problems))
      for (const { service, because } of elsewhere) context.out(`note  ${service}: ${because}\n`)
      for (const line of online) {
        const { ok, what, remedy } = line
        const more = remedy ? `\n      ${printable(remedy)}` : ''
        context.out(`${ok ? 'ok  ' : 'FAIL'}  ${nameOf(line)}: ${printable(what)}${more}\n`)
      }
    }
    if (config === null) return 78
    return failed ? 1 : 0
  },
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
