// What a rehearsal shows of its messages: counts by day, by rule and by how they ended, read from
// the tables that it filled. Only reads. Invariant: nothing of a person, and no key, is in what is
// answered.
import type { MessageState, Purpose } from '../domain/message.ts'
import type { Pool } from './database.ts'
import { OWN } from './flow-ends.ts'

/** Which text of which feed, or of which campaign. */
export interface RuleName {
  /** Of a campaign null. */
  feed: string | null
  campaign: string | null
  purpose: Purpose
  template: number
}

export interface LeftOnDay extends RuleName {
  /** `2025-03-01` in the zone. */
  day: string
  account: string
  messages: number
}

export interface EndsOfRule extends RuleName {
  state: MessageState
  code: string | null
  moved: string | null
  messages: number
}

export interface LatenessOfRule extends RuleName {
  messages: number
  mostHours: number
}

export interface SilencedOnDay {
  /** On which they would have left. */
  day: string
  purpose: Purpose
  messages: number
}

/** How long after the last message of a notice the news of its payment came. */
export interface PaidAfter {
  days: number
  notices: number
}

export interface FlowMessages {
  flowId: number
  /** First messages that IO was asked about, and those that it took. */
  tried: number
  sent: number
}

/** Beyond so many days, payments have nothing to do with the message. */
const MOST_DAYS = 60

/** Only what left is counted as having left: what IO accepted, told or not. */
const LEFT = "m.sent_at is not null and m.purpose <> 'test'"
const RULE = 'f.feed, f.campaign, m.purpose, m.template'

/** Opens the counting; `zone` says which day an instant belongs to. */
export function createRehearsals(pool: Pool, zone: string) {
  async function rows<R extends object>(text: string, values: unknown[] = [zone]): Promise<R[]> {
    return (await pool.query<R>(text, values)).rows
  }
  return {
    leftByDay: () =>
      rows<LeftOnDay>(
        `select (m.sent_at at time zone $1)::date::text as day, f.account, ${RULE},
           count(*) as messages
         from messages m join flows f on f.id = m.flow_id where ${LEFT}
         group by 1, 2, ${RULE} order by 1`,
      ),

    ends: () =>
      rows<EndsOfRule>(
        `select ${RULE}, m.state, m.code, m.moved, count(*) as messages
         from messages m join flows f on f.id = m.flow_id
         group by ${RULE}, m.state, m.code, m.moved order by ${RULE}, m.state`,
        [],
      ),

    /** Of messages with a time of their own: those that left an hour after it, or later. */
    late: () =>
      rows<LatenessOfRule>(
        `select ${RULE}, count(*) as messages,
           max(extract(epoch from m.sent_at - (m.civil_at at time zone f.zone)) / 3600)::float8
             as "mostHours"
         from messages m join flows f on f.id = m.flow_id
         where ${LEFT} and m.civil_at is not null and m.moved is distinct from 'crowded'
           and m.sent_at >= (m.civil_at at time zone f.zone) + interval '1 hour'
         group by ${RULE}`,
        [],
      ),

    /** Messages of flows that went, which did not leave since their notice had been paid. */
    silencedByPayment: () =>
      rows<SilencedOnDay>(
        `select (m.send_at at time zone $1)::date::text as day, m.purpose, count(*) as messages
         from messages m join flows f on f.id = m.flow_id join notices n on n.id = m.notice_id
         where f.released_at is not null and m.state = 'cancelled' and m.code = 'settled'
           and n.ended_by in ('settlement', 'payment')
         group by 1, 2 order by 1`,
      ),

    /** Notices that had a reminder, and whose payment was heard of after it. */
    paidAfter: () =>
      rows<PaidAfter>(
        `select days, count(*) as notices from (
           select floor(extract(epoch from n.ended_at - max(m.sent_at)) / 86400)::int as days
           from notices n join messages m on m.notice_id = n.id
           where n.state = 'settled' and n.ended_by in ('settlement', 'payment')
             and m.purpose in ('reminder', 'campaign') and m.sent_at <= n.ended_at
           group by n.id, n.ended_at) each
         where days <= $1 group by days order by days`,
        [MOST_DAYS],
      ),

    /** The first messages of each flow. */
    flowMessages: () =>
      rows<FlowMessages>(
        `select m.flow_id as "flowId", count(*) filter (where ${LEFT}) as sent,
           count(*) filter (where ${LEFT} or m.state in ('undeliverable', 'rejected')) as tried
         from messages m where m.purpose in ${OWN} group by 1`,
        [],
      ),
  }
}

export type Rehearsals = ReturnType<typeof createRehearsals>
