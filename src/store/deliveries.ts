// Deliveries: what IO says of accepted messages since. Asked for by the holder of the account's
// lease, ever more seldom. Invariant: what is learnt changes only messages that are still `sent`,
// and a payment closes its notice in the same transaction.
import type { DeliveryCounts, ReadState } from '../domain/following.ts'
import type { Delivery } from '../domain/message.ts'
import type { TrackedMessage, TrackResult } from '../pipeline/track.ts'
import { type Pool, transaction } from './database.ts'
import { OWN } from './flow-ends.ts'
import { openNotice } from './messages.ts'
import { settleNotices } from './settlements.ts'
import { ASKED, TRACKED } from './tracked.ts'
import type { Vault } from './vault.ts'

export type Deliveries = ReturnType<typeof createDeliveries>

export function createDeliveries(pool: Pool, vault: Vault) {
  return {
    /** Accepted messages whose state on IO is to be asked now. */
    async due(account: string, limit: number, now: Temporal.Instant): Promise<TrackedMessage[]> {
      const { rows } = await pool.query(DUE, [account, now.toString(), limit])
      return rows.map(({ sealed, institutionId, noticeId, ...message }) => {
        const data = openNotice(vault, { institutionId, noticeId }, sealed)
        return { ...message, fiscalCode: data.fiscalCode }
      })
    },

    /** Writes what was learnt. A notice that was paid is settled, and hears nothing more. */
    async record(results: TrackResult[], now: Temporal.Instant): Promise<void> {
      if (results.length === 0) return
      const paid = results.some(({ found }) => found?.paid)
      if (!paid) return void (await pool.query(RECORD, recordValues(results, now)))
      await transaction(pool, async (client) => {
        const { rows } = await client.query<{ noticeId: number; isPaid: boolean }>(
          RECORD,
          recordValues(results, now),
        )
        const noticeIds = rows.filter((row) => row.isPaid).map((row) => row.noticeId)
        await settleNotices(client, noticeIds, now)
      })
    },

    async ofFlow(flowId: number): Promise<DeliveryCounts> {
      const { rows } = await pool.query<{
        delivery: Delivery
        n: number
        read: number
        paid: number
      }>(
        `select delivery, count(*) as n, count(read_at) as read, count(paid_at) as paid
         from messages where flow_id = $1 and purpose in ${OWN} and delivery is not null
         group by delivery`,
        [flowId],
      )
      const sum = (read: (row: (typeof rows)[number]) => number) =>
        rows.reduce((total, row) => total + read(row), 0)
      return {
        deliveries: Object.fromEntries(rows.map(({ delivery, n }) => [delivery, n])),
        read: sum((row) => row.read),
        paid: sum((row) => row.paid),
      }
    },
  }
}

const DUE = `
  with recursive ${TRACKED}, ${ASKED},
  due as materialized (
    select d.id from asked t cross join lateral (
      select m.id, m.track_at from messages m
      where m.account = t.account and m.institution_id = t.institution_id
        and m.service = t.service and m.track_at <= $2
      order by m.track_at limit $3) d
    where t.account = $1
    order by d.track_at limit $3)
  select m.id, m.institution_id as "institutionId", i.name as institution, f.service,
    m.notice_id as "noticeId", m.io_id as "ioId", m.sent_at as "sentAt", m.delivery, m.tracked,
    m.answers, n.sealed
  from due join messages m on m.id = due.id join flows f on f.id = m.flow_id
    join institutions i on i.id = m.institution_id join notices n on n.id = m.notice_id
  order by m.track_at`

const RECORD = `
  update messages m set delivery = coalesce(r.delivery, m.delivery),
    track_at = r.track_at, tracked = least(m.tracked + r.asked, 32767), answers = r.answers,
    state = case when r.delivery in ('rejected', 'failed') then 'undeliverable' else m.state end,
    code = coalesce(r.code, m.code), io_status = coalesce(r.io_status, m.io_status),
    processed_at = case when r.delivery = 'processed' then coalesce(m.processed_at, $1)
      else m.processed_at end,
    read_status = coalesce(r.read_status, m.read_status),
    read_at = case when r.read_status = 'read' then coalesce(m.read_at, $1) else m.read_at end,
    paid_at = case when r.paid then coalesce(m.paid_at, $1) else m.paid_at end,
    closed_at = case when r.delivery in ('rejected', 'failed') then $1 else m.closed_at end
  from unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::text[], $7::text[],
      $8::text[], $9::text[], $10::boolean[])
    as r (id, asked, answers, track_at, delivery, io_status, code, read_status, paid)
  where m.id = r.id and m.state = 'sent'
  returning m.notice_id as "noticeId", r.paid is true as "isPaid"`

function recordValues(results: TrackResult[], now: Temporal.Instant): unknown[] {
  const column = <T>(read: (result: TrackResult) => T) => results.map(read)
  return [
    now.toString(),
    column((result) => result.id),
    column((result) => (result.asked ? 1 : 0)),
    column((result) => result.answers),
    column((result) => result.trackAt?.toString() ?? null),
    column(({ found }) => found?.delivery ?? null),
    column(({ found }) => found?.ioStatus?.slice(0, 40) ?? null),
    column(({ found }) => found?.code ?? null),
    column(({ found }): ReadState | null => found?.read ?? null),
    column(({ found }) => found?.paid ?? null),
  ]
}
