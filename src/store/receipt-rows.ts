// A record of a flow → what a target is told of it. The reason stands sealed with the record, the
// key with its notice. Invariant: the receipt of a record has the same id for ever, whatever is
// told of it, and the id says nothing of a person.
import type { Receipt } from '../connector.ts'
import { type AccountTerm, type RecordFate, termOf } from '../domain/flow-account.ts'
import type { MessageState } from '../domain/message.ts'
import { DO_NOT_CONTACT } from './do-not-contact.ts'
import { recordContext } from './lot-rows.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'

/** A record with the first message that came of it. */
export interface RecordRow {
  record: number
  line: number
  fate: RecordFate
  installation: string
  institution_id: number
  notice_id: number | null
  record_sealed: Buffer | null
  notice_sealed: Buffer | null
  state: MessageState | null
  code: string | null
  /** Why its message did not leave, or was refused; free of people's data. */
  message_detail: string | null
  io_id: string | null
  closed_at: Temporal.Instant | null
  delivery: string | null
  io_status: string | null
  read_at: Temporal.Instant | null
  paid_at: Temporal.Instant | null
  /** Of a duplicate: where the first message of its notice stands. */
  earlier_state: MessageState | null
}

/** SQL: the columns of a `RecordRow`, from `RECORDS`. */
export const RECORD_COLUMNS = `
  r.record, r.line, r.fate, r.institution_id, r.notice_id, r.sealed as record_sealed,
  (select id from installation) as installation, n.sealed as notice_sealed,
  m.state, m.code, m.detail as message_detail, m.delivery, m.io_status, m.read_at, m.paid_at,
  coalesce(m.io_id, earlier.io_id) as io_id, coalesce(m.closed_at, earlier.closed_at) as closed_at,
  earlier.state as earlier_state`

/** SQL: source records `r`, each with its first message `m` and its notice `n`. */
export const RECORDS = `
  source_records r
    left join messages m on m.id = r.message_id
    left join lateral (
      select state, io_id, closed_at from messages e
      where r.fate = 'duplicate' and e.notice_id = r.notice_id and e.purpose = 'first'
      order by e.id desc limit 1) earlier on true
    left join notices n on n.id = r.notice_id and r.fate = 'message'`

/** Where a record stands now. */
export function termOfRow({ fate, state }: RecordRow): AccountTerm {
  return termOf(fate, state)
}

/** What `map` sealed for a record that ended there, or that goes with a warning. */
export interface RecordDetail {
  key: string | null
  refusals?: { code: string; field: string | null; detail: string; remedy: string }[]
  because?: string
  warnings?: { code: string; detail: string }[]
}

/** The receipt of a record as it stands now. */
export function readReceipt(vault: Vault, flowId: number, row: RecordRow): Receipt {
  const { record, line, closed_at: at, io_id: messageId } = row
  const id = receiptId(vault, row.installation, flowId, record)
  const common = { id, line, fate: termOfRow(row), messageId, at }
  if (row.fate === 'message') {
    const notice = { institutionId: row.institution_id, noticeId: row.notice_id as number }
    const { key } = openNotice(vault, notice, row.notice_sealed as Buffer)
    const { warnings } = readDetail(vault, flowId, row)
    const reason = row.state === 'sent' ? null : (row.message_detail ?? saidOf(row.code))
    const detail = [reason, deliveryText(row), warningText(warnings)].filter(Boolean).join('; ')
    return { ...common, key, code: row.code ?? '', detail }
  }
  const { key, refusals = [], because = '', warnings } = readDetail(vault, flowId, row)
  const reasons = refusals.map((refusal) => refusal.detail)
  const earlier = row.earlier_state && ` (${termOf('message', row.earlier_state)})`
  const said = [`${because}${earlier ?? ''}`, warningText(warnings)].filter(Boolean).join('; ')
  return {
    ...common,
    key,
    code: refusals.map((refusal) => refusal.code).join(' '),
    detail: reasons.join(' ') || said,
  }
}

/** In the words of the report; the other codes are in its own column. */
function saidOf(code: string | null): string | null {
  return code === DO_NOT_CONTACT
    ? 'il destinatario non va contattato, su decisione dell’ente'
    : null
}

const RECORD_DIGITS = 8

/**
 * 24 digits of a keyed hash, so that no other installation has the same, and the record's number:
 * what a connector says of a receipt leads back to its record without anything being remembered.
 */
function receiptId(vault: Vault, installation: string, flowId: number, record: number): string {
  const hash = vault.hash('receipt', `${installation}/${flowId}/${record}`).toString('hex')
  const number = record.toString(16).padStart(RECORD_DIGITS, '0')
  return hash.slice(0, -RECORD_DIGITS) + number
}

/** The record of a receipt's id. */
export function recordOf({ id }: Pick<Receipt, 'id'>): number {
  return Number.parseInt(id.slice(-RECORD_DIGITS), 16)
}

/** IO's last word, and what it says of a premium message: `processed, read, paid`. */
function deliveryText({ delivery, io_status, read_at, paid_at }: RecordRow): string {
  const word = delivery === 'unknown' ? `unknown (${io_status})` : delivery
  return [word, read_at && 'read', paid_at && 'paid'].filter(Boolean).join(', ')
}

/** What the office should look at though the record went. */
function warningText(warnings: RecordDetail['warnings'] = []): string {
  return warnings.map(({ code, detail }) => `attenzione ${code}: ${detail}`).join(' ')
}

function readDetail(vault: Vault, flowId: number, row: RecordRow): RecordDetail {
  if (row.record_sealed === null) return { key: null }
  const clear = vault.open(recordContext(flowId, row.record), row.record_sealed)
  return JSON.parse(clear.toString('utf8'))
}
