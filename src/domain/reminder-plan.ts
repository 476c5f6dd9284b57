// When a notice is sent: its first message at once, its reminders at civil times before or after
// the due date. Instants are computed here, once, and stored; nothing later reasons about "today".
// Daylight saving: a local time that does not exist moves forward, one that comes twice fires at
// its first.

/** `-7d 09:30`: whole days from the due date, and a local time of day. */
export interface Offset {
  days: number
  time: Temporal.PlainTime
}

export interface PlannedTime {
  /** The civil time in the institution's zone. */
  civilAt: Temporal.PlainDateTime
  sendAt: Temporal.Instant
}

/** The parts of `-7d 09:30`. The text has passed the mapping's schema; anything else throws. */
export function parseOffset(text: string): Offset {
  const match = /^([+-]\d{1,3})d (\d\d:\d\d)$/.exec(text)
  if (!match) throw new Error(`not an offset: ${text}`)
  return { days: Number(match[1]), time: Temporal.PlainTime.from(match[2] as string) }
}

/** The instant of an offset from a due date, which is a civil date of the zone. */
export function resolveOffset(
  dueDate: Temporal.PlainDate,
  offset: Offset,
  zone: string,
): PlannedTime {
  const civilAt = dueDate.add({ days: offset.days }).toPlainDateTime(offset.time)
  const sendAt = civilAt.toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant()
  return { civilAt, sendAt }
}

/**
 * A planner for one mapping: answers the reminders of a due instant (ISO, UTC) that are still to
 * come, null for those that have passed. Many records share a due date, so answers are remembered,
 * at most `CACHE_DATES` of them.
 */
export function createPlanner(
  offsets: Offset[],
  zone: string,
  now: Temporal.Instant,
): (dueAt: string | null) => (PlannedTime | null)[] {
  const cache = new Map<string, (PlannedTime | null)[]>()
  const none = offsets.map(() => null)
  return (dueAt) => {
    if (dueAt === null) return none
    const known = cache.get(dueAt)
    if (known) return known
    const dueDate = Temporal.Instant.from(dueAt).toZonedDateTimeISO(zone).toPlainDate()
    const times = offsets.map((offset) => {
      const time = resolveOffset(dueDate, offset, zone)
      return Temporal.Instant.compare(time.sendAt, now) > 0 ? time : null
    })
    if (cache.size >= CACHE_DATES) cache.clear()
    cache.set(dueAt, times)
    return times
  }
}

const CACHE_DATES = 2000
