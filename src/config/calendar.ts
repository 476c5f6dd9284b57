// The calendar of an institution and the window of a feed or campaign → when messages may leave.
// Invariant: what no file says is open, and what any of them closes is closed.
import { hash } from 'node:crypto'
import {
  alwaysOpen,
  CALENDAR_VERSION,
  type Calendar,
  type Opening,
  overlap,
  WHOLE_DAY,
} from '../domain/calendar.ts'
import { type CalendarSpec, type WindowSpec, weekdays } from './calendar-spec.ts'
import { type Config, getInstitution, type Institution } from './config.ts'
import { type Holidays, holidaysVersion, openHolidays } from './holidays.ts'

/** When messages of this institution, and of what has this window, may leave. */
export function calendarOf(
  config: Config,
  institution: string,
  window: WindowSpec | undefined,
): Calendar {
  const owner = getInstitution(config, institution)
  const made = calendars.get(owner) ?? new Map<WindowSpec | undefined, Calendar>()
  calendars.set(owner, made)
  const known = made.get(window)
  if (known) return known
  const calendar = createCalendar(owner, window)
  if (made.size >= MOST_CALENDARS) made.clear()
  made.set(window, calendar)
  return calendar
}

/** A configuration that is read anew has new ones. */
const calendars = new WeakMap<Institution, Map<WindowSpec | undefined, Calendar>>()
/** Of one institution: one a window. */
const MOST_CALENDARS = 1000
/** Days that a calendar remembers. */
const MOST_DAYS = 4000

/** A calendar by what the files say: the hours when nothing leaves, and those of the window. */
export function createCalendar(
  { timeZone, calendar }: { timeZone: string; calendar?: CalendarSpec | undefined },
  window: WindowSpec | undefined,
): Calendar {
  const quiet = calendar?.quietHours
  if (!quiet && !window) return { ...alwaysOpen(timeZone), version: versionOf(null, false) }
  const hours = openHours(window, quiet)
  const isDayOff = window && !window.holidays ? daysOff(calendar) : () => false
  const days = new Map<number, Opening | null>()
  return {
    zone: timeZone,
    version: versionOf({ calendar, window }, window?.holidays === false),
    opening(day) {
      const name = day.year * 10_000 + day.month * 100 + day.day
      const known = days.get(name)
      if (known !== undefined) return known
      const isWeekday = !window || window.days.includes(weekdays[day.dayOfWeek - 1] ?? 'mon')
      const opening = isWeekday && !isDayOff(day) ? hours : null
      if (days.size >= MOST_DAYS) days.clear()
      days.set(name, opening)
      return opening
    },
  }
}

/** What the quiet hours leave of a window, or without one of the day; null: nothing. */
export function openHours(
  window: Pick<WindowSpec, 'from' | 'to'> | undefined,
  quiet: CalendarSpec['quietHours'],
): Opening | null {
  return overlap(window ? hoursOf(window) : WHOLE_DAY, quietOpening(quiet))
}

/** The hours of a window; `24:00` is the end of the day. */
function hoursOf({ from, to }: Pick<WindowSpec, 'from' | 'to'>): Opening {
  const end = to === '24:00' ? null : Temporal.PlainTime.from(to)
  return { from: Temporal.PlainTime.from(from), to: end }
}

/** What is left of a day by the quiet hours, which begin on it and end on the next. */
function quietOpening(quiet: CalendarSpec['quietHours']): Opening {
  if (!quiet) return WHOLE_DAY
  // Quiet from midnight on: the day ends in time for it by itself.
  const end = quiet.from === '00:00' ? null : Temporal.PlainTime.from(quiet.from)
  return { from: Temporal.PlainTime.from(quiet.to), to: end }
}

/** The holidays of Italy, the patron saint’s day and what the institution closes on. */
function daysOff(spec: CalendarSpec | undefined): (day: Temporal.PlainDate) => boolean {
  const holidays = openHolidays({ southTyrol: spec?.southTyrol ?? false })
  const isPatron = patronDays(spec?.patron, holidays)
  const spans = (spec?.closed ?? []).map(closedSpan)
  return (day) => {
    const name = day.toString()
    // Dates as ISO text have the order of the days.
    return (
      spans.some(({ from, to }) => from <= name && name <= to) || holidays.has(day) || isPatron(day)
    )
  }
}

/** A day, or several in a row, as the file says them. */
export function closedSpan(days: CalendarSpec['closed'][number]): { from: string; to: string } {
  return typeof days === 'string' ? { from: days, to: days } : days
}

function patronDays(
  patron: string | undefined,
  holidays: Pick<Holidays, 'easter'>,
): (day: Temporal.PlainDate) => boolean {
  if (patron === undefined) return () => false
  const fromEaster = /^easter([+-]\d+)$/.exec(patron)?.[1]
  if (fromEaster !== undefined) {
    return (day) => {
      const easter = day.subtract({ days: Number(fromEaster) })
      return holidays.easter(easter.year).equals(easter)
    }
  }
  const [month = 0, date = 0] = patron.split('-').map(Number)
  // Of the 29th of February there is, in most years, the 28th.
  return (day) => Temporal.PlainDate.from({ year: day.year, month, day: date }).equals(day)
}

/** The rules of plans, the time zones’ and the files’, and the holidays where they count. */
function versionOf(rules: object | null, hasHolidays: boolean): string {
  const parts = [CALENDAR_VERSION, `tz ${process.versions['tz'] ?? 'unknown'}`]
  if (hasHolidays) parts.push(`date-holidays ${holidaysVersion()}`)
  if (rules) parts.push(`rules ${hash('sha256', JSON.stringify(rules), 'hex').slice(0, 12)}`)
  return parts.join(' · ')
}
