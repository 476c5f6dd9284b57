// Civil dates: days of the calendar without a time, as ISO text `yyyy-MM-dd`.
// Invariant: a date is read only in a format that was declared, and only if that day exists.

export type DateFormat =
  | 'dd/MM/yyyy'
  | 'dd-MM-yyyy'
  | 'dd.MM.yyyy'
  | 'yyyy-MM-dd'
  | 'yyyyMMdd'
  | 'ddMMyyyy'

/** Where year, month and day begin in each format, with the pattern that it must have. */
const formats: Record<DateFormat, { pattern: RegExp; year: number; month: number; day: number }> = {
  'dd/MM/yyyy': { pattern: /^\d\d\/\d\d\/\d{4}$/, year: 6, month: 3, day: 0 },
  'dd-MM-yyyy': { pattern: /^\d\d-\d\d-\d{4}$/, year: 6, month: 3, day: 0 },
  'dd.MM.yyyy': { pattern: /^\d\d\.\d\d\.\d{4}$/, year: 6, month: 3, day: 0 },
  'yyyy-MM-dd': { pattern: /^\d{4}-\d\d-\d\d$/, year: 0, month: 5, day: 8 },
  yyyyMMdd: { pattern: /^\d{8}$/, year: 0, month: 4, day: 6 },
  ddMMyyyy: { pattern: /^\d{8}$/, year: 4, month: 2, day: 0 },
}

/**
 * A date in the first format that fits and names a day that exists, as ISO text; null when none
 * does.
 */
export function findCivilDate(text: string, accepted: readonly DateFormat[]): string | null {
  const bare = text.trim()
  for (const name of accepted) {
    const format = formats[name]
    if (!format.pattern.test(bare)) continue
    const year = bare.slice(format.year, format.year + 4)
    const month = bare.slice(format.month, format.month + 2)
    const day = bare.slice(format.day, format.day + 2)
    if (exists(Number(year), Number(month), Number(day))) return `${year}-${month}-${day}`
  }
  return null
}

/** Whether this is an ISO civil date of a day that exists. */
export function isCivilDate(text: string): boolean {
  return findCivilDate(text, ['yyyy-MM-dd']) !== null
}

const CACHE_DATES = 4096
const instants = new Map<string, string>()

/**
 * The instant at which a day ends for a bill: 23:59:59 in the zone, as UTC text `…Z`. The app shows
 * a due date in the phone's own zone, so 23:59:59 UTC would read as the next day in Italy.
 * Many bills share a date, so answers are remembered, at most `CACHE_DATES` of them.
 */
export function dueInstant(isoDate: string, zone = 'Europe/Rome'): string {
  const key = `${isoDate} ${zone}`
  const known = instants.get(key)
  if (known !== undefined) return known
  const end = Temporal.PlainDate.from(isoDate).toPlainDateTime('23:59:59')
  const instant = end.toZonedDateTime(zone).toInstant().toString()
  if (instants.size >= CACHE_DATES) instants.clear()
  instants.set(key, instant)
  return instant
}

const months = {
  it: 'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre',
  en: 'January February March April May June July August September October November December',
  de: 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember',
}
const monthNames = {
  it: months.it.split(' '),
  en: months.en.split(' '),
  de: months.de.split(' '),
}

/** `2026-10-31` → `31 ottobre 2026`, `31 October 2026`, `31. Oktober 2026`. */
export function formatLongDate(isoDate: string, language: 'it' | 'en' | 'de'): string {
  const month = monthNames[language][Number(isoDate.slice(5, 7)) - 1]
  const day = Number(isoDate.slice(8, 10))
  return `${day}${language === 'de' ? '.' : ''} ${month} ${isoDate.slice(0, 4)}`
}

/** `2026-10-31` → `31/10/2026`. */
export function formatShortDate(isoDate: string): string {
  return `${isoDate.slice(8, 10)}/${isoDate.slice(5, 7)}/${isoDate.slice(0, 4)}`
}

function exists(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  if (month === 2) return day <= (isLeap(year) ? 29 : 28)
  return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31)
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
