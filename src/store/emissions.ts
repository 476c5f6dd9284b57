// The amounts of a flow's payments, counted inside the lot's transaction and kept with the flow: a
// later drop may change the notices, and what was emitted must stay what it was.
import type { EmissionAmounts } from '../domain/emission.ts'
import type { Pool, Queryable } from './database.ts'

/**
 * To be called in the lot's transaction, after its last notice. Counted are notices with a first
 * message, so that instalments told by reminders alone are not counted beside the whole; where
 * somebody else sends all the first messages, those with a reminder.
 */
export async function keepAmounts(tx: Queryable, flowId: number): Promise<void> {
  await tx.query(
    `update flows set amounts = counted.amounts
     from (
       select jsonb_build_object('count', count(*), 'totalCents', sum(n.amount_cents),
         'minimumCents', min(n.amount_cents),
         'medianCents', percentile_disc(0.5) within group (order by n.amount_cents),
         'maximumCents', max(n.amount_cents)) as amounts
       from notices n
       where n.amount_cents is not null and n.id in (
         select m.notice_id from messages m where m.flow_id = $1 and m.purpose = (
           select case when exists (select from messages where flow_id = $1 and purpose = 'first')
             then 'first'
             when exists (select from messages where flow_id = $1 and purpose = 'campaign')
             then 'campaign' else 'reminder' end))
       having count(*) > 0) counted
     where flows.id = $1`,
    [flowId],
  )
}

/** The amounts of a flow, and those of the last flow of its feed that was let go before it. */
export async function emissionOf(
  pool: Pool,
  flowId: number,
): Promise<{ amounts: EmissionAmounts | null; before: EmissionAmounts | null }> {
  const { rows } = await pool.query<{
    amounts: EmissionAmounts | null
    before: EmissionAmounts | null
  }>(
    `select f.amounts, (
       select earlier.amounts from flows earlier
       where earlier.institution_id = f.institution_id and earlier.feed = f.feed
         and earlier.id < f.id and earlier.released_at is not null and earlier.amounts is not null
       order by earlier.id desc limit 1) as before
     from flows f where f.id = $1`,
    [flowId],
  )
  return rows[0] ?? { amounts: null, before: null }
}
