// What the source is told, and when it is due. Sending and reporting back are two columns, never
// one status: a report that fails changes nothing about a message, and is never a cause of sending.
import type { Receipt } from '../connector.ts'
import { type RecordFate, termOf } from '../domain/flow-account.ts'
import type { MessageState } from '../domain/message.ts'
import type { NoticeData } from '../domain/notice.ts'
import type { DueReport, ReportingFeed } from '../pipeline/write-back.ts'
import type { Pool } from './database.ts'
import { noticeContext, recordContext } from './lot-rows.ts'
import type { Vault } from './vault.ts'

/** Which feeds report, and after how long at the latest. */
type ReportTerms = Pick<ReportingFeed, 'institution' | 'feed' | 'reportAfterHours'>

/** A receipt with what has to be remembered about it once the source has it. */
export interface ReportedRecord {
  record: number
  receipt: Receipt
}

export type WriteBacks = ReturnType<typeof createWriteBacks>

/** Records read at a time while a report is written. */
const PAGE = 2000

export function createWriteBacks(pool: Pool, vault: Vault) {
  return {
    /** Drops whose report is due now, of the feeds that report at all. */
    async due(feeds: ReportTerms[], now: Temporal.Instant): Promise<DueReport[]> {
      const { rows } = await pool.query<DueReport>(DUE, [
        feeds.map((feed) => feed.institution),
        feeds.map((feed) => feed.feed),
        feeds.map((feed) => feed.reportAfterHours),
        now.toString(),
      ])
      return rows
    },

    /** The reports that were written about a flow's drop, in order. */
    async list(flowId: number): Promise<{ number: number; records: number; final: boolean }[]> {
      const { rows } = await pool.query<{ number: number; records: number; final: boolean }>(
        `select w.number, w.records, w.final from write_backs w
           join flows f on f.drop_id = w.drop_id where f.id = $1 order by w.number`,
        [flowId],
      )
      return rows
    },

    /**
     * The receipts of a flow by line; for a supplement only those that changed since they were
     * told.
     */
    async *receipts(flowId: number, changedOnly: boolean): AsyncGenerator<ReportedRecord> {
      for (let after = 0; ; ) {
        const { rows } = await pool.query<RecordRow>(RECEIPTS, [flowId, after, PAGE])
        for (const row of rows) {
          const receipt = readReceipt(vault, flowId, row)
          after = row.record
          if (!changedOnly || receipt.fate !== row.reported) yield { record: row.record, receipt }
        }
        if (rows.length < PAGE) return
      }
    },

    /**
     * Remembers what records were told, a page at a time: before the report itself is remembered.
     */
    async told(flowId: number, told: { record: number; fate: string }[]): Promise<void> {
      await pool.query(
        `update source_records r set reported = t.fate
         from unnest($2::int[], $3::text[]) as t (record, fate)
         where r.flow_id = $1 and r.record = t.record`,
        [flowId, told.map((entry) => entry.record), told.map((entry) => entry.fate)],
      )
    },

    /** The source has the report. */
    async written(report: DueReport, records: number, now: Temporal.Instant): Promise<void> {
      await pool.query(
        `insert into write_backs (drop_id, number, institution_id, written_at, records, final)
         select id, $2, institution_id, $3, $4, $5 from drops where id = $1
         on conflict (drop_id, number) do nothing`,
        [report.dropId, report.number, now.toString(), records, report.final],
      )
    },
  }
}

/**
 * Due when every first message has ended and none still waits for IO's processing, or when
 * `reportAfterHours` have passed (then a supplement follows). Nothing is due after a final report.
 */
const DUE = `
  select * from (
    select f.drop_id as "dropId", f.id as "flowId", i.name as institution, f.feed, d.key as "dropKey",
      coalesce((select max(w.number) + 1 from write_backs w where w.drop_id = f.drop_id), 0) as number,
      f.state in ('sent', 'incomplete')
        and not exists (select from messages m where m.flow_id = f.id and m.purpose = 'first'
          and ((m.track_at is not null and m.delivery <> 'processed')
            or m.state in ('held', 'uncertain'))) as final,
      d.mapped_at + wanted.hours * interval '1 hour' <= $4 as late
    from unnest($1::text[], $2::text[], $3::float8[]) as wanted (institution, feed, hours)
      join institutions i on i.name = wanted.institution
      join flows f on f.institution_id = i.id and f.feed = wanted.feed and f.origin = 'drop'
      join drops d on d.id = f.drop_id and d.state = 'mapped'
    where not exists (select from write_backs w where w.drop_id = f.drop_id and w.final)) candidates
  where final or (late and number = 0)
  order by "dropId"`

interface RecordRow {
  record: number
  line: number
  fate: RecordFate
  reported: string | null
  institution_id: number
  notice_id: number | null
  record_sealed: Buffer | null
  notice_sealed: Buffer | null
  state: MessageState | null
  code: string | null
  io_id: string | null
  closed_at: Temporal.Instant | null
  delivery: string | null
  io_status: string | null
  read_at: Temporal.Instant | null
  paid_at: Temporal.Instant | null
  /** Of a duplicate: where the first message of its notice stands. */
  earlier_state: MessageState | null
}

const RECEIPTS = `
  select r.record, r.line, r.fate, r.reported, r.institution_id, r.notice_id, r.sealed as record_sealed,
    n.sealed as notice_sealed, m.state, m.code, m.delivery, m.io_status, m.read_at, m.paid_at,
    coalesce(m.io_id, earlier.io_id) as io_id, coalesce(m.closed_at, earlier.closed_at) as closed_at,
    earlier.state as earlier_state
  from source_records r
    left join messages m on m.id = r.message_id
    left join lateral (
      select state, io_id, closed_at from messages e
      where r.fate = 'duplicate' and e.notice_id = r.notice_id and e.purpose = 'first'
      order by e.id desc limit 1) earlier on true
    left join notices n on n.id = r.notice_id and r.fate = 'message'
  where r.flow_id = $1 and r.record > $2 order by r.record limit $3`

/** What `map` sealed for a record that ended there, or that goes with a warning. */
export interface RecordDetail {
  key: string | null
  refusals?: { code: string; field: string | null; detail: string; remedy: string }[]
  because?: string
  warnings?: { code: string; detail: string }[]
}

function readReceipt(vault: Vault, flowId: number, row: RecordRow): Receipt {
  const fate = termOf(row.fate, row.state)
  const at = row.closed_at
  if (row.fate === 'message') {
    const context = noticeContext(row.institution_id, row.notice_id as number)
    const clear = vault.open(context, row.notice_sealed as Buffer).toString('utf8')
    const { key } = JSON.parse(clear) as NoticeData
    const { warnings } = readDetail(vault, flowId, row)
    const detail = [deliveryText(row), warningText(warnings)].filter(Boolean).join('; ')
    return { line: row.line, key, fate, code: row.code ?? '', detail, messageId: row.io_id, at }
  }
  const { key, refusals = [], because = '', warnings } = readDetail(vault, flowId, row)
  const reasons = refusals.map((refusal) => refusal.detail)
  const earlier = row.earlier_state && ` (${termOf('message', row.earlier_state)})`
  const said = [`${because}${earlier ?? ''}`, warningText(warnings)].filter(Boolean).join('; ')
  return {
    line: row.line,
    key,
    fate,
    code: refusals.map((refusal) => refusal.code).join(' '),
    detail: reasons.join(' ') || said,
    messageId: row.io_id,
    at,
  }
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
