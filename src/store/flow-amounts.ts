// What flows come to in money, as it was when they were mapped: kept with each, and read here for
// many at once. Cents are whole numbers.
import type { Pool } from './database.ts'

export interface FlowAmounts {
  /** Notices with a payment. */
  count: number
  totalCents: number
}

export function createFlowAmounts(pool: Pool) {
  return {
    /** Those that have any. */
    async of(flowIds: readonly number[]): Promise<Map<number, FlowAmounts>> {
      const { rows } = await pool.query<FlowAmounts & { id: number }>(
        `select id, (amounts->>'count')::bigint as count,
           (amounts->>'totalCents')::bigint as "totalCents"
         from flows where id = any($1) and amounts is not null`,
        [flowIds],
      )
      return new Map(rows.map(({ id, ...amounts }) => [id, amounts]))
    },

    /** Those that were mapped again as a whole, with the flow that replaces each. */
    async replaced(flowIds: readonly number[]): Promise<Map<number, number>> {
      const { rows } = await pool.query<{ id: number; by: number }>(
        'select id, replaced_by as by from flows where id = any($1) and replaced_by is not null',
        [flowIds],
      )
      return new Map(rows.map(({ id, by }) => [id, by]))
    },
  }
}
