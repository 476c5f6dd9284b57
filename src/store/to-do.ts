// What waits for people in one institution, counted for whoever looks: of the services for which
// they may do something about it. Each count is of rows that a partial index holds, so that it
// costs what waits and no more.
import type { FlowReason, FlowState } from '../domain/flow.ts'
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface ToDo {
  /** Flows that wait for an approval: as many as `approvals.waiting` lists. */
  approvals: number
  /** Messages whose outcome nobody knows. */
  uncertain: number
  /** Messages that wait for a person for another reason. */
  held: number
}

/** Services of which each count is; null: of all; empty: of none. */
export interface ToDoServices {
  approvals: readonly string[] | null
  messages: readonly string[] | null
}

/** A flow that stands still until a person acts: kept back by a check, or suspended. */
export interface KeptFlow {
  id: number
  /** The name of its file; null: it came of none. */
  key: string | null
  campaign: string | null
  service: string
  state: FlowState
  reason: FlowReason
}

/** Flows that are told one by one. */
export const MOST_KEPT = 10

export function createToDo(pool: Pool, institutions: Institutions) {
  return {
    async of(institution: string, services: ToDoServices): Promise<ToDo> {
      const { approvals, messages } = services
      const owner = await institutions.idOf(institution)
      const { rows } = await pool.query<ToDo>(TO_DO, [owner, approvals, messages])
      return rows[0] as ToDo
    },

    /** The newest first; one more than are told, where there are. Services null: of all. */
    async kept(institution: string, services: readonly string[] | null): Promise<KeptFlow[]> {
      const owner = await institutions.idOf(institution)
      const { rows } = await pool.query<KeptFlow>(KEPT, [owner, services, MOST_KEPT + 1])
      return rows
    },
  }
}

const mine = (services: string) =>
  `f.institution_id = $1 and (${services}::text[] is null or f.service = any(${services}))`

const messagesIn = (state: string) => `(select count(*) from flows f
  join messages m on m.flow_id = f.id and m.state = '${state}' where ${mine('$3')})`

const TO_DO = `
  select
    (select count(*) from flows f where ${mine('$2')} and f.stopped_at is null
      and f.replaced_by is null and (f.state = 'active' and f.reason = 'awaiting-approval'
        and f.released_at is null and f.approve_by is not null)) +
    (select count(distinct f.id) from flows f join messages m on m.flow_id = f.id
        and m.state = 'held' and m.code = 'HOLD_NOT_APPROVED'
      where ${mine('$2')} and f.stopped_at is null and f.replaced_by is null) as approvals,
    ${messagesIn('uncertain')} as uncertain, ${messagesIn('held')} as held`

const KEPT = `
  select f.id, d.key, f.campaign, f.service, f.state,
    case when f.suspended_at is null then f.reason else f.suspended_because end as reason
  from flows f left join drops d on d.id = f.drop_id
  where ${mine('$2')} and f.state in ('active', 'sending')
    and (f.suspended_at is not null or f.reason = 'blocked')
  order by f.id desc limit $3`
