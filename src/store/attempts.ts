// Attempts: append-only. The row is committed and the journal synced before the first byte leaves;
// what became of it is a second row. Both are group commits. A crash leaves at most the attempts in
// flight, and the next holder of the lease finds them. The statements have names: each connection
// plans them once, since planning would cost as much as the work.
import type { MessageState } from '../domain/message.ts'
import type { AttemptEnd, AttemptTarget, MessageEnd, SendLog } from '../pipeline/send/one.ts'
import type { Pool } from './database.ts'
import { IS_BLOCKED } from './do-not-contact.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Lease } from './leases.ts'
import { MARK } from './message-mark.ts'
import type { JournalLine, SendJournal } from './send-journal.ts'

/** Items in one group commit; larger ones only make the first wait longer. */
const LARGEST = 1000

/** The log of one account's sending, under one lease. */
export function openSendLog(
  pool: Pool,
  journal: SendJournal,
  account: string,
  lease: Lease,
  now: () => Temporal.Instant,
): SendLog {
  // Two group commits in a row, so that the database takes the next ones while the journal syncs.
  const insert = createGroupCommit(async (targets: AttemptTarget[]) => {
    const lines = await insertAttempts(pool, account, lease, targets, now())
    const byMessage = new Map(lines.map((line) => [line.messageId, line]))
    return targets.map((target) => byMessage.get(target.messageId) ?? null)
  }, LARGEST)
  const append = createGroupCommit(async (lines: JournalLine[]) => {
    await journal.append(lines)
    return lines.map(() => undefined)
  }, LARGEST)
  return {
    async begin(target) {
      const line = await insert(target)
      if (line !== null) await append(line)
      return line?.attemptId ?? null
    },
    finish: createGroupCommit(async (ends: AttemptEnd[]) => {
      await insertOutcomes(pool, lease, ends)
      return ends.map(() => undefined)
    }, LARGEST),
    end: createGroupCommit(async (ends: MessageEnd[]) => {
      await endClaimed(pool, lease, ends, now())
      return ends.map(() => undefined)
    }, LARGEST),
  }
}

/**
 * SQL: the state of `m`, said so that the planner looks the ids up instead of reading an index of
 * all that is in flight: it takes those for one, and most of their entries are dead.
 */
const isIn = (state: MessageState) => `coalesce(m.state, '') = '${state}'`

/**
 * SQL: nobody has kept the flow of `m`, or everything, back since the claim, nor closed or changed
 * its notice, nor asked for its recipient not to be written to; an errata corrects what was said
 * also of a closed one. What was claimed stays claimed then; its sender gives it back, and the next
 * claim knows what to do.
 */
const STILL_GOES = `f.released_at is not null and f.suspended_at is null and f.stopped_at is null
  and (select paused_because is null from installation)
  and (n.state not in ('settled', 'cancelled') or m.purpose = 'errata')
  and (n.flow_id = m.flow_id or m.purpose not in ('first', 'reminder')) and not ${IS_BLOCKED}`

/**
 * SQL: `m` would wait again, or be held, and its flow was stopped meanwhile: then it is cancelled,
 * and what may have reached the citizen stays uncertain. Only these few are asked for their flow.
 */
const comesBack = (row: 'r' | 'e') => `(${row}.state in ('waiting', 'held')
  and (select f.stopped_at is not null from flows f where f.id = m.flow_id))`

async function insertAttempts(
  pool: Pool,
  account: string,
  lease: Lease,
  targets: AttemptTarget[],
  now: Temporal.Instant,
): Promise<JournalLine[]> {
  const { rows } = await pool.query<JournalLine>({
    name: 'insert-attempts',
    text: `with moved as (
       update messages m set state = 'sending', attempts = m.attempts + 1,
         account = f.account, service = f.service
       from unnest($3::bigint[], $4::text[]) as t (id, service), flows f, notices n
         join series s on s.id = n.series_id join institutions i on i.id = n.institution_id
       where m.id = t.id and ${isIn('claimed')} and m.fence = $2
         and f.id = m.flow_id and n.id = m.notice_id and ${STILL_GOES}
         and exists (select from leases where name = $1 and token = $2 and expires_at > clock_timestamp())
       returning m.id, m.institution_id, m.flow_id, t.service, ${MARK} as mark),
     made as (
       insert into attempts (institution_id, message_id, flow_id, account, service, fence, started_at)
       select institution_id, id, flow_id, $5, service, $2, $6 from moved
       returning id, message_id)
     select made.id as "attemptId", made.message_id as "messageId", moved.mark
     from made join moved on moved.id = made.message_id`,
    values: [
      lease.name,
      lease.token,
      targets.map((target) => target.messageId),
      targets.map((target) => target.service),
      account,
      now.toString(),
    ],
  })
  return rows
}

/**
 * A late acceptance still wins over `uncertain`, and lets its flow be closed anew; also over the
 * decision to send again, while nothing has left a second time. Nothing else moves a message that
 * was taken over.
 */
async function insertOutcomes(pool: Pool, lease: Lease, ends: AttemptEnd[]): Promise<void> {
  const column = <T>(read: (end: AttemptEnd) => T) => ends.map(read)
  await pool.query({
    name: 'insert-outcomes',
    text: `with r as (
       select * from unnest($2::bigint[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[],
         $8::smallint[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[],
         $13::smallint[], $14::timestamptz[])
       as r (attempt_id, message_id, institution_id, outcome, code, detail, http_status, io_id, state,
         send_at, track_at, refund, at)),
     told as (
       insert into attempt_outcomes (attempt_id, institution_id, at, outcome, code, http_status, io_id)
       select attempt_id, institution_id, at, outcome, code, http_status, io_id from r),
     reopened as (
       update flows f set state = 'sending', reason = null, ended_at = null
       from r join messages m on m.id = r.message_id and m.state = 'uncertain'
       where r.state = 'sent' and f.id = m.flow_id and f.state = 'incomplete'
         and f.stopped_at is null)
     update messages m set state = case when ${comesBack('r')} then case r.outcome
         when 'uncertain' then 'uncertain' else 'cancelled' end else r.state end,
       code = case when ${comesBack('r')} and r.outcome <> 'uncertain' then 'stopped'
         else r.code end, detail = r.detail, io_id = r.io_id,
       send_at = coalesce(r.send_at, m.send_at), attempts = m.attempts - r.refund,
       sent_at = case when r.state = 'sent' then r.at end,
       closed_at = case when r.state in ('sent', 'undeliverable', 'rejected')
         or ${comesBack('r')} and r.outcome <> 'uncertain' then r.at end,
       delivery = case when r.state = 'sent' then 'accepted' end, track_at = r.track_at
     from r where m.id = r.message_id
       and ((${isIn('sending')} and m.fence = $1)
         or (m.state in ('uncertain', 'waiting') and r.state = 'sent'))`,
    values: [
      lease.token,
      column((end) => end.attemptId),
      column((end) => end.messageId),
      column((end) => end.institutionId),
      column((end) => end.outcome.kind),
      column(({ outcome }) => (outcome.kind === 'accepted' ? null : outcome.code)),
      column(({ outcome }) => ('detail' in outcome ? outcome.detail.slice(0, 500) : null)),
      column((end) => end.httpStatus),
      column(({ outcome }) => (outcome.kind === 'accepted' ? outcome.ioId : null)),
      column((end) => end.state),
      column((end) => end.sendAt?.toString() ?? null),
      column((end) => end.trackAt?.toString() ?? null),
      column((end) => (end.counts ? 0 : 1)),
      column((end) => end.at.toString()),
    ],
  })
}

/** Ends, or gives back, messages that were claimed and never came to an attempt. */
async function endClaimed(
  pool: Pool,
  lease: Lease,
  ends: MessageEnd[],
  now: Temporal.Instant,
): Promise<void> {
  await pool.query({
    name: 'end-claimed',
    text: `update messages m set detail = e.detail,
       state = case when ${comesBack('e')} then 'cancelled' else e.state end,
       code = case when ${comesBack('e')} then 'stopped'
         when e.state = 'waiting' and m.code = 'let-go' then m.code else e.code end,
       send_at = coalesce(e.send_at, m.send_at),
       moved = case e.moved when 'closed' then coalesce(m.moved, e.moved) else coalesce(e.moved, m.moved) end,
       civil_at = coalesce(e.civil_at, m.civil_at),
       crowded_since = coalesce(e.crowded_since, m.crowded_since), closed_at = case
         when e.state in ('undeliverable', 'rejected', 'recorded', 'cancelled')
           or ${comesBack('e')} then $2::timestamptz end
     from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
         $9::timestamp[], $10::date[])
       as e (id, state, code, detail, send_at, moved, civil_at, crowded_since)
     where m.id = e.id and ${isIn('claimed')} and m.fence = $1`,
    values: [
      lease.token,
      now.toString(),
      ends.map((end) => end.id),
      ends.map((end) => end.state),
      ends.map((end) => end.code),
      ends.map((end) => end.detail),
      ends.map((end) => end.sendAt?.toString() ?? null),
      ends.map((end) => end.moved ?? null),
      ends.map((end) => end.civilAt?.toString() ?? null),
      ends.map((end) => end.crowdedSince?.toString() ?? null),
    ],
  })
}
