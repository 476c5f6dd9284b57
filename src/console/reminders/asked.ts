// What an address asks of the schedule: the service, the emission, the month. Emissions are names
// of lots, never of people.
import { withQuery } from '../parts/day-filter.ts'
import type { Visit } from '../visit.ts'

export interface AskedSchedule {
  institution: string
  /** Those that whoever looks may see. */
  services: readonly string[] | null
  service: string | null
  emission: string | null
  feed: null
}

/** Characters of an emission. */
const LONGEST = 100

export function askedSchedule(visit: Visit, query: URLSearchParams): AskedSchedule {
  return {
    institution: visit.place.id,
    services: visit.services('reminders'),
    service: query.get('service') || null,
    emission: query.get('emission')?.trim().slice(0, LONGEST) || null,
    feed: null,
  }
}

export function scheduleHref(
  visit: Visit,
  path: string,
  { service, emission }: Pick<AskedSchedule, 'service' | 'emission'>,
  more: Readonly<Record<string, string | null>> = {},
): string {
  return visit.to(withQuery(path, { service, emission, ...more }))
}

/** `2026-12`; null: none is said, or no month. */
export function monthFrom(text: string | null): Temporal.PlainYearMonth | null {
  if (text === null || !/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return null
  return Temporal.PlainYearMonth.from(text)
}

const weekdays = {
  it: ['lunedì', 'martedì', 'mercoledì', 'giovedì', 'venerdì', 'sabato', 'domenica'],
  en: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
} as const

const months = {
  it: 'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre',
  en: 'January February March April May June July August September October November December',
} as const

export function weekdayNames({ language }: Pick<Visit, 'language'>): readonly string[] {
  return weekdays[language]
}

/** `dicembre 2026` */
export function monthName(
  { language }: Pick<Visit, 'language'>,
  { month, year }: { month: number; year: number },
): string {
  return `${months[language].split(' ')[month - 1]} ${year}`
}

/** `lunedì 1 dicembre 2026` */
export function dayName(visit: Pick<Visit, 'language'>, date: Temporal.PlainDate): string {
  return `${weekdays[visit.language][date.dayOfWeek - 1]} ${date.day} ${monthName(visit, date)}`
}

/** `-7d 09:30` → `7 giorni prima, 9:30`; what is no rule stays. */
export function ruleText({ language }: Pick<Visit, 'language'>, rule: string): string {
  const [, sign, days = '0', hour, minute] = /^([+-])(\d+)d (\d\d):(\d\d)$/.exec(rule) ?? []
  if (sign === undefined) return rule
  const n = Number(days)
  const time = `${Number(hour)}:${minute}`
  const isBefore = sign === '-'
  if (language === 'it') {
    if (n === 0) return `il giorno della scadenza, ${time}`
    return `${n === 1 ? '1 giorno' : `${n} giorni`} ${isBefore ? 'prima' : 'dopo'}, ${time}`
  }
  if (n === 0) return `on the due date, ${time}`
  return `${n === 1 ? '1 day' : `${n} days`} ${isBefore ? 'before' : 'after'}, ${time}`
}
