// When a file came, as far as it says so itself: a date in its name. Files are copied and kept for
// years, and the time that a directory gives them is then that of the copy.
// Invariant: what is only a month, or no day of the calendar, says nothing.
import { instantAt } from './civil-date.ts'
import { matchName } from './name-pattern.ts'

/** What a name says of when its file came; without a time of day, `time` is null. */
export interface NamedArrival {
  date: Temporal.PlainDate
  time: Temporal.PlainTime | null
}

/** `20250301`, `2025-03-01`, `20250301_063000`, `2025-03-01T06.30`: the day first, then a time. */
const day = String.raw`(20\d\d)([-_.]?)(\d\d)\2(\d\d)`
const time = String.raw`([01]\d|2[0-3])[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d))?`
const written = new RegExp(String.raw`(?<!\d)${day}(?:[-_.T ]?${time})?(?!\d)`, 'g')

/**
 * The day, and the time if it is there, that a file's name says: by the feed's pattern if that
 * names a whole date, else by what looks like one. Of several the last day, since a file comes
 * after what it tells of. Null where there is none.
 */
export function findNamedArrival(name: string, pattern: string | null): NamedArrival | null {
  const said = pattern === null ? [] : Object.values(matchName(name, pattern) ?? {})
  return latest(said.flatMap(wholeDate)) ?? latest([...name.matchAll(written)].flatMap(lookedLike))
}

/** `2025-03-01T06:30`, as groups of a pattern give it; a month alone is none. */
function wholeDate(value: string): NamedArrival[] {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d(?::\d\d){0,2}))?$/.exec(value) ?? []
  if (date === undefined) return []
  const full = time?.length === 2 ? `${time}:00` : time
  return [
    {
      date: Temporal.PlainDate.from(date),
      time: full === undefined ? null : Temporal.PlainTime.from(full),
    },
  ]
}

function lookedLike(match: RegExpExecArray): NamedArrival[] {
  const [, year, , month, day, hour, minute, second = '00'] = match
  try {
    const date = Temporal.PlainDate.from(`${year}-${month}-${day}`)
    const time = hour === undefined ? null : Temporal.PlainTime.from(`${hour}:${minute}:${second}`)
    return [{ date, time }]
  } catch {
    return []
  }
}

function latest(found: NamedArrival[]): NamedArrival | null {
  return found.toSorted((a, b) => Temporal.PlainDate.compare(a.date, b.date)).at(-1) ?? null
}

/**
 * An instant as a person writes it into a list: `2025-03-01`, `2025-03-01T06:30` in the zone, or
 * with an offset or `Z`. Null when it is none.
 */
export function readArrival(
  text: string,
  zone: string,
  timeOfDay: Temporal.PlainTime,
): Temporal.Instant | null {
  const value = text.trim().replace(' ', 'T')
  try {
    if (/(Z|[+-]\d\d:?\d\d)$/.test(value) && value.includes('T'))
      return Temporal.Instant.from(value)
    const civil = value.includes('T')
      ? Temporal.PlainDateTime.from(value)
      : Temporal.PlainDate.from(value).toPlainDateTime(timeOfDay)
    return instantAt(civil, zone)
  } catch {
    return null
  }
}
