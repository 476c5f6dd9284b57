// What was under way when a node died: read from the tables once PostgreSQL has finished with the
// statements that the dead one had asked for, since those may still be committed.
import type { Ground } from './ground.ts'

const PATIENCE_SECONDS = 60

/** The messages that stand as `sending`, when no session of a node works any more. */
export async function underWayIn({ database, until }: Ground): Promise<number[]> {
  await until('the dead node’s statements have ended', PATIENCE_SECONDS, async () => {
    const working = await database.query(
      `select from pg_stat_activity where datname = current_database() and state = 'active'
         and application_name like 'staffetta%'`,
    )
    return working.length === 0
  })
  const rows = await database.query<{ id: number }>(
    `select id::int from messages where state = 'sending'`,
  )
  return rows.map(({ id }) => id)
}
