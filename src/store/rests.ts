// Which records of a flow its rest is made of: where each of them stands, without whom it is about.
// Nothing sealed is opened here.
import { termOf } from '../domain/flow-account.ts'
import type { RestRecord } from '../pipeline/write-back/rest.ts'
import type { Pool } from './database.ts'
import { RECORDS, type RecordRow } from './receipt-rows.ts'

export type Rests = ReturnType<typeof createRests>

/** Records read at a time. */
const PAGE = 5000

export function createRests(pool: Pool) {
  return {
    /** Every record of a flow as it stands now, by its number in the drop. */
    async *records(flowId: number): AsyncGenerator<RestRecord> {
      for (let after = 0; ; ) {
        const { rows } = await pool.query<RestRow>(RECORDS_BY_NUMBER, [flowId, after, PAGE])
        for (const { record, line, fate, state, earlier_state: earlier } of rows) {
          const found = earlier === null ? null : termOf('message', earlier)
          yield { record, line, term: termOf(fate, state), earlier: found }
          after = record
        }
        if (rows.length < PAGE) return
      }
    },
  }
}

type RestRow = Pick<RecordRow, 'record' | 'line' | 'fate' | 'state' | 'earlier_state'>

/** One that was corrected, or mapped again, stands where it went on. */
const RECORDS_BY_NUMBER = `
  select r.record, r.line, coalesce(again.fate, r.fate) as fate,
    case when again.fate is null then m.state else told.state end as state,
    earlier.state as earlier_state
  from ${RECORDS}
    left join corrections c on c.flow_id = r.flow_id and c.record = r.record and c.state = 'reworked'
    left join source_records again on again.flow_id = c.made_flow_id and again.record = c.record
    left join messages told on told.id = again.message_id
  where r.flow_id = $1 and r.record > $2 order by r.record limit $3`
