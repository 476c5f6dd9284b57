// Days that stand in an address or a form: what is no day is none. Days are those of the
// institution’s zone, so that a night counts where its office counts it.
import type { Visit } from '../visit.ts'

/** Null where nothing is said, or no day. */
export function dayFrom(text: string | null): Temporal.PlainDate | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch {
    return null
  }
}

/** The first instant of a day. */
export function startOf(
  { place }: Pick<Visit, 'place'>,
  day: Temporal.PlainDate,
): Temporal.Instant {
  return day.toZonedDateTime(place.timeZone).toInstant()
}

/** `[from, to)` of days of which the last is meant whole; null: without a bound. */
export function periodOf(
  visit: Pick<Visit, 'place'>,
  from: Temporal.PlainDate | null,
  to: Temporal.PlainDate | null,
): { from: Temporal.Instant | null; to: Temporal.Instant | null } {
  return {
    from: from && startOf(visit, from),
    to: to && startOf(visit, to.add({ days: 1 })),
  }
}

/** The address of a list with its filters; those that say nothing are left out. */
export function withQuery(path: string, values: Readonly<Record<string, string | null>>): string {
  const said = Object.entries(values).filter((one): one is [string, string] => Boolean(one[1]))
  return said.length === 0 ? path : `${path}?${new URLSearchParams(said)}`
}
