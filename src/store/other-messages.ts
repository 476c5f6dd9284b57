// The other messages of a notice, as far as one of them may make a late one needless: those that
// are due or have left. A claim of messages at a time, through the index of their notices.
import type { OtherOfNotice } from '../pipeline/send/overtaken.ts'
import type { Pool } from './database.ts'
import { GOING } from './messages.ts'

export function createOtherMessages(pool: Pool) {
  return {
    /** Beside these messages: what was planned for after them, and first messages. */
    async find(messageIds: readonly number[], now: Temporal.Instant): Promise<OtherOfNotice[]> {
      const { rows } = await pool.query<OtherOfNotice>({
        name: 'other-messages',
        text: OTHERS,
        values: [messageIds, now.toString()],
      })
      return rows
    },
  }
}

const OPEN = `(o.state in ('waiting', 'claimed', 'sending')
  or o.state = 'held' and o.code = 'HOLD_PAYMENTS_STALE')`

/** Of what was tried, and of what was only recorded, nobody gets more by an earlier one. */
const TRIED = `o.state in ('sent', 'undeliverable', 'rejected', 'recorded', 'uncertain')`

/**
 * $1 messages, $2 now. What is still to leave counts where its flow goes; a first message whose due
 * date has passed does not leave. What is not due by tomorrow overtakes nothing yet.
 */
const OTHERS = `
  with due as (
    select m.id, m.notice_id, coalesce(m.civil_at at time zone f.zone, f.released_at) as planned
    from unnest($1::bigint[]) as asked (id) join messages m on m.id = asked.id
      join flows f on f.id = m.flow_id),
  others as (
    select due.id, due.planned as "ownPlan", o.purpose, o.template, o.due_at, o.waived, f.feed,
      coalesce(o.mapping_version_id, n.mapping_version_id) as version,
      coalesce(o.civil_at at time zone f.zone, f.released_at) as planned,
      case when ${TRIED} then coalesce(o.sent_at, o.closed_at,
        (select max(started_at) from attempts a where a.message_id = o.id)) end as left_at
    from due join messages o on o.notice_id = due.notice_id and o.id <> due.id
      join flows f on f.id = o.flow_id join notices n on n.id = o.notice_id
    where o.purpose in ('first', 'reminder')
      and (${TRIED} or ${OPEN} and n.flow_id = f.id and ${GOING}))
  select id as "messageId", purpose, template, feed, version as "mappingVersionId",
    planned as "plannedAt", left_at as "leftAt", due_at as "dueAt", coalesce(waived, '{}') as waived
  from others
  where case purpose
    when 'reminder' then planned > "ownPlan" and planned <= $2::timestamptz + interval '1 day'
    else coalesce(left_at >= "ownPlan",
      planned <= $2 and not coalesce(due_at < $2 and planned <= due_at, false)) end`
