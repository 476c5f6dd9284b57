// An emission: the payments of one flow, as a person sums them up, and how far they are from those
// of the emission before. Invariant: amounts that have lost or gained a decimal comma since then
// never pass as usual ones. A bill multiplied by a hundred has reached citizens before.

/** The amounts that the payments of a flow ask for, in integer cents. */
export interface EmissionAmounts {
  /** First messages with a payment. */
  count: number
  totalCents: number
  minimumCents: number
  /** The middle one; the lower of two. */
  medianCents: number
  maximumCents: number
  /** 99 of 100 ask for no more; absent: counted before this was. */
  p99Cents?: number
  /** How many are whole euro; absent: counted before this was. */
  wholeEuros?: number
}

/** From this ratio of the medians on, either way, a person must confirm. */
export const IMPLAUSIBLE_FACTOR = 10

/** A median of fewer payments says little: one bill may well be ten times another. */
export const LEAST_PAYMENTS = 3

/**
 * How many times the usual amount is that of the emission before, when that is implausible: 100
 * after a lost comma, 0.01 after one too many. Null when there is nothing to ask, or nothing to
 * compare with. A middle above a tenth and below ten times the one before is taken as it is.
 */
export function findAmountJump(
  now: EmissionAmounts | null,
  before: EmissionAmounts | null,
): number | null {
  if (now === null || before === null) return null
  if (Math.min(now.count, before.count) < LEAST_PAYMENTS) return null
  const [high, low] = [now.medianCents, before.medianCents].toSorted((a, b) => b - a)
  if (high! < IMPLAUSIBLE_FACTOR * low!) return null
  return now.medianCents / before.medianCents
}
