// How flows are about each other: what tests, corrects or replaces a flow, and what it is about
// itself. Read alone; who makes such a flow writes `about_flow_id`.
import type { FlowOrigin, FlowReason, FlowState } from '../domain/flow.ts'
import type { Pool } from './database.ts'

/** Another flow, seen from one. */
export interface RelatedFlow {
  id: number
  origin: FlowOrigin
  state: FlowState
  reason: FlowReason
  /** Whether it is the one that the other is about; else it is about the other. */
  isSubject: boolean
}

/** Related flows that are named, the newest first. */
const MOST_RELATED = 20

/** SQL: `f` is the flow that a drop stands in: its first, or the last that mapped it again. */
export const OF_DROP = "f.origin in ('drop', 'replay') and f.replaced_by is null"

export function createFlowRelations(pool: Pool) {
  return {
    /** The flow that this one is about, then those that are about it. */
    async of(flowId: number): Promise<RelatedFlow[]> {
      const { rows } = await pool.query<RelatedFlow>(RELATED, [flowId, MOST_RELATED])
      return rows
    },
  }
}

const RELATED = `
  select f.id, f.origin, f.state,
    case when f.suspended_at is null then f.reason else f.suspended_because end as reason,
    f.id < $1 and f.about_flow_id is distinct from $1 as "isSubject"
  from flows f
  where f.about_flow_id = $1 or f.id = (select about_flow_id from flows where id = $1)
  order by "isSubject" desc, f.id desc limit $2`
