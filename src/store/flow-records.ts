// The records of a flow as people look through them: where each stands, by the term of the account
// that it counts in. Only reads, and nothing that a person has. Invariant: of each term as many are
// found as its flow’s account says.
import type { AccountTerm, RecordFate } from '../domain/flow-account.ts'
import type { Delivery, MessageState } from '../domain/message.ts'
import type { Pool } from './database.ts'

export interface FlowRecord {
  record: number
  line: number
  fate: RecordFate
  /** Its first message; null: it has none. */
  messageId: number | null
  state: MessageState | null
  /** Why it is where it is. */
  code: string | null
  delivery: Delivery | null
  sendAt: Temporal.Instant | null
  sentAt: Temporal.Instant | null
}

export type FlowRecords = ReturnType<typeof createFlowRecords>

export function createFlowRecords(pool: Pool) {
  return {
    /** In the order of the file, from after this record on, or the last before `before`. */
    async page(
      flowId: number,
      term: AccountTerm | 'read',
      from: { after: number | null; before: number | null },
      limit: number,
    ): Promise<FlowRecord[]> {
      const { rows } = await pool.query<FlowRecord>(PAGE, [
        ...[flowId, fatesOf(term), statesOf(term), from.after, from.before, limit],
      ])
      return from.before === null ? rows : rows.reverse()
    },
  }
}

/** Null: of any. */
function fatesOf(term: AccountTerm | 'read'): RecordFate[] | null {
  if (term === 'read') return null
  const ended: readonly RecordFate[] = ['refused', 'duplicate', 'skipped', 'waiting', 'cancelled']
  return ended.filter((fate) => fate === term)
}

const onItsWay: readonly MessageState[] = ['waiting', 'claimed', 'sending']

function statesOf(term: AccountTerm | 'read'): readonly string[] {
  return term === 'waiting' ? onItsWay : [term]
}

/** $2 fates, or null; $3 states of first messages. */
const PAGE = `
  select r.record, r.line, r.fate, m.id as "messageId", m.state, coalesce(m.code, r.code) as code,
    m.delivery, m.send_at as "sendAt", m.sent_at as "sentAt"
  from source_records r left join messages m on m.id = r.message_id
  where r.flow_id = $1
    and ($2::text[] is null or r.fate = any($2) or (r.fate = 'message' and m.state = any($3)))
    and ($4::integer is null or r.record > $4) and ($5::integer is null or r.record < $5)
  order by case when $5::integer is null then r.record else -r.record end limit $6`
