import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPace } from '../../src/domain/pace.ts'

/** Slots of calls that arrive after these waits, each perhaps preceded by a pause. */
function slotsOf(
  callsPerWindow: number,
  windowSeconds: number,
  arrivals: { afterMs: number; pauseMs: number | null }[],
): number[] {
  const pace = createPace(callsPerWindow, windowSeconds)
  let now = 1000
  return arrivals.map(({ afterMs, pauseMs }) => {
    now += afterMs
    if (pauseMs !== null) pace.pause(now, pauseMs)
    return pace.take(now)
  })
}

interface CallDelays {
  late: number
  there: number
  back: number
}

const arrivals = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(20_000)),
    pauseMs: fc.option(fc.nat(10_000), { nil: null, freq: 10 }),
  }),
  { minLength: 1, maxLength: 400 },
)

describe('the pace of an account', () => {
  test('lets no sliding window hold more calls than its limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(9), arrivals, (calls, more, given) => {
        const windowSeconds = more + 1
        const slots = slotsOf(calls, windowSeconds, given)
        for (let first = 0; first + calls < slots.length; first++) {
          const span = (slots[first + calls] as number) - (slots[first] as number)
          expect(span).toBeGreaterThanOrEqual(windowSeconds * 1000)
        }
      }),
    )
  })

  test('never lets a call leave before it asked, nor two calls out of turn', () => {
    fc.assert(
      fc.property(fc.nat(300), arrivals, (calls, given) => {
        let now = 1000
        let last = 0
        for (const [index, slot] of slotsOf(calls, 5, given).entries()) {
          now += (given[index] as { afterMs: number }).afterMs
          expect(slot).toBeGreaterThanOrEqual(now)
          expect(slot).toBeGreaterThanOrEqual(last)
          last = slot
        }
      }),
    )
  })

  test('saves nothing up while nobody calls', () => {
    const pace = createPace(10, 1)
    pace.take(0)
    const after = [pace.take(60_000), pace.take(60_000)]
    expect((after[1] as number) - (after[0] as number)).toBeGreaterThanOrEqual(100)
  })

  test('uses at least 98 of 100 of the calls that IO allows', () => {
    const pace = createPace(150, 5)
    const calls = 30_000
    let last = 0
    for (let call = 0; call < calls; call++) last = pace.take(0)
    expect(last).toBeLessThanOrEqual((calls / 150) * 5000 * (1 / 0.98))
  })

  test('does not hold anything back where there is no limit', () => {
    const pace = createPace(0, 5)
    expect(Array.from({ length: 1000 }, () => pace.take(7))).toEqual(Array(1000).fill(7))
  })

  test('lets nothing leave while IO asked to wait, with a limit or without', () => {
    for (const calls of [0, 150]) {
      const pace = createPace(calls, 5)
      pace.take(0)
      pace.pause(100, 4000)
      expect(pace.take(200)).toBe(4100)
    }
  })

  test('holds its limit at IO also when timers fire late and calls take their time', () => {
    const delay = fc.oneof(fc.constant(0), fc.nat(5), fc.nat(300))
    const calls = fc.array(fc.record({ late: delay, there: delay, back: delay }), {
      minLength: 60,
      maxLength: 120,
    })
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 40 }), fc.integer({ min: 1, max: 4 }), calls, check),
    )

    /** So many connections make these calls, each as soon as it is free. */
    function check(limit: number, connections: number, given: CallDelays[]) {
      const pace = createPace(limit, 1)
      const free = Array<number>(connections).fill(0)
      const answers: number[] = []
      const seenByIo = given.map(({ late, there, back }) => {
        const now = Math.min(...free)
        for (const at of answers.filter((one) => one <= now).sort((a, b) => a - b)) {
          pace.answered(at)
          answers.splice(answers.indexOf(at), 1)
        }
        const arrival = pace.take(now) + late + there
        answers.push(arrival + back)
        free[free.indexOf(now)] = arrival + back
        return arrival
      })
      seenByIo.sort((a, b) => a - b)
      for (let first = 0; first + limit < seenByIo.length; first++) {
        const span = (seenByIo[first + limit] as number) - (seenByIo[first] as number)
        expect(span).toBeGreaterThanOrEqual(1000 - 1e-6)
      }
    }
  })

  test('is not shortened by a second pause that ends sooner', () => {
    const pace = createPace(150, 5)
    pace.pause(0, 10_000)
    pace.pause(0, 1)
    expect(pace.take(0)).toBe(10_000)
  })
})
