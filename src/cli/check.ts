// `staffetta check`: everything that is wrong with the configuration at once, each with its place
// and the way out. With --online every source is reached too, and IO with every key;
// that changes nothing there and names no citizen.
import { elsewhereReason } from '../domain/notified-elsewhere.ts'
import { type Command, type CommandContext, type Config, expectArguments } from './command.ts'

export const command: Command = {
  usage: '[--online]',
  summary: 'find what is wrong with the configuration',
  help: `
Reads every file of the configuration and says all that is wrong, with file:line, the nearest known
name and what to do. Opens no database and no connection; secrets need not be there.

  --online   also reaches each source (connects, logs in, lists, and says what it saw), and IO with
             the key of each service: one call that names nobody, whatever its mode
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
        const name = 'feed' in line ? line.feed : line.service
        const more = remedy ? `\n      ${remedy}` : ''
        context.out(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${what}${more}\n`)
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

type OnlineLine = ({ feed: string } | { service: string }) & {
  ok: boolean
  what: string
  remedy?: string
}

async function reach(config: Config, context: CommandContext): Promise<OnlineLine[]> {
  const lines: OnlineLine[] = []
  for (const { feed, check } of await context.offline.sourceChecks(config)) {
    for (const line of await check(context.stop)) lines.push({ feed, ...line })
  }
  for (const { service, check } of await context.offline.serviceChecks(config)) {
    for (const line of await check()) lines.push({ service, ...line })
  }
  return lines
}
