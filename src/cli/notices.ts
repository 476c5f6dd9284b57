// `staffetta notices`: where a notice stands, and what a person decides about one or a whole
// emission: paid elsewhere, withdrawn, or due later. Every decision is one transaction, and an act.

import { demandRole, systemUser } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  UsageError,
  withApp,
  zoneOf,
} from './command.ts'
import { confirmed } from './confirm.ts'
import { newDueDay } from './new-due.ts'
import { becauseOption } from './note.ts'
import { maskedOf, noticesText, noticeText } from './notice-text.ts'
import { listLimit } from './number.ts'
import { withProgress } from './progress.ts'
import { formatCount, formatNumber } from './table.ts'
import { checkNames, type NoticeFilter, whichHelp, whichOf, whichOptions } from './which-notices.ts'

export const command: Command = {
  usage: 'show|settle|cancel|postpone WHICH',
  summary: 'where notices stand; close or move one, or an emission',
  help: `
  notices show WHICH       state, due date, amount, every message with its plan and outcome
  notices settle WHICH     paid elsewhere: at the bank, at the counter. What a single payment stands
                           for is settled with it
  notices cancel WHICH     withdrawn: relief, a wrong bill
  notices postpone WHICH --to 2026-12-31 | --by 30d
                           another due date: what has not left says the new one, and reminders
                           are planned anew. No new first message leaves by itself. While the
                           source goes on saying the old date, the new one holds
${whichHelp}

  --because TEXT   why, kept with the decision; no person's data. Of every decision
  --force          of postpone: to a day that has passed
  --yes            do not ask
  --limit N        of show: how many are listed (default 50)

Nothing that has left is taken back. Notices that have ended already are counted, and stay as they
are. A decision is one transaction: broken off, nothing of it stands.

Example: staffetta notices postpone --emission 2026-03 --by 30d --because "delibera 12/2026"`,
  options: {
    ...whichOptions,
    to: { type: 'string' },
    by: { type: 'string' },
    because: { type: 'string' },
    force: { type: 'boolean' },
    yes: { type: 'boolean' },
    limit: { type: 'string' },
  },
  async run(given, context) {
    return withApp(context, await workOf(given, context))
  },
}

/** What was asked for, checked before anything is opened. Throws `UsageError`. */
async function workOf(
  given: Given,
  context: CommandContext,
): Promise<(app: App) => Promise<number>> {
  const [verb, extra] = given.positionals
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
  const isMoving = verb === 'postpone'
  if (!isMoving && ['to', 'by', 'force'].some((name) => given.values[name] !== undefined)) {
    throw new UsageError('--to, --by and --force go with `notices postpone`')
  }
  if (verb === 'show') {
    const limit = listLimit(given)
    const filter = await whichOf(given)
    return (app) => show(app, filter, limit, context)
  }
  const asks = given.values['yes'] !== true
  if (verb === 'settle' || verb === 'cancel') {
    const note = becauseOption(given)
    const filter = await whichOf(given)
    const as = verb === 'settle' ? 'settled' : 'cancelled'
    return (app) => close(app, { filter, note, asks }, as, context)
  }
  if (isMoving) {
    const note = becauseOption(given)
    const wanted = newDueDay(given)
    const filter = await whichOf(given)
    return (app) => postpone(app, { filter, note, asks }, wanted, context)
  }
  throw new UsageError('say what: `notices show`, `settle`, `cancel` or `postpone`')
}

async function show(
  app: App,
  filter: NoticeFilter,
  limit: number,
  context: CommandContext,
): Promise<number> {
  checkNames(app, filter)
  const { notices } = app.store
  const { all, first } = await notices.list(filter, limit)
  if (context.json) {
    const details = []
    for (const row of first) details.push(maskedOf(await notices.detail(row)))
    await context.out(`${JSON.stringify(details, null, 2)}\n`)
    return all === 0 ? 1 : 0
  }
  const [only] = first
  if (only === undefined) return nothingMeant(context)
  const zone = zoneOf(app.config, only.institution)
  const one = async () => noticeText(await notices.detail(only), zone)
  await context.out(all === 1 ? await one() : noticesText(first, all))
  return 0
}

function nothingMeant(context: CommandContext): number {
  context.note('There is no such notice.\n')
  return 1
}

interface Decision {
  filter: NoticeFilter
  note: string
  /** The person is asked where it is about several. */
  asks: boolean
}

interface Meant {
  open: number
  all: number
}

/** Who decides about what; null when it is about nothing, or the person does not go on. */
async function weigh(
  app: App,
  { filter, note, asks }: Decision,
  word: string,
  question: (open: string) => string,
  context: CommandContext,
) {
  checkNames(app, filter)
  const counts = await app.store.noticeDecisions.count(filter)
  const actor = systemUser()
  for (const institution of new Set(counts.map((count) => count.institution))) {
    demandRole(app.config, institution, actor, 'operator')
  }
  const meant = meantOf(counts)
  const series = [...new Set(counts.map((count) => `${count.institution}/${count.series}`))]
  if (filter.name.by === 'key' && series.length > 1) {
    throw new UsageError(`several series have this key: ${series.join(', ')}; say --series`)
  }
  if (asks && meant.open > 1) {
    const where = `${formatNumber(meant.open, 'open notice')} of ${series.join(', ')}`
    if (!(await confirmed(question(where), word, '--yes'))) {
      context.note('Nothing was decided.\n')
      return null
    }
  }
  // Whoever is asked may take their time: what they were told of is what they decide about.
  return { meant, filter: { ...filter, among: counts }, act: { actor, origin: 'cli', note } }
}

function meantOf(counts: { state: string; n: number }[]): Meant {
  const sum = (some: typeof counts) => some.reduce((all, { n }) => all + n, 0)
  const open = counts.filter(({ state }) => state === 'open' || state === 'expired')
  return { open: sum(open), all: sum(counts) }
}

async function close(
  app: App,
  decision: Decision,
  as: 'settled' | 'cancelled',
  context: CommandContext,
): Promise<number> {
  const word = as === 'settled' ? 'settle' : 'cancel'
  const asked = (open: string) => `${open} end as ${as}, and hear nothing more.`
  const weighed = await weigh(app, decision, word, asked, context)
  if (weighed === null) return 1
  if (weighed.meant.all === 0) return nothingMeant(context)
  const now = Temporal.Now.instant()
  const closed = await withProgress(`notices ${as}`, (onProgress) =>
    app.store.noticeDecisions.close(weighed.filter, as, weighed.act, now, onProgress),
  )
  if (context.json) {
    context.out(`${JSON.stringify(closed)}\n`)
    return 0
  }
  const { before, along, messages } = closed
  const lines = [
    closed.closed > 0 && `${formatNumber(closed.closed, 'notice')} ended as ${as}.`,
    along > 0 && `${formatNumber(along, 'other')} of the same group ended with it.`,
    messages > 0 && `${formatNumber(messages, 'message')} will not leave.`,
    ...(['settled', 'cancelled'] as const).map(
      (state) => before[state] > 0 && `${formatCount(before[state])} had ended before as ${state}.`,
    ),
  ]
  context.out(`${lines.filter((line) => line !== false).join('\n')}\n`)
  return 0
}

async function postpone(
  app: App,
  decision: Decision,
  { wanted, mayPass, text }: ReturnType<typeof newDueDay>,
  context: CommandContext,
): Promise<number> {
  const asked = (open: string) => `${open} are due ${text}.`
  const weighed = await weigh(app, decision, 'postpone', asked, context)
  if (weighed === null) return 1
  if (weighed.meant.all === 0) return nothingMeant(context)
  const request = { filter: weighed.filter, wanted, mayPass, act: weighed.act }
  const result = await withProgress('notices postponed', (onProgress) =>
    app.postpone(request, onProgress),
  )
  const isDone = Object.keys(result.unchanged).every((because) => harmless.includes(because))
  if (context.json) context.out(`${JSON.stringify(result)}\n`)
  else context.out(postponedText(result, text))
  return isDone ? 0 : 1
}

/** What leaves nothing to be done. */
const harmless = ['settled', 'cancelled', 'unchanged']

const unchangedText = {
  settled: 'are settled: nothing is due any more',
  cancelled: 'are cancelled: nothing is due any more',
  unchanged: 'are due then already',
  'no-due-date': 'have no due date',
  past: 'would be due on a day that has passed: --force does it all the same',
  refused: 'would have a text that IO refuses',
  'no-mapping': 'were made by a mapping that this Staffetta can no longer read',
}

function postponedText(result: Awaited<ReturnType<App['postpone']>>, text: string): string {
  const { postponed, cancelled, planned, released, unchanged } = result
  const planning = `Of their reminders ${formatCount(cancelled)} were cancelled and`
  const lines = [
    `${formatNumber(postponed, 'notice')} due ${text}.`,
    cancelled + planned > 0 && `${planning} ${formatCount(planned)} planned anew.`,
    released > 0 &&
      `${formatNumber(released, 'message')} held for the old due date will leave now.`,
    ...Object.entries(unchanged).map(
      ([because, n]) =>
        `${formatCount(n)} ${unchangedText[because as keyof typeof unchangedText]}.`,
    ),
  ]
  return `${lines.filter((line) => line !== false).join('\n')}\n`
}
