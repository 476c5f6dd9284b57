// `staffetta receipts`: what the sources and the other systems were not told of yet, why, and what
// a person decides about it. Every decision is an act; no message is ever touched by one.
import { nearest } from '../domain/nearest.ts'
import { type ReceiptResolution, receiptResolutions } from '../domain/receipt.ts'
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
import { noteOption } from './note.ts'
import { listLimit, numberOf } from './number.ts'
import { failingText, unnamed } from './reporting.ts'
import { formatCount, formatInstant, formatNumber, formatTable, printable } from './table.ts'

export const command: Command = {
  usage: '[retry FLOW | resolve FLOW LINE]',
  summary: 'what sources and systems could not be told; try again, decide',
  help: `
  receipts                   reports that fail, and receipts that were not given, with the way out
    --flow FLOW   --institution NAME   --target TARGET   --limit N (default 50)
  receipts retry FLOW        what failed or was given up is tried at once, and again for as long as
                             its feed says. What is uncertain stays so. --target TARGET: of it alone,
                             also of one that the feed names only since a later flow
  receipts resolve FLOW LINE --target TARGET --as DECISION
                             a receipt of which it is not known whether the target has it

TARGET is \`source\`, the feed's own, or the name of a system. DECISION is one of
  given       the target has it: it is not told again
  owed        the target has it not: it is told again. IT MAY THEN HAVE IT TWICE if it had it

  --note TEXT   why, kept with the decision; no person's data

Example: staffetta receipts resolve 12 1207 --target protocollo --as given --note "visto in archivio"`,
  options: {
    flow: { type: 'string' },
    institution: { type: 'string' },
    target: { type: 'string' },
    limit: { type: 'string' },
    as: { type: 'string' },
    note: { type: 'string' },
  },
  async run(given, context) {
    return withApp(context, workOf(given, context))
  },
}

/** What was asked for, checked before anything is opened. Throws `UsageError`. */
function workOf(given: Given, context: CommandContext): (app: App) => Promise<number> {
  const [verb = 'list', ...rest] = given.positionals
  const target = textOption(given, 'target')
  const note = noteOption(given)
  if (verb === 'list' && rest.length === 0) {
    const flow = textOption(given, 'flow')
    const flowId = flow === null ? null : numberOf(flow, 'a flow’s number')
    const filter = { flowId, institution: textOption(given, 'institution'), target }
    const limit = listLimit(given)
    return (app) => list(app, filter, limit, context)
  }
  const [flow, line, extra] = rest
  if (verb === 'retry' && flow !== undefined && line === undefined) {
    const flowId = numberOf(flow, 'a flow’s number')
    return (app) => retry(app, { flowId, target, note }, context)
  }
  if (verb === 'resolve' && line !== undefined && extra === undefined) {
    const as = textOption(given, 'as')
    if (target === null) throw new UsageError('say whom: --target source, or a system')
    if (!isResolution(as)) throw new UsageError(`say --as ${receiptResolutions.join(' or --as ')}`)
    const flowId = numberOf(flow as string, 'a flow’s number')
    const decision = { flowId, line: numberOf(line, 'a line’s number'), target, as, note }
    return (app) => resolve(app, decision, context)
  }
  throw new UsageError(
    'say what: `receipts`, `receipts retry FLOW` or `receipts resolve FLOW LINE --target … --as …`',
  )
}

interface Filter {
  flowId: number | null
  institution: string | null
  target: string | null
}

async function list(
  app: App,
  filter: Filter,
  limit: number,
  context: CommandContext,
): Promise<number> {
  const { writeBacks, receipts } = app.store
  const [reports, listed, all] = await Promise.all([
    writeBacks.failing(filter),
    receipts.list({ ...filter, limit }),
    receipts.openCount(filter),
  ])
  const open = listed.map((receipt) => ({ ...receipt, isNamed: app.names(receipt) }))
  const failing = reports.filter(({ target }) => [null, target].includes(filter.target))
  if (context.json) {
    await context.out(`${JSON.stringify({ reports: failing, receipts: open }, null, 2)}\n`)
    return 0
  }
  if (failing.length + open.length === 0) {
    context.out('Nothing is left to tell: no report fails, and no receipt waits.\n')
    return 0
  }
  for (const report of failing) context.out(`${failingText(report, app.names(report))}\n`)
  if (open.length === 0) return 0
  const titles = ['line', 'target', 'state', 'told as', 'since', 'next try', 'why']
  await context.out(
    formatTable(
      [{ title: 'flow', align: 'right' }, ...titles.map((title) => ({ title }))],
      open.map(({ flowId, line, target, state, fate, at, tryAt, failure }) => [
        ...[String(flowId), String(line), target, state, fate, formatInstant(at)],
        ...[formatInstant(tryAt), failure?.code ?? ''],
      ]),
    ),
  )
  if (all > open.length) context.out(`… ${formatCount(all)} in all: --limit ${all} shows them.\n`)
  for (const { failure } of new Map(open.map((one) => [one.failure?.message, one])).values()) {
    if (failure !== null) context.out(`\n${failure.code}: ${printable(failure.message)}\n`)
  }
  for (const state of new Set(open.map((one) => one.state))) {
    const text = advice[state as keyof typeof advice]
    if (text !== undefined) context.out(`\n${state}: ${text}\n`)
  }
  for (const target of new Set(open.flatMap((one) => (one.isNamed ? [] : one.target)))) {
    context.out(`\n${target} is told nothing more: ${unnamed}\n`)
  }
  return 0
}

const advice = {
  begun: 'It is being told now, or was when Staffetta stopped: then the target is asked first.',
  failed: 'It is tried again by itself.',
  owed: 'It is told with the next report.',
  uncertain:
    'The call left and its answer is lost. Look whether the target has it (the key and the id\n' +
    '    of each line: staffetta report FLOW --format json), then say so:\n' +
    '    staffetta receipts resolve FLOW LINE --target TARGET --as given (or --as owed)',
  'given-up':
    'It is not tried any more. Remove the cause, then: staffetta receipts retry FLOW\n' +
    '    Or, when the target has it: staffetta receipts resolve FLOW LINE --target TARGET --as given',
}

interface Retry {
  flowId: number
  target: string | null
  note: string | null
}

async function retry(app: App, wanted: Retry, context: CommandContext): Promise<number> {
  const act = await actOn(app, wanted, true)
  const restarted = await app.store.writeBacks.retry(act, Temporal.Now.instant())
  if (context.json) context.out(`${JSON.stringify(restarted)}\n`)
  else if (restarted.reports + restarted.receipts === 0) {
    context.out(`Of flow ${wanted.flowId} nothing has failed, and nothing was given up.\n`)
  } else {
    const reports = formatNumber(restarted.reports, 'report')
    const receipts = formatNumber(restarted.receipts, 'receipt')
    context.out(`Tried again at once: ${reports} and ${receipts} that had failed alone.\n`)
  }
  return 0
}

interface Decision extends Retry {
  target: string
  line: number
  as: ReceiptResolution
}

async function resolve(app: App, decision: Decision, context: CommandContext): Promise<number> {
  const { flowId, line, target, as } = decision
  const act = { ...(await actOn(app, decision, as === 'owed')), target, line, as }
  const resolved = await app.store.writeBacks.resolve(act, Temporal.Now.instant())
  if (context.json) context.out(`${JSON.stringify({ resolved })}\n`)
  if (resolved === 0) {
    context.note(
      `Line ${line} of flow ${flowId} waits for no decision about ${target}: ` +
        `\`staffetta receipts --flow ${flowId}\` shows what does.\n`,
    )
    return 1
  }
  if (context.json) return 0
  const told = as === 'given' ? 'It is not told again.' : 'It is told with the next report.'
  context.out(`Resolved as ${as}: ${formatNumber(resolved, 'receipt')}. ${told}\n`)
  return 0
}

/**
 * Who acts on the receipts of a flow; the flow and the target must be there. `tells`: the target is
 * to be told, which only one that its feed names can be.
 */
async function actOn(app: App, { flowId, target, note }: Retry, tells: boolean) {
  const flow = await app.store.flows.get(flowId)
  const actor = actorAs('operator', app.config, flow.institution)
  const standings = await app.standingsOf(flow)
  const standing = standings.find((one) => one.target === target)
  if (target !== null && !standing) {
    const known = standings.map((one) => one.target)
    const near = nearest(target, known)
    const hint = near ? `did you mean "${near}"?` : `it tells ${known.join(', ') || 'nobody'}`
    throw new UsageError(`flow ${flowId} tells no target "${target}": ${hint}`)
  }
  if (tells && standing?.isNamed === false) {
    throw new UsageError(`"${target}" can be told nothing: ${unnamed}`)
  }
  return { flowId, target, actor, origin: 'cli', note }
}

function isResolution(typed: string | null): typed is ReceiptResolution {
  return receiptResolutions.some((one) => one === typed)
}
