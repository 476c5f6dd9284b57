// Civil dates as Italian sentences want them: with the weekday, or after an article that agrees
// with the day. Dates are ISO text `yyyy-MM-dd` of a day that exists.
import { formatLongDate } from './civil-date.ts'

const weekdays = ['lunedì', 'martedì', 'mercoledì', 'giovedì', 'venerdì', 'sabato', 'domenica']

/** `2026-10-31` → `sabato 31 ottobre 2026`. */
export function formatWeekdayDate(isoDate: string): string {
  const { dayOfWeek } = Temporal.PlainDate.from(isoDate)
  return `${weekdays[dayOfWeek - 1]} ${formatLongDate(isoDate, 'it')}`
}

/** The articles that a date may follow, with their form before a vowel. */
const elided: Record<string, string> = {
  il: "l'",
  del: "dell'",
  al: "all'",
  dal: "dall'",
  'entro il': "entro l'",
}

export const dateArticles: readonly string[] = Object.keys(elided)

/**
 * `2026-10-31` after `il` → `il 31 ottobre 2026`; the 8th (otto) and the 11th (undici) elide it:
 * `l'11 ottobre 2026`; the first is an ordinal: `il 1° ottobre 2026`.
 */
export function formatDateAfter(article: string, isoDate: string): string {
  const day = Number(isoDate.slice(8, 10))
  const date = formatLongDate(isoDate, 'it')
  if (day === 8 || day === 11) return `${elided[article] ?? article}${date}`
  return `${article} ${day === 1 ? date.replace('1', '1°') : date}`
}
