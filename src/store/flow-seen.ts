// A flow as it was seen: what a check, or a person, decides of it happens only while it is still
// so.
// Invariant: of two who act at once on what they saw, one finds it changed.
import type { ReleasableFlow } from '../pipeline/release.ts'
import type { Queryable } from './database.ts'

/** SQL: the flow is as it was seen: active, and not let go. $1 to $3. */
export const AS_SEEN = `id = $1 and state = 'active' and released_at is null
  and reason is not distinct from $2 and content_hash is not distinct from decode($3, 'hex')`

export function seenValues({ id, reason, contentHash }: ReleasableFlow): unknown[] {
  return [id, reason, contentHash]
}

/**
 * Adds who acts to those who have prepared the flow; null: it is the installation itself. False:
 * it is not as it was seen.
 */
export async function prepare(
  tx: Queryable,
  seen: ReleasableFlow,
  actor: string | null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update flows set prepared_by =
       case when $4::text is null or $4 = any(prepared_by) then prepared_by
         else prepared_by || $4::text end
     where ${AS_SEEN}`,
    [...seenValues(seen), actor],
  )
  return rowCount === 1
}
