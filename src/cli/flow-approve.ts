// `staffetta flows approve`: shows what would leave, and lets it go when the person has typed to
// how many. What was shown is what is approved: its digest goes along, and a flow that has changed
// meanwhile is refused.
import { readArrival } from '../domain/arrival.ts'
import { fill } from '../domain/words.ts'
import { type App, type Given, textOption, UsageError, zoneOf } from './command.ts'
import { confirmed } from './confirm.ts'
import { type ApprovalView, approvalText, receiptText } from './flow-approve-text.ts'
import { checksText } from './flow-checks-text.ts'
import { askedBy, tellRefused } from './flow-decided.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { forecastOf } from './forecast.ts'
import { reasonOption } from './note.ts'
import { formatCount } from './table.ts'

const help = `  approve FLOW   shows what would leave, asks for the number of its recipients, and approves it: the
                 texts of all its messages, reminders too. Who has prepared it (uploaded, overridden,
                 redone) does not, where its feed wants four eyes; two must, where nobody has
    --recipients N  do not ask: so many recipients have been agreed to, else nothing is done
    --digest HEX    refuse it unless this is its digest; at least 12 digits
    --at "2026-12-01 09:00"   not to leave before, in the institution's zone
    --because TEXT  kept in its history; no person's data`

export const approve: FlowVerb = {
  name: 'approve',
  help,
  options: {
    recipients: { type: 'string' },
    digest: { type: 'string' },
    at: { type: 'string' },
    because: { type: 'string' },
  },
  read(given) {
    const typed = typedOf(given)
    return (app, id, context) => approveShown(app, id, typed, context)
  },
}

interface Typed {
  recipients: number | null
  digest: string | null
  at: string | null
  note: string | null
}

/** What was typed, checked before anything is opened. Throws `UsageError`. */
function typedOf(given: Given): Typed {
  const recipients = textOption(given, 'recipients')
  if (recipients !== null && !/^\d{1,9}$/.test(recipients)) {
    throw new UsageError('--recipients is a number')
  }
  const digest = textOption(given, 'digest')
  if (digest !== null && !/^[0-9a-f]{12,64}$/i.test(digest)) {
    throw new UsageError('--digest is 12 to 64 hexadecimal digits, as `flows approve` shows them')
  }
  const note = reasonOption(given)
  const count = recipients === null ? null : Number(recipients)
  return { recipients: count, digest, at: textOption(given, 'at'), note }
}

async function approveShown(
  app: App,
  id: number,
  typed: Typed,
  context: FlowContext,
): Promise<number> {
  const asked = await askedBy('approver', app, id, typed.note, context.language)
  const { actor } = asked
  const { institution } = await app.store.flows.get(id)
  const zone = zoneOf(app.config, institution)
  const notBefore = instantOf(typed.at, zone)
  const view = await app.flows.toApprove(id, actor)
  const { standing, refused } = view
  if (!context.json) context.out(await shownText(app, id, view, context))
  if (refused) return tellRefused(id, refused, context)
  const recipients = typed.recipients ?? (await askRecipients(id, view, context))
  if (recipients === null) {
    context.note(`${fill(nothing, context.language, { flow: id })}\n`)
    return 1
  }
  const digest = typed.digest ?? standing.digest
  const decided = await app.flows.approve(id, { ...asked, digest, recipients, notBefore })
  if (decided.kind === 'refused') return tellRefused(id, decided, context)
  if (context.json) context.out(`${JSON.stringify({ flow: id, actor, ...decided })}\n`)
  else {
    const who = { actor, at: Temporal.Now.instant(), zone }
    context.out(`${receiptText(id, decided, who, context.language)}\n`)
  }
  return 0
}

/** What the checks have found, and below it what this approval is of. */
async function shownText(
  app: App,
  id: number,
  view: ApprovalView,
  { language }: FlowContext,
): Promise<string> {
  const { report, standing } = view
  const summary = approvalText(id, view, language)
  if (report === null || standing.isReleased) return summary
  const forecast = await forecastOf(app, standing)
  const blocking = new Set(view.blocking)
  const panel = { flowId: id, report, forecast, blocking, zone: standing.zone }
  return `${checksText(panel, language)}\n${summary}`
}

/** The number that the person types; null: another. Throws `UsageError` without a terminal. */
async function askRecipients(
  id: number,
  { recipients, standing }: ApprovalView,
  context: FlowContext,
): Promise<number | null> {
  const words = standing.isReleased ? askHeld : askWords
  const question = fill(words, context.language, { flow: id, n: formatCount(recipients) })
  return (await confirmed(question, String(recipients), '--recipients N', context.language))
    ? recipients
    : null
}

/** Days ahead that a flow may be approved for. */
const MOST_DAYS = 90

/** Throws `UsageError` for what is no time to come. */
function instantOf(typed: string | null, zone: string): Temporal.Instant | null {
  if (typed === null) return null
  const at = readArrival(typed, zone, Temporal.PlainTime.from('00:00'))
  const now = Temporal.Now.instant()
  const last = now.add({ hours: MOST_DAYS * 24 })
  if (at === null) throw new UsageError('--at is a time such as "2026-12-01 09:00"')
  if (Temporal.Instant.compare(at, now) <= 0) throw new UsageError('--at is in the past')
  if (Temporal.Instant.compare(at, last) > 0) {
    throw new UsageError(`--at is at most ${MOST_DAYS} days from now`)
  }
  return at
}

const askWords = {
  it: 'Flusso {flow}: scrive a {n} destinatari, e non si torna indietro.',
  en: 'Flow {flow} writes to {n} recipients, and cannot be recalled.',
}

const askHeld = {
  it: 'Flusso {flow}: {n} messaggi arrivati o cambiati dopo l’approvazione partono.',
  en: 'Flow {flow}: {n} messages that came or changed since it was approved go.',
}

const nothing = {
  it: 'Il flusso {flow} non è approvato.',
  en: 'Flow {flow} was not approved.',
}
