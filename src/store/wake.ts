// How a store writes, in its own transaction, the job that wakes the next stage. The queue
// satisfies it.
import type { Queryable } from './database.ts'

export type WakeName = 'map' | 'release' | 'send' | 'write-back'

/**
 * `id` names a row or an account; the handler reads the row and decides. `at`: not before; of
 * several instants, a job for each.
 */
export type Enqueue = (
  tx: Queryable,
  queue: WakeName,
  id: string,
  at?: Temporal.Instant | readonly Temporal.Instant[],
) => Promise<void>
