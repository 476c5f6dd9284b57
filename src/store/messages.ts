// Messages in their sending life: claimed by the holder of the account's lease, given back, ended,
// followed. Every claim checks the lease's token in its own statement, so that a stalled sender
// whose lease was taken over can claim nothing more.
import type { NoticeData } from '../domain/notice.ts'
import type { ClaimedMessage } from '../pipeline/send/one.ts'
import type { TrackedMessage, TrackResult } from '../pipeline/track.ts'
import type { Pool } from './database.ts'
import type { Lease } from './leases.ts'
import { noticeContext } from './lot-rows.ts'
import type { Vault } from './vault.ts'

type ClaimedRow = Omit<ClaimedMessage, 'data'> & { noticeId: number; sealed: Buffer }

export type Messages = ReturnType<typeof createMessages>

const LEASE_HELD = `exists (select from leases
  where name = $1 and token = $2 and expires_at > clock_timestamp())`

export function createMessages(pool: Pool, vault: Vault) {
  return {
    /**
     * Takes up to `limit` due messages of the account's released flows, earliest first. One that
     * was on its way when its notice was closed or changed, and came back to wait, is cancelled.
     */
    async claim(
      account: string,
      lease: Lease,
      limit: number,
      now: Temporal.Instant,
    ): Promise<ClaimedMessage[]> {
      const { rows } = await pool.query<ClaimedRow>(CLAIM, [
        lease.name,
        lease.token,
        account,
        now.toString(),
        limit,
      ])
      return rows.map(({ sealed, ...message }) => ({
        ...message,
        data: openNotice(vault, message, sealed),
      }))
    },

    /**
     * What an earlier holder left behind: claimed messages wait again, since nothing of them left;
     * those being sent are uncertain, or wait again where their feed resends. Answers how many of
     * each.
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
      const { rows } = await pool.query<{ account: string }>(
        `select distinct account from flows f where ${RELEASED} and (
           (f.state in ('active', 'sending') and not exists (select from messages m
             where m.flow_id = f.id and m.purpose = 'first'
               and m.state in ('waiting', 'claimed', 'sending')))
           or exists (select from messages m where m.flow_id = f.id and m.state in ('claimed', 'sending'))
           or (select send_at from messages m where m.flow_id = f.id and m.state = 'waiting'
               order by send_at limit 1) <= $1)
         union select f.account from messages m join flows f on f.id = m.flow_id
           where m.track_at <= $1`,
        [now.toString()],
      )
      return rows.map((row) => row.account)
    },

    /** Accepted messages whose state on IO is to be asked now. */
    async toTrack(
      account: string,
      limit: number,
      now: Temporal.Instant,
    ): Promise<TrackedMessage[]> {
      const { rows } = await pool.query(TO_TRACK, [account, now.toString(), limit])
      return rows.map(({ sealed, institutionId, noticeId, ...message }) => {
        const data = openNotice(vault, { institutionId, noticeId }, sealed)
        return { ...message, fiscalCode: data.fiscalCode }
      })
    },

    async tracked(results: TrackResult[], now: Temporal.Instant): Promise<void> {
      if (results.length === 0) return
      await pool.query(
        `update messages m set delivery = r.delivery, track_at = r.track_at, tracked = m.tracked + 1,
           state = case when r.delivery in ('rejected', 'failed') then 'undeliverable' else m.state end,
           code = coalesce(r.code, m.code),
           closed_at = case when r.delivery in ('rejected', 'failed') then $1 else m.closed_at end
         from unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::text[])
           as r (id, delivery, track_at, code)
         where m.id = r.id and m.state = 'sent'`,
        [
          now.toString(),
          results.map((result) => result.id),
          results.map((result) => result.delivery),
          results.map((result) => result.trackAt?.toString() ?? null),
          results.map((result) => result.code),
        ],
      )
    },
  }
}

const RELEASED = `f.released_at is not null and f.stopped_at is null and f.suspended_at is null
  and not exists (select from service_pauses p
    where p.institution_id = f.institution_id and p.service = f.service)`

const CLAIM = `
  with due as materialized (
    select d.id, d.notice_id, d.flow_id, d.purpose from flows f cross join lateral (
      select * from messages where flow_id = f.id and state = 'waiting' and send_at <= $4
      order by send_at limit $5) d
    where ${RELEASED} and f.account = $3 and (select paused_because is null from installation)
    order by d.send_at limit $5),
  judged as (
    select due.id, case
        when n.state in ('settled', 'cancelled') then n.state
        when n.flow_id <> due.flow_id and due.purpose in ('first', 'reminder') then 'superseded'
      end as ended_by
    from due join notices n on n.id = due.notice_id),
  moved as (
    update messages m set fence = $2,
      state = case when judged.ended_by is null then 'claimed' else 'cancelled' end,
      code = coalesce(judged.ended_by, m.code),
      closed_at = case when judged.ended_by is null then m.closed_at else $4 end
    from judged where m.id = judged.id and m.state = 'waiting' and ${LEASE_HELD}
    returning m.*),
  claimed as (select * from moved where state = 'claimed')
  select c.id, c.institution_id as "institutionId", i.name as institution, c.flow_id as "flowId",
    f.feed, c.notice_id as "noticeId", f.service, n.mapping_version_id as "mappingVersionId", c.template,
    c.purpose, c.text_hash as "textHash", c.attempts, n.sealed
  from claimed c join flows f on f.id = c.flow_id join institutions i on i.id = c.institution_id
    join notices n on n.id = c.notice_id`

const RECOVER = `
  with left_behind as (
    select m.id, m.state as was, case
        when m.state = 'claimed' then 'waiting'
        when (i.name, f.feed) in (select * from unnest($4::text[], $5::text[])) then 'waiting'
        else 'uncertain' end as state
    from flows f join messages m on m.flow_id = f.id join institutions i on i.id = f.institution_id
    where f.account = $1 and m.state in ('claimed', 'sending') and m.fence < $2),
  moved as (
    update messages m set state = left_behind.state,
      code = case left_behind.was when 'claimed' then m.code else 'HOLD_SENDER_GONE' end
    from left_behind where m.id = left_behind.id and m.state = left_behind.was and m.fence < $2
    returning m.id, left_behind.was, m.state, m.institution_id),
  told as (
    insert into attempt_outcomes (attempt_id, institution_id, at, outcome, code)
    select (select max(a.id) from attempts a where a.message_id = moved.id), moved.institution_id,
      $3, 'uncertain', 'HOLD_SENDER_GONE'
    from moved where moved.was = 'sending')
  select state, count(*) as n from moved group by state`

const TO_TRACK = `
  select m.id, m.institution_id as "institutionId", i.name as institution, f.service,
    m.notice_id as "noticeId", m.io_id as "ioId", m.sent_at as "sentAt", m.tracked, n.sealed
  from messages m join flows f on f.id = m.flow_id join institutions i on i.id = m.institution_id
    join notices n on n.id = m.notice_id
  where m.track_at <= $2 and f.account = $1
    and not exists (select from service_pauses p
      where p.institution_id = f.institution_id and p.service = f.service)
  order by m.track_at limit $3`

function openNotice(
  vault: Vault,
  notice: { institutionId: number; noticeId: number },
  sealed: Buffer,
): NoticeData {
  const context = noticeContext(notice.institutionId, notice.noticeId)
  return JSON.parse(vault.open(context, sealed).toString('utf8'))
}
