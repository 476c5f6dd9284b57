// Flows that brake themselves: suspended by the sender, once, with the act and the mail that say
// why. What was found is kept as figures, so that it can be told in either language. Invariant: a
// flow that somebody has suspended or stopped before stays as that person left it.
import type { Braked } from '../domain/brake.ts'
import { BRAKED_CODE, brakedMail, brakedRemedy, brakedText } from '../domain/brake-words.ts'
import { BY_ITSELF } from '../domain/decision.ts'
import { nameInMail } from '../domain/staff-mail.ts'
import type { BrakedFlow } from '../pipeline/send/brake.ts'
import { addFlowAct } from './acts.ts'
import { type Pool, transaction } from './database.ts'
import { addStaffMail } from './staff-mails.ts'

export type Brakes = ReturnType<typeof createBrakes>

export function createBrakes(pool: Pool) {
  return {
    /** The median of its payments, in cents; null: it has none. */
    async usualCents(flowId: number): Promise<number | null> {
      const { rows } = await pool.query<{ cents: number | null }>(
        `select (amounts->>'medianCents')::bigint as cents from flows where id = $1`,
        [flowId],
      )
      return rows[0]?.cents ?? null
    },

    /** False: it was suspended or stopped before. */
    async suspend(
      { flowId, institution, feed, campaign }: BrakedFlow,
      braked: Braked,
      notify: readonly string[],
      now: Temporal.Instant,
    ): Promise<boolean> {
      const detail = brakedText(braked, 'it')
      const remedy = brakedRemedy(braked, flowId, 'it')
      const problem = { code: BRAKED_CODE, detail, line: null, remedy, braked }
      return transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ institutionId: number }>(SUSPEND, [
          ...[flowId, now.toString(), JSON.stringify(problem)],
        ])
        const institutionId = rows[0]?.institutionId
        if (institutionId === undefined) return false
        const act = { ...BY_ITSELF, verb: 'braked' }
        const said = { note: detail, code: BRAKED_CODE, ...braked }
        await addFlowAct(tx, { ...act, flowId, detail: said }, now)
        const name = nameInMail({ id: flowId, feed, campaign })
        const mail = brakedMail({ id: flowId, institution, name }, braked, notify)
        await addStaffMail(tx, institutionId, mail, now)
        return true
      })
    },
  }
}

const SUSPEND = `
  update flows set suspended_at = $2, suspended_because = 'braked', problem = $3
  where id = $1 and suspended_at is null and stopped_at is null and released_at is not null
  returning institution_id as "institutionId"`
