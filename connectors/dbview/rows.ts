// Rows → NDJSON, a JSON object a line, every value a text or null; and what tells rows apart.
// Invariant: memory holds one batch, however many rows there are.
import { hash } from 'node:crypto'
import { SourceError } from '../../src/connector.ts'
import type { Column, Row } from './dialect.ts'
import type { Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'
import { type Condition, select, selectList, type View } from './view.ts'

type Convert = (text: string) => string

/** The lines of all rows that meet the conditions, a batch at a time. Throws `SRC_VIEW_BOUNDS`. */
export async function* readLines(
  session: Session,
  settings: DbviewSettings,
  view: View,
  conditions: readonly Condition[],
): AsyncGenerator<string[]> {
  const toLine = lineWriter(view.columns, settings)
  const rows = settings.pages
    ? readPages(session, settings, view, conditions, settings.pages)
    : readAll(session, settings, view, conditions)
  let count = 0
  for await (const batch of rows) {
    count += batch.length
    if (count > settings.maximumRows) throw tooMany(view.name, settings.maximumRows)
    yield batch.map(toLine)
  }
}

/** A day that no calendar has, as MySQL keeps it: `0000-00-00`. */
export const noDay = /^(?:0000-\d\d-\d\d|\d{4}-00-\d\d|\d{4}-\d\d-00)(?:[T ]|$)/

/** What tells one row from another: 96 bits of its SHA-256. */
export function markOf(line: string): string {
  return hash('sha256', line, 'base64url').slice(0, 16)
}

/** What tells one set of rows from another, whatever their order: the sums of their hashes. */
export function createDigest(): { add(line: string): void; value(): string } {
  const sums = new Uint32Array(8)
  let rows = 0
  return {
    add(line) {
      // As a text of its bytes it takes half the time that a buffer would.
      const bytes = hash('sha256', line, 'latin1')
      for (let lane = 0; lane < 8; lane++) sums[lane]! += wordAt(bytes, lane * 4)
      rows += 1
    },
    value: () => `${rows}-${Buffer.from(sums.buffer).toString('base64url').slice(0, 32)}`,
  }
}

function wordAt(bytes: string, at: number): number {
  const half = bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8)
  return half | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)
}

function readAll(
  session: Session,
  settings: DbviewSettings,
  view: View,
  conditions: readonly Condition[],
): AsyncGenerator<Row[]> {
  const { sql, values } = select(session, settings, selectList(session, view.columns), conditions)
  return session.read(sql, values)
}

/** Pages by the key. Throws `SRC_VIEW_KEY` where it is no key: rows would be passed over. */
async function* readPages(
  session: Session,
  settings: DbviewSettings,
  view: View,
  conditions: readonly Condition[],
  { key, rows: pageRows }: NonNullable<DbviewSettings['pages']>,
): AsyncGenerator<Row[]> {
  const { dialect } = session
  // One row more than the page: it tells a key that goes on beyond it, whose rows would be lost.
  const firstRows = dialect.firstRows(pageRows + 1)
  const columns = key.map(view.column)
  const places = columns.map((column) => view.columns.indexOf(column))
  const list = selectList(session, view.columns)
  const order = columns.map(({ name }) => `v.${dialect.quote(name)}`).join(', ')
  let last: Row | null = null
  for (let rowsOfPage = pageRows + 1; rowsOfPage > pageRows; ) {
    const later: Condition[][] = last === null ? [] : laterThan(columns, last)
    const { sql, values } = select(session, settings, list, conditions, later)
    rowsOfPage = 0
    for await (const batch of session.read(`${sql} order by ${order} ${firstRows}`, values)) {
      for (const row of batch) {
        const at = places.map((place) => row[place] ?? null)
        if (at.includes(null)) throw noKey(view.name, key, 'is empty in a row')
        if (last?.every((value, i) => value === at[i])) throw noKey(view.name, key, 'stands twice')
        rowsOfPage += 1
        if (rowsOfPage <= pageRows) last = at
      }
      const ofPage = batch.slice(0, batch.length - Math.max(0, rowsOfPage - pageRows))
      if (ofPage.length > 0) yield ofPage
    }
  }
}

/** `a > x`, or `a = x and b > y`: databases differ in how they compare lists. */
function laterThan(columns: readonly Column[], last: Row): Condition[][] {
  const values = last.map(String)
  return columns.map((column, at) => [
    ...columns
      .slice(0, at)
      .map((one, i): Condition => ({ column: one, is: '=', value: values[i]! })),
    { column, is: '>', value: values[at]! },
  ])
}

/** A name is any text, also one that an object would not keep, or not keep in its place. */
function lineWriter(columns: readonly Column[], settings: DbviewSettings): (row: Row) => string {
  const fields = columns.map((column, at) => ({
    label: `${at === 0 ? '' : ','}${JSON.stringify(column.name)}:`,
    convert: converterOf(column, settings),
    mayNeedEscape: column.family === 'text' || column.family === 'padded',
  }))
  return (row) => {
    let line = '{'
    for (let at = 0; at < fields.length; at++) {
      const { label, convert, mayNeedEscape } = fields[at]!
      const value = row[at] ?? null
      const text = value !== null && convert !== null ? convert(value) : value
      if (text === null) line += `${label}null`
      else line += mayNeedEscape ? label + JSON.stringify(text) : `${label}"${text}"`
    }
    return `${line}}`
  }
}

/** How the text of a column is written; null: as the database does. */
export function converterOf({ family }: Column, settings: DbviewSettings): Convert | null {
  if (family === 'boolean') return (text) => booleans[text] ?? text
  if (family === 'padded') return settings.trimPadding ? (text) => text.replace(/ +$/, '') : null
  if (family === 'timestamp' || family === 'instant') {
    const zone = family === 'instant' ? 'Z' : '' // Where the database says none, it is UTC.
    return (text) => isoTime(text, settings.fractions, zone)
  }
  return null
}

const booleans: Record<string, string> = { t: 'true', f: 'false', '1': 'true', '0': 'false' }

const time = /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d)?(:?\d\d)?$/

/** As ISO 8601 writes it: `2027-03-28T03:00:00+02:00`. What is no time stays: `infinity`. */
function isoTime(text: string, keepFractions: boolean, zone: string): string {
  const found = time.exec(text)
  if (found === null) return text
  const [, day, clock, fraction = '', hours = '', minutes] = found
  const offset =
    hours === '' ? zone : hours === 'Z' ? hours : `${hours}:${(minutes ?? '00').slice(-2)}`
  return `${day}T${clock}${keepFractions ? fraction : ''}${offset}`
}

function tooMany(view: string, maximumRows: number): SourceError {
  const message =
    `${view} has more than ${maximumRows} rows to hand over: take fewer by \`where\` or ` +
    '`watermark`, or raise `maximumRows`'
  return new SourceError('SRC_VIEW_BOUNDS', message, { retry: false })
}

function noKey(view: string, key: readonly string[], what: string): SourceError {
  const message =
    `${key.join(', ')} is no key of ${view}: it ${what}. Name in \`pages.key\` the columns that ` +
    'together tell every row apart, or leave `pages` out'
  return new SourceError('SRC_VIEW_KEY', message, { retry: false })
}
