// The pace of one account: when the next call to IO may leave. Local arithmetic, since one sender
// holds the account's lease. Calls are spaced evenly over the window, so no sliding window ever
// holds more than its limit; IO's own word (429, or few calls remaining) pushes the next slot
// further out.
// Source of the limit: io-api, "Rate limit (real numbers)": 150 calls in a sliding window of 5 s.

export interface Pace {
  /** Milliseconds (monotonic) at which the next call may leave; takes the slot. */
  take(nowMilliseconds: number): number
  /** Nothing leaves before so many milliseconds from now: IO asked to wait. */
  pause(nowMilliseconds: number, forMilliseconds: number): void
}

/** How much of the allowed rate is used; the rest is slack for the gateway's own imprecision. */
export const USED_SHARE = 0.985

/** `callsPerWindow: 0` means that the account has no limit. */
export function createPace(callsPerWindow: number, windowSeconds: number): Pace {
  const spacing = callsPerWindow === 0 ? 0 : (windowSeconds * 1000) / (callsPerWindow * USED_SHARE)
  let next = 0
  return {
    take(now) {
      const slot = Math.max(now, next)
      next = slot + spacing
      return slot
    },
    pause(now, forMilliseconds) {
      next = Math.max(next, now + forMilliseconds)
    },
  }
}
