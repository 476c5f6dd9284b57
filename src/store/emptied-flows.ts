// Flows of which nothing is left to leave: all of it was refused, left out, paid or withdrawn.
// Nobody is asked about them, and no check keeps them back: they end. Invariant: a flow ends so
// only when its locked row shows that nothing of it waits; what joins it later is looked at as
// ever.
import type { MessageState } from '../domain/message.ts'
import type { EmptyFlow, ReleasableFlow } from '../pipeline/release.ts'
import { addFlowAct } from './acts.ts'
import { type Pool, transaction } from './database.ts'
import { listOf, recloseFlows } from './flow-ends.ts'
import { AS_SEEN, seenValues } from './flow-seen.ts'
import { writeReport } from './release-report.ts'
import { addStaffMail } from './staff-mails.ts'

const noneIn = (...states: MessageState[]) => `(select id from messages where flow_id = f.id
  and state in (${listOf(states)}) limit 1) is null`

/** Each look at messages is for one row of an index of its own; joined, it would read them all. */
const IS_EMPTY = `${noneIn('waiting')} and ${noneIn('held')} and ${noneIn('claimed', 'sending')}`

/** One that somebody has suspended ends once it goes on. */
const STANDS = `f.state = 'active' and f.released_at is null and f.suspended_at is null`

/**
 * Ends the flow, or, where records of it still wait for something, lets them find it let go: they
 * are checked, and approved, when they come. No emission is compared with it, since nothing was
 * asked for. False: something of it may leave, or it has changed.
 */
export async function endEmpty(
  pool: Pool,
  seen: ReleasableFlow,
  { approval, report, act, mail }: EmptyFlow,
  now: Temporal.Instant,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    // What has joined it is visible only to a statement after the lock.
    await client.query('select from flows where id = $1 for update', [seen.id])
    const { rows } = await client.query<{ institution_id: number }>(
      `update flows f set released_at = $4, approved_by = '{}', reason = 'approved', problem = null,
         approval = $5, approve_by = null, release_at = null, checks = $6, amounts = null
       where ${AS_SEEN} and ${STANDS} and ${IS_EMPTY} returning institution_id`,
      [...seenValues(seen), now.toString(), approval, writeReport(report)],
    )
    const institutionId = rows[0]?.institution_id
    if (institutionId === undefined) return false
    await addFlowAct(client, { ...act, flowId: seen.id }, now)
    if (mail) await addStaffMail(client, institutionId, mail, now)
    await recloseFlows(client, [seen.id], now)
    return true
  })
}

/** Flows that people were asked about, or that are kept back, and of which nothing is left. */
export async function findEmptied(pool: Pool, limit: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    `select f.id from flows f
     where ${STANDS} and (f.reason = 'blocked' or f.approve_by is not null) and ${IS_EMPTY}
       and not exists (select from record_waits w where w.flow_id = f.id)
     order by f.id limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}
