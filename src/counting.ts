// Folding the counts of messages and records: a part of `app.ts`. What was counted since stands
// beside them until then, and is read with them, so that nobody sees how late this is.
import type { Parts } from './parts.ts'

/** Folds what has changed, unless another node does; answers how many changes. */
export async function foldCounts({ store }: Parts, stopping: AbortSignal): Promise<number> {
  // Mostly nothing changes, and to take a lease is to write.
  if (!(await store.counts.hasChanges())) return 0
  return (await store.leases.hold('counts', () => store.counts.fold(stopping))) ?? 0
}
