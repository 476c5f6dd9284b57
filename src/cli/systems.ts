// `staffetta systems`: the systems of the configuration, how much each has been asked today, and
// how it answers. Only looks.
import { type App, type Command, type Config, expectArguments } from './command.ts'
import { formatCount, formatInstant, formatNumber, formatTable, printable } from './table.ts'

export const command: Command = {
  usage: '',
  summary: 'systems that are asked or told: how much today, and what fails',
  help: `
Lists the files of systems/: how many keys each was asked about today, of how many it may be; when it
answered last, or why it does not and when it is asked again. What waits for it goes on by itself.
\`staffetta check --online\` tries each of them now.

  --json    an array of objects

Exit code 1 when one does not answer.`,
  options: {},
  async run(given, context) {
    expectArguments(given)
    const app = await context.openApp({ sends: false })
    try {
      const systems = listSystems(app.config, await app.store.systems.list())
      if (context.json) context.out(`${JSON.stringify(systems, null, 2)}\n`)
      else if (systems.length === 0) context.out('The configuration has no systems.\n')
      else context.out(textOf(systems))
      return systems.some(({ isFailing }) => isFailing) ? 1 : 0
    } finally {
      await app.close()
    }
  },
}

type Row = Awaited<ReturnType<App['store']['systems']['list']>>[number]

type Listed = Pick<
  Row,
  'asked' | 'waiting' | 'resumesAt' | 'answeredAt' | 'failures' | 'failedAt'
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
      { title: 'last answer' },
      { title: 'state' },
    ],
    systems.map((one) => [
      `${one.institution}/${one.system}`,
      one.connector,
      one.perDay === null ? '–' : formatCount(one.asked),
      typeof one.perDay === 'number' ? formatCount(one.perDay) : '–',
      one.perDay === null ? '–' : formatCount(one.waiting),
      formatInstant(one.answeredAt),
      stateOf(one),
    ]),
  )
  return table + systems.map(failureOf).join('')
}

function stateOf({ perDay, asked, isFailing, answeredAt, failedAt }: Listed): string {
  if (perDay === null) return 'only told'
  if (isFailing) return 'does not answer'
  if (typeof perDay === 'number' && asked >= perDay) return 'asked enough today'
  if (failedAt !== null && !isBefore(failedAt, answeredAt)) return 'answers, not always'
  return answeredAt === null ? 'not asked yet' : 'answers'
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
