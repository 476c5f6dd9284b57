// The view as SQL: which columns it has, and the SELECT for the rows that are wanted.
// Invariants: identifiers are quoted here and nowhere else; a view that lost or changed a column
// stops the poll before anything is handed over.
import { SourceError, type SourceLog } from '../../src/connector.ts'
import type { Column } from './dialect.ts'
import type { Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'

export interface Condition {
  column: Column
  is: '>' | '>=' | '=' | '<='
  value: string
}

export interface View {
  /** What it is called when people are told of it. */
  name: string
  columns: Column[]
  column(name: string): Column
}

/** What the cursor keeps of the columns. */
export type RememberedColumns = {
  columns: [name: string, family: string][]
  accepted: number
}

/** Statements of one poll share it: a SELECT over the view with further conditions. */
export interface Statement {
  sql: string
  values: string[]
}

/** The view's columns as they are now. Throws `SRC_VIEW_CHANGED` and `SRC_VIEW_COLUMN`. */
export async function describeView(session: Session, settings: DbviewSettings): Promise<View> {
  const name = settings.view ?? 'the query'
  const found = await session.columns(`select * from ${source(session, settings)} where 1 = 0`, [])
  const column = (wanted: string): Column => {
    const match = found.find((one) => one.name === wanted)
    if (match === undefined) throw missingColumn(name, wanted, found)
    return match
  }
  const columns = settings.columns?.map(column) ?? found
  for (const needed of neededNames(settings)) column(needed)
  const twice = columns.find((one, at) => columns.findIndex((c) => c.name === one.name) !== at)
  if (twice) throw unfit(name, twice, 'stands twice', 'give it another name in the query')
  const binary = columns.find(({ family }) => family === 'binary')
  if (binary) throw unfit(name, binary, 'holds bytes', 'leave it out by `columns`')
  return { name, columns, column }
}

/** Compares the columns with those of the last drop. Throws `SRC_VIEW_CHANGED`. */
export function compareColumns(
  view: View,
  settings: DbviewSettings,
  remembered: RememberedColumns | null,
  log: SourceLog,
): RememberedColumns {
  const { acceptedChange: accepted } = settings
  const columns = view.columns.map(({ name, family }): [string, string] => [name, family])
  const now = { columns, accepted }
  if (remembered === null || remembered.accepted !== accepted) return now
  const known = new Set(remembered.columns.map(([name]) => name))
  const added = view.columns.filter(({ name }) => !known.has(name))
  for (const [name, family] of remembered.columns) {
    if (settings.columns && !settings.columns.includes(name)) continue
    const match = view.columns.find((one) => one.name === name)
    if (match && kindOf(match.family) === kindOf(family)) continue
    const what = match
      ? `the column \`${name}\`, which held ${family}, holds ${match.family} now`
      : `the column \`${name}\` is gone${suggest(name, added.length > 0 ? added : view.columns)}`
    const message =
      `${view.name} has changed: ${what}. Nothing was read. Correct the view, or the mapping, ` +
      `and then set \`acceptedChange: ${accepted + 1}\``
    throw new SourceError('SRC_VIEW_CHANGED', message, { retry: false })
  }
  if (added.length > 0) log.info({ columns: added.map(({ name }) => name) }, 'view has new columns')
  return now
}

/** The SELECT of these expressions over the rows that meet `all`, and one list of `any`. */
export function select(
  session: Session,
  settings: DbviewSettings,
  what: string,
  all: readonly Condition[],
  any: readonly (readonly Condition[])[] = [],
): Statement {
  const { dialect } = session
  const values: string[] = []
  const compare = ({ column, is, value }: Condition) => {
    values.push(value)
    const place = dialect.placeholder(values.length, column)
    return `v.${dialect.quote(column.name)} ${is} ${place}`
  }
  const conditions = all.map(compare)
  const cases = any.map((list) => `(${list.map(compare).join(' and ')})`)
  if (cases.length > 0) conditions.push(`(${cases.join(' or ')})`)
  if (settings.where !== undefined) conditions.push(`(${settings.where}\n)`)
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''
  return { sql: `select ${what} from ${source(session, settings)}${where}`, values }
}

/** Whether there is anything to read: a system may be told or asked only. */
export function readsRows({ view, query }: DbviewSettings): boolean {
  return (view ?? query) !== undefined
}

/** The columns as they are handed over. */
export function selectList({ dialect }: Session, columns: readonly Column[]): string {
  return columns
    .map((column) => dialect.select(column, `v.${dialect.quote(column.name)}`))
    .join(', ')
}

/** `schema.view` as its names; a name that holds a dot itself needs a `query`. */
export function namesOf(view: string): string[] {
  return view.split('.')
}

function source({ dialect }: Session, { view, query }: DbviewSettings): string {
  if (view !== undefined) return `${namesOf(view).map(dialect.quote).join('.')} v`
  return `(${query?.replace(/;\s*$/, '')}\n) v`
}

function neededNames({ pages, watermark, dateColumn }: DbviewSettings): string[] {
  const names = [...(pages?.key ?? []), watermark?.column, dateColumn]
  return names.filter((name) => name !== undefined)
}

/** CHAR and VARCHAR are one kind: padding is not what a mapping reads. */
function kindOf(family: string): string {
  return family === 'padded' ? 'text' : family
}

function unfit(view: string, { name }: Column, what: string, remedy: string): SourceError {
  const message = `the column \`${name}\` of ${view} ${what}: ${remedy}`
  return new SourceError('SRC_VIEW_COLUMN', message, { retry: false })
}

/** A column that the settings name, and that is not there. */
export function missingColumn(
  view: string,
  wanted: string,
  columns: readonly Column[],
): SourceError {
  const message =
    `${view} has no column \`${wanted}\`${suggest(wanted, columns)}. Have the view corrected, or ` +
    'name the column as it is in the settings and in the mapping'
  return new SourceError('SRC_VIEW_CHANGED', message, { retry: false })
}

function suggest(wanted: string, columns: readonly Column[]): string {
  const near = columns
    .map(({ name }) => ({ name, far: farness(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)[0]
  if (near === undefined) return ''
  return near.far <= Math.max(2, wanted.length / 2) ? `: \`${near.name}\` is the nearest` : ''
}

/** A name that was made longer or shorter is the next after the same one. */
function farness(a: string, b: string): number {
  return a.startsWith(b) || b.startsWith(a) ? 1 : distance(a, b)
}

/** Letters to change, add or take away (Levenshtein); names are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
