// What narrows a list, and how much of it is shown: chips of the filters that hold, each with a
// link that takes it away; how many rows a page has; which columns. All of it stands in the
// address, so nobody’s data may.
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import type { Visit } from '../visit.ts'
import { count } from './show.ts'

/** Rows of one page. */
export const pageSizes = [25, 50, 100] as const
const USUAL_SIZE = 50

/** As `size` of the address says; else the usual. */
export function pageSize(query: URLSearchParams): number {
  const asked = Number(query.get('size'))
  return pageSizes.find((size) => size === asked) ?? USUAL_SIZE
}

/** The same address with these values otherwise; null takes one away. Paging begins anew. */
export function changed(
  query: URLSearchParams,
  values: Readonly<Record<string, string | null>>,
): string {
  const next = new URLSearchParams(query)
  for (const name of ['after', 'before']) next.delete(name)
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  return text === '' ? '?' : `?${text}`
}

export interface Chip {
  /** `Servizio: TARI`. */
  text: string
  /** The same list without it. */
  without: string
}

/** Null where no filter holds. `clear`: the list without any. */
export function chips(all: readonly Chip[], clear: string, language: StaffLanguage): Html | null {
  if (all.length === 0) return null
  const [label, remove, none] =
    language === 'it'
      ? ['Filtri attivi', 'Togli il filtro', 'Azzera filtri']
      : ['Active filters', 'Take away the filter', 'Clear filters']
  return html`<ul class="chips" aria-label="${label}">
${all.map(
  ({
    text,
    without,
  }) => html`<li class="filter-chip">${text}<a href="${without}" title="${remove}"><span class="visually-hidden">${remove} ${text}</span><span aria-hidden="true">✕</span></a></li>
`,
)}<li><a href="${clear}">${none}</a></li></ul>`
}

/** 25, 50, 100: links, the one that holds as text. */
export function sizeChooser({ query, language }: Pick<Visit, 'query' | 'language'>): Html {
  const size = pageSize(query)
  const label = language === 'it' ? 'Righe per pagina' : 'Rows a page'
  return html`<p class="sizes">${label}: ${pageSizes.map((one) =>
    one === size
      ? html`<strong aria-current="true">${one}</strong> `
      : html`<a href="${changed(query, { size: String(one) })}">${one}</a> `,
  )}</p>`
}

/** `Totale: 1.204`; `circa` where it was not counted to the end, with a link that does. */
export function total(
  visit: Pick<Visit, 'language'>,
  { rows, isAbout, exactly }: { rows: number; isAbout: boolean; exactly?: string },
): Html {
  const [label, about, ask] =
    visit.language === 'it'
      ? ['Totale', 'circa', 'conta esattamente']
      : ['Total', 'about', 'count exactly']
  const link = isAbout && exactly !== undefined ? html` <a href="${exactly}">${ask}</a>` : null
  return html`<p class="total">${label}: ${isAbout ? `${about} ` : null}<strong>${count(visit, rows)}</strong>${link}</p>`
}

export interface ColumnChoice {
  key: string
  title: string
}

/** Keys of the columns to show: as `columns` of the address says, else all. */
export function chosenColumns(
  query: URLSearchParams,
  all: readonly ColumnChoice[],
): ReadonlySet<string> {
  const keys = all.map(({ key }) => key)
  const asked = query.getAll('columns').filter((key) => keys.includes(key))
  return new Set(asked.length > 0 ? asked : keys)
}

/** Folded below a list; what else the address says is kept. */
export function columnChooser(
  { query, language }: Pick<Visit, 'query' | 'language'>,
  all: readonly ColumnChoice[],
): Html {
  const shown = chosenColumns(query, all)
  const [label, act] = language === 'it' ? ['Colonne', 'Mostra queste'] : ['Columns', 'Show these']
  const kept = [...query].filter(([name]) => name !== 'columns')
  return html`<details class="more"><summary>${label}</summary><form method="get">
${kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${all.map(
  ({
    key,
    title,
  }) => html`<div class="form-check"><input type="checkbox" id="column-${key}" name="columns" value="${key}"${shown.has(key) ? html` checked` : null}><label for="column-${key}">${title}</label></div>
`,
)}<button class="btn btn-sm btn-outline-primary">${act}</button></form></details>`
}
