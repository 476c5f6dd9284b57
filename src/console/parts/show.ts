// How values are shown: counts, amounts, instants and days, as the reader's language writes them.
// Instants are told in the zone of the institution, with what a program reads beside it.
import { countIn, decimalIn } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import type { Visit } from '../visit.ts'

type Reader = Pick<Visit, 'language' | 'place'>

export function count(visit: Pick<Visit, 'language'>, value: number): string {
  return countIn(visit.language, value)
}

/** `1.234,50 €`, from whole cents. */
export function euro({ language }: Pick<Visit, 'language'>, cents: number): string {
  const whole = countIn(language, Math.trunc(Math.abs(cents) / 100))
  const rest = String(Math.abs(cents) % 100).padStart(2, '0')
  return `${cents < 0 ? '−' : ''}${whole}${language === 'it' ? ',' : '.'}${rest} €`
}

/** `71,33 %` of a share; a dash where there is nothing to share. */
export function share({ language }: Pick<Visit, 'language'>, part: number, whole: number): string {
  return whole === 0 ? '–' : `${decimalIn(language, (part / whole) * 100, 2)}%`
}

/** `23/11/2026 14:05`; null is nothing. */
export function time({ place }: Reader, instant: Temporal.Instant | null): Html | null {
  if (instant === null) return null
  const local = instant.toZonedDateTimeISO(place.timeZone)
  const text = `${dayText(local)} ${two(local.hour)}:${two(local.minute)}`
  return html`<time datetime="${instant.toString()}">${text}</time>`
}

/** `23/11/2026` of the institution’s zone. */
export function day({ place }: Reader, instant: Temporal.Instant | null): Html | null {
  if (instant === null) return null
  return date(instant.toZonedDateTimeISO(place.timeZone).toPlainDate())
}

export function date(shown: Temporal.PlainDate): Html {
  return html`<time datetime="${shown.toString()}">${dayText(shown)}</time>`
}

/** A day as addresses have it, as one reads it: `2026-11-23` → `23/11/2026`; else as it is. */
export function typedDay(value: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) ?? []
  return day === undefined ? value : `${day}/${month}/${year}`
}

function dayText({ day, month, year }: { day: number; month: number; year: number }): string {
  return `${two(day)}/${two(month)}/${year}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `RSSMRA••••••501U`: enough to tell two of them apart, too little to know whose it is. */
export function masked(fiscalCode: string): string {
  return fiscalCode.length === 16
    ? `${fiscalCode.slice(0, 6)}••••••${fiscalCode.slice(12)}`
    : '•'.repeat(fiscalCode.length)
}

/** A count that leads to the list that makes it; 0 leads nowhere. */
export function countLink(visit: Pick<Visit, 'language'>, value: number, href: string): Piece {
  const text = count(visit, value)
  return value === 0 ? text : html`<a href="${href}">${text}</a>`
}

/** Names and values, one below the other; null values are left out. */
export function facts(rows: readonly (readonly [string, Piece])[]): Html {
  const shown = rows.filter(([, value]) => value !== null && value !== '')
  return html`<dl class="facts">
${shown.map(
  ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
)}</dl>`
}

export type Tone = 'info' | 'success' | 'warning' | 'danger'

/** A note that must be seen; `title` null: the text alone. */
export function callout(tone: Tone, title: string | null, text: Piece): Html {
  const head = title === null ? null : html`<strong class="d-block">${title}</strong>`
  return html`<div class="alert alert-${tone}">${head}${text}</div>`
}
