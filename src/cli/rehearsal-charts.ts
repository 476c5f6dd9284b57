// The drawings of a rehearsal's page, as SVG inside of it: the days of a year as a calendar, and
// months as bars. What they show stands in tables too. Invariant: nothing is loaded from anywhere,
// and colours are never the only sign: each place says its day and its count.
import { Html, html } from '../html.ts'
import { countWords, dayWords } from './rehearsal-words.ts'

/** What left on a day, `2025-03-01`. */
export interface CountedDay {
  day: string
  messages: number
}

const CELL = 15
const LEFT = 34
const TOP = 20
const LEVELS = 5

/** A calendar of one year: a column a week, a row a weekday, the darker the more messages. */
export function yearCalendar(year: number, days: readonly CountedDay[]): Html {
  const counts = new Map(days.map(({ day, messages }) => [day, messages]))
  const most = Math.max(1, ...counts.values())
  const first = Temporal.PlainDate.from({ year, month: 1, day: 1 })
  const cells: Html[] = []
  for (let date = first; date.year === year; date = date.add({ days: 1 })) {
    cells.push(cellOf(date, weekOf(first, date), counts.get(date.toString()) ?? 0, most))
  }
  const months = Array.from({ length: 12 }, (_, month) => {
    const at = first.with({ month: month + 1 })
    const x = LEFT + weekOf(first, at) * CELL
    return html`<text x="${x}" y="12">${MONTHS[month] ?? ''}</text>`
  })
  const rows = ['lun', 'mer', 'ven', 'dom'].map(
    (name, index) => html`<text x="0" y="${TOP + index * 2 * CELL + 11}">${name}</text>`,
  )
  const title = `Messaggi per giorno, ${year}`
  const [width, height] = [LEFT + 54 * CELL, TOP + 7 * CELL]
  return html`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
${months}${rows}
${cells}
</svg><figcaption>${title}. ${legend(most)}
I numeri sono nella tabella «Giorno per giorno».</figcaption></figure>`
}

export const MONTHS = 'gen feb mar apr mag giu lug ago set ott nov dic'.split(' ')

function cellOf(date: Temporal.PlainDate, week: number, messages: number, most: number): Html {
  const [x, y] = [LEFT + week * CELL, TOP + (date.dayOfWeek - 1) * CELL]
  const says = `${dayWords(date.toString())}: ${countWords(messages)}`
  const level = levelOf(messages, most)
  return html`<rect x="${x}" y="${y}" width="13" height="13" rx="2" class="l${level}">
<title>${says}</title></rect>
`
}

/** By orders of magnitude, so that a day of reminders is seen beside one of an emission. */
function levelOf(messages: number, most: number): number {
  if (messages === 0) return 0
  if (most === 1) return LEVELS
  return 1 + Math.round((Math.log(messages) / Math.log(most)) * (LEVELS - 1))
}

function legend(most: number): Html {
  const keys = Array.from(
    { length: LEVELS },
    (_, index) => html`<span class="key l${index + 1}"></span>`,
  )
  return html`Più scuro vuol dire più messaggi: ${keys} fino a ${countWords(most)} in un giorno.`
}

function weekOf(first: Temporal.PlainDate, date: Temporal.PlainDate): number {
  return Math.floor((date.dayOfYear - 1 + first.dayOfWeek - 1) / 7)
}

const BAR_WIDTH = 240

/** Parts of a whole as one bar; `most` fills it. Each part has a name and a class of its own. */
export function barOf(parts: readonly { name: string; count: number; of: string }[], most: number) {
  let x = 0
  const pieces = parts.map(({ name, count, of }) => {
    const width = Math.round((count / Math.max(1, most)) * BAR_WIDTH * 10) / 10
    const says = `${name}: ${countWords(count)}`
    const piece = html`<rect x="${x}" width="${width}" height="14" class="${of}">
<title>${says}</title></rect>`
    x += width
    return width > 0 ? piece : new Html('')
  })
  return html`<svg viewBox="0 0 ${BAR_WIDTH} 14" class="bar" aria-hidden="true">${pieces}</svg>`
}
