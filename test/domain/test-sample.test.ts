import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SampleReason } from '../../src/domain/release-check.ts'
import { chooseSample, MOST_SAMPLED, sampleWords } from '../../src/domain/test-sample.ts'

const reasons = Object.keys(sampleWords) as SampleReason[]
const picks = fc.array(
  fc.record({ messageId: fc.integer({ min: 1, max: 60 }), because: fc.constantFrom(...reasons) }),
  { maxLength: 100 },
)
const drawn = fc.uniqueArray(fc.integer({ min: 1, max: 60 }))

it('a record that is at several edges is tried once, with every reason', () => {
  const sample = chooseSample(
    [
      { messageId: 7, because: 'nearest-due' },
      { messageId: 7, because: 'largest-amount' },
      { messageId: 8, because: 'branch', branch: 'rata' },
      { messageId: 8, because: 'branch', branch: 'rata' },
      { messageId: 8, because: 'branch', branch: 'sollecito' },
    ],
    [7, 8, 9, 10],
    1,
  )
  expect(sample).toEqual([
    { messageId: 7, reasons: [{ because: 'largest-amount' }, { because: 'nearest-due' }] },
    {
      messageId: 8,
      reasons: [
        { because: 'branch', branch: 'rata' },
        { because: 'branch', branch: 'sollecito' },
      ],
    },
    { messageId: 9, reasons: [{ because: 'random' }] },
  ])
})

it('no record is tried twice, none without a reason, and never more than a person looks at', () => {
  fc.assert(
    fc.property(picks, drawn, fc.nat(30), (found, byChance, random) => {
      const sample = chooseSample(found, byChance, random)
      const ids = sample.map(({ messageId }) => messageId)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length).toBeLessThanOrEqual(MOST_SAMPLED)
      expect(sample.every((one) => one.reasons.length > 0)).toBe(true)
      const edges = new Set(found.map(({ messageId }) => messageId))
      const others = byChance.filter((id) => !edges.has(id)).length
      const wanted = Math.min(random, others) + Math.min(edges.size, MOST_SAMPLED)
      expect(ids.length).toBe(Math.min(MOST_SAMPLED, wanted))
      expect(chooseSample(found.toReversed().toReversed(), byChance, random)).toEqual(sample)
    }),
  )
})
