// Waiting for what a run has set going: asked again and again until it is so, within a bound, and
// given up when the run is.
import { setTimeout as delay } from 'node:timers/promises'

/** Null and false: not yet. */
export type Ask<T> = () => Promise<T | null | false> | T | null | false

const POLL_MS = 25

/**
 * Resolves with the first answer other than null and false; a question that fails is asked again,
 * since what it asks may be away on purpose. Rejects with `what` when time is up.
 */
export async function until<T>(
  what: string,
  seconds: number,
  signal: AbortSignal,
  ask: Ask<T>,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  let cause: unknown
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    try {
      const answer = await ask()
      if (answer !== null && answer !== false) return answer
    } catch (error) {
      cause = error
    }
    await delay(POLL_MS, undefined, { signal })
  }
  throw new Error(`not within ${seconds} seconds: ${what}`, { cause })
}
