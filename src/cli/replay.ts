// `staffetta replay DROP`: what the configuration of now would make of a drop that has come
// already, beside what the mapping made of it that mapped it. Writes nothing, sends nothing.
import { maskFiscalCodes } from '../domain/fiscal-code.ts'
import { DropError } from '../mapping/drop-error.ts'
import {
  type App,
  type Command,
  type CommandContext,
  expectArguments,
  type Given,
  textOption,
  withApp,
} from './command.ts'
import { numberOf } from './number.ts'
import { barLine } from './progress.ts'
import { createReplayTally, describeReplayed } from './replay-text.ts'
import { formatCount, formatInstant, printable } from './table.ts'

export const command: Command = {
  usage: 'DROP [--mapping FILE] [--all]',
  summary: 'what a changed mapping would make of a drop that has come',
  help: `
Reads a stored drop again, by the version of the mapping that mapped it and by the configuration as it
is now, and says record by record where the two differ: title, text, buttons, amount, due date, notice
number, recipient, when each message leaves, what is refused or skipped now and was not, and what was
and is not any more. Both have the clock of when the drop was mapped, the references as they are now,
and what systems have answered that is still kept: no system is asked, and nothing is written or sent.
Calendar, testers and feed are those of now for both. Drops of notices only: \`staffetta drops list\`
names them.

  --mapping FILE   tries a mapping that is not the configuration's yet, whole, in place of the feed's
  --all            all records that differ; else the first 20 (all are counted)
  --json           one JSON object a record that differs, a line each; the last one holds the counts

At the end it says how many messages \`staffetta flows redo\` would let leave again.

Example: staffetta replay 12 --mapping mensa-new.yaml
Exit code 0 when nothing differs, 1 when something does or the drop cannot be read.`,
  options: { mapping: { type: 'string' }, all: { type: 'boolean' } },
  async run(given, context) {
    const [typed] = expectArguments(given, 'DROP')
    const id = numberOf(typed as string, 'a drop’s number')
    return withApp(context, (app) => replay(app, id, given, context))
  },
}

const SHOWN_RECORDS = 20

async function replay(
  app: App,
  id: number,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const opened = await app.rerender(id, textOption(given, 'mapping'))
  if (opened.kind === 'refused') {
    const problems = opened.problems.length > 0 ? context.errorsText(opened.problems) : ''
    context.note(`${problems}${whyNot[opened.because](id)}\n`)
    return 1
  }
  const { drop, records } = opened
  if (!context.json) await context.out(headOf(opened))
  const most = given.values['all'] === true ? Number.POSITIVE_INFINITY : SHOWN_RECORDS
  const tally = createReplayTally()
  const bar = barLine()
  try {
    for await (const read of records) {
      if (context.stop.aborted) break
      const record = masked(read)
      tally.add(record)
      const share = drop.records === 0 ? 0 : Math.min(1, tally.records() / drop.records)
      bar.show(share, `${formatCount(tally.records())} records of drop ${id}`)
      if (record.change === 'equal') continue
      if (context.json) await context.out(`${JSON.stringify(record)}\n`)
      else if (tally.differing() <= most) await context.out(describeReplayed(record, context.color))
    }
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    bar.end()
    const { code, detail, remedy, line } = error
    const place = line === null ? '' : ` (line ${line})`
    const said = maskFiscalCodes(printable(detail))
    context.note(`${code}${place}: ${said}\n${printable(remedy)}\n`)
    return 1
  }
  bar.end()
  if (context.stop.aborted) {
    context.note('Stopped before the end of the drop.\n')
    return 1
  }
  if (context.json) await context.out(`${JSON.stringify({ drop: id, ...tally.counts() })}\n`)
  else await context.out(tally.text(drop.flowId, most))
  return tally.differing() > 0 ? 1 : 0
}

type Opened = Extract<Awaited<ReturnType<App['rerender']>>, { kind: 'open' }>
type Record = Opened['records'] extends AsyncGenerator<infer R> ? R : never
type WhyNot = Extract<Awaited<ReturnType<App['rerender']>>, { kind: 'refused' }>['because']

function headOf({ drop, before, after, now }: Opened): string {
  const version = (hash: string | null) => (hash === null ? 'the file given' : hash.slice(0, 12))
  const same = before.sha256 === after.sha256 ? '\nBoth are the same version.' : ''
  return (
    `Drop ${drop.id}  ${drop.institution}/${drop.feed}  ${printable(maskFiscalCodes(drop.key))}\n` +
    `mapped by  ${before.name} ${version(before.sha256)}, ${formatInstant(now)}\n` +
    `beside     ${after.name} ${version(after.sha256)}${same}\n\n`
  )
}

/** Citizens are told apart, not known: a key, a text and a reason may name one too. */
function masked(record: Record): Record {
  const mask = (text: string | null) => text && maskFiscalCodes(text)
  const parts = record.parts.map(({ part, before, after }) => {
    return { part, before: mask(before), after: mask(after) }
  })
  return { ...record, key: mask(record.key), parts }
}

const whyNot: { [Why in WhyNot]: (drop: number) => string } = {
  'no-drop': (drop) => `There is no drop ${drop}: \`staffetta drops list\` names them.`,
  'not-mapped': (drop) =>
    `No flow came of drop ${drop}: it was never mapped to its end, or it brings no notices. ` +
    '`staffetta drops show` says what became of it; `staffetta preview` reads a file.',
  purged: (drop) => `The bytes of drop ${drop} are no longer kept: its retention has ended.`,
  unreadable: (drop) =>
    `The mapping that mapped drop ${drop} cannot be read by this Staffetta any more: there is ` +
    'nothing to compare with. `staffetta preview` shows what the mapping of now makes of a file.',
  'feed-gone': (drop) =>
    `The configuration no longer has the feed of drop ${drop}: put it back, or preview a file.`,
  'not-notices': () => 'The mapping of now makes no notices: only those can be compared.',
  'wrong-mapping': () => 'The mapping that was to be tried has errors; nothing was read.',
}
