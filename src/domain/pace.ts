// The pace of one account: when the next call to IO may leave. Local arithmetic, since one sender
// holds the account's lease. Calls are spaced evenly over the window, so no sliding window ever
// holds more than its limit; IO's own word (429, or few calls remaining) pushes the next slot
// further out.
// Source of the limit: io-api, "Rate limit (real numbers)": 150 calls in a sliding window of 5 s.

export interface Pace {
  /** Milliseconds (monotonic) at which the next call may leave; takes the slot. */
  take(nowMilliseconds: number): number
  /**
   * A call really leaves now: timers fire late, and what left late must not stand in one window
   * with what leaves on time. Once for each slot taken.
   */
  left(nowMilliseconds: number): void
  /** Nothing leaves before so many milliseconds from now: IO asked to wait. */
  pause(nowMilliseconds: number, forMilliseconds: number): void
}

/** How much of the allowed rate is used; the rest is slack for the gateway's own imprecision. */
export const USED_SHARE = 0.985

/** `callsPerWindow: 0` means that the account has no limit. */
export function createPace(callsPerWindow: number, windowSeconds: number): Pace {
  const window = windowSeconds * 1000
  const spacing = callsPerWindow === 0 ? 0 : window / (callsPerWindow * USED_SHARE)
  /** When the last calls left: as many as may leave in one window, one less than IO's limit. */
  const departures = new Float64Array(Math.min(callsPerWindow, Math.max(1, callsPerWindow - 1)))
  let taken = 0
  let departed = 0
  let next = 0
  return {
    take(now) {
      const before = taken - departures.length
      const isKnown = before >= 0 && before < departed
      const room = isKnown ? (departures[before % departures.length] as number) + window : 0
      const slot = Math.max(now, next, room)
      next = slot + spacing
      taken += 1
      return slot
    },
    left(now) {
      if (departures.length === 0) return
      departures[departed % departures.length] = now
      departed += 1
    },
    pause(now, forMilliseconds) {
      next = Math.max(next, now + forMilliseconds)
    },
  }
}
