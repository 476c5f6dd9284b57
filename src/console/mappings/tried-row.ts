// The rows of a sample file, and one of them whole: as the app shows it, from the file to the
// message, what IO would get, or why nothing comes of it.
import { adviceText } from '../../domain/advice-words.ts'
import type { Language } from '../../domain/language.ts'
import { fillText } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { type BadgeTone, badge } from '../parts/badge.ts'
import { listTable, pager } from '../parts/list.ts'
import { phoneOfPayload } from '../parts/phone.ts'
import { callout, count, masked } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import { columnText } from './book.ts'
import type { Tried } from './try.ts'
import { tryWords } from './words.ts'

type Row = Tried['page'][number]
type Href = (changes: Record<string, string | number | null>) => string
type Spec = Visit['app']['config']['institutions'][number]['mappings'][number]['spec']

/** What the rows are of. */
export interface TriedOf {
  spec: Pick<Spec, 'record'>
  /** As the app names it. */
  service: string
  /** The file of cases that a row may be added to; null: there is none. */
  caseFile: string | null
}

const signs: Record<Row['kind'], readonly [BadgeTone, string]> = {
  good: ['green', '✓'],
  warned: ['orange', '⚠'],
  refused: ['red', '✕'],
  'left-out': ['grey', '◌'],
}

interface Listing {
  from: number
  size: number
  isFiltered: boolean
  at: Href
}

export function rowsTable(visit: Visit, tried: Tried, { from, size, at }: Listing): Html {
  const words = tryWords[visit.language]
  const { page, shown } = tried
  const rows = page.map((one) => {
    const [tone, sign] = signs[one.kind]
    const number = count(visit, one.row)
    const name = one === shown ? html`<strong>${number}</strong>` : number
    return {
      href: at({ row: one.row }),
      cells: [name, badge(tone, sign, words.kind[one.kind]), whatOf(one, visit)],
    }
  })
  const columns = [words.row, words.state, words.what].map((title) => ({ title }))
  const last = page.at(-1)?.row ?? 0
  const more = page.length === size ? at({ from: last + 1, row: null }) : null
  const back = from > 1 ? at({ from: null, row: null }) : null
  return html`<section>
${listTable({ caption: words.list, columns, rows, empty: words.noRows })}
${pager({ previous: back, next: more }, visit.language)}</section>
`
}

/** In one line, with the recipient masked: who brought the file knows whose row it is. */
function whatOf({ record }: Row, visit: Visit): Piece {
  const words = tryWords[visit.language]
  if ('refused' in record) return record.refusals.map(({ detail }) => detail).join(' ')
  if ('closes' in record) return words.closes[record.closes]
  if ('row' in record) return words.referenceRow
  if ('duplicate' in record) return words.duplicate
  if ('waiting' in record) {
    const reference = record.waiting.map((one) => one.reference).join(', ')
    return fillText(words.waits, { reference })
  }
  const { messages = [] } = record
  if ('skipped' in record) return fillText(words.skipped, { because: record.skipped })
  const [first] = messages
  const { one, many } = words.messages
  const said = messages.length === 1 ? one : fillText(many, { n: messages.length })
  return first === undefined ? said : `${masked(first.payload.fiscal_code)} · ${said}`
}

interface Detail {
  language: Language
  at: Href
  /** The case that was made; null: none could be, or was asked for. */
  yaml: string | null
  isCase: boolean
}

export function rowDetail(visit: Visit, of: TriedOf, tried: Tried, detail: Detail): Html {
  const words = tryWords[visit.language]
  const { shown, rows } = tried
  if (shown === null) return html``
  const { at } = detail
  const to = (row: number, text: string) =>
    row < 1 || row > rows
      ? null
      : html`<a class="btn btn-outline-primary" href="${at({ row })}">${text}</a> `
  const title = fillText(words.shown, { n: count(visit, shown.row) })
  return html`<section aria-labelledby="row" id="shown"><h2 id="row">${title}</h2>
<p class="actions">${to(shown.row - 1, words.previous)}${to(shown.row + 1, words.next)}</p>
${jumpsOf(visit, tried, at)}
${problemsOf(shown, visit)}
${messagesOf(visit, of, tried, detail)}
${valuesOf(visit, of, shown)}
${caseOf(visit, of, detail)}
</section>
`
}

/** Rows that are worth a look before all the others. */
function jumpsOf(visit: Visit, { jumps, rows }: Tried, at: Href): Html | null {
  const words = tryWords[visit.language]
  const wanted = (['highestAmount', 'longestText', 'nearestDue', 'notLatin'] as const).flatMap(
    (name) => {
      const row = jumps[name]
      return row === null ? [] : [{ row, text: words.jumps[name] }]
    },
  )
  if (wanted.length === 0 || rows < 3) return null
  return html`<nav aria-label="${words.goTo}"><p>${words.goTo}: ${wanted.map(
    ({ row, text }, index) => html`${index > 0 ? ' · ' : null}<a href="${at({ row })}">${text}</a>`,
  )}</p></nav>`
}

function problemsOf({ record }: Row, { language }: Visit): Html | null {
  const words = tryWords[language]
  if ('refused' in record) {
    const rows = record.refusals.map(
      ({ code, detail, remedy }) =>
        html`<li>${detail} <strong>${words.fix}:</strong> ${remedy} <code>${code}</code></li>
`,
    )
    return callout('danger', words.problems, html`<ul>${rows}</ul>`)
  }
  if (!('messages' in record)) return null
  const { doubts = [], messages = [] } = record
  const texts = [
    ...doubts.map(({ detail, remedy }) => `${detail} ${remedy}`),
    ...messages.flatMap(({ warnings }) => warnings.map((one) => adviceText(one, language))),
  ]
  if (texts.length === 0) return null
  const said = [...new Set(texts)].map((text) => html`<li>${text}</li>`)
  return callout('warning', words.warnings, html`<ul>${said}</ul>`)
}

function messagesOf(
  visit: Visit,
  of: TriedOf,
  { payloads, shown }: Tried,
  { language, at }: Detail,
): Html | null {
  const words = tryWords[visit.language]
  const messages = shown && 'messages' in shown.record ? (shown.record.messages ?? []) : []
  if (messages.length === 0 || payloads.length === 0) return null
  const index = Math.min(messages.length - 1, Number(visit.query.get('message')) || 0)
  const message = messages[index]
  const payload = payloads[index]?.[language] ?? payloads[index]?.it
  if (message === undefined || payload === undefined) return null
  const names = { institution: visit.place.name, service: of.service, language }
  const chip = (href: string, isCurrent: boolean, text: string) => {
    const current = isCurrent ? html` aria-current="true"` : null
    return html`<li><a class="chip" href="${href}"${current}>${text}</a></li>
`
  }
  const languages = (['it', 'en', 'de'] as const).map((one) =>
    chip(at({ language: one }), one === language, one.toUpperCase()),
  )
  const which = messages.map((one, n) =>
    chip(at({ message: n }), n === index, whenOf(one, n, visit)),
  )
  return html`<nav aria-label="${words.message}"><ul class="chips">
${which}</ul></nav>
<nav aria-label="${words.phoneLanguage}"><ul class="chips">
${languages}</ul></nav>
${phoneOfPayload(visit, names, payload)}
<details class="more"><summary>${words.json}</summary><pre>${JSON.stringify(payload, null, 2)}</pre></details>
`
}

type Message = Extract<Row['record'], { messages: object }>['messages'][number]

function whenOf({ purpose, sendAt }: Message, index: number, { place, language }: Visit): string {
  if (purpose === 'first') return language === 'it' ? 'Primo messaggio' : 'First message'
  const local = Temporal.Instant.from(sendAt).toZonedDateTimeISO(place.timeZone)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${two(local.day)}/${two(local.month)}/${local.year}`
  return language === 'it' ? `Promemoria ${index} (${day})` : `Reminder ${index} (${day})`
}

/** Each field: where it stands in the file, and what was read there. */
function valuesOf(visit: Visit, { spec }: TriedOf, { record }: Row): Html | null {
  const words = tryWords[visit.language]
  const whole = 'whole' in record ? record.whole : undefined
  const read: Readonly<Record<string, unknown>> | null =
    'row' in record ? record.row : (whole?.data.fields ?? null)
  if (read === null) return null
  const wrong = visit.language === 'it' ? ['Campo', 'Dove sta nel file'] : ['Field', 'In the file']
  const rows = Object.entries(read).map(([name, value]) => ({
    href: null,
    cells: [
      html`<code>${name}</code>`,
      columnText(spec.record.fields[name]?.column ?? ''),
      value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ],
  }))
  const columns = [...wrong, words.value].map((title) => ({ title }))
  return html`<details class="more"><summary>${words.values}</summary>
${listTable({ caption: words.values, columns, rows, empty: '–' })}</details>
`
}

function caseOf(visit: Visit, { caseFile }: TriedOf, { at, yaml, isCase }: Detail): Html | null {
  if (caseFile === null) return null
  const words = tryWords[visit.language]
  if (!isCase) {
    const href = `${at({ case: 'yes' })}#case`
    return html`<p><a class="btn btn-outline-primary" href="${href}">${words.anonymous}</a></p>`
  }
  if (yaml === null) return callout('warning', words.anonymous, words.anonymousNone)
  return html`<section aria-labelledby="case"><h3 id="case">${words.anonymous}</h3>
<p>${fillText(words.anonymousHint, { file: caseFile })}</p>
<pre>${yaml}</pre></section>
`
}
