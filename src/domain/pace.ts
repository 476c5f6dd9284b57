// The pace of one account: whether a call to IO may leave now. Local arithmetic, since one sender
// holds the account's lease; what IO says to remain corrects it. Invariant: no window that IO may
// see holds more calls than the limit, and time that went by unused is never made up for.
// Source of the limit: IO's gateway, 150 calls in a sliding window of 5 s.

export interface Pace {
  /**
   * Milliseconds until a call may leave; 0: now. To be asked again after the wait, since another
   * call, an answer or a pause may have changed it. Instants are monotonic and never go back.
   */
  waitMilliseconds(now: number): number
  /** A call leaves now, whether or not it may: it is counted. */
  leave(now: number): PacedCall
  /**
   * A call has its answer, or is given up. Once for each that left. IO may see a call any time
   * before its answer, so the call's window ends one window after it. `remaining` is what IO says
   * to be left; null when it does not say.
   */
  answered(call: PacedCall, now: number, remaining: number | null): void
  /** Nothing leaves before so many milliseconds from now: IO asked to wait. */
  pause(now: number, forMilliseconds: number): void
}

/** A call on its way, as the pace remembers it. */
export interface PacedCall {
  /** 1 for the first call. */
  number: number
  leftAt: number
  /** Calls that IO may have seen in one window, this one included. */
  inWindow: number
  /** It left when hardly another could: what IO says of it tells how much room there is. */
  isAtLimit: boolean
}

/** How much of the allowed rate is used; the rest is slack for the gateway's own imprecision. */
export const USED_SHARE = 0.985
/** What is left to us of the limit, however many calls another program makes. */
const LEAST_SHARE = 0.05
/** How far our count of a window may be above IO's: answers take their time to come back. */
const LARGEST_SURPLUS_SHARE = 0.05
/** Of a window: how much lateness of timers and answers is made up for, at half the spacing. */
const CREDIT_SHARE = 0.05
/** This near to the limit, a call tells how much room there is. */
const NEAR_LIMIT = 3
/** How much of the usual time of an answer the last one decides. */
const NEWEST_WEIGHT = 1 / 32

/**
 * The pace of an account that may make so many calls in any window of so many seconds; 0 calls: it
 * has no limit.
 */
export function createPace(callsPerWindow: number, windowSeconds: number): Pace {
  return callsPerWindow === 0 ? createFreePace() : createLimitedPace(callsPerWindow, windowSeconds)
}

function createFreePace(): Pace {
  let paused = 0
  let number = 0
  return {
    waitMilliseconds: (now) => Math.max(0, paused - now),
    leave: (now) => ({ number: ++number, leftAt: now, inWindow: 0, isAtLimit: false }),
    answered: () => {},
    pause(now, forMilliseconds) {
      paused = Math.max(paused, now + forMilliseconds)
    },
  }
}

function createLimitedPace(callsPerWindow: number, windowSeconds: number): Pace {
  const window = windowSeconds * 1000
  const room = createRoom(callsPerWindow, window)
  const answers = createAnswers(Math.ceil(callsPerWindow * (1 + LARGEST_SURPLUS_SHARE)), window)
  let number = 0
  let unanswered = 0
  let paused = 0
  /** When the next call would leave, were nothing ever late. */
  let ideal = 0
  let last = Number.NEGATIVE_INFINITY
  /** Somebody was told to wait: what passes beyond that is lateness, not idleness. */
  let isAwaited = false

  /** How long answers usually take: so much longer than a window we count each call. */
  let lag = 0

  // Evenly, so that the room is never used up before the window's end.
  const spacing = () =>
    Math.max(window / (callsPerWindow * USED_SHARE), (window + lag) / room.limit())

  return {
    waitMilliseconds(now) {
      const excess = unanswered + answers.countAt(now) - room.limit() + 1
      const smooth = Math.max(ideal, last + spacing() / 2)
      const free = excess > 0 ? (answers.freeAt(excess) ?? now + spacing()) : now
      const wait = Math.max(0, smooth - now, free - now, paused - now)
      isAwaited ||= wait > 0
      return wait
    },
    leave(now) {
      const kept = isAwaited ? now - window * CREDIT_SHARE : now
      ideal = Math.max(ideal, kept) + spacing()
      last = now
      isAwaited = false
      unanswered += 1
      const inWindow = unanswered + answers.countAt(now)
      const isAtLimit = inWindow > room.limit() - NEAR_LIMIT
      return { number: ++number, leftAt: now, inWindow, isAtLimit }
    },
    answered(call, now, remaining) {
      unanswered -= 1
      answers.add(now)
      lag += (Math.min(window, now - call.leftAt) - lag) * NEWEST_WEIGHT
      if (remaining !== null) room.learn(call, number - call.number, now, remaining)
    },
    pause(now, forMilliseconds) {
      paused = Math.max(paused, now + forMilliseconds)
      ideal = Math.max(ideal, paused)
    },
  }
}

/** How many calls a window of our own count may hold; what IO says to remain moves it. */
function createRoom(callsPerWindow: number, window: number) {
  /** One less than the limit, since the gateway is never exact. */
  const usual = Math.max(1, callsPerWindow - 1)
  const least = Math.max(1, Math.floor(callsPerWindow * LEAST_SHARE))
  const largestSurplus = Math.floor(callsPerWindow * LARGEST_SURPLUS_SHARE)
  const none = Number.POSITIVE_INFINITY
  let previous = none
  let current = none
  let turnsAt = 0

  return {
    limit() {
      const surplus = Math.min(previous, current)
      if (surplus === none) return usual
      return Math.max(least, usual + Math.min(surplus, largestSurplus))
    },
    /**
     * Below zero: so many calls of a window are another program's. Above: so many of those that we
     * count were no longer in IO's window. The least of the last window or two holds.
     */
    learn(call: PacedCall, leftSince: number, now: number, remaining: number) {
      if (now >= turnsAt) {
        previous = now >= turnsAt + window ? none : current
        current = none
        turnsAt = now + window
      }
      const used = callsPerWindow - remaining
      const ofOthers = used - call.inWindow - leftSince
      if (ofOthers > 0) current = Math.min(current, -ofOthers)
      else if (call.isAtLimit) current = Math.min(current, Math.max(0, call.inWindow - used))
    },
  }
}

/** When the answers of the last window came, oldest first. */
function createAnswers(most: number, window: number) {
  const instants = new Float64Array(most)
  let oldest = 0
  let count = 0

  return {
    countAt(now: number) {
      while (count > 0 && (instants[oldest] as number) + window <= now) {
        oldest = (oldest + 1) % most
        count -= 1
      }
      return count
    },
    /** When so many of them will have left the window; null: they are not that many. */
    freeAt(excess: number) {
      if (excess > count) return null
      return (instants[(oldest + excess - 1) % most] as number) + window
    },
    /** Forgets the oldest when there is no place: a call that left without being allowed. */
    add(now: number) {
      if (count === most) {
        oldest = (oldest + 1) % most
        count -= 1
      }
      instants[(oldest + count) % most] = now
      count += 1
    },
  }
}

/** Seconds without any call after IO failed for everybody: the first time, and at most. */
const FIRST_OUTAGE_SECONDS = 1
const LONGEST_OUTAGE_SECONDS = 4
/** After so long without a failure the next one is a first one. */
const OUTAGE_FORGOTTEN_MILLISECONDS = 30_000

export interface Outage {
  /**
   * IO could not be reached, or failed for everybody: seconds until it is tried again, twice as
   * long each time. Calls that were under way together fail together, and count once.
   */
  failed(now: number): number
}

/** How an account meets an outage: asked ever more seldom, and found within seconds of its end. */
export function createOutage(): Outage {
  let until = Number.NEGATIVE_INFINITY
  let seconds = 0
  return {
    failed(now) {
      if (now >= until) {
        const isNew = now - until > OUTAGE_FORGOTTEN_MILLISECONDS
        seconds = isNew ? FIRST_OUTAGE_SECONDS : Math.min(seconds * 2, LONGEST_OUTAGE_SECONDS)
        until = now + seconds * 1000
      }
      return (until - now) / 1000
    },
  }
}

/** What a call to IO is for. */
export type CallPurpose = 'send' | 'follow'

/** Of the calls to IO, one of so many is kept for following while there is something to follow. */
export const FOLLOWING_ONE_OF = 50

/**
 * Who goes next, of those who wait: sending, but for the share that is kept. What following did not
 * use is not saved up, but for one call.
 */
export function createSharing(): { next(waiting: Record<CallPurpose, boolean>): CallPurpose } {
  let sendsInRow = 0
  return {
    next(waiting) {
      const isKept = sendsInRow >= FOLLOWING_ONE_OF - 1
      if (waiting.send && !(isKept && waiting.follow)) {
        sendsInRow += 1
        return 'send'
      }
      sendsInRow = 0
      return 'follow'
    },
  }
}
