// Shares in percent, without fractions that depend on how a machine rounds: a bound is compared by
// whole numbers, and what is shown of a share is never more than it is.

/** Whether a part is more than so many percent of a whole. */
export function isAbove(part: number, whole: number, percent: number): boolean {
  return part * 100 > whole * percent
}

/** In percent with one decimal, rounded down; of nothing, 0. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part * 1000) / whole) / 10
}
