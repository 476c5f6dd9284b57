// `staffetta resolve`: what waits for a person, and what they decide about it. Every decision is an
// act; messages that are no longer open are named, never moved.
import { ioMeaning } from '../domain/codes.ts'
import { maskFiscalCode } from '../domain/fiscal-code.ts'
import { adviceOn, type Resolution, resolutions } from '../domain/resolution.ts'
import { demandRole, systemUser } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  textOption,
  UsageError,
  withApp,
} from './command.ts'
import { confirmed } from './confirm.ts'
import { noteOption } from './note.ts'
import { numberOf } from './number.ts'
import { formatCount, formatInstant, formatTable } from './table.ts'

export const command: Command = {
  usage: 'MESSAGE… --as DECISION | --list',
  summary: 'decide about messages that are uncertain or held',
  help: `
  resolve --list [--flow FLOW] [--institution NAME] [--limit N]
                     what waits for a decision, why, and how to look
  resolve MESSAGE… --as DECISION
  resolve --flow FLOW [--code CODE] --as DECISION
                     all uncertain messages of the flow; with a code those that wait with it

DECISION is one of
  sent        IO has it: it is not sent again. --io-id ID goes on following it on IO
  resend      let it go. Of an uncertain message: THE CITIZEN MAY HEAR TWICE, since IO may have it
  cancelled   nothing more of it is sent

  --note TEXT   why, kept with the decision; no person's data
  --yes         do not ask

Ends with 1 when a message could not be decided, for example because IO's answer came late.

Example: staffetta resolve 1004 --as sent --io-id 01JEXAMPLE0000000000000000`,
  options: {
    list: { type: 'boolean' },
    as: { type: 'string' },
    flow: { type: 'string' },
    code: { type: 'string' },
    institution: { type: 'string' },
    'io-id': { type: 'string' },
    note: { type: 'string' },
    limit: { type: 'string' },
    yes: { type: 'boolean' },
  },
  async run(given, context) {
    const wanted = given.values['list'] === true ? null : readWanted(given)
    const flow = optionalNumber(textOption(given, 'flow'), '--flow')
    return withApp(context, (app) => {
      if (wanted === null) return list(app, given, flow, context)
      return decide(app, wanted, flow, given, context)
    })
  },
}

interface Wanted {
  ids: number[]
  as: Resolution
  ioId: string | null
  note: string | null
  code: string | null
}

const SHOWN = 100
/** Of what IO, or a system, said of messages of one code. */
const SHOWN_DETAILS = 5

function readWanted(given: Given): Wanted {
  const as = textOption(given, 'as')
  const ioId = textOption(given, 'io-id')
  const note = noteOption(given)
  const code = textOption(given, 'code')
  const ids = given.positionals.map((typed) => numberOf(typed, 'a message’s number'))
  const byFlow = given.values['flow'] !== undefined
  if (!isResolution(as)) {
    throw new UsageError(`say --as ${resolutions.join(', --as ')}; or --list`)
  }
  if (ids.length === 0 && !byFlow) throw new UsageError('missing argument: MESSAGE, or --flow FLOW')
  if (ids.length > 0 && byFlow) throw new UsageError('say either messages or --flow, not both')
  if (code !== null && !byFlow) throw new UsageError('--code goes with --flow')
  if (ioId !== null && (ids.length !== 1 || as !== 'sent')) {
    throw new UsageError('--io-id goes with one message and --as sent')
  }
  if (ioId !== null && !/^[0-9A-Za-z]{10,64}$/.test(ioId)) {
    throw new UsageError(`"${ioId}" is no id of IO: 26 letters and digits`)
  }
  return { ids: [...new Set(ids)], as, ioId, note, code }
}

async function decide(
  app: App,
  wanted: Wanted,
  flow: number | null,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const { resolutions: store } = app.store
  const ids = flow === null ? wanted.ids : await store.ofFlow(flow, wanted.code)
  if (ids.length === 0) {
    if (context.json) context.out('[]\n')
    else context.out(`Nothing of flow ${flow} waits for this decision.\n`)
    return 0
  }
  const user = systemUser()
  for (const institution of await store.institutionsOf(ids)) {
    demandRole(app.config, institution, user, 'operator')
  }
  if (given.values['yes'] !== true && (flow !== null || ids.length > 1)) {
    const question = `${formatCount(ids.length)} messages: ${consequence[wanted.as]}`
    if (!(await confirmed(question, wanted.as, '--yes'))) {
      context.note('Nothing was decided.\n')
      return 1
    }
  }
  const { as, ioId, note } = wanted
  const decision = { as, ioId, note, actor: user, origin: 'cli' }
  const decided: DecidedMessage[] = []
  for (let start = 0; start < ids.length; start += DECIDED_AT_ONCE) {
    const batch = await app.decide(ids.slice(start, start + DECIDED_AT_ONCE), decision)
    decided.push(...batch)
  }
  report(decided, as, context)
  return decided.some(({ because }) => because !== null) ? 1 : 0
}

type DecidedMessage = Awaited<ReturnType<App['decide']>>[number]

/** Messages in one transaction and one act. */
const DECIDED_AT_ONCE = 1000

const consequence: Record<Resolution, string> = {
  sent: 'they count as sent, and are not sent again.',
  resend: 'they are sent. Of those that are uncertain, citizens may hear twice.',
  cancelled: 'nothing more of them is sent.',
}

function report(decided: DecidedMessage[], as: Resolution, context: CommandContext): void {
  if (context.json) {
    context.out(`${JSON.stringify(decided, null, 2)}\n`)
    return
  }
  const done = decided.filter(({ because }) => because === null)
  for (const { id, because } of decided) {
    if (because !== null) context.note(`message ${id} ${because}\n`)
  }
  if (done.length === 0) return
  context.out(`${formatCount(done.length)} resolved as ${as}.\n`)
  if (as === 'resend' && done.some(({ state }) => state === 'uncertain')) {
    context.out('IO may have had the uncertain ones already: citizens may hear twice.\n')
  }
  if (as === 'resend' && done.some(({ code }) => /^IO_(AMOUNT|FEATURE)/.test(code ?? ''))) {
    context.out(
      'They are held again while the service’s limit stands: `staffetta resume` lifts it.\n',
    )
  }
}

async function list(
  app: App,
  given: Given,
  flowId: number | null,
  context: CommandContext,
): Promise<number> {
  const institution = textOption(given, 'institution')
  const limit = optionalNumber(textOption(given, 'limit'), '--limit') ?? SHOWN
  const { resolutions: store } = app.store
  const [waiting, counts] = await Promise.all([
    store.list({ institution, flowId, limit }),
    store.counts(flowId),
  ])
  const shown = waiting.map(({ fiscalCode, ...message }) => ({
    ...message,
    recipient: maskFiscalCode(fiscalCode),
    meaning: ioMeaning(message.code) ?? 'It is not known why.',
    advice: adviceOn(message.state, message.code),
  }))
  if (context.json) {
    await context.out(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  if (shown.length === 0) {
    context.out('Nothing waits for a decision.\n')
    return 0
  }
  const titles = ['line', 'recipient', 'since', 'state', 'code', 'feed']
  await context.out(
    formatTable(
      [
        { title: 'message', align: 'right' },
        { title: 'flow', align: 'right' },
        ...titles.map((title) => ({ title })),
      ],
      shown.map((message) => [
        String(message.id),
        String(message.flowId),
        message.line === null ? message.purpose : String(message.line),
        message.recipient,
        formatInstant(message.since),
        message.state,
        message.code ?? '',
        `${message.institution}/${message.feed ?? message.campaign ?? '–'}`,
      ]),
    ),
  )
  const all = counts.reduce((sum, { n }) => sum + n, 0)
  if (institution === null && all > shown.length) {
    context.out(`… ${formatCount(all)} in all: --limit ${all} shows them.\n`)
  }
  const kinds = new Map(shown.map((message) => [`${message.state} ${message.code}`, message]))
  for (const { state, code, meaning, advice } of kinds.values()) {
    context.out(`\n${code ?? state}: ${meaning}\n    ${advice}\n`)
    const alike = shown.filter((message) => message.state === state && message.code === code)
    const said = new Set(alike.flatMap(({ detail }) => detail ?? []))
    for (const detail of [...said].slice(0, SHOWN_DETAILS)) context.out(`    «${detail}»\n`)
  }
  return 0
}

function isResolution(typed: string | null): typed is Resolution {
  return resolutions.some((one) => one === typed)
}

function optionalNumber(typed: string | null, what: string): number | null {
  return typed === null ? null : numberOf(typed, `a number for ${what}`)
}
