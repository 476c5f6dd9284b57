// When something of a feed may leave, by the rules of the year: hours of open days, worked out
// anew for the judge. Invariant: it asks nothing of Staffetta.
import {
  dateOf,
  holidays,
  instantOf,
  localOf,
  minutesOf,
  rome,
  weekdayOf,
  type Zone,
} from './days.ts'
import { type Hours, type InstitutionName, institutions } from './rules.ts'

export interface Openings {
  zone: Zone
  isOpenDay(day: number): boolean
  isOpen(at: number): boolean
  /** The next instant from this one on, itself too. */
  next(at: number): number
  /** The last opening before a local time: at its time of day, or where the day opens. */
  before(day: number, minute: number): { day: number; minute: number }
  after(day: number, minute: number): { day: number; minute: number }
  /** The next open day: at this time of day, or when it opens. */
  nextDay(day: number, minute: number): { day: number; minute: number }
}

export function openingsOf(name: InstitutionName, window: Hours | null): Openings {
  const { zone, patron, closed, quiet } = institutions[name]
  const from = Math.max(window ? minutesOf(window.from) : 0, quiet ? minutesOf(quiet[1]) : 0)
  const to = Math.min(window ? minutesOf(window.to) : 1440, quiet ? minutesOf(quiet[0]) : 1440)
  const isOff = (day: number) =>
    holidays.has(day) ||
    dateOf(day).endsWith(patron) ||
    (closed !== null && day >= closed[0] && day <= closed[1])
  const isOpenDay = (day: number) => {
    if (window === null) return true
    return window.days.includes(weekdayOf(day)) && (window.holidays || !isOff(day))
  }
  const isWithin = (minute: number) => from <= minute && minute < to
  const isOpen = (at: number) => {
    const { day, minute } = localOf(zone, at)
    return isOpenDay(day) && isWithin(minute)
  }
  const openDay = (day: number, step: 1 | -1) => {
    let other = day + step
    while (!isOpenDay(other)) other += step
    return other
  }
  const kept = (minute: number) => (isWithin(minute) ? minute : from)
  return {
    zone,
    isOpenDay,
    isOpen,
    next(at) {
      if (isOpen(at)) return at
      const { day, minute } = localOf(zone, at)
      const isLater = isOpenDay(day) && minute < from
      return instantOf(zone, isLater ? day : openDay(day, 1), from)
    },
    after(day, minute) {
      if (isOpenDay(day) && minute < from) return { day, minute: from }
      return { day: openDay(day, 1), minute: kept(minute) }
    },
    nextDay: (day, minute) => ({ day: openDay(day, 1), minute: kept(minute) }),
    before(day, minute) {
      if (isOpenDay(day) && minute > from) return { day, minute: from }
      return { day: openDay(day, -1), minute: kept(minute) }
    },
  }
}

/** The last second of a due date, which is a day in Rome. */
export function dueInstant(day: number): number {
  return rome(day + 1, '00:00') - 1000
}

export const yearBegins = rome('2028-01-01', '00:00')
export const yearEnds = rome('2029-01-01', '00:00')
