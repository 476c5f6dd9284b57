// When staff hear that a feed cannot read its source. Networks fail and recover by themselves, and
// a mail about each would teach people not to read them. Invariant: of one time of trouble staff
// hear at most twice: that it lasts, and that it needs a person.
import type { SourceCode } from './codes.ts'

/** What staff know of the trouble: that it lasts and may pass, or that a person is needed. */
export type FeedAlarm = 'lasting' | 'person'

/** Faults that may pass by themselves are told after so long. */
const PATIENCE = { hours: 1 }

/** Told at the first time: of each there is something to look at, whatever the next poll says. */
const toldAtOnce: readonly string[] = ['SRC_MAIL', 'SRC_DISK_FULL'] satisfies SourceCode[]

/** What staff is to be told now of a feed that fails since this instant; null: nothing new. */
export function findFeedAlarm(
  { code, retry }: { code: string; retry: boolean },
  known: FeedAlarm | null,
  since: Temporal.Instant,
  now: Temporal.Instant,
): FeedAlarm | null {
  if (!retry) return known === 'person' ? null : 'person'
  if (known !== null) return null
  const isLasting = Temporal.Instant.compare(now, since.add(PATIENCE)) >= 0
  return isLasting || toldAtOnce.includes(code) ? 'lasting' : null
}

/** Whether a failure was one thing that happened, so that a good poll after it is no news. */
export function isSingleEvent(code: string): boolean {
  return code === 'SRC_MAIL'
}
