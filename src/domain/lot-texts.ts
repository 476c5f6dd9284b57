// What is known of the texts of a lot, when records join it later: the two sums as one.
// Invariant: as if all had been mapped at once, but for which records are worth a test.
import type { LotTexts } from './release-check.ts'

/** The texts of a lot and those that join it; at most 50 records of both are worth a test. */
export function addTexts(before: LotTexts | null, joined: LotTexts | null): LotTexts | null {
  if (before === null || joined === null) return before ?? joined
  const isSame = before.isSame && joined.isSame && before.sameHash === joined.sameHash
  const { sameHash: _, ...rest } = before
  const isLonger = joined.longest > before.longest
  const longest = [isLonger ? joined : before].flatMap((one) => one.samples.slice(0, 1))
  const known = new Set(before.samples.map(({ branch }) => branch))
  const others = [
    ...before.samples.slice(1),
    ...joined.samples.slice(1).filter(({ branch }) => branch === undefined || !known.has(branch)),
  ]
  return {
    ...rest,
    texts: before.texts + joined.texts,
    personalTitles: before.personalTitles + joined.personalTitles,
    shortest: Math.min(before.shortest, joined.shortest),
    longest: Math.max(before.longest, joined.longest),
    longestTitle: Math.max(before.longestTitle, joined.longestTitle),
    isSame,
    samples: [...longest, ...others].slice(0, MOST_SAMPLES),
    ...(isSame && before.sameHash !== undefined && { sameHash: before.sameHash }),
  }
}

const MOST_SAMPLES = 50
