// What a person reads before they approve a flow, and the receipt afterwards, in Italian and
// English. Counts, sums, names of who acted and findings: nobody's data.
import { neededApprovers, SHORT_DIGEST } from '../domain/approval.ts'
import { formatEuro } from '../domain/money.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { otherMapping } from './flow-to-approve.ts'
import { formatCount, formatLocal } from './table.ts'

export type ApprovalView = Awaited<ReturnType<App['flows']['toApprove']>>
type Receipt = Extract<Awaited<ReturnType<App['flows']['approve']>>, { kind: 'done' }>

/** The digest as people compare it. */
const shortDigest = (digest: string) => digest.slice(0, SHORT_DIGEST)

/** A line for each thing to look at, beside what the checks show. */
export function approvalText(id: number, view: ApprovalView, language: StaffLanguage): string {
  const { standing } = view
  const what = standing.feed ?? standing.campaign ?? ''
  const lines = linesOf(view, language)
  const width = Math.max(...lines.map(([title]) => title.length))
  const head = `${fill(headWords, language, { flow: id })}  ${standing.institution}/${what}\n`
  const rows = lines.map(([title, text]) => `  ${title.padEnd(width)}  ${text}\n`)
  return head + rows.join('') + noticesText(id, view, language)
}

function linesOf(view: ApprovalView, language: StaffLanguage): [string, string][] {
  const { standing, report, recipients } = view
  const say = (words: Words, figures = {}) => fill(words, language, figures)
  const { amounts = null, before = null, test = null } = report?.facts ?? {}
  const messages = standing.isReleased ? standing.heldMessages : standing.waitingMessages
  const at = (instant: Temporal.Instant | null) => formatLocal(instant, standing.zone)
  const lines: [string, string][] = [
    [
      say(titles.what),
      say(whatWords, {
        ...{ messages: formatCount(messages), recipients: formatCount(recipients) },
        reminders: formatCount(standing.waitingReminders),
      }),
    ],
  ]
  if (amounts) lines.push([say(titles.total), totalText(amounts, before, language)])
  const leaves = standing.releaseAt ?? standing.leavesAt
  lines.push([say(titles.leaves), `${at(leaves)} (${standing.zone})`])
  lines.push([say(titles.test), testText(test, language)])
  lines.push([say(titles.prepared), standing.preparedBy.join(', ') || '–'])
  lines.push([say(titles.approved), approvedText(view, language)])
  if (standing.approveBy) lines.push([say(titles.until), at(standing.approveBy)])
  lines.push([say(titles.digest), shortDigest(standing.digest)])
  return lines
}

type Amounts = NonNullable<NonNullable<ApprovalView['report']>['facts']['amounts']>

/** `5.400,00 €, 120 avvisi; prima 5.300,00 €, 118`. */
function totalText(amounts: Amounts, before: Amounts | null, language: StaffLanguage): string {
  const { totalCents, count } = amounts
  const now = fill(amountWords, language, {
    total: formatEuro(totalCents),
    count: formatCount(count),
  })
  if (before === null) return now
  const figures = { total: formatEuro(before.totalCents), count: formatCount(before.count) }
  return `${now}; ${fill(beforeWords, language, figures)}`
}

function testText(
  test: NonNullable<ApprovalView['report']>['facts']['test'],
  language: StaffLanguage,
): string {
  if (test === null) return fill(noTest, language, {})
  const { messages, confirmed, reported } = test
  return fill(testWords, language, { messages, confirmed, reported })
}

/** Who has approved what it is now, and how many must still. */
function approvedText({ standing, rules }: ApprovalView, language: StaffLanguage): string {
  const needed = neededApprovers(rules.approval, standing.preparedBy)
  const given = standing.approvals.map(
    ({ actor, at }) => `${actor} (${formatLocal(at, standing.zone)})`,
  )
  const figures = { given: standing.approvals.length, needed }
  return `${fill(neededWords, language, figures)}${given.length > 0 ? `: ${given.join(', ')}` : ''}`
}

function noticesText(id: number, view: ApprovalView, language: StaffLanguage): string {
  const ended = (because: string) =>
    view.approvals.filter((one) => one.voidedBecause === because).map(({ actor }) => actor)
  const voided = [
    { actors: ended('changed'), words: voidedWords },
    { actors: ended('overridden'), words: overriddenWords },
  ].filter(({ actors }) => actors.length > 0)
  const said = [
    ...voided.map(({ actors, words }) => fill(words, language, { actors: actors.join(', ') })),
    ...(view.isMappingChanged ? [fill(otherMapping, language, { flow: id })] : []),
  ]
  return said.map((line) => `  ${line}\n`).join('')
}

/** Who, when, what, and what follows. */
export function receiptText(
  id: number,
  receipt: Receipt,
  { actor, at, zone }: { actor: string; at: Temporal.Instant; zone: string },
  language: StaffLanguage,
): string {
  const time = (instant: Temporal.Instant | null) => formatLocal(instant, zone)
  const digest = shortDigest(receipt.digest)
  const who = fill(receiptWords, language, { flow: id, actor, at: time(at), digest })
  return `${who} ${followsText(receipt, time, language)}`
}

function followsText(
  { missing, expiresAt, leavesAt, letGo }: Receipt,
  time: (instant: Temporal.Instant | null) => string,
  language: StaffLanguage,
): string {
  if (missing > 0) return fill(anotherWords, language, { until: time(expiresAt) })
  if (letGo > 0) return fill(letGoWords, language, { messages: formatCount(letGo) })
  if (leavesAt === null) return fill(nothingWords, language, {})
  return fill(leavesWords, language, { leaves: time(leavesAt), until: time(expiresAt) })
}

const headWords = { it: 'Flusso {flow}, da approvare:', en: 'Flow {flow}, to approve:' }

const titles = {
  what: { it: 'parte', en: 'leaves' },
  total: { it: 'totale', en: 'total' },
  leaves: { it: 'quando', en: 'when' },
  test: { it: 'prova', en: 'test' },
  prepared: { it: 'preparato da', en: 'prepared by' },
  approved: { it: 'approvato da', en: 'approved by' },
  until: { it: 'scade', en: 'until' },
  digest: { it: 'impronta', en: 'digest' },
}

const whatWords = {
  it: '{messages} messaggi a {recipients} destinatari; poi {reminders} promemoria',
  en: '{messages} messages to {recipients} recipients; then {reminders} reminders',
}
const amountWords = { it: '{total}, {count} avvisi', en: '{total}, {count} notices' }
const beforeWords = {
  it: 'l’invio precedente: {total}, {count} avvisi',
  en: 'the emission before: {total}, {count} notices',
}
const noTest = { it: 'nessuna', en: 'none' }
const testWords = {
  it: 'confermati {confirmed} messaggi su {messages}, segnalati {reported}',
  en: '{confirmed} of {messages} confirmed, {reported} reported',
}
const neededWords = { it: '{given} di {needed}', en: '{given} of {needed}' }
const voidedWords = {
  it: 'È cambiato dopo essere stato approvato da {actors}: quell’approvazione non vale più.',
  en: 'It has changed since {actors} approved it: that approval holds no more.',
}
const overriddenWords = {
  it: 'Dopo l’approvazione di {actors} è stato sbloccato un controllo: non vale più.',
  en: 'A finding was overridden after {actors} approved it: that approval holds no more.',
}
const receiptWords = {
  it: 'Flusso {flow} approvato da {actor} il {at}, impronta {digest}.',
  en: 'Flow {flow} was approved by {actor} at {at}, digest {digest}.',
}
const anotherWords = {
  it: 'Deve approvarlo anche un’altra persona, entro il {until}.',
  en: 'Another person must approve it too, until {until}.',
}
const letGoWords = {
  it: '{messages} messaggi trattenuti ripartono.',
  en: '{messages} messages that were held go now.',
}
const leavesWords = {
  it: 'Parte il {leaves}; se non è partito nulla entro il {until}, l’approvazione scade.',
  en: 'It leaves at {leaves}; if nothing has left until {until}, the approval expires.',
}
const nothingWords = { it: 'Non ha più nulla in attesa.', en: 'Nothing of it waits any more.' }
