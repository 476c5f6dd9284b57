// Whether the clock of this machine may decide what is due: it is compared with witnesses that tell
// the time by themselves. A wrong clock would send tomorrow's reminders today, or none at all.

export interface ClockReading {
  witness: 'database' | 'io'
  /** How far our clock is ahead of the witness; negative: behind. */
  aheadSeconds: number
}

export type ClockVerdict =
  | 'right'
  /** People should mend it; nothing depends on so little. */
  | 'off'
  /** Nothing that is due by this clock may leave. */
  | 'wrong'

const OFF_SECONDS = 2
const WRONG_SECONDS = 60

/** The reading that disagrees most decides: a witness cannot know who else is wrong. */
export function judgeClock(readings: readonly ClockReading[]): {
  verdict: ClockVerdict
  worst: ClockReading | null
} {
  let worst: ClockReading | null = null
  for (const reading of readings) {
    if (worst === null || Math.abs(reading.aheadSeconds) > Math.abs(worst.aheadSeconds)) {
      worst = reading
    }
  }
  const difference = Math.abs(worst?.aheadSeconds ?? 0)
  if (difference > WRONG_SECONDS) return { verdict: 'wrong', worst }
  return { verdict: difference > OFF_SECONDS ? 'off' : 'right', worst }
}
