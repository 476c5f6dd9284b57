// The gateway's rate limit: so many calls in any window of so many seconds, for each account.
// The window slides, as IO's policy says; refused calls do not count. Memory: a number a call.

export interface RateVerdict {
  allowed: boolean
  /** Calls left in the window after this one. */
  remaining: number
  /** Whole seconds until a call is allowed again; 0 when this one is. */
  retryAfterSeconds: number
}

export interface RateWindow {
  /** Counts one call at this instant; instants never go back. */
  take(nowMilliseconds: number): RateVerdict
}

/** `calls` at least 1. */
export function createRateWindow(calls: number, windowSeconds: number): RateWindow {
  const windowMilliseconds = windowSeconds * 1000
  const instants = new Float64Array(calls)
  let oldest = 0
  let count = 0
  return {
    take(now) {
      while (count > 0 && (instants[oldest] as number) <= now - windowMilliseconds) {
        oldest = (oldest + 1) % calls
        count -= 1
      }
      if (count === calls) {
        const waitMilliseconds = (instants[oldest] as number) + windowMilliseconds - now
        return {
          allowed: false,
          remaining: 0,
          retryAfterSeconds: Math.max(1, Math.ceil(waitMilliseconds / 1000)),
        }
      }
      instants[(oldest + count) % calls] = now
      count += 1
      return { allowed: true, remaining: calls - count, retryAfterSeconds: 0 }
    },
  }
}
