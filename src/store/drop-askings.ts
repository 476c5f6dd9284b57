// How far the asking of systems for a drop has come, so that a pass that was cut goes on where it
// was, and people see it. Invariant: `since` never moves, so that the answers that a drop may use
// are the same in every pass.
import type { Pool } from './database.ts'

export interface DropAsking {
  since: Temporal.Instant
  /** The last record whose questions were all tried; 0: none yet. */
  record: number
  answered: number
  unanswered: number
}

export type DropAskings = ReturnType<typeof createDropAskings>

const COLUMNS = 'since, record, answered, unanswered'

export function createDropAskings(pool: Pool) {
  return {
    /** Begins a pass, or goes on; `attempts` is how many in a row have not come any further. */
    async begin(dropId: number, now: Temporal.Instant): Promise<DropAsking & { attempts: number }> {
      const { rows } = await pool.query<DropAsking & { attempts: number }>(
        `insert into drop_askings as k (drop_id, since, attempts) values ($1, $2, 1)
         on conflict (drop_id) do update set attempts = k.attempts + 1
         returning ${COLUMNS}, attempts`,
        [dropId, now.toString()],
      )
      return rows[0] as DropAsking & { attempts: number }
    },

    /** Notes how far it has come. */
    async note(dropId: number, { record, answered, unanswered }: Omit<DropAsking, 'since'>) {
      await pool.query(
        `update drop_askings set record = $2, answered = $3, unanswered = $4, attempts = 0
         where drop_id = $1`,
        [dropId, record, answered, unanswered],
      )
    },

    /** Null: no system was asked for the drop. */
    async find(dropId: number): Promise<DropAsking | null> {
      const { rows } = await pool.query<DropAsking>(
        `select ${COLUMNS} from drop_askings where drop_id = $1`,
        [dropId],
      )
      return rows[0] ?? null
    },
  }
}
