// The nearest known name to a mistyped one, for "did you mean" hints.
// Invariant: bounded work (names and candidates longer than the bound are not compared), and
// silence rather than a far-fetched guess.

const MAXIMUM_LENGTH = 64

/**
 * The candidate that a person most likely meant, or null when none is near: at most a third of the
 * letters may differ. Case and outer blanks do not count. Ties go to the first candidate.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const wanted = name.trim().toLowerCase()
  if (wanted.length === 0 || wanted.length > MAXIMUM_LENGTH) return null
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const other = candidate.trim().toLowerCase()
    if (other.length === 0 || other.length > MAXIMUM_LENGTH) continue
    if (Math.abs(other.length - wanted.length) >= bestDistance) continue
    const distance = distanceBetween(wanted, other)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein's distance, except that two neighbouring letters exchanged count as one mistake. */
function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(last[j - 1]! + (same ? 0 : 1), last[j]! + 1, row[j - 1]! + 1)
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (exchanged) cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
