// `staffetta flows list --to-approve`, and what `flows show` says of the approval of one flow: who
// has prepared it, who has approved it, until when. In Italian and English.
import { neededApprovers } from '../domain/approval.ts'
import { formatAmount } from '../domain/money.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import type { FlowContext } from './flow-verb.ts'
import { formatCount, formatLocal, formatTable } from './table.ts'

type FlowRow = Awaited<ReturnType<App['store']['flows']['get']>>

/** The flows that wait for an approval, those that end soonest first. */
export async function listToApprove(
  app: App,
  filter: { institution: string | null; feed: string | null; limit: number },
  context: FlowContext,
): Promise<number> {
  const { language } = context
  const rows = await app.store.approvals.waiting(filter)
  if (context.json) {
    context.out(`${JSON.stringify(rows, null, 2)}\n`)
    return 0
  }
  if (rows.length === 0) {
    context.out(`${fill(none, language, {})}\n`)
    return 0
  }
  const right = (title: Words) => ({ title: title[language], align: 'right' }) as const
  const left = (title: Words) => ({ title: title[language] })
  const columns = [
    ...[right(titles.flow), left(titles.of), right(titles.messages), right(titles.total)],
    ...[left(titles.prepared), left(titles.approved), left(titles.until)],
  ]
  const table = rows.map((row) => [
    String(row.id),
    `${row.institution}/${row.feed ?? row.campaign ?? '–'}`,
    formatCount(row.messages),
    row.totalCents === null ? '' : formatAmount(row.totalCents),
    row.preparedBy.join(', ') || '–',
    `${row.approvedBy.length}/${neededApprovers(row.approval, row.preparedBy)}`,
    row.isHeld ? fill(held, language, {}) : formatLocal(row.approveBy, row.zone),
  ])
  context.out(formatTable(columns, table))
  context.out(`\n${fill(hint, language, {})}\n`)
  return 0
}

/** Lines of `flows show`; empty of a flow that needs no approval and never had one. */
export async function approvalLines(
  app: App,
  flow: FlowRow,
  language: StaffLanguage,
): Promise<string> {
  const given = await app.store.approvals.ofFlow(flow.id)
  const lines = given.map((one) => {
    const at = formatLocal(one.at, flow.zone)
    const ended = one.voidedBecause === null ? '' : ` (${ends[one.voidedBecause]?.[language]})`
    return fill(approvedBy, language, { actor: one.actor, at }) + ended
  })
  const { approveBy, releaseAt, state, releasedAt } = flow
  if (flow.preparedBy.length > 0) {
    lines.unshift(fill(preparedBy, language, { actors: flow.preparedBy.join(', ') }))
  }
  if (state === 'active' && releaseAt !== null && releasedAt === null) {
    lines.push(fill(leavesAt, language, { at: formatLocal(releaseAt, flow.zone) }))
  }
  if (state === 'active' && approveBy !== null) {
    const words = releasedAt === null && releaseAt === null ? untilWords : beginWords
    lines.push(fill(words, language, { at: formatLocal(approveBy, flow.zone) }))
  }
  const isOpen = flow.releasedAt === null || flow.reason === 'stopped'
  if (isOpen && flow.reason !== 'replaced' && app.flows.hasOtherMapping(flow)) {
    lines.push(fill(otherMapping, language, { flow: flow.id }))
  }
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

const titles = {
  flow: { it: 'flusso', en: 'flow' },
  of: { it: 'di', en: 'of' },
  messages: { it: 'messaggi', en: 'messages' },
  total: { it: 'totale €', en: 'total €' },
  prepared: { it: 'preparato da', en: 'prepared by' },
  approved: { it: 'approvazioni', en: 'approvals' },
  until: { it: 'scade', en: 'until' },
}

const none = {
  it: 'Nessun flusso aspetta un’approvazione.',
  en: 'No flow waits for an approval.',
}
const held = { it: 'messaggi trattenuti', en: 'messages held' }
const hint = {
  it: '`staffetta flows approve FLUSSO` mostra che cosa parte, e lo approva.',
  en: '`staffetta flows approve FLOW` shows what would leave, and approves it.',
}
const preparedBy = { it: 'Preparato da {actors}.', en: 'Prepared by {actors}.' }
const approvedBy = { it: 'Approvato da {actor} il {at}', en: 'Approved by {actor} at {at}' }
const leavesAt = { it: 'Parte non prima del {at}.', en: 'It leaves not before {at}.' }
const untilWords = { it: 'Si può approvare fino al {at}.', en: 'It may be approved until {at}.' }
const beginWords = {
  it: 'Se non comincia a partire entro il {at}, l’approvazione scade.',
  en: 'If it has not begun to leave until {at}, the approval expires.',
}
/** Of a flow whose mapping is another by now, also where one is about to approve it. */
export const otherMapping = {
  it: 'Il modello è cambiato da allora: `staffetta flows redo {flow}` lo applica.',
  en: 'Its mapping has changed since: `staffetta flows redo {flow}` uses it.',
}
const ends: Record<string, Words> = {
  changed: { it: 'non vale più: il flusso è cambiato', en: 'holds no more: it has changed' },
  overridden: {
    it: 'non vale più: poi è stato sbloccato un controllo',
    en: 'holds no more: a finding was overridden since',
  },
  expired: { it: 'scaduta', en: 'expired' },
  'sent-back': { it: 'non vale più: rimandato', en: 'holds no more: sent back' },
  stopped: { it: 'non vale più: interrotto', en: 'holds no more: stopped' },
  replaced: { it: 'non vale più: sostituito', en: 'holds no more: replaced' },
}
