// Reminders that the rules of a mapping have and that a notice does not get, counted for its flow:
// who asks why somebody was not reminded finds them there, since they are no messages.
import type { LeftOut } from './reminder-plan.ts'

/** `io`: IO itself reminds of this notice; else as `LeftOut` says. */
export type UnplannedReason = LeftOut['because'] | 'io'

/** By rule (`-7d 09:30`) and reason, how many. */
export type UnplannedCounts = Record<string, Partial<Record<UnplannedReason, number>>>

/** Adds some of one rule, in place. */
export function countUnplanned(
  counts: UnplannedCounts,
  rule: string,
  because: UnplannedReason,
  reminders = 1,
): void {
  counts[rule] ??= {}
  const own = counts[rule]
  own[because] = (own[because] ?? 0) + reminders
}

/** The sum of both. */
export function addUnplanned(one: UnplannedCounts, other: UnplannedCounts): UnplannedCounts {
  const sum = structuredClone(one)
  for (const [rule, reasons] of Object.entries(other)) {
    for (const [because, reminders] of Object.entries(reasons)) {
      countUnplanned(sum, rule, because as UnplannedReason, reminders)
    }
  }
  return sum
}
