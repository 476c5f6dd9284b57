// Previewed records as people read them at a terminal, and what all of them come to.
// Control characters of the source never reach the terminal.

import { dueDayOf } from '../domain/civil-date.ts'
import { formatEuro } from '../domain/money.ts'
import type { CommandContext } from './command.ts'
import { formatCount, formatLocal, formatNumber, printable } from './table.ts'

type PreviewFile = CommandContext['offline']['previewFile']
type PreviewedLine = ReturnType<PreviewFile> extends AsyncGenerator<infer R> ? R : never
type Fault = Extract<PreviewedLine, { dropRefused: object }>
type Previewed = Exclude<PreviewedLine, Fault>
type Messages = Extract<Previewed, { messages: object }>['messages']

/** A record in a few lines, the last with its line end; instants are those of the zone. */
export function describeRecord(record: Previewed, zone: string): string {
  const head = `line ${record.line}${record.key === null ? '' : `  ${record.key}`}`
  const [outcome, ...more] = linesOf(record, zone)
  const lines = [`${head}  ${outcome}`, ...more.map((line) => `    ${line}`)]
  return `${lines.map(printable).join('\n')}\n`
}

/** Why a file could not be read to its end, in two lines. */
export function describeFault({ dropRefused: { code, detail, remedy } }: Fault): string {
  return `${[`${code}: ${detail}`, remedy].map(printable).join('\n')}\n`
}

/** What follows the line and the key, then lines of their own. */
function linesOf(record: Previewed, zone: string): string[] {
  if ('refused' in record) {
    const reasons = record.refusals.map(({ code, field, detail, remedy }) => {
      return `${code}${field ? ` ${field}` : ''}: ${detail} ${remedy}`
    })
    return ['REFUSED', ...reasons]
  }
  if ('duplicate' in record) return [`duplicate: ${record.duplicate}`]
  if ('waiting' in record) {
    const waits = record.waiting.map(
      ({ reference, key, hours }) => `${reference} ${key}, at most ${hours} h`,
    )
    return [`waits for ${waits.join('; ')}`]
  }
  if ('closes' in record) {
    return [record.closes === 'nothing' ? 'closes nothing' : `closes its notice: ${record.closes}`]
  }
  if ('row' in record) {
    return ['a row', ...Object.entries(record.row).map(([name, text]) => `${name}: ${text}`)]
  }
  const { messages = [] } = record
  const doubts = doubtsOf(record).map(
    ({ code, field, detail, remedy }) =>
      `warning ${code}${field ? ` ${field}` : ''}: ${detail} ${remedy}`,
  )
  const outcome = 'skipped' in record ? `skipped: ${record.skipped}` : recipientLine(messages)
  return [outcome, ...doubts, ...messageLines(messages, zone), ...absenceLines(record)]
}

/** What the office should know of a notice that goes all the same. */
function doubtsOf(record: Previewed) {
  return 'doubts' in record ? (record.doubts ?? []) : []
}

/** Who would get it, and what of it is asked for until when: what is checked first. */
function recipientLine([first]: Messages): string {
  if (first === undefined) return '→ no message'
  const { fiscal_code, content } = first.payload
  const { due_date, payment_data } = content
  const words = [
    `→ ${fiscal_code}`,
    ...(payment_data ? [formatEuro(payment_data.amount), payment_data.notice_number] : []),
    ...(due_date === undefined ? [] : [`due ${dueDayOf(due_date)}`]),
  ]
  return words.join('  ')
}

/** As the mapping says it: `-7d 09:30` is half past nine where the institution is. */
function messageLines(messages: Messages, zone: string): string[] {
  return messages.flatMap(({ sendAt, purpose, payload, warnings, opensAt, movedFrom }) => {
    const local = formatLocal(Temporal.Instant.from(sendAt), zone)
    const soonest = opensAt?.replace('T', ' ') ?? 'at once'
    const when = purpose === 'first' ? soonest : local
    const moved = movedFrom
      ? [`  moved from ${movedFrom.replace('T', ' ')}: nothing leaves then`]
      : []
    const advice = warnings.map(
      ({ path, rule, detail, remedy }) => `  warning ${path} [${rule}]: ${detail} ${remedy}`,
    )
    return [`${when.padEnd(16)}  ${payload.content.subject}`, ...moved, ...advice]
  })
}

const absences = {
  closed: 'no reminder, as its rule says: nothing leaves then',
  next: 'no reminder: it would come with the next one',
  io: 'no reminder: IO’s own count, which may not come',
  past: 'no reminder: its time is over',
}

function absenceLines(record: Previewed): string[] {
  const unplanned = 'unplanned' in record ? (record.unplanned ?? []) : []
  return unplanned.map(({ at, because }) => `${at.replace('T', ' ')}  ${absences[because]}`)
}

/** What a record is counted as. */
type Term = 'notices' | 'rows' | 'refused' | 'skipped' | 'waiting' | 'duplicate' | Closes
type Closes = Extract<Previewed, { closes: string }>['closes']

/** Counts records by what becomes of them. */
export function createTally(shape: 'notice' | 'settlement' | 'reference') {
  const counts = new Map<Term, number>()
  let [records, messages, warnings] = [0, 0, 0]
  const n = (term: Term) => formatCount(counts.get(term) ?? 0)
  /** What this shape always says, then what is said only where there is any. */
  const words = {
    notice: () => {
      const notices = formatNumber(counts.get('notices') ?? 0, 'notice')
      return `${notices} with ${formatNumber(messages, 'message')}`
    },
    settlement: () =>
      `${n('settled')} settled, ${n('cancelled')} cancelled, ${n('nothing')} that close nothing`,
    reference: () => formatNumber(counts.get('rows') ?? 0, 'row'),
  }
  const some = (term: Term) =>
    shape === 'notice' && counts.has(term) ? `, ${n(term)} ${term}` : ''
  return {
    records: () => records,
    hasRefused: () => counts.has('refused'),
    add(record: PreviewedLine): void {
      if ('dropRefused' in record) return
      records += 1
      const term = termOf(record)
      counts.set(term, (counts.get(term) ?? 0) + 1)
      if (!('messages' in record) || record.messages === undefined) return
      messages += record.messages.length
      warnings += record.messages.flatMap((message) => message.warnings).length
      warnings += doubtsOf(record).length
    },
    /** One sentence. */
    text(): string {
      const skipped = shape === 'reference' ? '' : `, ${n('skipped')} skipped`
      const advice = shape === 'notice' ? `; ${formatNumber(warnings, 'warning')}` : ''
      const others = (['settled', 'cancelled', 'waiting', 'duplicate'] as const).map(some)
      const good = words[shape]() + others.join('')
      const rest = `${n('refused')} refused${skipped}${advice}`
      return `${formatNumber(records, 'record')}: ${good}, ${rest}.`
    },
  }
}

function termOf(record: Previewed): Term {
  if ('refused' in record) return 'refused'
  if ('waiting' in record) return 'waiting'
  if ('duplicate' in record) return 'duplicate'
  if ('closes' in record) return record.closes
  if ('row' in record) return 'rows'
  return 'skipped' in record ? 'skipped' : 'notices'
}
