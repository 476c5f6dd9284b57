// The amounts of a flow's payments, counted inside the lot's transaction and kept with the flow: a
// later drop may change the notices, and what was emitted must stay what it was. What a check has
// left out is not emitted.
import { type EmissionAmounts, LEAST_PAYMENTS } from '../domain/emission.ts'
import type { Queryable } from './database.ts'

/**
 * To be called in the lot's transaction, after its last notice, and once records are left out.
 * Counted are notices with a first message, so that instalments told by reminders alone are not
 * counted beside the whole; where somebody else sends all the first messages, those with a
 * reminder.
 */
export async function keepAmounts(tx: Queryable, flowId: number): Promise<void> {
  await tx.query(
    `update flows set amounts = (
       select jsonb_build_object('count', count(*), 'totalCents', sum(n.amount_cents),
         'minimumCents', min(n.amount_cents),
         'medianCents', percentile_disc(0.5) within group (order by n.amount_cents),
         'maximumCents', max(n.amount_cents),
         'p99Cents', percentile_disc(0.99) within group (order by n.amount_cents),
         'wholeEuros', count(*) filter (where n.amount_cents % 100 = 0)) as amounts
       from notices n
       where n.amount_cents is not null and n.id in (
         select m.notice_id from messages m where m.flow_id = $1 and m.purpose = (
           select case when exists (select from messages where flow_id = $1 and purpose = 'first')
             then 'first'
             when exists (select from messages where flow_id = $1 and purpose = 'campaign')
             then 'campaign' else 'reminder' end)
           and not (m.state = 'cancelled' and m.code like 'FLOW\\_%'))
       having count(*) > 0)
     where flows.id = $1`,
    [flowId],
  )
}

/**
 * SQL: the flow `f` has its emission before it, of the same feed or campaign, in this row. One of
 * too few payments to say anything, such as a bill that was corrected, stands for it only where
 * there is no other: else the next lot would be compared with nothing.
 */
const earlierOf = (name: 'feed' | 'campaign') => `
  select earlier.id, earlier.amounts from flows earlier
  where earlier.institution_id = f.institution_id and earlier.${name} = f.${name}
    and earlier.id < f.id and earlier.released_at is not null and earlier.amounts is not null
    and earlier.stopped_at is null and earlier.origin <> 'correction'
  order by (earlier.amounts->>'count')::int < ${LEAST_PAYMENTS}, earlier.id desc limit 1`

/** SQL: joins to a flow `f` the emission `before` it; its columns are null where there is none. */
export const EMISSION_BEFORE = `
  left join lateral (${earlierOf('feed')}) of_feed on true
  left join lateral (${earlierOf('campaign')}) of_campaign on true
  cross join lateral (select coalesce(of_feed.id, of_campaign.id) as id,
    coalesce(of_feed.amounts, of_campaign.amounts) as amounts) before`

/** The amounts of a flow, and those of the last flow of its feed that was let go before it. */
export async function emissionOf(
  pool: Queryable,
  flowId: number,
): Promise<{ amounts: EmissionAmounts | null; before: EmissionAmounts | null }> {
  const { rows } = await pool.query<{
    amounts: EmissionAmounts | null
    before: EmissionAmounts | null
  }>(`select f.amounts, before.amounts as before from flows f ${EMISSION_BEFORE} where f.id = $1`, [
    flowId,
  ])
  return rows[0] ?? { amounts: null, before: null }
}
