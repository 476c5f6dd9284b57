// How late a message is that was planned for a time, and what its rule makes of that. Counted in
// days on which something may leave: a night, a weekend or a holiday makes nothing late.
import type { Calendar } from './calendar.ts'
import { dayAt } from './civil-date.ts'

/** What becomes of a message that is late: after an outage, a pause, or a late approval. */
export interface LateRule {
  policy: 'send' | 'hold' | 'skip'
  /** How many days late it may still leave; 0: on its own day only. */
  afterDays: number
}

/** Who says nothing of it sends whatever is late. */
export const SEND_LATE: LateRule = { policy: 'send', afterDays: 1 }

/**
 * `go`: it leaves · `skip`: nobody is told any more · `hold`: it is late, and a person decides ·
 * `overdue`: what it announced has passed, and a person decides.
 */
export type LateVerdict = 'go' | 'skip' | 'hold' | 'overdue'

/** Days looked through between a plan and today; what is later still is as late. */
const MOST_DAYS = 4000

/** The days from the one of the plan, without it, to today, on which something may leave. */
export function daysLate(
  planned: Temporal.Instant,
  now: Temporal.Instant,
  { zone, opening }: Pick<Calendar, 'zone' | 'opening'>,
): number {
  const today = dayAt(now, zone)
  let late = 0
  let day = dayAt(planned, zone)
  for (let looked = 0; looked < MOST_DAYS; looked += 1) {
    day = day.add({ days: 1 })
    if (Temporal.PlainDate.compare(day, today) > 0) break
    if (opening(day) !== null) late += 1
  }
  return late
}

/**
 * Judges a message that was planned for `planned`. `dueAt`: its notice’s due date, if it has any;
 * of a message that was planned for after it the due date says nothing.
 */
export function judgeLate(
  message: { planned: Temporal.Instant; dueAt: Temporal.Instant | null },
  { policy, afterDays }: LateRule,
  now: Temporal.Instant,
  calendar: Pick<Calendar, 'zone' | 'opening'>,
): LateVerdict {
  const { planned, dueAt } = message
  const { compare } = Temporal.Instant
  const isOverdue = dueAt !== null && compare(planned, dueAt) <= 0 && compare(dueAt, now) < 0
  if (isOverdue) return policy === 'skip' ? 'skip' : 'overdue'
  if (policy === 'send' || compare(now, planned) <= 0) return 'go'
  return daysLate(planned, now, calendar) > afterDays ? policy : 'go'
}
