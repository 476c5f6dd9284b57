import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refuseMissing, type SnapshotCounts } from '../../src/domain/missing.ts'

const counts = (changes: Partial<SnapshotCounts>): SnapshotCounts => ({
  records: 90,
  keyless: 0,
  standing: 100,
  missing: 10,
  ...changes,
})

test.each([
  [{}, 20, null],
  [{ missing: 20 }, 20, null],
  [{ missing: 21 }, 20, 'SNAP_MISSING'],
  [{ missing: 1 }, 0, 'SNAP_MISSING'],
  [{ missing: 100, records: 1 }, 100, null],
  [{ records: 0, missing: 100 }, 100, 'SNAP_EMPTY'],
  [{ keyless: 1 }, 100, 'SNAP_KEYS'],
  [{ keyless: 1, missing: 0 }, 0, null],
  [{ records: 0, standing: 0, missing: 0 }, 20, null],
] as const)('%j with at most %i %% is %j', (changes, atMostPercent, code) => {
  expect(refuseMissing(counts(changes), atMostPercent)).toBe(code)
})

test('what may close a share may close any smaller one', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.nat(100), fc.nat(100), (standing, some, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      const missing = Math.min(some, standing)
      const of = (percent: number) => refuseMissing(counts({ standing, missing }), percent)
      if (of(low) === null) expect(of(high)).toBeNull()
    }),
  )
})
