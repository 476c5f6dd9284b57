// The pace of one account: when the next call to IO may leave. Local arithmetic, since one sender
// holds the account's lease. Calls are spaced evenly over the window, so no sliding window ever
// holds more than its limit; a 429 of IO pushes the next slot further out.
// Source of the limit: io-api, "Rate limit (real numbers)": 150 calls in a sliding window of 5 s.

export interface Pace {
  /** Milliseconds (monotonic) at which the next call may leave; takes the slot. */
  take(nowMilliseconds: number): number
  /**
   * A call has its answer. Once for each slot taken. Timers fire late and networks differ, so IO
   * may see a call later than its slot, but never later than its answer: the next window counts
   * from there.
   */
  answered(nowMilliseconds: number): void
  /** Nothing leaves before so many milliseconds from now: IO asked to wait. */
  pause(nowMilliseconds: number, forMilliseconds: number): void
}

/** How much of the allowed rate is used; the rest is slack for the gateway's own imprecision. */
export const USED_SHARE = 0.985

/** `callsPerWindow: 0` means that the account has no limit. */
export function createPace(callsPerWindow: number, windowSeconds: number): Pace {
  const window = windowSeconds * 1000
  const spacing = callsPerWindow === 0 ? 0 : window / (callsPerWindow * USED_SHARE)
  /** When the last answers came: as many as one window may hold, one less than IO's limit. */
  const answers = new Float64Array(Math.min(callsPerWindow, Math.max(1, callsPerWindow - 1)))
  let taken = 0
  let done = 0
  let next = 0
  return {
    take(now) {
      const before = taken - answers.length
      const isKnown = before >= 0 && before < done
      const room = isKnown ? (answers[before % answers.length] as number) + window : 0
      const slot = Math.max(now, next, room)
      next = slot + spacing
      taken += 1
      return slot
    },
    answered(now) {
      if (answers.length === 0) return
      answers[done % answers.length] = now
      done += 1
    },
    pause(now, forMilliseconds) {
      next = Math.max(next, now + forMilliseconds)
    },
  }
}
