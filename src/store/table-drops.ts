// The end of a drop that makes no flow: its counts, and its refused rows with their reasons,
// sealed.
import type { Queryable } from './database.ts'
import type { Vault } from './vault.ts'

/** `rows` are the first refused ones with their reasons; they quote the drop. */
export interface TableSummary {
  refused: number
  rows: object[]
  /** Of those, the ones without a readable key. */
  keyless?: number
}

interface TableEnd {
  dropId: number
  /** Rows that were taken. */
  rows: number
  summary: TableSummary
  /** Of a settlement: what became of its rows. */
  settled?: object
  now: Temporal.Instant
}

/** Marks the drop mapped, inside the transaction that took its rows. */
export async function finishTable(tx: Queryable, vault: Vault, end: TableEnd): Promise<void> {
  const { dropId, rows, summary, settled = null, now } = end
  const sealed = vault.seal(refusalsContext(dropId), JSON.stringify(summary.rows))
  await tx.query(
    `update drops set state = 'mapped', mapped_at = $2, records = $3, refused = $4,
       refusals_sealed = $5, progress_bytes = bytes, problem = null, settled = $6 where id = $1`,
    [
      dropId,
      now.toString(),
      rows + summary.refused,
      summary.refused,
      sealed,
      settled && JSON.stringify(settled),
    ],
  )
}

/** What the refused rows of a drop are bound to. */
export function refusalsContext(dropId: number): string {
  return `refusals/${dropId}`
}
