// `staffetta flows`: the flows, one with its account, problems and history, and letting one go that
// was kept back. The account that it shows is counted in one snapshot.

import type { EmissionAmounts } from '../domain/emission.ts'
import { type FlowState, flowReasonLabels, flowStateLabels } from '../domain/flow.ts'
import { accountTerms, difference, type FlowAccount } from '../domain/flow-account.ts'
import type { DeliveryCounts } from '../domain/following.ts'
import { formatAmount } from '../domain/money.ts'
import { elsewhereReason } from '../domain/notified-elsewhere.ts'
import type { Refusal } from '../domain/refusal.ts'
import { approvalOf, approve, approveHelp, approveOptions } from './approve.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  textOption,
  UsageError,
  withApp,
} from './command.ts'
import { offPlanText, planText, unplannedText } from './flow-plan.ts'
import { forecastOf, forecastText } from './forecast.ts'
import { lettersOf, lettersText } from './letters.ts'
import { listLimit, numberOf } from './number.ts'
import { failingText, standingsText } from './reporting.ts'
import { formatCount, formatInstant, formatNumber, formatTable } from './table.ts'

export const command: Command = {
  usage: 'list | show FLOW | approve FLOW',
  summary: 'the flows; one with its account, problems and history',
  help: `
  list           newest first: state, account, where it came from
    --institution NAME   --feed NAME   --state STATE   --limit N (default 50)
                 STATE is inactive, active, sending, sent or incomplete
  show FLOW      one flow: account, amounts, refusals, warnings, reminders, history${approveHelp}

The account closes at every moment: read = the sum of its terms.

Example: staffetta flows list --state incomplete`,
  options: {
    institution: { type: 'string' },
    feed: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    ...approveOptions,
  },
  async run(given, context) {
    const [verb, id, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    if (verb === 'list' && id === undefined)
      return withApp(context, (app) => list(app, given, context))
    if (verb === 'show' && id !== undefined)
      return withApp(context, (app) => show(app, id, context))
    if (verb === 'approve' && id !== undefined) {
      const said = approvalOf(given)
      return withApp(context, (app) => approve(app, numberOf(id, 'a flow’s number'), said, context))
    }
    throw new UsageError('say what: `flows list`, `flows show FLOW` or `flows approve FLOW`')
  },
}

async function list(app: App, given: Given, context: CommandContext): Promise<number> {
  const flows = await app.store.flows.list({
    institution: textOption(given, 'institution'),
    feed: textOption(given, 'feed'),
    state: stateOf(textOption(given, 'state')),
    limit: listLimit(given),
  })
  const rows = await Promise.all(
    flows.map(async (flow) => ({
      ...flow,
      account: await app.store.flows.account(flow.id),
      forecast: await forecastOf(app, flow),
    })),
  )
  if (context.json) {
    context.out(`${JSON.stringify(rows, null, 2)}\n`)
    return 0
  }
  if (rows.length === 0) {
    context.out('No flows yet. `staffetta collect FEED` polls a source now.\n')
    return 0
  }
  const counted: [string, (account: FlowAccount) => number][] = [
    ['read', (account) => account.read],
    ['sent', (account) => account.sent + account.recorded],
    ['not reached', (account) => account.undeliverable],
    ['refused', (account) => account.refused + account.rejected],
    ['duplicate', (account) => account.duplicate],
    ['skipped', (account) => account.skipped],
    ['open', (account) => account.waiting + account.held + account.uncertain],
    ['cancelled', (account) => account.cancelled],
  ]
  context.out(
    formatTable(
      [
        { title: 'flow', align: 'right' },
        { title: 'state' },
        ...counted.map(([title]) => ({ title, align: 'right' }) as const),
        { title: 'ends' },
        { title: 'feed' },
        { title: 'received' },
      ],
      rows.map((flow) => [
        String(flow.id),
        stateText(flow.state, flow.reason),
        ...counted.map(([, count]) => formatCount(count(flow.account))),
        formatInstant(flow.forecast?.endsAt ?? null),
        originText(flow),
        formatInstant(flow.createdAt),
      ]),
    ),
  )
  for (const { id, problem } of rows) {
    if (problem) context.out(`\nflow ${id}  ${problemText(problem)}\n`)
  }
  const failing = await app.store.writeBacks.failing({ flowId: null, institution: null })
  for (const report of failing.filter(({ flowId }) => rows.some(({ id }) => id === flowId))) {
    context.out(`\n${failingText(report, app.names(report))}`)
  }
  return 0
}

/** Refused records that are listed, and those with a warning; `report` has them all. */
const SHOWN_RECORDS = 20

async function show(app: App, typed: string, context: CommandContext): Promise<number> {
  const id = numberOf(typed, 'a flow’s number')
  const { flows, acts, deliveries, waits } = app.store
  const flow = await flows.get(id)
  const elsewhere = elsewhereOf(app, flow)
  const [account, waiting, emission, delivered, forecast, reminders, plan, offPlan, ...listed] =
    await Promise.all([
      flows.account(id),
      waits.ofFlow(id),
      flows.emission(id),
      deliveries.ofFlow(id),
      forecastOf(app, flow),
      flows.reminders(id),
      app.store.schedule.ofFlow(id),
      flows.offPlan(id),
      flows.refusals(id, SHOWN_RECORDS),
      flows.warnings(id, SHOWN_RECORDS),
      acts.ofFlow(id),
      flows.unplanned(id),
    ])
  const [refusals, warned, history, unplanned] = listed
  const reporting = await app.standingsOf(flow)
  if (context.json) {
    const shown = {
      ...flow,
      elsewhere,
      account,
      waiting,
      emission,
      lettersSaved: lettersOf(app, flow, account),
      ...delivered,
      ...{ forecast, reminders, plan, offPlan, unplanned, refusals },
      warnings: warned,
      reporting,
      history,
    }
    context.out(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  context.out(`Flow ${id}  ${stateText(flow.state, flow.reason)}\n`)
  context.out(`${originText(flow)}  ${flow.dropKey ?? flow.origin}\n`)
  if (flow.encoding !== null) context.out(`The file was read as ${flow.encoding}.\n`)
  if (flow.problem) context.out(`\n${problemText(flow.problem)}\n`)
  context.out(`\n${accountText(account)}${lettersText(lettersOf(app, flow, account))}`)
  if (elsewhere !== null) context.out(`\nThe service is notified elsewhere: ${elsewhere}.\n`)
  for (const { reference, records, until, askAt } of waiting) {
    const verb = records === 1 ? 'waits for its' : 'wait for their'
    const what = askAt === null ? 'row of' : 'answer from'
    const rows = `${formatNumber(records, 'record')} ${verb} ${what} ${reference}`
    const again = askAt === null ? '' : `, ${whenAsked(app, flow, reference, askAt)}`
    context.out(`\n${rows}${again}, until ${formatInstant(until)} at the latest\n`)
  }
  context.out(emissionText(emission))
  context.out(deliveriesText(delivered))
  if (reporting.length > 0) context.out(`\n${standingsText(id, reporting)}`)
  if (forecast) context.out(`\n${forecastText(forecast)}`)
  context.out(planText(plan, app, flow) + offPlanText(offPlan) + unplannedText(unplanned))
  for (const { line, key, refusals: reasons } of refusals) {
    for (const reason of reasons) context.out(`\n${reasonText(line, key, reason)}`)
  }
  context.out(moreText(id, account.refused - refusals.length))
  context.out(warnedText(id, warned))
  context.out(`${history.map(actText).join('')}\n`)
  return 0
}

/** What made it: `comune/tari`; of a campaign that it was one is said below. */
function originText(flow: Pick<FlowRow, 'institution' | 'feed' | 'campaign'>): string {
  return `${flow.institution}/${flow.feed ?? flow.campaign ?? '–'}`
}

type FlowRow = Awaited<ReturnType<App['store']['flows']['get']>>

/** When a system is asked again; one that is gone never is. */
function whenAsked(
  { config }: App,
  { institution }: { institution: string },
  system: string,
  at: Temporal.Instant,
): string {
  const systems = config.institutions.find(({ id }) => id === institution)?.systems ?? []
  return systems.some(({ id }) => id === system)
    ? `asked again at ${formatInstant(at)}`
    : `which the configuration no longer has: put systems/${system}.yaml back`
}

type Act = Awaited<ReturnType<App['store']['acts']['ofFlow']>>[number]

function actText({ at, actor, origin, verb, note }: Act): string {
  const why = note === null ? '' : `\n    ${note}`
  return `\n${formatInstant(at)}  ${actor} (${origin}): ${verb}${why}`
}

function reasonText(line: number, key: string | null, reason: Refusal): string {
  const { code, field, detail, remedy } = reason
  return `line ${line}  ${key ?? ''}  ${code}${field ? ` ${field}` : ''}\n    ${detail} ${remedy}\n`
}

type Warned = Awaited<ReturnType<App['store']['flows']['warnings']>>

function warnedText(id: number, { records, first }: Warned): string {
  if (records === 0) return ''
  const head = `\nRead with a warning, and going all the same: ${formatCount(records)}\n`
  const said = first.flatMap(({ line, key, warnings }) =>
    warnings.map((warning) => `\n${reasonText(line, key, warning)}`),
  )
  return head + said.join('') + moreText(id, records - first.length)
}

function moreText(id: number, more: number): string {
  return more > 0 ? `\n… and ${formatCount(more)} more: staffetta report ${id} --format csv\n` : ''
}

/**
 * The account as it is read: what was read, then each term that is not zero; it says when it does
 * not close.
 */
export function accountText(account: FlowAccount): string {
  const rows = accountTerms
    .filter((term) => account[term] > 0)
    .map((term) => ['', `= ${term}`, formatCount(account[term])])
  const table = formatTable(
    [{ title: 'account' }, { title: '' }, { title: 'records', align: 'right' }],
    [['read', '', formatCount(account.read)], ...rows],
  )
  const rest = difference(account)
  return rest === 0
    ? `${table}The account closes.\n`
    : `${table}THE ACCOUNT DOES NOT CLOSE: ${rest} records.\n`
}

/** What is left to somebody else, as the service says now; null: nothing. */
function elsewhereOf({ config }: App, flow: { institution: string; service: string }) {
  const institution = config.institutions.find(({ id }) => id === flow.institution)
  const service = institution?.services.find(({ name }) => name === flow.service)
  return service?.notifiedElsewhere ? elsewhereReason(service.notifiedElsewhere) : null
}

/** What its payments ask for, beside the emission of the feed that was let go before it. */
function emissionText({ amounts, before }: Emission): string {
  if (amounts === null) return ''
  const row = (title: string, { count, ...cents }: EmissionAmounts) => [
    ...[title, formatCount(count), formatAmount(cents.totalCents)],
    ...[cents.minimumCents, cents.medianCents, cents.maximumCents].map(formatAmount),
  ]
  const [first, ...columns] = ['payments', 'notices', 'total €', 'smallest', 'median', 'largest']
  const titles = columns.map((title) => ({ title, align: 'right' }) as const)
  const rows = [row('this flow', amounts), ...(before ? [row('the one before', before)] : [])]
  return `\n${formatTable([{ title: first as string }, ...titles], rows)}`
}

type Emission = Awaited<ReturnType<App['store']['flows']['emission']>>

/** What IO says of the accepted ones since; a stuck one asks for a person. */
function deliveriesText({ deliveries, read, paid }: DeliveryCounts): string {
  const counts = Object.entries({ ...deliveries, read, paid }).filter(([, count]) => count > 0)
  if (counts.length === 0) return ''
  const line = counts.map(([what, count]) => `${formatCount(count)} ${what}`).join(', ')
  const stuck = deliveries.stuck ? '\nStuck: see IO_PROCESSING_SILENT in docs/operations.md' : ''
  return `\nOn IO: ${line}${stuck}\n`
}

function stateText(state: FlowState, reason: keyof typeof flowReasonLabels | null): string {
  return flowStateLabels[state] + (reason === null ? '' : ` · ${flowReasonLabels[reason]}`)
}

function problemText(problem: { code: string; detail: string; remedy: string }): string {
  return `${problem.code}: ${problem.detail}\n    ${problem.remedy}`
}

function stateOf(typed: string | null): FlowState | null {
  if (typed === null || typed in flowStateLabels) return typed as FlowState | null
  throw new UsageError(`--state is one of ${Object.keys(flowStateLabels).join(', ')}`)
}
