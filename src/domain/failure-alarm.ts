// When staff hear that a feed cannot read its source, or that a system does not answer. Networks
// fail and recover by themselves: a mail about each would teach people not to read them.
// Invariant: of one time of trouble staff hear at most twice: that it lasts, and that it needs a
// person.
import type { SourceCode } from './codes.ts'

/** What staff know of the trouble: that it lasts and may pass, or that a person is needed. */
export type FailureAlarm = 'lasting' | 'person'

/** Faults that may pass by themselves are told after so long. */
const PATIENCE = { hours: 1 }

/** Told at the first time: of each there is something to look at, whatever the next poll says. */
const toldAtOnce: readonly string[] = ['SRC_MAIL', 'SRC_DISK_FULL'] satisfies SourceCode[]

/** What staff is to be told now of what fails since this instant; null: nothing new. */
export function findFailureAlarm(
  { code, retry }: { code: string; retry: boolean },
  known: FailureAlarm | null,
  since: Temporal.Instant,
  now: Temporal.Instant,
): FailureAlarm | null {
  if (!retry) return known === 'person' ? null : 'person'
  if (known !== null) return null
  const isLasting = Temporal.Instant.compare(now, since.add(PATIENCE)) >= 0
  return isLasting || toldAtOnce.includes(code) ? 'lasting' : null
}

/** Whether a failure was one thing that happened, so that a good poll after it is no news. */
export function isSingleEvent(code: string): boolean {
  return code === 'SRC_MAIL'
}
