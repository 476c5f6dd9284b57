// A due date that a person moves (*proroga*), as against the one that the source says. The source
// may go on saying the old one for months: it does not move the notice back. Once it says the new
// date, or a third one, its word holds again. A due date is a day in Italy.
import { dueDayOf, dueInstant } from './civil-date.ts'
import type { NoticeState } from './notice.ts'

/** Instants in UTC, ISO: `2026-10-31T22:59:59Z`. */
export interface Postponement {
  /** What the source said when a person moved it. */
  from: string
  to: string
}

/** Whether the postponement holds for a record that says this due date. */
export function keepsPostponement(said: string | null, postponed: Postponement | null): boolean {
  return postponed !== null && said === postponed.from
}

/** Whether the source says by itself now what a person had decided: nothing is to be kept then. */
export function isAdopted(said: string | null, postponed: Postponement | null): boolean {
  return postponed !== null && said === postponed.to
}

/** A day for all, or so many days from the due date of each: fewer than none moves it forward. */
export type NewDue = { on: Temporal.PlainDate } | { byDays: number }

/** Why a notice is not postponed. */
export type NotPostponed = 'settled' | 'cancelled' | 'no-due-date' | 'unchanged' | 'past'

/** The new due date of a notice, or why it has none. `mayPass`: it may lie before today. */
export function newDueOf(
  { state, dueAt }: { state: NoticeState; dueAt: string | null },
  wanted: NewDue,
  now: Temporal.Instant,
  mayPass = false,
): { dueAt: string; because: null } | { dueAt: null; because: NotPostponed } {
  const no = (because: NotPostponed) => ({ dueAt: null, because }) as const
  if (state === 'settled' || state === 'cancelled') return no(state)
  if (dueAt === null) return no('no-due-date')
  const day = 'on' in wanted ? wanted.on : dueDayOf(dueAt).add({ days: wanted.byDays })
  const next = dueInstant(day.toString())
  if (next === dueAt) return no('unchanged')
  const isPast = Temporal.PlainDate.compare(day, dueDayOf(now.toString())) < 0
  return isPast && !mayPass ? no('past') : { dueAt: next, because: null }
}
