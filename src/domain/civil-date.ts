// Civil dates: days of the calendar without a time, as ISO text `yyyy-MM-dd`.
// Invariant: a date is read only in a format that was declared, and only if that day exists.

/** What sources write. `d` and `M` are one or two digits; `XXX` is `Z` or an offset: `+02:00`. */
export const dateFormats = [
  'dd/MM/yyyy',
  'dd-MM-yyyy',
  'dd.MM.yyyy',
  'd/M/yyyy',
  'd-M-yyyy',
  'd.M.yyyy',
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'yyyyMMdd',
  'ddMMyyyy',
  'dd/MM/yy',
  'dd-MM-yy',
  'dd.MM.yy',
  'd/M/yy',
  'ddMMyy',
  'yyMMdd',
  'dd/MM/yyyy HH:mm',
  'dd/MM/yyyy HH:mm:ss',
  'yyyy-MM-dd HH:mm:ss',
  'yyyy-MM-ddTHH:mm',
  'yyyy-MM-ddTHH:mmXXX',
  'yyyy-MM-ddTHH:mm:ss',
  'yyyy-MM-ddTHH:mm:ssXXX',
  'yyyy-MM-ddXXX',
  'yyyyMMddHHmmss',
] as const

export type DateFormat = (typeof dateFormats)[number]

/** Whether a format writes the year with two digits, so that a pivot is needed. */
export function hasShortYear(format: DateFormat): boolean {
  return !format.includes('yyyy')
}

/** The pattern that a text must have, and where its year, month and day begin. */
interface Form {
  pattern: RegExp
  /** One-digit days and months are written with two before the text is taken apart. */
  pads: boolean
  year: number
  shortYear: boolean
  month: number
  day: number
  /** The text names an instant; its day is the one in the zone. */
  isInstant: boolean
}

const digits: Record<string, string> = {
  yyyy: '\\d{4}',
  yy: '\\d\\d',
  MM: '\\d\\d',
  dd: '\\d\\d',
  M: '\\d{1,2}',
  d: '\\d{1,2}',
  HH: '(?:[01]\\d|2[0-3])',
  mm: '[0-5]\\d',
  ss: '[0-5]\\d(?:[.,]\\d{1,9})?',
  XXX: '(?:Z|[+-](?:0\\d|1[0-4]):?[0-5]\\d)',
  '.': '\\.',
}

const forms = new Map(dateFormats.map((format) => [format, formOf(format)]))

/**
 * A date in the first format that fits and names a day that exists, as ISO text; null when none
 * does. Two-digit years up to `pivot` are of this century, the others of the last one; without a
 * pivot they are not read. A time is dropped; with an offset the day is the one in Italy, where
 * midnight of 31 October is 23:00 UTC of the 30th. A date alone with an offset stays that date.
 */
export function findCivilDate(
  text: string,
  accepted: readonly DateFormat[],
  pivot: number | null = null,
): string | null {
  const bare = text.trim()
  for (const format of accepted) {
    const form = forms.get(format)!
    if (!form.pattern.test(bare) || (form.shortYear && pivot === null)) continue
    const date = form.pads ? bare.replace(/(?<!\d)\d(?!\d)/g, '0$&') : bare
    const year = form.shortYear
      ? fullYear(date.slice(form.year, form.year + 2), pivot ?? 0)
      : date.slice(form.year, form.year + 4)
    const month = date.slice(form.month, form.month + 2)
    const day = date.slice(form.day, form.day + 2)
    if (!exists(Number(year), Number(month), Number(day))) continue
    return form.isInstant ? findDayInItaly(bare) : `${year}-${month}-${day}`
  }
  return null
}

/** Whether this is an ISO civil date of a day that exists. */
export function isCivilDate(text: string): boolean {
  return findCivilDate(text, ['yyyy-MM-dd']) !== null
}

/** The zone in which a due date is a day. */
const ITALY = 'Europe/Rome'
const CACHE_DATES = 4096
const instants = new Map<string, string>()

/**
 * The instant at which a day ends for a bill: 23:59:59 in the zone, as UTC text `…Z`. The app shows
 * a due date in the phone's own zone, so 23:59:59 UTC would read as the next day in Italy.
 * Many bills share a date, so answers are remembered, at most `CACHE_DATES` of them.
 */
export function dueInstant(isoDate: string, zone = ITALY): string {
  const key = `${isoDate} ${zone}`
  const known = instants.get(key)
  if (known !== undefined) return known
  const end = Temporal.PlainDate.from(isoDate).toPlainDateTime('23:59:59')
  const instant = end.toZonedDateTime(zone).toInstant().toString()
  if (instants.size >= CACHE_DATES) instants.clear()
  instants.set(key, instant)
  return instant
}

/** The day of a due instant (ISO, UTC): in Italy, whatever the zone of who looks. */
export function dueDayOf(instant: string): Temporal.PlainDate {
  return dayAt(Temporal.Instant.from(instant), ITALY)
}

/** Which day it is in a zone. */
export function dayAt(at: Temporal.Instant, zone: string): Temporal.PlainDate {
  return at.toZonedDateTimeISO(zone).toPlainDate()
}

/** Day and time in a zone, to the minute: `2026-12-01 09:30`. */
export function minuteAt(at: Temporal.Instant, zone: string): string {
  const local = at.toZonedDateTimeISO(zone).toPlainDateTime()
  return local.toString({ smallestUnit: 'minute' }).replace('T', ' ')
}

/** When a civil time is, by the tables of zones that this process has: of two the first. */
export function instantAt(civilAt: Temporal.PlainDateTime, zone: string): Temporal.Instant {
  return civilAt.toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant()
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

/**
 * `2026-10-31` in a format that sources write; `findCivilDate` reads it back, a year of two digits
 * within its pivot. Times are noon, so that the day is the same in Italy whatever the offset.
 */
export function writeCivilDate(isoDate: string, format: DateFormat): string {
  const [year = '', month = '', day = ''] = isoDate.split('-')
  const parts: Record<string, string> = {
    ...{ yyyy: year, yy: year.slice(-2), MM: month, dd: day, HH: '12', mm: '00', ss: '00' },
    ...{ M: month.replace(/^0/, ''), d: day.replace(/^0/, ''), XXX: 'Z' },
  }
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss|XXX|\bd\b|\bM\b/g, (part) => parts[part]!)
}

/** `2026-10-31` → `31 ottobre 2026`, `31 October 2026`, `31. Oktober 2026`. */
export function formatLongDate(isoDate: string, language: 'it' | 'en' | 'de'): string {
  const month = monthNames[language][Number(isoDate.slice(5, 7)) - 1]
  const day = Number(isoDate.slice(8, 10))
  return `${day}${language === 'de' ? '.' : ''} ${month} ${isoDate.slice(0, 4)}`
}

/** `2026-10` → `ottobre 2026`, `October 2026`, `Oktober 2026`. */
export function formatMonth(isoMonth: string, language: 'it' | 'en' | 'de'): string {
  return `${monthNames[language][Number(isoMonth.slice(5, 7)) - 1]} ${isoMonth.slice(0, 4)}`
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

function formOf(format: DateFormat): Form {
  const full = format.replace(/\b([dM])\b/g, '$1$1')
  const source = format.replace(
    /yyyy|yy|MM|dd|HH|mm|ss|XXX|\bd\b|\bM\b|\./g,
    (part) => digits[part]!,
  )
  return {
    pattern: new RegExp(`^${source}$`),
    pads: full !== format,
    year: full.indexOf('yy'),
    shortYear: hasShortYear(format),
    month: full.indexOf('MM'),
    day: full.indexOf('dd'),
    isInstant: /(?:mm|ss)XXX$/.test(format),
  }
}

function fullYear(twoDigits: string, pivot: number): string {
  return `${Number(twoDigits) <= pivot ? '20' : '19'}${twoDigits}`
}

/** Null beyond the years of four digits, where the last evening of 9999 leads. */
function findDayInItaly(text: string): string | null {
  const local = dueDayOf(text)
  return local.year >= 1 && local.year <= 9999 ? local.toString() : null
}
