// How many requests one asker may make: a fixed window of a minute, in this process. It keeps a
// runaway from taking the machine; that no link is guessed does not depend on it. Whoever is signed
// in is counted by their session, so that one of an office does not shut the others out.
import { createHash } from 'node:crypto'

/** Askers that are remembered at once; beyond, all begin anew. */
const MOST_ASKERS = 10_000
const WINDOW_MILLISECONDS = 60_000

/** Answers whether one more may be made by this asker now. */
export function createThrottle(
  requestsAMinute: number,
): (asker: string, now: Temporal.Instant) => boolean {
  const windows = new Map<string, { since: number; requests: number }>()
  return (asker, now) => {
    const at = now.epochMilliseconds
    const known = windows.get(asker)
    if (known === undefined || at - known.since >= WINDOW_MILLISECONDS) {
      if (windows.size >= MOST_ASKERS) windows.clear()
      windows.set(asker, { since: at, requests: 1 })
      return true
    }
    known.requests += 1
    return known.requests <= requestsAMinute
  }
}

/** Sessions that were found lately: only they are counted by themselves. */
export function createAskers() {
  const known = new Set<string>()
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64url')
  return {
    found(token: string): void {
      if (known.size >= MOST_ASKERS) known.clear()
      known.add(keyOf(token))
    },
    /** A token that nobody was found by says nothing: its address counts. */
    askerOf(token: string | null, address: string): string {
      if (token === null) return address
      const key = keyOf(token)
      return known.has(key) ? key : address
    },
  }
}
