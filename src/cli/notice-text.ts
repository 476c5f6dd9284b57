// A notice as a person reads it at the terminal: where it stands, what was sent and what will be,
// and why something will not. The recipient is masked; control characters of the source never get
// there.

import { dueDayOf } from '../domain/civil-date.ts'
import { ioMeaning } from '../domain/codes.ts'
import { maskFiscalCode, namesFiscalCode } from '../domain/fiscal-code.ts'
import { formatEuro } from '../domain/money.ts'
import type { App } from './command.ts'
import { formatCount, formatLocal, formatTable, printable } from './table.ts'

export type Detail = Awaited<ReturnType<App['store']['notices']['detail']>>
export type Row = Awaited<ReturnType<App['store']['notices']['list']>>['first'][number]
type Message = Detail['messages'][number]

/** What may be shown of a notice: masked, for people and scripts alike. */
export function maskedOf<One extends Row>({ fiscalCode, key, ...notice }: One) {
  return { ...notice, key: maskedKey(key), recipient: maskFiscalCode(fiscalCode) }
}

/** Keys of some sources hold the fiscal code itself. */
function maskedKey(key: string): string {
  return key
    .split('|')
    .map((part) => (namesFiscalCode(part) ? maskFiscalCode(part) : part))
    .join('|')
}

export function noticesText(rows: readonly Row[], all: number): string {
  const columns = ['state', 'due', 'amount', 'recipient', 'emission', 'key']
  const numbers = ['sent', 'waiting', 'held']
  const table = formatTable(
    [
      { title: 'notice', align: 'right' },
      ...columns.map((title) => ({ title })),
      ...numbers.map((title) => ({ title, align: 'right' }) as const),
    ],
    rows.map((row) => {
      const { recipient, key } = maskedOf(row)
      return [
        ...[String(row.id), stateText(row), dueText(row), amountText(row), recipient],
        ...[row.emission ?? '–', key],
        ...[row.sent, row.waiting, row.held].map(formatCount),
      ]
    }),
  )
  return all > rows.length ? `${table}… ${formatCount(all)} in all: --limit N shows more.\n` : table
}

/** Everything of one notice, some lines; instants are those of its institution’s zone. */
export function noticeText(notice: Detail, zone: string): string {
  const { recipient, key } = maskedOf(notice)
  const since = formatLocal(notice.createdAt, zone)
  const facts = [
    `Notice ${notice.id}  ${stateText(notice)}`,
    `${notice.institution}/${notice.series}  ${key}`,
    `${recipient}${notice.isBlocked ? '  DO NOT CONTACT' : ''}`,
    [amountText(notice), notice.noticeNumber, notice.emission && `emission ${notice.emission}`]
      .filter(Boolean)
      .join('  '),
    `due ${dueText(notice)}${postponedText(notice)}`,
    endedText(notice, zone),
    `flow ${notice.flowId} of ${notice.feed ?? 'no feed'}, known since ${since}`,
  ]
  const lines = facts.filter((line) => line !== '' && line !== '–').map(printable)
  const tables = [messagesText(notice, zone), groupText(notice), actsText(notice, zone)]
  return `${lines.join('\n')}\n${tables.join('')}`
}

function stateText({ state, pays }: Row): string {
  return pays === 'whole' ? `${state} (the whole of its group)` : state
}

function amountText({ amountCents }: { amountCents: number | null }): string {
  return amountCents === null ? '–' : formatEuro(amountCents)
}

function dueText({ dueAt }: { dueAt: Temporal.Instant | null }): string {
  return dueAt === null ? '–' : dueDayOf(dueAt.toString()).toString()
}

function postponedText({ postponedFrom }: Row): string {
  if (postponedFrom === null) return ''
  return `, set by a person: its source says ${dueText({ dueAt: postponedFrom })}`
}

const enders = {
  settlement: 'a settlement',
  payment: 'IO, which says that it is paid',
  action: 'its source',
  missing: 'a snapshot that no longer named it',
  answer: 'a system that was asked before sending',
  person: 'a person',
  replay: 'its drop, which was mapped again',
}

function endedText({ endedAt, endedBy }: Row, zone: string): string {
  if (endedAt === null) return ''
  const by = endedBy === null ? 'nobody knows whom' : enders[endedBy]
  return `ended ${formatLocal(endedAt, zone)} by ${by}`
}

function messagesText({ messages }: Detail, zone: string): string {
  if (messages.length === 0) return '\nIt has no message.\n'
  const rows = messages.map((message) => [
    String(message.id),
    message.purpose === 'reminder' ? `reminder ${message.template}` : message.purpose,
    formatLocal(message.sentAt ?? message.sendAt, zone),
    message.state,
    whyText(message),
  ])
  const titles = ['what', 'leaves, or left', 'state', 'why']
  const columns = [{ title: 'message', align: 'right' } as const]
  return `\n${formatTable([...columns, ...titles.map((title) => ({ title }))], rows)}`
}

const cancelled: Record<string, string> = {
  missing: 'its source no longer names its notice',
  stopped: 'its flow was stopped',
  replaced: 'its drop was mapped again, as another flow',
  settled: 'its notice is paid',
  cancelled: 'its notice was withdrawn',
  superseded: 'a later version of its notice has its own',
  postponed: 'its notice was postponed, with reminders of its own',
  late: 'later than its rule lets it be',
  overtaken: 'it was late, and another of its notice left instead',
  crowded: 'the days that it could leave on had their message',
  'do-not-contact': 'the recipient is not to be contacted',
  'given-up': 'a person gave it up',
  skipped: 'a person skipped its day',
}

const moves = {
  closed: 'moved: nothing leaves at the time that its rule says',
  crowded: 'moved: the recipient had a message that day',
  postponed: 'moved with its notice',
}

/** Why it is not there, or not when its rule says. */
function whyText(message: Message): string {
  const { state, code, moved, isReleased, detail } = message
  const delivered = [message.delivery, message.readAt && 'read', message.paidAt && 'paid']
  if (state === 'sent') return delivered.filter(Boolean).join(', ')
  const waits = state === 'waiting' && !isReleased ? 'its flow has not been let go' : null
  const why = code === null || code === 'let-go' ? null : codeText(code)
  return [waits, why, detail, moved && state === 'waiting' ? moves[moved] : null]
    .filter(Boolean)
    .join('; ')
}

function codeText(code: string): string {
  const said = cancelled[code] ?? ioMeaning(code)
  return said === null ? code : `${code}: ${said}`
}

function groupText({ group }: Detail): string {
  if (group.length === 0) return ''
  const rows = group.map((one) => [
    String(one.id),
    one.pays === 'whole' ? `${one.state} (the whole of it)` : one.state,
    dueText(one),
    amountText(one),
  ])
  const titles = ['state', 'due', 'amount'].map((title) => ({ title }))
  const table = formatTable([{ title: 'notice', align: 'right' }, ...titles], rows)
  return `\nOthers of its group:\n${table}`
}

function actsText({ acts }: Detail, zone: string): string {
  return acts
    .map(({ at, actor, origin, verb, note }) => {
      const why = note === null ? '' : `\n    ${printable(note)}`
      return `\n${formatLocal(at, zone)}  ${printable(actor)} (${origin}): ${verb}${why}\n`
    })
    .join('')
}
