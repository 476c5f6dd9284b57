// Whether a source has been silent for longer than usual. What is usual, its last files tell:
// nobody has to write it down. Pure arithmetic over the instants at which they came.

/** Gaps that must be known before a silence means anything. */
const ENOUGH_GAPS = 4
/** A silence that is this many times the longest of the usual gaps is told. */
const TIMES_LONGEST = 1.5
/** The share of the gaps that are usual: a holiday in August is not. */
const USUAL_SHARE = 0.9
/** Nothing that comes every few minutes is silent within this. */
const LEAST_SECONDS = 3600

export interface FeedRhythm {
  /** The middle of the gaps between files, in seconds; null: too few have come. */
  usualSeconds: number | null
  /** Since the last file; null: none has come. */
  silentSeconds: number | null
  isSilent: boolean
}

/** `received`: when the last files came, in any order. */
export function rhythmOf(received: readonly Temporal.Instant[], now: Temporal.Instant): FeedRhythm {
  const seconds = received.map((at) => at.epochMilliseconds / 1000).sort((a, b) => a - b)
  const last = seconds.at(-1)
  if (last === undefined) return { usualSeconds: null, silentSeconds: null, isSilent: false }
  const silentSeconds = Math.max(0, now.epochMilliseconds / 1000 - last)
  const gaps = seconds
    .slice(1)
    .map((at, index) => at - (seconds[index] ?? at))
    .sort((a, b) => a - b)
  if (gaps.length < ENOUGH_GAPS) return { usualSeconds: null, silentSeconds, isSilent: false }
  const usualSeconds = gaps[Math.floor(gaps.length / 2)] ?? 0
  const longest = gaps[Math.ceil(gaps.length * USUAL_SHARE) - 1] ?? usualSeconds
  const isSilent = silentSeconds > Math.max(LEAST_SECONDS, longest * TIMES_LONGEST)
  return { usualSeconds, silentSeconds, isSilent }
}
