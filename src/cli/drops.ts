// `staffetta drops`: what the sources handed over, one drop with what became of its rows, and
// letting a snapshot close what it does not name. What made a flow is told by `staffetta flows`.
import { actorAs } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  textOption,
  UsageError,
  withApp,
} from './command.ts'
import { becauseOption } from './note.ts'
import { listLimit, numberOf } from './number.ts'
import { formatCount, formatInstant, formatNumber, formatTable } from './table.ts'

export const command: Command = {
  usage: 'list | show DROP | close-missing DROP',
  summary: 'what sources handed over: settlements, references, snapshots',
  help: `
  list           newest first: what came, how it was read, what it made
    --institution NAME   --feed NAME   --limit N (default 50)
  show DROP      one drop: what its rows closed, which were refused and why, what it no longer names
  close-missing DROP
                 the drop is a snapshot that was not let close what it does not name (SNAP_…): close
                 that all the same, as its mapping says. Only until a newer drop of the feed is mapped
    --because TEXT   why it is right, kept in the history of its flow; no person's data

Example: staffetta drops list --feed pagamenti`,
  options: {
    institution: { type: 'string' },
    feed: { type: 'string' },
    limit: { type: 'string' },
    because: { type: 'string' },
  },
  async run(given, context) {
    const [verb, typed, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    return withApp(context, workOf(verb, typed, given, context))
  },
}

function workOf(
  verb: string | undefined,
  typed: string | undefined,
  given: Given,
  context: CommandContext,
): (app: App) => Promise<number> {
  if (verb === 'list' && typed === undefined) {
    const limit = listLimit(given)
    return (app) => list(app, given, limit, context)
  }
  if (verb === 'show' && typed !== undefined) {
    const id = numberOf(typed, 'a drop’s number')
    return (app) => show(app, id, context)
  }
  if (verb === 'close-missing' && typed !== undefined) {
    const [id, note] = [numberOf(typed, 'a drop’s number'), becauseOption(given)]
    return (app) => closeMissing(app, id, note, context)
  }
  throw new UsageError('say what: `drops list`, `drops show DROP` or `drops close-missing DROP`')
}

type Drop = Awaited<ReturnType<App['store']['dropAccounts']['get']>>

async function list(app: App, given: Given, limit: number, context: CommandContext) {
  const drops = await app.store.dropAccounts.list({
    institution: textOption(given, 'institution'),
    feed: textOption(given, 'feed'),
    limit,
  })
  if (context.json) {
    context.out(`${JSON.stringify(drops, null, 2)}\n`)
    return 0
  }
  if (drops.length === 0) {
    context.out('No drops yet. `staffetta collect FEED` polls a source now.\n')
    return 0
  }
  context.out(
    formatTable(
      [
        { title: 'drop', align: 'right' },
        { title: 'state' },
        { title: 'records', align: 'right' },
        { title: 'what it made' },
        { title: 'feed' },
        { title: 'received' },
        { title: 'key' },
      ],
      drops.map((drop) => [
        String(drop.id),
        drop.state,
        formatCount(drop.records),
        madeText(drop),
        `${drop.institution}/${drop.feed}`,
        formatInstant(drop.receivedAt),
        drop.key,
      ]),
    ),
  )
  for (const drop of drops) {
    const problem = drop.problem ?? drop.missing?.problem
    if (problem) context.out(`\ndrop ${drop.id}  ${problemText(problem)}\n`)
  }
  return 0
}

/** In a few words, for the list. */
function madeText({ state, flowId, settled, refused, missing }: Drop): string {
  if (state !== 'mapped') return '–'
  const lost = refused > 0 ? `, ${formatCount(refused)} refused` : ''
  if (settled) return `closed ${formatCount(settled.notices)}${lost}`
  const removed = missing?.closed ? `, removed ${formatCount(missing.closed)} missing` : ''
  if (flowId === null) return `rows of a reference${lost}${removed}`
  const closed = missing?.closed ? `, closed ${formatCount(missing.closed)} missing` : ''
  return `flow ${flowId}${closed}`
}

async function show(app: App, id: number, context: CommandContext): Promise<number> {
  const drop = await app.store.dropAccounts.get(id)
  const refusals = await app.store.dropAccounts.refusals(id)
  if (context.json) {
    context.out(`${JSON.stringify({ ...drop, refusals }, null, 2)}\n`)
    return 0
  }
  context.out(`Drop ${id}  ${drop.state}\n${drop.institution}/${drop.feed}  ${drop.key}\n`)
  context.out(`${formatCount(drop.bytes)} bytes, received ${formatInstant(drop.receivedAt)}\n`)
  if (drop.encoding !== null) context.out(`The file was read as ${drop.encoding}.\n`)
  if (drop.problem) context.out(`\n${problemText(drop.problem)}\n`)
  context.out(askingText(drop))
  context.out(rowsText(drop))
  context.out(missingText(drop))
  for (const { line, refusals: reasons } of refusals) {
    for (const { code, field, detail, remedy } of reasons) {
      const what = `line ${line}  ${code}${field ? ` ${field}` : ''}`
      context.out(`\n${what}\n    ${detail} ${remedy}\n`)
    }
  }
  const more = drop.flowId === null ? drop.refused - refusals.length : 0
  if (more > 0) context.out(`\n… and ${formatCount(more)} more refused rows\n`)
  return 0
}

/** How far systems have been asked about its records. */
function askingText({ asking, state }: Drop): string {
  if (asking === null) return ''
  const { record, answered, unanswered } = asking
  const left = unanswered === 0 ? '' : `, ${formatCount(unanswered)} not answered yet`
  const how = `${formatNumber(answered, 'answer')}${left}`
  if (state !== 'received') return `\nSystems were asked about it: ${how}.\n`
  return `\nSystems are being asked, up to record ${formatCount(record)} so far: ${how}.\n`
}

/** Every row of a drop without a flow, in exactly one term. */
function rowsText({ flowId, state, records, refused, settled }: Drop): string {
  if (flowId !== null) return `\nIts records: staffetta flows show ${flowId}\n`
  if (state !== 'mapped') return ''
  const terms: [string, number][] =
    settled === null
      ? [['kept', records - refused]]
      : [
          ['closed a notice', settled.closed],
          ['closed before', settled.before],
          ['name no notice', settled.unknown],
          ['close nothing', settled.ignored],
        ]
  const rows = [...terms, ['refused', refused] as const]
    .filter(([, count]) => count > 0)
    .map(([term, count]) => ['', `= ${term}`, formatCount(count)])
  const table = formatTable(
    [{ title: 'account' }, { title: '' }, { title: 'rows', align: 'right' }],
    [['read', '', formatCount(records)], ...rows],
  )
  const closed = settled && settled.notices !== settled.closed
  return closed ? `\n${table}Notices that ended: ${formatCount(settled.notices)}\n` : `\n${table}`
}

function missingText({ missing, flowId }: Drop): string {
  if (missing === null) return ''
  const { counts, closed, as, problem } = missing
  const { standing, missing: gone } = counts
  // A drop without a flow is a reference: what it does not name are rows of its feed.
  const [kind, done] = flowId === null ? ['rows', 'removed'] : ['open notices', 'closed']
  const what = `${formatCount(gone)} of ${formatCount(standing)} ${kind} are missing in it`
  if (problem) return `\n${what}; none was ${done}.\n${problemText(problem)}\n`
  return `\n${what}; ${flowId === null ? done : `closed as ${as}`}: ${formatCount(closed)}\n`
}

async function closeMissing(app: App, id: number, note: string, context: CommandContext) {
  const { institution } = await app.store.dropAccounts.get(id)
  const actor = actorAs('approver', app.config, institution)
  const act = { actor, origin: 'cli', detail: { note } }
  const closed = await app.store.missing.close(id, act, Temporal.Now.instant())
  if (context.json) context.out(`${JSON.stringify({ drop: id, closed })}\n`)
  if (closed === null) {
    context.note(`Nothing of drop ${id} waits to be closed, or a newer drop has been mapped.\n`)
    return 1
  }
  if (!context.json) context.out(`Closed ${formatCount(closed)} notices that it does not name.\n`)
  return 0
}

function problemText({ code, detail, remedy }: { code: string; detail: string; remedy: string }) {
  return `${code}: ${detail}\n    ${remedy}`
}
