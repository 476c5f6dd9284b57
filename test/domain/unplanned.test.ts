import { expect, test } from 'vitest'
import { addUnplanned, countUnplanned, type UnplannedCounts } from '../../src/domain/unplanned.ts'

test('what is not planned is counted by rule and reason, and sums leave both as they are', () => {
  const one: UnplannedCounts = {}
  countUnplanned(one, '-7d 09:30', 'past')
  countUnplanned(one, '-7d 09:30', 'past')
  countUnplanned(one, '+3d 09:30', 'closed', 4)
  const other: UnplannedCounts = { '-7d 09:30': { past: 1, next: 2 }, '-1d 09:30': { io: 5 } }
  expect(addUnplanned(one, other)).toEqual({
    '-7d 09:30': { past: 3, next: 2 },
    '+3d 09:30': { closed: 4 },
    '-1d 09:30': { io: 5 },
  })
  expect(one).toEqual({ '-7d 09:30': { past: 2 }, '+3d 09:30': { closed: 4 } })
  expect(addUnplanned({}, one)).toEqual(one)
})
