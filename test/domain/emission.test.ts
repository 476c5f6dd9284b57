import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findAmountJump } from '../../src/domain/emission.ts'

/** An emission whose usual amount is this. */
function amounts(medianCents: number, count = 100) {
  const maximumCents = medianCents * 3
  return { count, totalCents: count * medianCents, minimumCents: 1, medianCents, maximumCents }
}

describe('the amounts of an emission, beside those of the one before', () => {
  test.each([
    ['a lost comma', 1_450_000, 14_500, 100],
    ['a comma too many', 145, 14_500, 0.01],
    ['ten times as much', 145_000, 14_500, 10],
    ['a tenth', 1_450, 14_500, 0.1],
  ])('are implausible after %s', (_what, now, before, factor) => {
    expect(findAmountJump(amounts(now), amounts(before))).toBeCloseTo(factor)
  })

  test.each([
    ['the same', 14_500, 14_500],
    ['twice as much', 29_000, 14_500],
    ['nearly ten times as much', 144_999, 14_500],
    ['a little more than a tenth', 1_451, 14_500],
  ])('are taken as they are when they are %s', (_what, now, before) => {
    expect(findAmountJump(amounts(now), amounts(before))).toBeNull()
  })

  test('are not compared with nothing, nor with two bills', () => {
    expect(findAmountJump(amounts(1_450_000), null)).toBeNull()
    expect(findAmountJump(null, amounts(14_500))).toBeNull()
    expect(findAmountJump(amounts(1_450_000), amounts(14_500, 2))).toBeNull()
    expect(findAmountJump(amounts(1_450_000, 2), amounts(14_500))).toBeNull()
    expect(findAmountJump(amounts(1_450_000, 3), amounts(14_500, 3))).toBeCloseTo(100)
  })

  test('multiplied or divided by a hundred, whatever they were, are implausible', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), (cents) => {
        expect(findAmountJump(amounts(cents * 100), amounts(cents))).toBeCloseTo(100)
        expect(findAmountJump(amounts(cents), amounts(cents * 100))).toBeCloseTo(0.01)
      }),
    )
  })
})
