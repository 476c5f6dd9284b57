// What each target has been told, record by record. One row a record and target, from the moment
// that a call for it begins or fails, or that it was told. Sending and telling are two things: a
// row here never touches a message.
// Invariants: what was given is owed again only when the record has moved since; what may have been
// given is left to a person.
import type { GivenReceipt, OwedReceipt, Receipt } from '../connector.ts'
import type { AccountTerm } from '../domain/flow-account.ts'
import { failureEnd, isOwed, type ReceiptState } from '../domain/receipt.ts'
import type { FailedReceipt, KeptNotice } from '../pipeline/write-back/report.ts'
import type { DueReport, ReportTarget } from '../pipeline/write-back.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import { openNotice } from './messages.ts'
import {
  RECORD_COLUMNS,
  RECORDS,
  type RecordRow,
  readReceipt,
  recordOf,
  termOfRow,
} from './receipt-rows.ts'
import { openSaid, readReceipts, sealSaid } from './told-receipts.ts'
import type { Vault } from './vault.ts'
import { warnOfReceipts } from './write-back-mails.ts'

export type Receipts = ReturnType<typeof createReceipts>

/** Records read at a time. */
const PAGE = 2000

export function createReceipts(pool: Pool, vault: Vault) {
  return {
    ...readReceipts(pool, vault),

    /** The receipts that a target is still owed, by record. */
    async *owed(
      { flowId, target, retriesOnly }: DueReport,
      { fates }: Pick<ReportTarget, 'fates'>,
      now: Temporal.Instant,
    ): AsyncGenerator<{ record: number; receipt: OwedReceipt }> {
      const isWanted = (term: AccountTerm) => fates === null || fates.includes(term)
      const values = [target, retriesOnly, now.toString()]
      for (let after = 0; ; ) {
        const { rows } = await pool.query<OwedRow>(OWED, [flowId, after, PAGE, ...values])
        await forget(
          pool,
          flowId,
          target,
          rows.filter((row) => !isWanted(termOfRow(row))),
        )
        for (const row of rows) {
          after = row.record
          const { told_state: state, told_fate: toldFate, try_at: tryAt } = row
          const term = termOfRow(row)
          if (!isOwed({ state, toldFate, tryAt }, term, isWanted(term), now)) continue
          const isBegun = state === 'begun' || (state === null && row.is_restored)
          const receipt = { ...readReceipt(vault, flowId, row), isBegun }
          yield { record: row.record, receipt }
        }
        if (rows.length < PAGE) return
      }
    },

    /** A call for these is about to leave. Answers how many: what was given meanwhile is not. */
    async begin(
      { flowId, target }: DueReport,
      receipts: readonly Receipt[],
      now: Temporal.Instant,
    ): Promise<number> {
      const values = [...columnsOf(flowId, target, receipts), now.toString()]
      return (await pool.query(BEGIN, values)).rowCount ?? 0
    },

    /** The target has these, and said so. */
    async given(
      { flowId, target }: DueReport,
      given: readonly GivenReceipt[],
      now: Temporal.Instant,
    ): Promise<void> {
      const receipts = given.map(({ receipt }) => receipt)
      const sealed = given.map(({ receipt, answer }) => {
        if (answer === undefined || Object.keys(answer).length === 0) return null
        return sealSaid(vault, { flowId, target, record: recordOf(receipt) }, { answer })
      })
      await pool.query(GIVE, [...columnsOf(flowId, target, receipts), now.toString(), sealed])
    },

    /**
     * This one could not be told; staff hears of it when nobody tries it again. Where it was given
     * meanwhile, that stands.
     */
    async failed(failed: FailedReceipt, now: Temporal.Instant): Promise<number> {
      const { report, target, receipt } = failed
      const { flowId, target: to } = report
      const record = recordOf(receipt)
      await transaction(pool, async (tx) => {
        const { rows } = await tx.query<LockedRow>(LOCK, [flowId, record, to])
        const row = rows[0] ?? { attempts: 0, at: now, sealed: null, state: null, fate: null }
        if (row.state === 'given' && row.fate === receipt.fate) return
        const tries = row.attempts + 1
        const since = row.attempts > 0 ? row.at : now
        const terms = { tries, since, retryHours: target.retryHours }
        const end = failureEnd(terms, failed.mayBeGiven, failed.failure.retry, now)
        const place = { flowId, target: to, record }
        const { code, message } = failed.failure
        const failure = { code, message: message.slice(0, MESSAGE_LENGTH) }
        const sealed = sealSaid(vault, place, { ...openSaid(vault, place, row.sealed), failure })
        await tx.query(FAIL, [
          ...[flowId, record, to, receipt.fate, end.state, tries],
          ...[since.toString(), end.tryAt?.toString() ?? null, sealed],
        ])
        if (end.state !== 'failed') await warnOfReceipts(tx, report, target, end.state, now)
      })
      return record
    },

    /** The notice of a record, with what its first message was checked against. */
    async findNotice({ flowId }: DueReport, receipt: Receipt): Promise<KeptNotice | null> {
      const { rows } = await pool.query<NoticeRow>(NOTICE, [flowId, recordOf(receipt)])
      const row = rows[0]
      if (row === undefined) return null
      const { mappingVersionId, textHash, sealed } = row
      return { mappingVersionId, textHash, data: openNotice(vault, row, sealed) }
    },
  }
}

const MESSAGE_LENGTH = 1000

/**
 * The database is older than what was told: whatever it knows to be owed may have been given since,
 * so that each target is asked before it is told, or a person is.
 */
export async function doubtReceipts(tx: Queryable, now: Temporal.Instant): Promise<void> {
  await tx.query(`update flows set is_restored = true where origin in ('drop', 'replay')`)
  await tx.query(
    `update receipts set state = 'begun', try_at = $1 where state in ('failed', 'owed')`,
    [now.toString()],
  )
}

type OwedRow = RecordRow & {
  told_state: ReceiptState | null
  told_fate: string | null
  try_at: Temporal.Instant | null
  is_restored: boolean
}

const OWED = `select ${RECORD_COLUMNS}, t.state as told_state, t.fate as told_fate, t.try_at,
    f.is_restored
  from ${RECORDS}
    join flows f on f.id = r.flow_id
    left join receipts t on t.flow_id = r.flow_id and t.record = r.record and t.target = $4
  where r.flow_id = $1 and r.record > $2 and (not $5::boolean or t.try_at <= $6)
  order by r.record limit $3`

/** What failed, and of which its target no longer wants to hear, is not tried again. */
async function forget(pool: Pool, flowId: number, target: string, rows: OwedRow[]): Promise<void> {
  const records = rows
    .filter(({ told_state: state }) => state === 'failed' || state === 'owed')
    .map(({ record }) => record)
  if (records.length === 0) return
  await pool.query(
    `delete from receipts where flow_id = $1 and target = $2 and record = any($3)
       and state in ('failed', 'owed')`,
    [flowId, target, records],
  )
}

function columnsOf(flowId: number, target: string, receipts: readonly Receipt[]) {
  return [flowId, target, receipts.map(recordOf), receipts.map(({ fate }) => fate)] as const
}

const INSERT = `
  insert into receipts as r (flow_id, target, record, fate, institution_id, state, at, try_at, sealed)`

/** While a receipt fails, `at` is when it began to: its horizon is counted from there. */
const BEGIN = `${INSERT}
  select f.id, $2, t.record, t.fate, f.institution_id, 'begun', $5, $5, null
  from flows f cross join unnest($3::int[], $4::text[]) as t (record, fate) where f.id = $1
  on conflict (flow_id, record, target) do update set fate = excluded.fate, state = 'begun',
    at = case when r.attempts > 0 then r.at else excluded.at end, try_at = excluded.try_at
  where r.state <> 'given' or r.fate <> excluded.fate`

const GIVE = `${INSERT}
  select f.id, $2, t.record, t.fate, f.institution_id, 'given', $5, null, t.sealed
  from flows f cross join unnest($3::int[], $4::text[], $6::bytea[]) as t (record, fate, sealed)
  where f.id = $1
  on conflict (flow_id, record, target) do update set fate = excluded.fate, state = 'given',
    at = excluded.at, try_at = null, attempts = 0, sealed = coalesce(excluded.sealed, r.sealed)`

/** As `GIVE`, but for what the connector has said itself: that stands, with its answer. */
const TELL = `${INSERT}
  select f.id, $2, t.record, t.fate, f.institution_id, 'given', $5, null, null
  from flows f cross join unnest($3::int[], $4::text[]) as t (record, fate) where f.id = $1
  on conflict (flow_id, record, target) do update set fate = excluded.fate, state = 'given',
    at = excluded.at, try_at = null, attempts = 0
  where r.state <> 'given' or r.fate <> excluded.fate`

/** Records remembered as told in one statement. */
const TOLD_AT_ONCE = 5000

/** Remembers what a report has told, inside the transaction that remembers the report. */
export async function rememberTold(
  tx: Queryable,
  { flowId, target }: DueReport,
  { records, fates }: { records: readonly number[]; fates: readonly string[] },
  now: Temporal.Instant,
): Promise<void> {
  for (let start = 0; start < records.length; start += TOLD_AT_ONCE) {
    const end = start + TOLD_AT_ONCE
    const page = [records.slice(start, end), fates.slice(start, end)]
    await tx.query(TELL, [flowId, target, ...page, now.toString()])
  }
}

interface LockedRow {
  attempts: number
  at: Temporal.Instant
  sealed: Buffer | null
  state: ReceiptState | null
  fate: string | null
}

const LOCK = `select attempts, at, sealed, state, fate from receipts
  where flow_id = $1 and record = $2 and target = $3 for update`

const FAIL = `
  insert into receipts (flow_id, record, target, fate, institution_id, state, attempts, at, try_at, sealed)
  select f.id, $2, $3, $4, f.institution_id, $5, $6, $7, $8, $9 from flows f where f.id = $1
  on conflict (flow_id, record, target) do update set fate = excluded.fate,
    state = excluded.state, attempts = excluded.attempts, at = excluded.at,
    try_at = excluded.try_at, sealed = excluded.sealed`

interface NoticeRow {
  mappingVersionId: number
  textHash: Uint8Array
  sealed: Buffer
  institutionId: number
  noticeId: number
}

const NOTICE = `
  select n.mapping_version_id as "mappingVersionId", m.text_hash as "textHash", n.sealed,
    n.institution_id as "institutionId", n.id as "noticeId"
  from source_records r join messages m on m.id = r.message_id join notices n on n.id = r.notice_id
  where r.flow_id = $1 and r.record = $2 and r.fate = 'message'`
