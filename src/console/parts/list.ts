// Lists: a table whose rows lead to their detail, by a link and by a double click, and the ways to
// the pages before and after it. Pages are found by key, so that the thousandth costs as the first.
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'

export interface ListColumn {
  title: string
  /** Numbers stand to the right. */
  isNumber?: boolean
  /** A sentence: never narrower than a few words. */
  isText?: boolean
  /** Where a click on its heading leads: the same list in its order. */
  sort?: { href: string; order: 'ascending' | 'descending' | 'none' }
}

export interface ListRow {
  /** Of its detail; null: it has none. The first cell is the link to it. */
  href: string | null
  cells: readonly Piece[]
}

export interface ListOptions {
  caption: string
  columns: readonly ListColumn[]
  rows: readonly ListRow[]
  /** Said in place of the table where there is no row. */
  empty: Piece
}

/** With more columns the table is set closer. */
const MANY_COLUMNS = 7

export function listTable({ caption, columns, rows, empty }: ListOptions): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<div class="table-responsive" role="region" aria-label="${caption}" tabindex="0">
<table class="table table-hover${columns.length > MANY_COLUMNS ? ' table-many' : ''}">
<caption>${caption}</caption>
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>
${rows.map((row) => rowOf(row, columns))}</tbody>
</table></div>`
}

export interface Paging {
  /** Null: there is none before, or after. */
  previous: string | null
  next: string | null
}

export function pager({ previous, next }: Paging, language: StaffLanguage): Html | null {
  if (previous === null && next === null) return null
  const [before, after, label] =
    language === 'it' ? ['Precedenti', 'Successivi', 'Pagine'] : ['Previous', 'Next', 'Pages']
  const link = (href: string | null, text: string, rel: string) =>
    href === null
      ? null
      : html`<a class="btn btn-outline-primary" rel="${rel}" href="${href}">${text}</a> `
  const links = [link(previous, before, 'prev'), link(next, after, 'next')]
  return html`<nav class="pages" aria-label="${label}">${links}</nav>`
}

function heading({ title, isNumber, isText, sort }: ListColumn): Html {
  const look = isNumber ? html` class="n"` : isText ? html` class="t"` : null
  if (sort === undefined) return html`<th scope="col"${look}>${title}</th>`
  return html`<th scope="col"${look} aria-sort="${sort.order}"><a href="${sort.href}">${title}</a></th>`
}

function rowOf({ href, cells }: ListRow, columns: readonly ListColumn[]): Html {
  const [first = null, ...others] = cells
  const leading = href === null ? first : html`<a href="${href}">${first}</a>`
  const opens = href === null ? null : html` data-href="${href}"`
  const shown = others.map((cell, index) => {
    const look = columns[index + 1]?.isNumber ? html` class="n"` : null
    return html`<td${look}>${cell}</td>`
  })
  return html`<tr${opens}><th scope="row">${leading}</th>${shown}</tr>
`
}
