// `staffetta flows`: the flows, and one with its account, problems and history; what people decide
// of one is a verb in a file of its own. The account that is shown is counted in one snapshot.

import { accountWords } from '../domain/account-words.ts'
import { actWords } from '../domain/act-words.ts'
import { type FlowState, flowStateWords } from '../domain/flow.ts'
import type { FlowAccount } from '../domain/flow-account.ts'
import { elsewhereReason } from '../domain/notified-elsewhere.ts'
import type { Refusal } from '../domain/refusal.ts'
import { findingText } from '../domain/release-words.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import { type App, type Command, type Given, textOption, UsageError, withApp } from './command.ts'
import { aboutText, problemText, sourceText, stateText, subjectText } from './flow-about.ts'
import { accountText, deliveriesText, emissionText } from './flow-account-text.ts'
import { approve } from './flow-approve.ts'
import { check } from './flow-check.ts'
import { keptPanel } from './flow-checks-kept.ts'
import { errata } from './flow-errata.ts'
import { leaveOut } from './flow-leave-out.ts'
import { override } from './flow-override.ts'
import { offPlanText, planText, unplannedText } from './flow-plan.ts'
import { recheck } from './flow-recheck.ts'
import { redo } from './flow-redo.ts'
import { resume } from './flow-resume.ts'
import { sendBack } from './flow-send-back.ts'
import { stop } from './flow-stop.ts'
import { suspend } from './flow-suspend.ts'
import { test } from './flow-test.ts'
import { approvalLines, listToApprove } from './flow-to-approve.ts'
import { type FlowContext, type FlowVerb, languageOf } from './flow-verb.ts'
import { waitsText } from './flow-waits.ts'
import { forecastOf, forecastText } from './forecast.ts'
import { lettersOf, lettersText } from './letters.ts'
import { listLimit, numberOf } from './number.ts'
import { failingText, standingsText } from './reporting.ts'
import { stoppedNotice } from './stop-text.ts'
import { formatCount, formatInstant, formatLocal, formatTable, printable } from './table.ts'

/** What a person does with one flow. */
const verbs: readonly FlowVerb[] = [
  check,
  override,
  leaveOut,
  approve,
  sendBack,
  recheck,
  redo,
  suspend,
  resume,
  stop,
  errata,
  test,
]

const named = verbs.map(({ name }) => name).join(' | ')

export const command: Command = {
  usage: 'list | show FLOW | VERB FLOW',
  summary: 'the flows; one with its account, problems and history; what people decide of it',
  help: `
  list           newest first: state, account, where it came from
    --institution NAME   --feed NAME   --state STATE   --limit N (default 50)   --tests
                 STATE is inactive, active, sending, sent or incomplete; --tests: also those that
                 carry test messages
    --to-approve   those that wait for an approval, with who prepared them and until when
  show FLOW      one flow: account, amounts, refusals, warnings, reminders, history
${verbs.map(({ help }) => help).join('\n')}

  --lang it|en   in which language it is told; absent: that of the terminal

The account closes at every moment: read = the sum of its terms.

Example: staffetta flows list --state incomplete`,
  options: {
    institution: { type: 'string' },
    feed: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    tests: { type: 'boolean' },
    'to-approve': { type: 'boolean' },
    lang: { type: 'string' },
    ...Object.assign({}, ...verbs.map(({ options }) => options)),
  },
  async run(given, plain) {
    const [verb, typed, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    const context = { ...plain, language: languageOf(given) }
    if (verb === 'list' && typed === undefined)
      return withApp(context, (app) => list(app, given, context))
    if (verb === 'show' && typed !== undefined)
      return withApp(context, (app) => show(app, typed, context))
    const chosen = verbs.find(({ name }) => name === verb)
    if (chosen === undefined || typed === undefined) {
      throw new UsageError(`say what: \`flows list\`, or one of show | ${named} with a FLOW`)
    }
    const id = numberOf(typed, 'a flow’s number')
    const work = chosen.read(given)
    return withApp(context, (app) => work(app, id, context))
  },
}

async function list(app: App, given: Given, context: FlowContext): Promise<number> {
  if (given.values['to-approve'] === true) {
    const place = { institution: textOption(given, 'institution'), feed: textOption(given, 'feed') }
    return listToApprove(app, { ...place, limit: listLimit(given) }, context)
  }
  const flows = await app.store.flows.list({
    institution: textOption(given, 'institution'),
    feed: textOption(given, 'feed'),
    state: stateOf(textOption(given, 'state')),
    limit: listLimit(given),
    tests: given.values['tests'] === true,
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
  const { language } = context
  context.out(await stoppedNotice(app, language))
  if (rows.length === 0) {
    context.out(`${noFlows[language]}\n`)
    return 0
  }
  const left = (words: Words) => ({ title: words[language] })
  const right = (words: Words) => ({ title: words[language], align: 'right' }) as const
  context.out(
    formatTable(
      [
        ...[right(titles.flow), left(titles.state), ...counted.map(([words]) => right(words))],
        ...[left(titles.ends), left(titles.feed), left(titles.received)],
      ],
      rows.map((flow) => [
        ...[String(flow.id), stateText(flow, language)],
        ...counted.map(([, count]) => formatCount(count(flow.account))),
        formatInstant(flow.forecast?.endsAt ?? null),
        [originText(flow), subjectText(flow, language)].filter(Boolean).join('  '),
        formatInstant(flow.createdAt),
      ]),
    ),
  )
  for (const { id, problem } of rows) {
    if (!problem) continue
    context.out(`\n${titles.flow[language]} ${id}  ${problemText(id, problem, language)}\n`)
  }
  const failing = await app.store.writeBacks.failing({ flowId: null, institution: null })
  for (const report of failing.filter(({ flowId }) => rows.some(({ id }) => id === flowId))) {
    context.out(`\n${failingText(report, app.names(report))}`)
  }
  return 0
}

const titles = {
  flow: { it: 'flusso', en: 'flow' },
  state: { it: 'stato', en: 'state' },
  ends: { it: 'finisce', en: 'ends' },
  feed: { it: 'collegamento', en: 'feed' },
  received: { it: 'ricevuto', en: 'received' },
} satisfies Record<string, Words>

/** Columns of the list that count records. */
const counted: readonly [Words, (account: FlowAccount) => number][] = [
  [accountWords.read, (account) => account.read],
  [accountWords.sent, (account) => account.sent + account.recorded],
  [{ it: 'non raggiunti', en: 'not reached' }, (account) => account.undeliverable],
  [accountWords.refused, (account) => account.refused + account.rejected],
  [accountWords.duplicate, (account) => account.duplicate],
  [accountWords.skipped, (account) => account.skipped],
  [{ it: 'aperti', en: 'open' }, ({ waiting, held, uncertain }) => waiting + held + uncertain],
  [accountWords.cancelled, (account) => account.cancelled],
]

const noFlows: Words = {
  it: 'Ancora nessun flusso. `staffetta collect COLLEGAMENTO` interroga subito una fonte.',
  en: 'No flows yet. `staffetta collect FEED` polls a source now.',
}

/** Refused records that are listed, and those with a warning; `report` has them all. */
const SHOWN_RECORDS = 20

async function show(app: App, typed: string, context: FlowContext): Promise<number> {
  const { language } = context
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
      checks: await app.store.flowChecks.report(id),
      lettersSaved: lettersOf(app, flow, account),
      ...delivered,
      ...{ forecast, reminders, plan, offPlan, unplanned, refusals },
      warnings: warned,
      reporting,
      related: await app.store.flowRelations.of(id),
      approvals: await app.store.approvals.ofFlow(id),
      history,
    }
    context.out(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  context.out(`${flowWord[language]} ${id}  ${stateText(flow, language)}\n`)
  context.out(`${originText(flow)}  ${sourceText(flow, language)}\n`)
  if (flow.encoding !== null)
    context.out(`${fill(readAs, language, { encoding: flow.encoding })}\n`)
  const checks = await keptPanel(app, flow, forecast, context)
  if (flow.problem && !checks.codes.has(flow.problem.code)) {
    context.out(`\n${problemText(id, flow.problem, language)}\n`)
  }
  context.out(await aboutText(app, flow, reminders, language))
  context.out(await approvalLines(app, flow, language))
  const letters = lettersText(lettersOf(app, flow, account), language)
  context.out(`\n${accountText(account, language)}${letters}`)
  if (elsewhere !== null) context.out(`\n${fill(elsewhereWords, language, { elsewhere })}\n`)
  context.out(waitsText(app, flow, waiting, language))
  context.out(checks.text || emissionText(emission, language))
  context.out(deliveriesText(delivered, language))
  if (reporting.length > 0) context.out(`\n${standingsText(id, reporting)}`)
  if (forecast) context.out(`\n${forecastText(forecast, language)}`)
  context.out(planText(plan, app, flow, language) + offPlanText(offPlan, language))
  context.out(unplannedText(unplanned, language))
  for (const { line, key, refusals: reasons } of refusals)
    context.out(reasonsText(line, key, reasons, language))
  const more = moreText(id, account.refused - refusals.length, language)
  context.out(more + warnedText(id, warned, language))
  context.out(`${history.map((act) => actText(act, flow.zone, language)).join('')}\n`)
  return 0
}

const flowWord: Words = { it: 'Flusso', en: 'Flow' }
const readAs: Words = {
  it: 'Il file è stato letto come {encoding}.',
  en: 'The file was read as {encoding}.',
}
const elsewhereWords: Words = {
  it: 'Il servizio è notificato altrove: {elsewhere}.',
  en: 'The service is notified elsewhere: {elsewhere}.',
}

/** What made it: `comune/tari`; of a campaign that it was one is said below. */
function originText(flow: Pick<FlowRow, 'institution' | 'feed' | 'campaign'>): string {
  return `${flow.institution}/${flow.feed ?? flow.campaign ?? '–'}`
}

type FlowRow = Awaited<ReturnType<App['store']['flows']['get']>>

type Act = Awaited<ReturnType<App['store']['acts']['ofFlow']>>[number]

function actText(
  { at, actor, origin, verb, note, findings }: Act,
  zone: string,
  language: StaffLanguage,
): string {
  const said = findings?.map((finding) => findingText(finding, language)).join(' ') ?? note
  const why = said === null ? '' : `\n    ${printable(said)}`
  const what = actWords(verb, language)
  return `\n${formatLocal(at, zone)}  ${printable(actor)} (${origin}): ${what}${why}`
}

/** Each refusal, or warning, of one record. */
function reasonsText(
  line: number,
  key: string | null,
  reasons: readonly Refusal[],
  language: StaffLanguage,
): string {
  return reasons.map((reason) => `\n${reasonText(line, key, reason, language)}`).join('')
}

function reasonText(
  line: number,
  key: string | null,
  { code, field, detail, remedy }: Refusal,
  language: StaffLanguage,
): string {
  const where = `${lineWord[language]} ${line}  ${key ?? ''}  ${code}${field ? ` ${field}` : ''}`
  return `${where}\n    ${detail} ${remedy}\n`
}

type Warned = Awaited<ReturnType<App['store']['flows']['warnings']>>

function warnedText(id: number, { records, first }: Warned, language: StaffLanguage): string {
  if (records === 0) return ''
  const head = `\n${fill(warnedWords, language, { records: formatCount(records) })}\n`
  const said = first.map(({ line, key, warnings }) => reasonsText(line, key, warnings, language))
  return head + said.join('') + moreText(id, records - first.length, language)
}

function moreText(flow: number, more: number, language: StaffLanguage): string {
  if (more <= 0) return ''
  return `\n${fill(moreWords, language, { flow, more: formatCount(more) })}\n`
}

const lineWord: Words = { it: 'riga', en: 'line' }
const warnedWords: Words = {
  it: 'Lette con un’avvertenza, e partono lo stesso: {records}',
  en: 'Read with a warning, and going all the same: {records}',
}
const moreWords: Words = {
  it: '… e altre {more}: staffetta report {flow} --format csv',
  en: '… and {more} more: staffetta report {flow} --format csv',
}

/** What is left to somebody else, as the service says now; null: nothing. */
function elsewhereOf({ config }: App, flow: { institution: string; service: string }) {
  const institution = config.institutions.find(({ id }) => id === flow.institution)
  const service = institution?.services.find(({ name }) => name === flow.service)
  return service?.notifiedElsewhere ? elsewhereReason(service.notifiedElsewhere) : null
}

function stateOf(typed: string | null): FlowState | null {
  if (typed === null || Object.hasOwn(flowStateWords, typed)) return typed as FlowState | null
  throw new UsageError(`--state is one of ${Object.keys(flowStateWords).join(', ')}`)
}
