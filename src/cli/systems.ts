// `staffetta systems`: the systems of the configuration, how much each has been asked today, how it
// answers and what waits for it; and asking one at once. Asking again is an act.
import { actorAs } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Config,
  UsageError,
  withApp,
} from './command.ts'
import { getSystemNamed } from './find-feed.ts'
import { noteOption } from './note.ts'
import { formatCount, formatInstant, formatNumber, formatTable, printable } from './table.ts'

export const command: Command = {
  usage: '[retry NAME]',
  summary: 'systems that are asked or told: how much today, what fails; ask again',
  help: `
  systems               how many keys each was asked about today, of how many it may be; when it answered
                        last, or why it does not and when it is asked again; the records and the
                        messages that wait for it, which go on by themselves
  systems retry NAME    the cause is gone: the running daemon asks at once about all that waits for it

\`staffetta check --online\` tries each of them now, and asks about nobody.

  --note TEXT   why, kept with the retry; no person's data
  --json        the list as an array of objects; of a retry, how much is asked about

Exit code 1 when one does not answer; of a retry, when it has been asked enough today.

Example: staffetta systems retry anagrafe --note "certificato rinnovato"`,
  options: { note: { type: 'string' } },
  async run(given, context) {
    const [verb = 'list', name, ...rest] = given.positionals
    const isRetry = verb === 'retry' && name !== undefined && rest.length === 0
    if (!isRetry && (verb !== 'list' || name !== undefined))
      throw new UsageError('say what: `systems`, or `systems retry NAME`')
    const note = noteOption(given)
    const work = (app: App) => (isRetry ? retry(app, name, note, context) : list(app, context))
    return withApp(context, work, { sends: false })
  },
}

async function list(app: App, context: CommandContext): Promise<number> {
  const systems = listSystems(app.config, await app.store.systems.list())
  if (context.json) context.out(`${JSON.stringify(systems, null, 2)}\n`)
  else if (systems.length === 0) context.out('The configuration has no systems.\n')
  else context.out(textOf(systems))
  return systems.some(({ isFailing }) => isFailing) ? 1 : 0
}

async function retry(
  { config, store }: App,
  typed: string,
  note: string | null,
  context: CommandContext,
): Promise<number> {
  const { institution, id: name } = getSystemNamed(config, typed)
  const actor = actorAs('operator', config, institution)
  const listed = listSystems(config, await store.systems.list())
  const system = listed.find((one) => one.institution === institution && one.system === name)
  if (system && isUsedUp(system)) {
    context.note(
      `${name} has been asked ${system.asked} times today, as \`perDay\` says: tomorrow.\n`,
    )
    return 1
  }
  const act = { institution, name, actor, origin: 'cli', note }
  const retried = await store.systems.retry(act, Temporal.Now.instant())
  if (context.json) {
    context.out(`${JSON.stringify(retried)}\n`)
    return 0
  }
  const records = formatNumber(retried.records, 'record')
  const messages = formatNumber(retried.messages, 'message')
  const what = retried.records + retried.messages === 0 ? 'nothing' : `${records} and ${messages}`
  context.out(`${name} may be asked at once: ${what} waited for it.\n`)
  return 0
}

type Row = Awaited<ReturnType<App['store']['systems']['list']>>[number]

type Listed = Pick<
  Row,
  'asked' | 'waiting' | 'messages' | 'resumesAt' | 'answeredAt' | 'failures' | 'failedAt'
> &
  Pick<Row, 'failureCode' | 'failure'> & {
    institution: string
    system: string
    connector: string
    /** Null: it is only told. */
    perDay: number | 'any' | null
    isFailing: boolean
  }

function listSystems({ institutions }: Config, rows: readonly Row[]): Listed[] {
  return institutions.flatMap(({ id: institution, timeZone, systems }) =>
    systems.map(({ id: system, connector, lookup }) => {
      const row = rows.find((one) => one.institution === institution && one.name === system)
      const today = Temporal.Now.plainDateISO(timeZone).toString()
      const { resumesAt = null, answeredAt = null, failures = 0, failedAt = null } = row ?? {}
      const { failureCode = null, failure = null } = row ?? {}
      return {
        ...{ institution, system, connector },
        perDay: lookup ? (lookup.perDay ?? 'any') : null,
        asked: row?.day === today ? row.asked : 0,
        waiting: row?.waiting ?? 0,
        messages: row?.messages ?? 0,
        ...{ resumesAt, answeredAt, failures, failedAt, failureCode, failure },
        isFailing: failures > 0,
      }
    }),
  )
}

function textOf(systems: readonly Listed[]): string {
  const table = formatTable(
    [
      { title: 'system' },
      { title: 'connector' },
      { title: 'asked today', align: 'right' },
      { title: 'per day', align: 'right' },
      { title: 'records waiting', align: 'right' },
      { title: 'messages waiting', align: 'right' },
      { title: 'last answer' },
      { title: 'state' },
    ],
    systems.map((one) => [
      `${one.institution}/${one.system}`,
      one.connector,
      one.perDay === null ? '–' : formatCount(one.asked),
      typeof one.perDay === 'number' ? formatCount(one.perDay) : '–',
      one.perDay === null ? '–' : formatCount(one.waiting),
      one.perDay === null ? '–' : formatCount(one.messages),
      formatInstant(one.answeredAt),
      stateOf(one),
    ]),
  )
  return table + systems.map(failureOf).join('')
}

function stateOf(one: Listed): string {
  const { perDay, isFailing, answeredAt, failedAt } = one
  if (perDay === null) return 'only told'
  if (isFailing) return 'does not answer'
  if (isUsedUp(one)) return 'asked enough today'
  if (failedAt !== null && !isBefore(failedAt, answeredAt)) return 'answers, not always'
  return answeredAt === null ? 'not asked yet' : 'answers'
}

function isUsedUp({ perDay, asked }: Listed): boolean {
  return typeof perDay === 'number' && asked >= perDay
}

function isBefore(at: Temporal.Instant, other: Temporal.Instant | null): boolean {
  return other !== null && Temporal.Instant.compare(at, other) < 0
}

function failureOf(one: Listed): string {
  const { institution, system, failures, failedAt, failureCode, failure, resumesAt } = one
  if (failure === null || failedAt === null) return ''
  const said = `${failureCode}: ${printable(failure)}`
  const row = failures > 0 ? `, ${formatNumber(failures, 'call')} in a row` : ''
  const again = failures > 0 && resumesAt ? `\n    asked again at ${formatInstant(resumesAt)}` : ''
  return `\n${institution}/${system}  failed ${formatInstant(failedAt)}${row}\n    ${said}${again}\n`
}
