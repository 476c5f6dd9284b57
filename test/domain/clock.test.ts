import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ClockReading, judgeClock } from '../../src/domain/clock.ts'

const reading = (aheadSeconds: number): ClockReading => ({ witness: 'io', aheadSeconds })

it.each([
  [[], 'right'],
  [[2, -2], 'right'],
  [[0, -2.1], 'off'],
  [[60, 1], 'off'],
  [[0, 60.5], 'wrong'],
  [[-61], 'wrong'],
])('a clock that is ahead of its witnesses by %j seconds is %s', (ahead, verdict) => {
  expect(judgeClock(ahead.map(reading)).verdict).toBe(verdict)
})

it('the witness that disagrees most decides, whichever way', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 })), (ahead) => {
      const { worst } = judgeClock(ahead.map(reading))
      const most = ahead.length === 0 ? null : Math.max(...ahead.map(Math.abs))
      expect(worst && Math.abs(worst.aheadSeconds)).toBe(most)
    }),
  )
})
