// The sliding window against the plainest model of it: count the calls of the last five seconds.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateWindow } from '../../src/sandbox/rate-window.ts'

test('the 151st call within five seconds is refused until the first is five seconds old', () => {
  const window = createRateWindow(150, 5)
  for (let call = 0; call < 150; call += 1) {
    expect(window.take(1_000)).toEqual({
      allowed: true,
      remaining: 149 - call,
      retryAfterSeconds: 0,
    })
  }
  expect(window.take(1_001)).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 5 })
  expect(window.take(5_999)).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 1 })
  expect(window.take(6_000)).toMatchObject({ allowed: true, remaining: 149 })
})

test('no window of five seconds ever holds more calls than allowed', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 2_500 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), steps, (calls, waits) => {
      const window = createRateWindow(calls, 5)
      const taken: number[] = []
      let now = 0
      for (const wait of waits) {
        now += wait
        const recent = taken.filter((instant) => instant > now - 5_000)
        const verdict = window.take(now)
        expect(verdict.allowed).toBe(recent.length < calls)
        if (verdict.allowed) {
          taken.push(now)
          expect(verdict.remaining).toBe(calls - recent.length - 1)
        } else {
          const free = (recent[0] as number) + 5_000
          expect(now + verdict.retryAfterSeconds * 1000).toBeGreaterThanOrEqual(free)
          expect(now + (verdict.retryAfterSeconds - 1) * 1000).toBeLessThan(free)
        }
      }
    }),
  )
})
