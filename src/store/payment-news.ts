// How fresh the news of payments are, and what waits for them: reminders are held while a source
// has none. Staff hears of it once an outage, when the first is held, and when they go again.
// Invariant: what goes again is what was held for this alone, of notices that have not ended.
import type { PaymentNews } from '../domain/payment-news.ts'
import type { PaymentOutage } from '../pipeline/send/freshness.ts'
import type { MessageOrigin } from '../pipeline/send/one.ts'
import { type Pool, transaction } from './database.ts'
import { recloseFlows } from './flow-ends.ts'
import type { Institutions } from './institutions.ts'
import { freshMail, staleMail } from './payment-mails.ts'
import { addStaffMail } from './staff-mails.ts'

export function createPaymentNews(pool: Pool, institutions: Institutions) {
  return {
    async of(institution: string, feed: string): Promise<PaymentNews> {
      const institutionId = await institutions.idOf(institution)
      const { rows } = await pool.query<PaymentNews>(NEWS, [institutionId, feed])
      return rows[0] as PaymentNews
    },

    /** Something is held for this source; staff is told of the first. */
    async noticed(outage: PaymentOutage, now: Temporal.Instant): Promise<void> {
      const institutionId = await institutions.idOf(outage.institution)
      await transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `insert into stale_payments (institution_id, feed, since, told_at)
           values ($1, $2, $3, $4) on conflict do nothing`,
          [institutionId, outage.feed, (outage.until ?? now).toString(), now.toString()],
        )
        if (rowCount === 1) await addStaffMail(client, institutionId, staleMail(outage), now)
      })
    },

    /** Sources that something was held for, and have not had news since. */
    async outages(): Promise<{ institution: string; feed: string; since: Temporal.Instant }[]> {
      const { rows } = await pool.query<{
        institution: string
        feed: string
        since: Temporal.Instant
      }>(
        `select i.name as institution, p.feed, p.since from stale_payments p
           join institutions i on i.id = p.institution_id order by 1, 2`,
      )
      return rows
    },

    /** It has news again. */
    async over(outage: PaymentOutage, beside: readonly string[], now: Temporal.Instant) {
      const institutionId = await institutions.idOf(outage.institution)
      await transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'delete from stale_payments where institution_id = $1 and feed = $2',
          [institutionId, outage.feed],
        )
        if (rowCount === 1)
          await addStaffMail(client, institutionId, freshMail(outage, beside), now)
      })
    },

    /** What made the messages that are held for payments, and how many each. */
    async held(): Promise<(MessageOrigin & { messages: number })[]> {
      const { rows } = await pool.query<MessageOrigin & { messages: number }>(HELD)
      return rows
    },

    /** Lets what is held of these origins go, in one statement; answers how many. */
    async release(origins: readonly MessageOrigin[], now: Temporal.Instant): Promise<number> {
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ id: number; messages: number; campaign: string }>(
          RELEASE,
          [
            origins.map(({ institution }) => institution),
            origins.map(({ feed }) => feed),
            origins.map(({ campaign }) => campaign),
          ],
        )
        // Reminders are no part of how their flow ends.
        const campaigns = rows.filter(({ campaign }) => campaign !== null)
        await recloseFlows(
          client,
          campaigns.map(({ id }) => id),
          now,
        )
        return rows.reduce((sum, { messages }) => sum + messages, 0)
      })
    },
  }
}

/** A snapshot that nothing was closed by, since it lacked too much, says nothing of payments. */
const NEWS = `
  with read as (
    select id, mapped_at from drops
    where institution_id = $1 and feed = $2 and state = 'mapped'
      and coalesce(missing->'problem', 'null') = 'null' order by id desc limit 1)
  select (select mapped_at from read) as "mappedAt",
    (select good_at from feeds where institution_id = $1 and name = $2) as "polledAt",
    exists (select from drops where institution_id = $1 and feed = $2
      and id > coalesce((select id from read), 0)) as "isBehind"`

const IS_HELD = `m.state = 'held' and m.code = 'HOLD_PAYMENTS_STALE'`

const HELD = `
  select i.name as institution, f.feed, f.campaign, sum(m.n)::bigint as messages
  from (select flow_id, count(*) as n from messages m where ${IS_HELD} group by flow_id) m
    join flows f on f.id = m.flow_id join institutions i on i.id = f.institution_id
  group by 1, 2, 3`

const RELEASE = `
  with released as (
    update messages m set state = 'waiting', code = null, detail = null
    from notices n, flows f join institutions i on i.id = f.institution_id
      join unnest($1::text[], $2::text[], $3::text[]) as o (institution, feed, campaign)
        on o.institution = i.name and o.feed is not distinct from f.feed
        and o.campaign is not distinct from f.campaign
    where ${IS_HELD} and m.flow_id = f.id and f.stopped_at is null
      and n.id = m.notice_id and n.state not in ('settled', 'cancelled')
    returning f.id, f.campaign)
  select id, campaign, count(*) as messages from released group by id, campaign`
