// Messages on their way to the sender: claimed by the holder of the account's lease, fairly among
// its services, and recovered from an earlier holder. Every claim checks the lease's token in its
// own statement, so that a stalled sender whose lease was taken over can claim nothing more.
// Invariant: what is looked at is what is due, however much waits for later.
import type { NoticeData } from '../domain/notice.ts'
import type { ClaimedMessage } from '../pipeline/send/one.ts'
import type { ClosedOrigin } from '../pipeline/send/timing.ts'
import type { Pool } from './database.ts'
import { DO_NOT_CONTACT, IS_BLOCKED } from './do-not-contact.ts'
import { OWN } from './flow-ends.ts'
import type { Lease } from './leases.ts'
import { noticeContext } from './lot-rows.ts'
import { ASKED, TRACKED, TRACKED_FIRST } from './tracked.ts'
import type { Vault } from './vault.ts'

type ClaimedRow = Omit<ClaimedMessage, 'data'> & {
  noticeId: number
  sealed: Buffer
  state: 'claimed' | 'cancelled' | 'held'
}

export type Messages = ReturnType<typeof createMessages>

export function createMessages(pool: Pool, vault: Vault) {
  return {
    /**
     * Takes up to `limit` due messages of the account's released flows: from each service that has
     * some an equal share, the earliest and most urgent first. One whose notice was closed or
     * changed meanwhile, or whose recipient is not to be contacted, is cancelled; a first one whose
     * due date has passed is held. An errata goes whatever became of its notice. Whether it is time
     * for a reminder, or for a campaign’s message, the sender judges.
     */
    async claim(
      account: string,
      lease: Lease,
      limit: number,
      now: Temporal.Instant,
    ): Promise<ClaimedMessage[]> {
      const values = [lease.name, lease.token, account, now.toString(), limit]
      for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
        const { rows } = await pool.query<ClaimedRow>(CLAIM, values)
        const claimed = rows.filter((row) => row.state === 'claimed')
        if (claimed.length === 0 && rows.length > 0) continue
        return claimed.map(({ sealed, state: _, ...message }) => ({
          ...message,
          data: openNotice(vault, message, sealed),
        }))
      }
      return []
    },

    /**
     * What is due of these origins waits until they open, all of it in few statements: claimed one
     * by one it would cost an evening. Answers how many.
     */
    async deferClosed(
      account: string,
      lease: Lease,
      closed: readonly ClosedOrigin[],
      now: Temporal.Instant,
    ): Promise<number> {
      const values = [
        ...[lease.name, lease.token, account, now.toString()],
        closed.map(({ institution }) => institution),
        closed.map(({ feed }) => feed),
        closed.map(({ campaign }) => campaign),
        closed.map(({ opensAt }) => opensAt.toString()),
        DEFERRED_AT_ONCE,
      ]
      for (let deferred = 0; ; ) {
        const { rowCount } = await pool.query(DEFER_CLOSED, values)
        deferred += rowCount ?? 0
        if ((rowCount ?? 0) < DEFERRED_AT_ONCE) return deferred
      }
    },

    /**
     * What an earlier holder left behind: claimed messages wait again, since nothing of them left;
     * those being sent are uncertain, or wait again where their feed resends. Of a flow that was
     * stopped nothing waits again. Answers how many of each.
     */
    async recover(
      account: string,
      lease: Lease,
      resending: readonly { institution: string; feed: string }[],
      now: Temporal.Instant,
    ) {
      const { rows } = await pool.query<{ state: string; n: number }>(RECOVER, [
        account,
        lease.token,
        now.toString(),
        resending.map(({ institution }) => institution),
        resending.map(({ feed }) => feed),
      ])
      const count = (state: string) => rows.find((row) => row.state === state)?.n ?? 0
      return { waiting: count('waiting'), uncertain: count('uncertain') }
    },

    /** Accounts with a message due, a flow to close or a delivery to ask for: the sweep's. */
    async accountsWithWork(now: Temporal.Instant): Promise<string[]> {
      const { rows } = await pool.query<{ account: string }>(WITH_WORK, [now.toString()])
      return rows.map((row) => row.account)
    },
  }
}

/** Looks for a claim at most, while all that is found is cancelled or held. */
const MOST_LOOKS = 50

/** Holds for what systems answer, or do not: who has let one pass has let it pass for good. */
const OF_SYSTEMS = `array['HOLD_ANSWER', 'HOLD_UNANSWERED']`

/** Messages that one statement makes wait until it opens. */
const DEFERRED_AT_ONCE = 10_000

/** SQL: messages of the flow `f` may leave. */
export const GOING = `f.released_at is not null and f.stopped_at is null and f.suspended_at is null`

const PAUSED = `exists (select from service_pauses p
  where p.institution_id = f.institution_id and p.service = f.service)`

/** SQL: the message that the pause `p` lets through, once it is due. */
const onTrial = (now: string) => `(
  select id, notice_id, flow_id, purpose from messages
  where id = p.trial_message_id and state = 'waiting' and send_at <= ${now} limit 1)`

/**
 * What is few is read first, and each subquery on messages looks for one row: joined otherwise,
 * they would be answered by reading all that waits. An account whose sender is at work follows up
 * its deliveries anyway; of a service that is paused nothing is asked.
 */
const WITH_WORK = `
  with recursive ${TRACKED}, ${ASKED},
  woken as materialized (select distinct flow_id as id from flow_wakes where at <= $1),
  ready as materialized (
    select id from woken where (select send_at from messages
      where flow_id = woken.id and state = 'waiting' order by send_at limit 1) <= $1),
  in_flight as materialized (
    select distinct flow_id as id from messages where state in ('claimed', 'sending'))
  select f.account from ready join flows f on f.id = ready.id where ${GOING} and not ${PAUSED}
  union
  select f.account from flows f
    where ${GOING} and f.state in ('active', 'sending') and (select id from messages
      where flow_id = f.id and purpose in ${OWN} and state in ('waiting', 'claimed', 'sending')
      limit 1) is null and not exists (select from record_waits where flow_id = f.id)
  union
  select f.account from in_flight join flows f on f.id = in_flight.id
  union
  select f.account from service_pauses p cross join lateral ${onTrial('$1')} m
    join flows f on f.id = m.flow_id where ${GOING}
  union
  select t.account from asked t
    where not exists (select from leases
        where name = 'account/' || t.account and expires_at > clock_timestamp())
      and ${TRACKED_FIRST} <= $1`

/**
 * After an outage everything is late; within this time of each other, later ones are no less
 * urgent, and the nearest due date decides.
 */
const EQUALLY_LATE = `interval '1 hour'`

const LEASE_HELD = `exists (select from leases
  where name = $1 and token = $2 and expires_at > clock_timestamp())`

/**
 * Whether the due date has passed since the message was to leave: of one that was planned for after
 * it, such as a late reminder, the due date says nothing. Who lets a held one go all the same takes
 * `due_at` away from it. What becomes of a reminder that is late, its mapping says.
 */
const DUE_DATE_PASSED = `(m.due_at < $4 and m.purpose not in ('reminder', 'campaign')
  and coalesce(m.civil_at at time zone f.zone, f.released_at) <= m.due_at)`

/** What the service may not send; a message on trial is to find out whether that still stands. */
const LIMITS = `(
  select coalesce(jsonb_agg(jsonb_build_object('feature', l.feature,
    'maximumCents', l.maximum_cents)), '[]') from service_limits l
  where l.institution_id = f.institution_id and l.service = f.service
    and l.trial_message_id is distinct from c.id)`

const ON_TRIAL = `case
  when exists (select from service_pauses p where p.trial_message_id = c.id) then 'pause'
  when exists (select from service_limits l where l.trial_message_id = c.id) then 'limit' end`

/**
 * The approval of a flow that has not begun holds at $4. After an outage it may be over, and the
 * sender be here before who expires it.
 */
const APPROVED = `(f.state <> 'active' or f.approve_by is null or f.approve_by > $4)`

/**
 * $1 lease, $2 its token, $3 account, $4 now, $5 how many. Only flows with a wake are looked at;
 * one with nothing due left gets a wake for what comes next, in place of those seen here. A wake
 * that is added meanwhile is not among them, and stays.
 */
const CLAIM = `
  with seen as materialized (
    select w.id, f.id as flow_id, f.institution_id, f.service
    from flow_wakes w join flows f on f.id = w.flow_id
    where w.at <= $4 and f.account = $3 and ${GOING} and ${APPROVED} and not ${PAUSED}
      and (select paused_because is null from installation)),
  candidates as materialized (
    select f.institution_id, f.service, d.* from (
      select distinct flow_id, institution_id, service from seen) f cross join lateral (
      select id, notice_id, flow_id, purpose, send_at, due_at from messages
      where flow_id = f.flow_id and state = 'waiting' and send_at <= $4
      order by send_at, due_at limit $5) d),
  -- The services in turn; who is first in a turn changes with every claim.
  shared as (
    select *, hashtext(institution_id || service || $4::text) as lot, row_number() over (
      partition by institution_id, service
      order by greatest(send_at, $4::timestamptz - ${EQUALLY_LATE}), due_at, send_at) as turn
    from candidates),
  on_trial as (
    select m.id, m.notice_id, m.flow_id, m.purpose
    from service_pauses p cross join lateral ${onTrial('$4')} m
      join flows f on f.id = m.flow_id
    where f.account = $3 and ${GOING} and ${APPROVED}
      and (select paused_because is null from installation)),
  due as (
    (select id, notice_id, flow_id, purpose, turn, lot from shared order by turn, lot limit $5)
    union all select *, 0, 0 from on_trial),
  judged as (
    select due.id, case
        when due.purpose <> 'errata' and n.state in ('settled', 'cancelled') then n.state
        when n.flow_id <> due.flow_id and due.purpose in ('first', 'reminder') then 'superseded'
        when ${IS_BLOCKED} then '${DO_NOT_CONTACT}'
      end as ended_by
    from due join notices n on n.id = due.notice_id),
  moved as (
    update messages m set fence = $2,
      state = case when judged.ended_by is not null then 'cancelled'
        when ${DUE_DATE_PASSED} then 'held' else 'claimed' end,
      code = case when judged.ended_by is not null then judged.ended_by
        when ${DUE_DATE_PASSED} then 'HOLD_DUE_DATE_PASSED' else m.code end,
      closed_at = case when judged.ended_by is null then m.closed_at else $4 end
    from judged, flows f
    where m.id = judged.id and f.id = m.flow_id and m.state = 'waiting' and ${LEASE_HELD}
    returning m.*),
  spent as (
    select flow_id from seen where ${LEASE_HELD} and not exists (select from candidates c
        where c.flow_id = seen.flow_id and c.id not in (select id from moved))
    group by flow_id
    having (select count(*) from candidates c where c.flow_id = seen.flow_id) < $5),
  replaced as (
    delete from flow_wakes w using seen, spent
    where w.id = seen.id and seen.flow_id = spent.flow_id),
  next as (
    insert into flow_wakes (flow_id, account, at)
    select spent.flow_id, $3, later.send_at from spent cross join lateral (
      select send_at from messages where flow_id = spent.flow_id and state = 'waiting'
        and send_at > $4 order by send_at limit 1) later)
  select c.state, c.id, c.institution_id as "institutionId", i.name as institution,
    c.flow_id as "flowId", f.feed, c.notice_id as "noticeId", f.service,
    coalesce(c.mapping_version_id, n.mapping_version_id) as "mappingVersionId", f.campaign,
    c.template, c.purpose, c.due_at as "dueAt", coalesce(c.one_a_day, false) as "isOneADay", c.text_hash as "textHash",
    c.attempts, n.sealed, ${LIMITS} as limits, ${ON_TRIAL} as trial,
    coalesce(c.code = 'let-go' or c.waived && ${OF_SYSTEMS}, false) as "isLetGo", coalesce(c.waived, '{}') as waived,
    c.crowded_since as "crowdedSince",
    coalesce(c.civil_at at time zone f.zone, f.released_at) as "plannedAt"
  from moved c join due on due.id = c.id join flows f on f.id = c.flow_id
    join institutions i on i.id = c.institution_id join notices n on n.id = c.notice_id
  order by due.turn, due.lot`

/**
 * $1 lease, $2 its token, $3 account, $4 now, $5 institutions, $6 feeds, $7 campaigns, $8 when each
 * opens, $9 how many. As in a claim, only flows with a wake are looked at.
 */
const DEFER_CLOSED = `
  with closed as (
    select distinct f.id, c.opens_at
    from flow_wakes w join flows f on f.id = w.flow_id
      join institutions i on i.id = f.institution_id
      join unnest($5::text[], $6::text[], $7::text[], $8::timestamptz[])
        as c (institution, feed, campaign, opens_at) on c.institution = i.name
        and c.feed is not distinct from f.feed and c.campaign is not distinct from f.campaign
    where w.at <= $4 and f.account = $3 and ${GOING}),
  due as (
    select d.id, closed.opens_at from closed cross join lateral (
      select id from messages where flow_id = closed.id and state = 'waiting' and send_at <= $4
      order by send_at, due_at limit $9) d
    limit $9)
  update messages m set send_at = due.opens_at, moved = coalesce(m.moved, 'closed')
  from due where m.id = due.id and m.state = 'waiting' and m.send_at <= $4 and ${LEASE_HELD}`

const RECOVER = `
  with in_flight as materialized (
    select id, flow_id, state, fence from messages where state in ('claimed', 'sending')),
  left_behind as (
    select m.id, m.state as was, case
        when m.state = 'claimed' and f.stopped_at is not null then 'cancelled'
        when m.state = 'claimed' then 'waiting'
        when f.stopped_at is not null then 'uncertain'
        when (i.name, f.feed) in (select * from unnest($4::text[], $5::text[])) then 'waiting'
        else 'uncertain' end as state
    from in_flight m join flows f on f.id = m.flow_id
      join institutions i on i.id = f.institution_id
    where f.account = $1 and m.fence < $2),
  moved as (
    update messages m set state = left_behind.state,
      code = case when left_behind.state = 'cancelled' then 'stopped'
        when left_behind.was = 'claimed' then m.code else 'HOLD_SENDER_GONE' end,
      closed_at = case when left_behind.state = 'cancelled' then $3::timestamptz else m.closed_at end
    from left_behind where m.id = left_behind.id and m.state = left_behind.was and m.fence < $2
    returning m.id, left_behind.was, m.state, m.institution_id),
  told as (
    insert into attempt_outcomes (attempt_id, institution_id, at, outcome, code)
    select (select max(a.id) from attempts a where a.message_id = moved.id), moved.institution_id,
      $3, 'uncertain', 'HOLD_SENDER_GONE'
    from moved where moved.was = 'sending')
  select state, count(*) as n from moved group by state`

/** What the notice says, unsealed. */
export function openNotice(
  vault: Vault,
  notice: { institutionId: number; noticeId: number },
  sealed: Buffer,
): NoticeData {
  const context = noticeContext(notice.institutionId, notice.noticeId)
  return JSON.parse(vault.open(context, sealed).toString('utf8'))
}
