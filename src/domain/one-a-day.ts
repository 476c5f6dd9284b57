// A recipient hears of an institution by one campaign or reminder a day. Whichever comes second
// moves to the next day at its own time of day; it is given up where that helps nobody any more.
import type { Calendar } from './calendar.ts'
import { onOtherDay } from './reminder-plan.ts'

/** A message whose recipient has had another today. */
export interface CrowdedMessage {
  plannedAt: Temporal.Instant | null
  /** The day on which it first found no room; null: today. */
  crowdedSince: Temporal.PlainDate | null
  /** Its notice’s due date. */
  dueAt: Temporal.Instant | null
  /** When the next message of its notice leaves; null: there is none. */
  nextAt: Temporal.Instant | null
}

export interface OtherDay {
  civilAt: Temporal.PlainDateTime
  sendAt: Temporal.Instant
  crowdedSince: Temporal.PlainDate
}

/** How many days after the first without room a message may still leave. */
export const MOST_CROWDED_DAYS = 7

/**
 * When it leaves instead; null: it is given up, since by then the next message of its notice says
 * the same, what it announces has passed, or its recipient has had one every day for a week.
 */
export function findOtherDay(
  { plannedAt, crowdedSince, dueAt, nextAt }: CrowdedMessage,
  now: Temporal.Instant,
  calendar: Calendar,
): OtherDay | null {
  const local = (at: Temporal.Instant) => at.toZonedDateTimeISO(calendar.zone).toPlainDateTime()
  const today = local(now).toPlainDate()
  const since = crowdedSince ?? today
  const wanted = onOtherDay(1, today, local(plannedAt ?? now).toPlainTime(), calendar)
  if (wanted === null) return null
  const { sendAt } = wanted
  // By the clock: a wanted time that does not exist has moved.
  const civilAt = local(sendAt)
  const day = civilAt.toPlainDate()
  const { compare } = Temporal.Instant
  const announces = dueAt !== null && (plannedAt === null || compare(plannedAt, dueAt) <= 0)
  if (announces && compare(sendAt, dueAt) > 0) return null
  if (nextAt && Temporal.PlainDate.compare(day, local(nextAt).toPlainDate()) >= 0) return null
  if (since.until(day).days > MOST_CROWDED_DAYS) return null
  return { civilAt, sendAt, crowdedSince: since }
}
