import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAbove, percentOf } from '../../src/domain/percent.ts'

const counts = fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000)).map(([a, b]) => [a, a + b] as const)

test('a share is above a bound only when it really is, to the last record', () => {
  expect(isAbove(20, 100, 20)).toBe(false)
  expect(isAbove(21, 100, 20)).toBe(true)
  expect(isAbove(1, 1_000_000, 0)).toBe(true)
})

test('what is shown of a share is never more than it is, nor less by a tenth of a percent', () => {
  fc.assert(
    fc.property(counts, ([part, whole]) => {
      const tenths = Math.round(percentOf(part, whole) * 10)
      expect(tenths * whole).toBeLessThanOrEqual(part * 1000)
      if (whole > 0) expect((tenths + 1) * whole).toBeGreaterThan(part * 1000)
    }),
  )
})

test('of nothing the share is nothing', () => {
  expect(percentOf(0, 0)).toBe(0)
  expect(isAbove(0, 0, 0)).toBe(false)
})
