// The installation itself: who it is, and the pause that stops every sending of it. It is paused
// when its database is found older than what was sent, and resumed by a person alone.
import type { ServiceAct } from './acts.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import type { Enqueue } from './wake.ts'

export interface InstallationStatus {
  id: string
  /** Null: not paused. */
  pausedBecause: string | null
  pausedSince: Temporal.Instant | null
  /** Messages that were sent and whose notices this database never had. */
  lostMessages: number
}

export type Installation = ReturnType<typeof createInstallation>

export function createInstallation(pool: Pool, enqueue: Enqueue) {
  return {
    async status(): Promise<InstallationStatus> {
      const { rows } = await pool.query<InstallationStatus>(
        `select id, paused_because as "pausedBecause", paused_since as "pausedSince",
           (select count(distinct message_id) from orphan_attempts where message_id > 0)
             as "lostMessages"
         from installation`,
      )
      return rows[0] as InstallationStatus
    },

    /** Lets everything go again, as an act. False: it was not paused. */
    async resume({ actor, origin, at }: ServiceAct): Promise<boolean> {
      return transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ because: string | null }>(
          'select paused_because as because from installation for update',
        )
        const because = rows[0]?.because ?? null
        if (because === null) return false
        await tx.query('update installation set paused_because = null, paused_since = null')
        await recordAct(tx, { actor, origin, at, verb: 'resumed', detail: { because } })
        const { rows: open } = await tx.query<{ account: string }>(
          `select distinct account from flows
           where released_at is not null and state in ('active', 'sending')`,
        )
        for (const { account } of open) await enqueue(tx, 'send', account, at)
        return true
      })
    },
  }
}

/** An act that concerns the whole installation. */
export async function recordAct(
  tx: Queryable,
  { actor, origin, at, verb, detail }: ServiceAct & { verb: string; detail: object },
): Promise<void> {
  await tx.query(
    `insert into acts (at, actor, origin, verb, subject, detail)
     values ($1, $2, $3, $4, 'installation', $5)`,
    [at.toString(), actor, origin, verb, JSON.stringify(detail)],
  )
}

/** Nothing is sent any more, until a person resumes it. Reasons add up. */
export async function pauseInstallation(
  tx: Queryable,
  because: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx.query(
    `update installation set paused_because = concat_ws('; ', paused_because, $1::text),
       paused_since = coalesce(paused_since, $2::timestamptz)`,
    [because, now.toString()],
  )
}
