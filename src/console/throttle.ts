// How many requests one address may make: a fixed window of a minute, in this process. It keeps a
// runaway from taking the machine; that no link is guessed does not depend on it.

/** Addresses that are remembered at once; beyond, all begin anew. */
const MOST_ADDRESSES = 10_000
const WINDOW_MILLISECONDS = 60_000

/** Answers whether one more may be made by this address now. */
export function createThrottle(
  requestsAMinute: number,
): (address: string, now: Temporal.Instant) => boolean {
  const windows = new Map<string, { since: number; requests: number }>()
  return (address, now) => {
    const at = now.epochMilliseconds
    const known = windows.get(address)
    if (known === undefined || at - known.since >= WINDOW_MILLISECONDS) {
      if (windows.size >= MOST_ADDRESSES) windows.clear()
      windows.set(address, { since: at, requests: 1 })
      return true
    }
    known.requests += 1
    return known.requests <= requestsAMinute
  }
}
