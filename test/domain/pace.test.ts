import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createOutage,
  createPace,
  createSharing,
  FOLLOWING_ONE_OF,
  type Pace,
} from '../../src/domain/pace.ts'
import { createRateWindow } from '../../src/sandbox/rate-window.ts'

/** Milliseconds that one call takes there and back, after its timer fired so late. */
interface Delays {
  late: number
  there: number
  back: number
}

interface Life {
  calls: number
  windowSeconds: number
  seconds: number
  delays: (call: number) => Delays
  /** Connections: so many calls may be under way. */
  hands?: number
  /** Another program's calls a second on the same limit, from and to these seconds. */
  other?: { perSecond: number; from: number; to: number }
  /** Whether IO says how much remains. */
  says?: boolean
}

interface Seen {
  /** Arrivals at IO that it took, in milliseconds. */
  taken: number[]
  refused: number
}

/** A sender that always has something to send, beside a gateway with a sliding window. */
function live(life: Life): Seen {
  const { calls, windowSeconds, seconds, delays, hands = 16, other, says = true } = life
  const pace = createPace(calls, windowSeconds)
  const gateway = createRateWindow(calls, windowSeconds)
  const events: { at: number; run: () => void }[] = []
  const seen: Seen = { taken: [], refused: 0 }
  let now = 0
  let busy = 0
  let made = 0
  const later = (milliseconds: number, run: () => void) => {
    events.push({ at: now + milliseconds, run })
  }
  const serve = () => {
    if (busy === hands) return
    const wait = pace.waitMilliseconds(now)
    const { late, there, back } = delays(made)
    if (wait > 0) return later(wait + late, serve)
    const call = pace.leave(now)
    busy += 1
    made += 1
    later(there, () => {
      const { allowed, remaining } = gateway.take(now)
      if (allowed) seen.taken.push(now)
      else seen.refused += 1
      later(back, () => {
        pace.answered(call, now, says ? remaining : null)
        if (busy-- === hands) serve()
      })
    })
    serve()
  }
  const disturb = () => {
    if (other && now >= other.from * 1000 && now < other.to * 1000) gateway.take(now)
    later(1000 / (other?.perSecond ?? 1), disturb)
  }
  later(0, serve)
  later(1, disturb)
  for (;;) {
    const next = events.reduce((first, one) => (one.at < first.at ? one : first))
    if (next.at >= seconds * 1000) return seen
    events.splice(events.indexOf(next), 1)
    now = next.at
    next.run()
  }
}

function share({ taken }: Seen, { calls, windowSeconds, seconds }: Life, from = 0): number {
  const counted = taken.filter((at) => at >= from * 1000).length
  return counted / ((calls * (seconds - from)) / windowSeconds)
}

const quick = { late: 1, there: 1, back: 1 }
const io = { calls: 150, windowSeconds: 5 }

describe('the pace of an account', () => {
  test('lets IO see no more than its limit in any window, whatever timers and networks do', () => {
    const some = fc.oneof(fc.constant(0), fc.nat(5), fc.nat(300))
    const delay = fc.record({ late: some, there: some, back: some })
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(delay, { minLength: 30, maxLength: 60 }),
        (calls, hands, given) => {
          const delays = (call: number) => given[call % given.length] as Delays
          const life = { calls, windowSeconds: 1, seconds: 6, delays, hands, says: false }
          expect(live(life).refused).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('uses at least 98 of 100 of the calls that IO allows, and not one is refused', () => {
    const life = { ...io, seconds: 60, delays: () => quick }
    const seen = live(life)
    expect(seen.refused).toBe(0)
    expect(share(seen, life)).toBeGreaterThanOrEqual(0.98)
  })

  test('learns from what IO says to remain that slow answers cost no room', () => {
    const slow = { late: 1, there: 60, back: 80 }
    const life = { ...io, seconds: 90, delays: () => slow }
    const told = live(life)
    const untold = live({ ...life, says: false })
    expect([told.refused, untold.refused]).toEqual([0, 0])
    expect(share(told, life, 30)).toBeGreaterThanOrEqual(0.98)
    expect(share(untold, life, 30)).toBeLessThan(0.98)
  })

  test('leaves to another program what it uses, and takes it back once that has ended', () => {
    const other = { perSecond: 10, from: 20, to: 60 }
    const life = { ...io, seconds: 100, delays: () => quick, other }
    const seen = live(life)
    const rate = (from: number, to: number) =>
      seen.taken.filter((at) => at >= from * 1000 && at < to * 1000).length / (to - from)
    expect(seen.refused).toBe(0)
    expect(rate(30, 60)).toBeLessThanOrEqual(20)
    expect(rate(30, 60)).toBeGreaterThanOrEqual(18)
    expect(rate(75, 100)).toBeGreaterThanOrEqual(0.98 * 30)
  })

  test('never gives way altogether', () => {
    const other = { perSecond: 400, from: 0, to: 60 }
    const seen = live({ ...io, seconds: 60, delays: () => quick, other })
    expect(seen.taken.length + seen.refused).toBeGreaterThan(60)
  })

  test('saves nothing up while nobody calls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(100_000), (calls, idle) => {
        const pace = createPace(calls, 5)
        leaveNow(pace, 0)
        leaveNow(pace, 10_000 + idle)
        expect(pace.waitMilliseconds(10_000 + idle)).toBeGreaterThanOrEqual(5000 / calls)
      }),
    )
  })

  test('makes no burst after the process stood still while a call waited', () => {
    const pace = createPace(150, 5)
    let now = 0
    leaveNow(pace, now)
    expect(pace.waitMilliseconds(now)).toBeGreaterThan(0)
    now = 3_600_000
    let left = 0
    for (const end = now + 1000; now < end; now += 1) {
      if (pace.waitMilliseconds(now) > 0) continue
      leaveNow(pace, now)
      left += 1
    }
    // A second's calls, and the bounded lateness that is made up for.
    expect(left).toBeLessThanOrEqual(30 + 8)
  })

  test('does not hold anything back where there is no limit', () => {
    const pace = createPace(0, 5)
    for (let call = 0; call < 1000; call++) leaveNow(pace, 7)
    expect(pace.waitMilliseconds(7)).toBe(0)
  })

  test.each([0, 150])('lets nothing leave while IO asked to wait (limit %i)', (calls) => {
    const pace = createPace(calls, 5)
    leaveNow(pace, 0)
    pace.pause(100, 4000)
    pace.pause(100, 1)
    expect(pace.waitMilliseconds(200)).toBe(3900)
    expect(pace.waitMilliseconds(4099)).toBe(1)
    expect(pace.waitMilliseconds(4100)).toBe(0)
  })

  /** A call whose answer is there at once. */
  function leaveNow(pace: Pace, now: number): void {
    pace.answered(pace.leave(now), now, null)
  }
})

describe('an outage', () => {
  test('is met with waits that double up to four seconds, however many calls fail together', () => {
    const outage = createOutage()
    let now = 0
    const waits = Array.from({ length: 5 }, () => {
      const wait = outage.failed(now)
      expect(outage.failed(now + 500)).toBe(wait - 0.5)
      now += wait * 1000
      return wait
    })
    expect(waits).toEqual([1, 2, 4, 4, 4])
    expect(outage.failed(now + 31_000)).toBe(1)
  })
})

describe('the calls of an account', () => {
  const both = { send: true, follow: true }

  test('are for following one time in fifty while both wait', () => {
    const sharing = createSharing()
    const purposes = Array.from({ length: 50 * FOLLOWING_ONE_OF }, () => sharing.next(both))
    expect(purposes.filter((purpose) => purpose === 'follow')).toHaveLength(50)
  })

  test('are all for whoever waits alone, and of the share that was kept one call is saved', () => {
    const sharing = createSharing()
    const alone = (purpose: 'send' | 'follow') =>
      Array.from({ length: 500 }, () =>
        sharing.next({ send: purpose === 'send', follow: purpose === 'follow' }),
      )
    expect(new Set(alone('follow'))).toEqual(new Set(['follow']))
    expect(new Set(alone('send'))).toEqual(new Set(['send']))
    expect([sharing.next(both), sharing.next(both)]).toEqual(['follow', 'send'])
  })
})
