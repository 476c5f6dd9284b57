// Spans of time as people say them, roughly: since when a source is silent, how long a sending
// takes. In the largest unit that says something.
import type { StaffLanguage } from './words.ts'
import { countIn } from './words.ts'

const units = [
  { seconds: 86_400, it: ['giorno', 'giorni'], en: ['day', 'days'] },
  { seconds: 3_600, it: ['ora', 'ore'], en: ['hour', 'hours'] },
  { seconds: 60, it: ['minuto', 'minuti'], en: ['minute', 'minutes'] },
  { seconds: 1, it: ['secondo', 'secondi'], en: ['second', 'seconds'] },
] as const

/** `3 giorni`, `1 hour`: of the largest unit of which there are one and a half, to the nearest. */
export function durationIn(language: StaffLanguage, seconds: number): string {
  const unit = units.find((one) => seconds >= one.seconds * 1.5) ?? units[units.length - 1]
  const { seconds: each, [language]: names } = unit as (typeof units)[number]
  const n = Math.max(0, Math.round(seconds / each))
  return `${countIn(language, n)} ${n === 1 ? names[0] : names[1]}`
}
