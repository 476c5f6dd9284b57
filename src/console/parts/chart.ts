// A bar chart as a picture that scales, with the same figures in a table below: who cannot see the
// bars reads the table. Drawn by attributes alone, so that no style stands in the page.
import type { StaffLanguage } from '../../domain/words.ts'
import { countIn } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { type ListColumn, listTable } from './list.ts'

export interface ChartBar {
  label: string
  /** One a series, in their order. */
  values: readonly number[]
  /** Where each value leads; absent: nowhere. */
  hrefs?: readonly (string | null)[]
}

export interface Chart {
  /** Of picture and table. */
  caption: string
  /** Heading of the labels' column. */
  what: string
  series: readonly string[]
  bars: readonly ChartBar[]
  language: StaffLanguage
  /** False where a table below it has the same figures among others. */
  hasTable?: boolean
}

/** Bars that are drawn; of more, the table alone tells. */
const MOST_BARS = 60
const WIDTH = 960
const ROW = 26
const LABEL = 190
const FIGURE = 110
const MOST_LABEL = 26

/** Null where there is no bar. Figures of several series stand beside each other, row by row. */
export function barChart(chart: Chart): Html | null {
  const { caption, what, series, bars, language, hasTable = true } = chart
  if (bars.length === 0) return null
  const columns: ListColumn[] = [
    { title: what },
    ...series.map((title) => ({ title, isNumber: true })),
  ]
  const rows = bars.map(({ label, values, hrefs = [] }) => ({
    href: null,
    cells: [
      label,
      ...values.map((value, index): Piece => {
        const href = hrefs[index] ?? null
        const text = countIn(language, value)
        return href === null || value === 0 ? text : html`<a href="${href}">${text}</a>`
      }),
    ],
  }))
  const picture = bars.length <= MOST_BARS ? pictureOf({ caption, series, bars, language }) : null
  const table = hasTable ? listTable({ caption, columns, rows, empty: null }) : null
  return html`<figure class="charted">${picture}${table}</figure>`
}

function pictureOf({ series, bars, language }: Omit<Chart, 'what'>): Html {
  const most = Math.max(1, ...bars.flatMap(({ values }) => values))
  const each = series.length * ROW * 0.75 + 8
  const legend = series.length > 1 ? 28 : 0
  const height = Math.ceil(bars.length * each + legend + 4)
  const scale = (WIDTH - LABEL - FIGURE) / most
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" aria-hidden="true" focusable="false">
${legend > 0 ? series.map(legendOf) : null}
<line class="rule" x1="${LABEL}" x2="${LABEL}" y1="${legend}" y2="${height}"></line>
${bars.map(({ label, values }, index) => {
  const top = legend + index * each + 4
  const middle = (top + (values.length * ROW * 0.75) / 2 + 4).toFixed(1)
  return html`<text x="${LABEL - 10}" y="${middle}" text-anchor="end">${shortened(label)}</text>
${values.map((value, one) => barOf({ value, one, top, width: value * scale, language }))}`
})}</svg>`
}

function legendOf(title: string, index: number): Html {
  const x = LABEL + index * 190
  return html`<rect class="bar-${index % 5}" x="${x}" y="4" width="14" height="14"></rect><text x="${x + 20}" y="16">${title}</text>
`
}

interface Bar {
  value: number
  one: number
  top: number
  width: number
  language: StaffLanguage
}

function barOf({ value, one, top, width, language }: Bar): Html {
  const y = top + one * ROW * 0.75
  const end = (LABEL + width + 8).toFixed(1)
  // A bar that is something is seen.
  const shown = Math.max(value > 0 ? 1 : 0, width).toFixed(1)
  const place = html`x="${LABEL}" y="${y.toFixed(1)}"`
  return html`<rect class="bar-${one % 5}" ${place} width="${shown}" height="${ROW * 0.6}"></rect>
<text x="${end}" y="${(y + ROW * 0.48).toFixed(1)}">${countIn(language, value)}</text>
`
}

function shortened(label: string): string {
  return label.length > MOST_LABEL ? `${label.slice(0, MOST_LABEL - 1)}…` : label
}
