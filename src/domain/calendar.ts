// When an institution writes to its citizens: the days and hours in which messages may leave, in
// its own zone. Weekends, holidays, the patron saint, windows and quiet hours have become openings
// here, one a day. Pure; who reads the configuration makes one.
import { dayAt } from './civil-date.ts'

export interface Calendar {
  /** IANA name: `Europe/Rome`. */
  zone: string
  /** By which rules and which holidays plans were made; kept with them. */
  version: string
  /** When messages may leave on that day; null: not at all. The same for the same day. */
  opening(day: Temporal.PlainDate): Opening | null
}

/** Local times of one day, `[from, to)`. */
export interface Opening {
  from: Temporal.PlainTime
  /** Null: until midnight. */
  to: Temporal.PlainTime | null
}

/** Bumped when the rules of plans change, so that a stored one says by which it was made. */
export const CALENDAR_VERSION = '2'

/** How many days are looked through for one that is open. */
export const MOST_CLOSED_DAYS = 366

/** Midnight to midnight. */
export const WHOLE_DAY: Opening = { from: new Temporal.PlainTime(0, 0), to: null }

/** A calendar without any rule: messages may leave at every hour. */
export function alwaysOpen(zone: string): Calendar {
  return { zone, version: CALENDAR_VERSION, opening: () => WHOLE_DAY }
}

/** Whether messages may leave at this local time. */
export function isOpen(calendar: Calendar, at: Temporal.PlainDateTime): boolean {
  const opening = calendar.opening(at.toPlainDate())
  return opening !== null && isWithin(opening, at.toPlainTime())
}

/** Whether messages may leave at this instant, by the clock that hangs there. */
export function isOpenAt(calendar: Calendar, at: Temporal.Instant): boolean {
  return isOpen(calendar, at.toZonedDateTimeISO(calendar.zone).toPlainDateTime())
}

/**
 * The first instant from `now` on at which messages may leave: `now` itself while it is open. Null:
 * there is none within `MOST_CLOSED_DAYS`.
 */
export function nextOpening(calendar: Calendar, now: Temporal.Instant): Temporal.Instant | null {
  const { zone } = calendar
  if (isOpenAt(calendar, now)) return now
  const today = dayAt(now, zone)
  for (let days = 0; days <= MOST_CLOSED_DAYS; days++) {
    const day = today.add({ days })
    const opening = calendar.opening(day)
    if (opening === null) continue
    // On the day when the clock goes back its hour may be still to come for the second time.
    for (const disambiguation of ['compatible', 'later'] as const) {
      const civil = day.toPlainDateTime(opening.from)
      const at = civil.toZonedDateTime(zone, { disambiguation })
      // A local time that does not exist has moved, it may be to where it is closed.
      if (!isOpen(calendar, at.toPlainDateTime())) continue
      if (Temporal.Instant.compare(at.toInstant(), now) >= 0) return at.toInstant()
    }
  }
  return null
}

/** Whether a local time is within an opening. */
export function isWithin({ from, to }: Opening, time: Temporal.PlainTime): boolean {
  const { compare } = Temporal.PlainTime
  return compare(time, from) >= 0 && (to === null || compare(time, to) < 0)
}

/** The hours that are in both; null: there are none. */
export function overlap(one: Opening, other: Opening): Opening | null {
  const { compare } = Temporal.PlainTime
  const from = compare(one.from, other.from) >= 0 ? one.from : other.from
  const ends = [one.to, other.to].filter((end) => end !== null).sort(compare)
  const to = ends[0] ?? null
  return to !== null && compare(from, to) >= 0 ? null : { from, to }
}
