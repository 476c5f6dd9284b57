// Numbers that a system wants only once, by institution and name: all that reaches it shares them.
// Invariant: a number is committed before it is answered, so none is ever given twice.
import type { Pool, Queryable } from './database.ts'
import type { Institutions } from './institutions.ts'

export type NextCount = (institution: string, counter: string) => Promise<bigint>

/** The next value of a counter; it starts at 1. */
export function createCounters(pool: Pool, institutions: Institutions): NextCount {
  return async (institution, counter) => {
    const { rows } = await pool.query<{ value: string }>(
      `insert into counters as c (institution_id, name, value) values ($1, $2, 1)
       on conflict (institution_id, name) do update set value = c.value + 1
       returning value::text as value`,
      [await institutions.idOf(institution), counter],
    )
    return BigInt((rows[0] as { value: string }).value)
  }
}

/** After a restore, what was given since the copy is not known: far enough on, none comes again. */
export async function leapCounters(tx: Queryable, by: number): Promise<void> {
  await tx.query('update counters set value = value + $1', [by])
}
