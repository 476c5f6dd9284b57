// `staffetta rehearse FEED --drops DIR`: a dress rehearsal. Real files go through the real stages,
// as they came, against the simulator of IO; the page tells what would have left, and what not.
import { writeFile } from 'node:fs/promises'
import { nearest } from '../domain/nearest.ts'
import type { Rehearsal } from '../rehearsing.ts'
import {
  type Command,
  type Config,
  type Feed,
  pairsOption,
  textOption,
  UsageError,
} from './command.ts'
import { getFeedNamed } from './find-feed.ts'
import { barLine } from './progress.ts'
import { findingsOf } from './rehearsal-checks.ts'
import { rehearsalPage, totalsOf } from './rehearsal-page.ts'
import { formatCount, formatNumber, formatTable, printable } from './table.ts'

export const command: Command = {
  usage: 'FEED --drops DIR',
  summary: 'a dress rehearsal: a year of real files, against the simulator',
  help: `
Replays real files as they came, with a clock that jumps from one instant at which something is due
to the next: a year takes minutes. Mapping, checks, plans, calendar and sending are the real ones;
IO is the simulator. Writes one HTML page: what would have left each day, who had paid already, what
the checks would have stopped, and the account of every flow. No person is named in it.

Nothing of the installation is touched, and nothing is reached: no source, no system, no mail
server, no IO. The database is made for it, among the temporary files (TMPDIR), and thrown away.
Keys and passwords of the configuration need not be there.

DIR holds the files of FEED; a folder in it named after another feed of the institution holds those
of that feed, such as contacts or payments. A file came on the day that its name says (20250301,
2025-03-01, with a time or without, or by the pattern of the feed), at 7:00 where it says no time;
else at the time that the directory gives it. A file arrivals.csv in DIR may say otherwise, a line
for each file: contatti/contatti.csv;2025-03-01T06:30

  --drops DIR            where the files lie
  --year YYYY            only what came in that year, to its end; else from the first file to the
                         end of the last one's year
  --out FILE             the page (default rehearsal-FEED.html; with --json none unless said)
  --population FILE      citizens of your own, as staffetta sandbox reads them; else all are on IO
  --answers NAME=FILE    what the system NAME answers, a JSON file: { "KEY": { "field": "text" } };
                         may be repeated. Without it, the system has nothing under any key
  --json                 the figures, with nothing of a person in them

Without the embedded database's programs set STAFFETTA_REHEARSAL_DATABASE to the URL of a PostgreSQL
server where its user may create a database; the rehearsal makes one of its own there, and drops it.

Example: staffetta rehearse bollette --drops /srv/archivio/bollette --year 2025
Exit code 1 when a file cannot be read, the checks kept a flow back, a list is in doubt, or
there was no file.`,
  options: {
    drops: { type: 'string' },
    year: { type: 'string' },
    out: { type: 'string' },
    population: { type: 'string' },
    answers: { type: 'string', multiple: true },
  },
  async run(given, context) {
    const [typed, extra] = given.positionals
    if (typed === undefined) throw new UsageError('missing argument: FEED')
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    const directory = textOption(given, 'drops')
    if (directory === null) throw new UsageError('say where the files lie: --drops DIR')
    const year = yearOf(textOption(given, 'year'))
    const answers = pairsOption(given, 'answers', 'NAME=FILE')
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.errorsText(problems))
      return 78
    }
    const feed = getFeedNamed(config, typed)
    checkSense(config, feed, answers)
    const line = barLine()
    const { rehearsal, left } = await context
      .rehearse({
        configDirectory: context.configDirectory,
        ...{ institution: feed.institution, feed: feed.id, directory, year, answers },
        populationFile: textOption(given, 'population'),
        databaseUrl: process.env['STAFFETTA_REHEARSAL_DATABASE'] || null,
        stop: context.stop,
        onProgress({ now, share, files, allFiles }) {
          const day = now.toString().slice(0, 10)
          line.show(share, `${day}  ${formatCount(files)} of ${formatCount(allFiles)} files`)
        },
      })
      .catch((error) => {
        if (context.stop.aborted) return { rehearsal: null, left: [] }
        throw error
      })
      .finally(() => line.end())
    if (context.stop.aborted) {
      context.note('Stopped: nothing of the rehearsal was kept.\n')
      return 1
    }
    if (rehearsal === null) {
      context.note(nothingThere(directory, year, left))
      return 1
    }
    const out = textOption(given, 'out')
    let page = ''
    if (!context.json || out !== null) {
      const path = out ?? `rehearsal-${feed.id}.html`
      await writeFile(path, rehearsalPage(rehearsal, Temporal.Now.zonedDateTimeISO()))
      page = path
    }
    if (context.json) await context.out(`${JSON.stringify(rehearsal)}\n`)
    else await context.out(`${summaryOf(rehearsal)}The page: ${page}\n`)
    return findingsOf(rehearsal).length === 0 ? 0 : 1
  },
}

/** Throws `UsageError` for what would rehearse nothing, or answer to nobody. */
function checkSense(config: Config, feed: Feed, answers: ReadonlyMap<string, string>): void {
  const owner = config.institutions.find(({ id }) => id === feed.institution)
  const mapping = owner?.mappings.find(({ name }) => name === feed.mapping)
  if (mapping?.spec.shape !== 'notice') {
    throw new UsageError(`${feed.id} makes no messages: rehearse a feed of notices, with its files`)
  }
  const systems = owner?.systems.filter(({ lookup }) => lookup).map(({ id }) => id) ?? []
  for (const name of answers.keys()) {
    if (systems.includes(name)) continue
    const near = nearest(name, systems)
    throw new UsageError(`no system ${name} is asked${near ? `: did you mean ${near}?` : ''}`)
  }
}

function yearOf(typed: string | null): number | null {
  if (typed === null) return null
  if (/^20\d\d$/.test(typed)) return Number(typed)
  throw new UsageError('--year is a year such as 2025')
}

const SHOWN_LEFT = 5
const SHOWN_FINDINGS = 20

function nothingThere(directory: string, year: number | null, left: Rehearsal['left']): string {
  const of = year === null ? '' : ` of ${year}`
  const lines = left.slice(0, SHOWN_LEFT).map(({ name, because }) => {
    return `  ${printable(name)}  ${reasons[because]}\n`
  })
  const more = left.length > SHOWN_LEFT ? `  … and ${left.length - SHOWN_LEFT} more\n` : ''
  return `There is no file${of} to rehearse in ${directory}.\n${lines.join('')}${more}`
}

const reasons: Record<Rehearsal['left'][number]['because'], string> = {
  'no-feed': 'no feed of the institution has this name',
  pattern: 'the feed takes no file of this name',
  'another-year': 'came in another year',
  result: 'a result file, or a rest',
  'no-main': 'belongs to a file that is not there',
}

function summaryOf(rehearsal: Rehearsal): string {
  const totals = totalsOf(rehearsal)
  const rows = rehearsal.rules.map(({ source, purpose, at, ...counts }) => [
    source,
    at === null ? purpose : `${purpose} ${at}`,
    ...[counts.planned, counts.left, counts.paid, counts.cancelled].map(formatCount),
    ...[counts.undeliverable, counts.held, counts.waiting].map(formatCount),
  ])
  const names = ['planned', 'left', 'paid', 'cancelled', 'unreachable', 'held', 'waiting']
  const columns = [
    ...[{ title: 'feed' }, { title: 'message' }],
    ...names.map((title) => ({ title, align: 'right' as const })),
  ]
  const files = formatNumber(rehearsal.files.length, 'file')
  const seconds = Math.round(rehearsal.seconds)
  const found = findingsOf(rehearsal)
  const findings = found.slice(0, SHOWN_FINDINGS).map(({ text }) => `! ${printable(text)}\n`)
  const hidden = found.length - findings.length
  if (hidden > 0) findings.push(`! and ${formatCount(hidden)} more\n`)
  const others =
    rehearsal.left.length === 0
      ? ''
      : `${formatNumber(rehearsal.left.length, 'file')} left aside; the page names them.\n`
  return [
    `${rehearsal.from} … ${rehearsal.to}: ${files}, ${formatNumber(totals.read, 'record')} read,`,
    ` messages left on ${formatNumber(totals.days, 'day')}; rehearsed in ${seconds} s.\n\n`,
    formatTable(columns, rows),
    `\n${formatNumber(totals.silenced, 'message')} spared to who had paid already;`,
    ` ${formatNumber(totals.refused, 'record')} refused, ${formatCount(totals.duplicate)} known`,
    ` already; ${formatCount(totals.held)} held. Nothing was sent.\n`,
    others,
    ...findings,
  ].join('')
}
