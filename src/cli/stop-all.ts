// `staffetta stop-all`: everything stops, with the database up or down. What stops this machine is
// a file in the data directory; the database tells the other machines.
import { demandAdministrator, systemUser } from './actor.ts'
import { type Command, type CommandContext, expectArguments } from './command.ts'
import { becauseOption } from './note.ts'
import { formatInstant, printable } from './table.ts'

export const command: Command = {
  usage: '--because TEXT',
  summary: 'stop every sending at once, also with the database down',
  help: `
Within two seconds no process of this machine with this data directory calls IO any more, but for what
is in flight. Nothing is lost: what is due waits. It needs no database, and waits two seconds for it at
most; where it answers, nodes on other machines stop too. Where it does not, run the same command on
each of them: their daemons, and this one, tell the database as soon as it is back.

  --because TEXT   why: kept with the act, and told by mail; no person's data

It ends with 0 once this machine is stopped: where the file cannot be written, by the database alone. A
configuration with errors does not keep it from that.
Without this program, an empty file named \`stopped\` in the data directory does the same.

\`staffetta resume installation\` lets everything go on.

Example: staffetta stop-all --because 'wrong amounts in all of today’s flows'`,
  options: { because: { type: 'string' } },
  async run(given, context) {
    expectArguments(given)
    const because = becauseOption(given)
    const config = await configOf(context)
    const actor = systemUser()
    if (config !== null) demandAdministrator(config, actor)
    const stopped = await context.stopAll({ config, actor, because })
    if (context.json) {
      const { stop, ...said } = stopped
      context.out(`${JSON.stringify({ ...stop, ...said }, null, 2)}\n`)
      return 0
    }
    context.out(stoppedText(stopped))
    if (stopped.problem !== null) context.note(`${stopped.problem}\n`)
    return 0
  },
}

/** Null: it has errors, which must not keep anybody from stopping. */
async function configOf({ readConfig }: CommandContext) {
  return readConfig().then(
    ({ config }) => config,
    () => null,
  )
}

type Stopped = Awaited<ReturnType<CommandContext['stopAll']>>

function stoppedText({ stop, isNew, path, problem, isDatabaseTold }: Stopped): string {
  const { actor, at, because } = stop
  const first = isNew
    ? 'Stopped: nothing leaves this machine any more, but for what is in flight.\n'
    : `Stopped already, since ${formatInstant(at)} by ${printable(actor)}: ${printable(because)}\n`
  const others = isDatabaseTold
    ? 'The database says so too: nodes on other machines stop with it.\n'
    : 'THE DATABASE DOES NOT ANSWER: nodes on other machines may still send. Run the same\n' +
      'command there. The daemon tells the database as soon as it is back.\n'
  const file = `The file ${path} keeps it so.\n`
  return (problem === null ? `${first}${file}${others}` : databaseOnly) + lift
}

const lift = '`staffetta resume installation` lets everything go on.\n'

const databaseOnly =
  'Stopped by the database alone: every machine asks it before each message, this one too.\n' +
  'While it is down nothing leaves either. Mend what is said below, and run this again.\n'
