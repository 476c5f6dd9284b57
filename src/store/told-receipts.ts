// What people see of the receipts: each record of a flow with what every target said of it, those
// that were not given, and how many are left. What a target answered, and why a receipt failed,
// stand sealed in its row: the row says how it stands, and quotes nobody.
import type { Receipt } from '../connector.ts'
import type { ReceiptState } from '../domain/receipt.ts'
import type { Pool } from './database.ts'
import { RECORD_COLUMNS, RECORDS, type RecordRow, readReceipt } from './receipt-rows.ts'
import type { Vault } from './vault.ts'

/** What a target says of a record, or why it could not be told. */
export interface TargetAnswer {
  target: string
  state: ReceiptState
  /** What it was told. */
  fate: string
  at: Temporal.Instant
  /** What it answered last: `{ number: '0001234' }`. Empty when it said nothing. */
  answer: Record<string, string>
  /** Why it could not be told; null of what was given. */
  failure: { code: string; message: string } | null
}

export type ToldReceipt = Receipt & { targets: TargetAnswer[] }

export interface ReceiptFilter {
  institution: string | null
  flowId: number | null
  target: string | null
}

/** A receipt that was not given. */
export interface OpenReceipt extends TargetAnswer {
  institution: string
  feed: string
  flowId: number
  line: number
  attempts: number
  /** When it is tried again; null: a person decides. */
  tryAt: Temporal.Instant | null
}

/** Records read at a time. */
const PAGE = 2000

export function readReceipts(pool: Pool, vault: Vault) {
  return {
    /** Every record of a flow with how it ended, and what each target said of it, by record. */
    async *ofFlow(flowId: number): AsyncGenerator<{ record: number; receipt: ToldReceipt }> {
      for (let after = 0; ; ) {
        const { rows } = await pool.query<RecordRow>(ALL, [flowId, after, PAGE])
        const last = rows.at(-1)?.record ?? after
        const answers = await answersBetween(pool, vault, flowId, after, last)
        for (const row of rows) {
          const targets = answers.get(row.record) ?? []
          const receipt = { ...readReceipt(vault, flowId, row), targets }
          yield { record: row.record, receipt }
        }
        after = last
        if (rows.length < PAGE) return
      }
    },

    /** Receipts that were not given, by flow, target and line. Null filters mean all. */
    async list(filter: ReceiptFilter & { limit: number }): Promise<OpenReceipt[]> {
      const { institution, flowId, target, limit } = filter
      const { rows } = await pool.query<OpenRow>(LIST, [institution, flowId, target, limit])
      return rows.map((row) => {
        const { institution, feed, flowId, line, attempts, tryAt } = row
        return {
          institution,
          feed,
          flowId,
          line,
          attempts,
          tryAt,
          ...openAnswer(vault, flowId, row),
        }
      })
    },

    /** How many receipts that were not given there are. */
    async openCount({ institution, flowId, target }: ReceiptFilter): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*) as n from receipts t join institutions i on i.id = t.institution_id
         where ${OPEN}`,
        [institution, flowId, target],
      )
      return rows[0]?.n ?? 0
    },

    /** How many records of a flow a target has not been told of at all, and wants to hear of. */
    async untold(flowId: number, target: string, fates: readonly string[] | null): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(UNTOLD, [flowId, target, fates])
      return rows[0]?.n ?? 0
    },
  }
}

export interface ReceiptPlace {
  flowId: number
  target: string
  record: number
}

/** What is sealed with a receipt: the last answer of its target, and why it last failed. */
export interface Said {
  answer?: Record<string, string>
  failure?: { code: string; message: string }
}

export function sealSaid(vault: Vault, place: ReceiptPlace, said: Said): Buffer {
  return vault.seal(contextOf(place), JSON.stringify(said))
}

export function openSaid(vault: Vault, place: ReceiptPlace, sealed: Buffer | null): Said {
  if (sealed === null) return {}
  return JSON.parse(vault.open(contextOf(place), sealed).toString('utf8'))
}

function contextOf({ flowId, target, record }: ReceiptPlace): string {
  return `receipt/${flowId}/${record}/${target}`
}

const ALL = `select ${RECORD_COLUMNS} from ${RECORDS}
  where r.flow_id = $1 and r.record > $2 order by r.record limit $3`

interface AnswerRow {
  record: number
  target: string
  state: ReceiptState
  fate: string
  at: Temporal.Instant
  sealed: Buffer | null
}

type OpenRow = AnswerRow & Omit<OpenReceipt, keyof TargetAnswer>

const OPEN = `t.state <> 'given' and ($1::text is null or i.name = $1)
  and ($2::bigint is null or t.flow_id = $2) and ($3::text is null or t.target = $3)`

const LIST = `
  select i.name as institution, f.feed, t.flow_id as "flowId", t.record, r.line, t.target, t.state,
    t.fate, t.at, t.attempts, t.try_at as "tryAt", t.sealed
  from receipts t join institutions i on i.id = t.institution_id join flows f on f.id = t.flow_id
    join source_records r on r.flow_id = t.flow_id and r.record = t.record
  where ${OPEN} order by t.flow_id, t.target, t.record limit $4`

const UNTOLD = `
  select count(*) as n from source_records r left join messages m on m.id = r.message_id
  where r.flow_id = $1
    and not exists (select from receipts t
      where t.flow_id = r.flow_id and t.record = r.record and t.target = $2)
    and ($3::text[] is null or $3 @> array[case when r.fate <> 'message' then r.fate
      when m.state in ('claimed', 'sending') then 'waiting' else m.state end])`

async function answersBetween(
  pool: Pool,
  vault: Vault,
  flowId: number,
  after: number,
  last: number,
): Promise<Map<number, TargetAnswer[]>> {
  const { rows } = await pool.query<AnswerRow>(
    `select record, target, state, fate, at, sealed from receipts
     where flow_id = $1 and record > $2 and record <= $3 order by record, target`,
    [flowId, after, last],
  )
  const answers = rows.map((row) => ({ record: row.record, ...openAnswer(vault, flowId, row) }))
  return Map.groupBy(answers, ({ record }) => record)
}

/** A row as people are shown it. */
function openAnswer(vault: Vault, flowId: number, row: AnswerRow): TargetAnswer {
  const { target, state, fate, at, sealed } = row
  const { answer = {}, failure = null } = openSaid(vault, { flowId, ...row }, sealed)
  return { target, state, fate, at, answer, failure: state === 'given' ? null : failure }
}
