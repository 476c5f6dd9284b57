// What the release checks keep of a flow: what they found, what people have overridden of it, and
// that it is kept back.
// Invariant: each statement says how the flow was seen, and does nothing to one that has become
// another since: of two who act at once one wins, and the other is told.
import type { LotFacts, ReleaseReport } from '../domain/release-check.ts'
import type { Override } from '../domain/release-checks.ts'
import type { PersonOverride } from '../pipeline/release/override.ts'
import type { KeptBack, ReleasableFlow, ReleasePorts } from '../pipeline/release.ts'
import { addFlowAct } from './acts.ts'
import { endOverridden } from './approval-voids.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { endEmpty, findEmptied } from './emptied-flows.ts'
import { AS_SEEN, prepare, seenValues } from './flow-seen.ts'
import { noSuchFlow } from './flows.ts'
import { collectFacts } from './lot-facts.ts'
import { leaveOut } from './lot-leaving.ts'
import { readReport, writeReport } from './release-report.ts'
import { addStaffMail } from './staff-mails.ts'

export type FlowChecks = ReturnType<typeof createFlowChecks>

export function createFlowChecks(pool: Pool) {
  return {
    get: (id: number) => getReleasable(pool, id),

    /** Everything in one snapshot. */
    async facts(id: number, now: Temporal.Instant): Promise<Omit<LotFacts, 'test'>> {
      return snapshot(pool, (client) => collectFacts(client, id, now))
    },

    /** What was found when it was last looked at; null: nobody has. */
    async report(id: number): Promise<ReleaseReport | null> {
      const { rows } = await pool.query<{ checks: unknown }>(
        'select checks from flows where id = $1',
        [id],
      )
      return readReport(rows[0]?.checks)
    },

    /** Those that hold: nothing has joined the flow since. */
    async overrides(id: number): Promise<Override[]> {
      const { rows } = await pool.query<Override>(
        `select code, total_cents as "totalCents", messages, concerned from flow_overrides
         where flow_id = $1 and voided_at is null order by id`,
        [id],
      )
      return rows
    },

    leaveOut: leaveOut.bind(null, pool),

    async keep(seen, report) {
      await pool.query(`update flows set checks = $4 where ${AS_SEEN}`, [
        ...seenValues(seen),
        writeReport(report),
      ])
    },

    async keepBack(seen, { act, report, problem, mail }: KeptBack, now) {
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ institution_id: number }>(
          `update flows set reason = 'blocked', approve_by = null, problem = $4, checks = $5
           where ${AS_SEEN} returning institution_id`,
          [...seenValues(seen), JSON.stringify(problem), writeReport(report)],
        )
        const institutionId = rows[0]?.institution_id
        if (institutionId === undefined) return false
        if (seen.reason === 'blocked') return true
        await addFlowAct(client, { ...act, flowId: seen.id }, now)
        await addStaffMail(client, institutionId, mail, now)
        return true
      })
    },

    endEmpty: (seen, empty, now) => endEmpty(pool, seen, empty, now),

    /** See `findEmptied`. */
    emptied: (limit: number) => findEmptied(pool, limit),

    /** Keeps what a person overrides, who is of its preparers by that. False: it has changed. */
    override(seen: ReleasableFlow, said: PersonOverride, now: Temporal.Instant): Promise<boolean> {
      const { act, code, totalCents, messages, concerned } = said
      return transaction(pool, async (client) => {
        if (!(await prepare(client, seen, act.actor))) return false
        const actId = await addFlowAct(client, { ...act, flowId: seen.id }, now)
        await endOverridden(client, seen.id, code, now)
        await client.query(
          `insert into flow_overrides
             (institution_id, flow_id, code, total_cents, messages, concerned, act_id)
           select institution_id, id, $2, $3, $4, $5, $6 from flows where id = $1`,
          [seen.id, code, totalCents, messages, concerned, actId],
        )
        return true
      })
    },
  } satisfies Omit<ReleasePorts['checks'], 'facts'> & Record<string, unknown>
}

/** Of the server, for each sort and hash of one look. */
const MEMORY = '64MB'

/**
 * To be called in the transaction that adds messages to a flow: what was overridden was another
 * lot, and it is looked at anew unless it has gone.
 */
export async function voidOverrides(
  tx: Queryable,
  flowId: number,
  now: Temporal.Instant,
): Promise<void> {
  await tx.query(
    'update flow_overrides set voided_at = $2 where flow_id = $1 and voided_at is null',
    [flowId, now.toString()],
  )
}

async function getReleasable(pool: Pool, id: number): Promise<ReleasableFlow> {
  const { rows } = await pool.query<ReleasableFlow>(
    `select f.id, i.name as institution, f.feed, f.campaign, f.service, f.origin, f.state, f.reason,
       f.released_at as "releasedAt", f.approve_by as "approveBy",
       encode(f.content_hash, 'hex') as "contentHash", f.leaving_out as "leavingOut"
     from flows f join institutions i on i.id = f.institution_id where f.id = $1`,
    [id],
  )
  const row = rows[0]
  if (!row) throw noSuchFlow(id)
  return row
}

/** Several queries that see the same, with memory enough to sort and hash a large lot. */
async function snapshot<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read read only')
    await client.query(`set local work_mem = '${MEMORY}'`)
    return work(client)
  })
}
