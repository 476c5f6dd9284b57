// What is looked at to guess a mapping: columns of a sample with their values, whatever the format.
// Stands between the formats, which make tables, and the guesses of types and roles, which read
// them. Invariant: every column has as many values as the table has records.
import type { FieldSpec } from '../field/field-spec.ts'

/** Records of a sample that are looked at: enough to know a column, few enough to be quick. */
export const MAXIMUM_RECORDS = 1_000
/** Columns that are looked at; the widest print flows have some hundreds. */
export const MAXIMUM_COLUMNS = 1_000

export interface Column {
  /** How people call it: the header's name, a position, a path. */
  label: string
  /** How a mapping points to it. */
  place: FieldSpec['column']
  /** The cell of each record, as the source wrote it. */
  values: string[]
}

export interface Table {
  columns: Column[]
  records: number
}

/** A sample that nothing can be guessed of; the message says why, and what to do. */
export class GuessError extends Error {
  override name = 'GuessError'
}

/** The distinct values of a column that hold anything, trimmed, each with its count. */
export function filledValues({ values }: Column): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    const bare = value.trim()
    if (bare !== '') counts.set(bare, (counts.get(bare) ?? 0) + 1)
  }
  return counts
}

/** Columns of rows of cells: the place and label of each by its 0-based number. */
export function tableOf(
  rows: readonly string[][],
  describe: (index: number) => Pick<Column, 'label' | 'place'>,
  width: number,
): Table {
  const count = Math.min(width, MAXIMUM_COLUMNS)
  const columns = Array.from({ length: count }, (_, index) => ({
    ...describe(index),
    values: rows.map((cells) => cells[index] ?? ''),
  }))
  return { columns, records: rows.length }
}

/** The column of a label, in any case. Throws `GuessError` with the labels that there are. */
export function getColumn<T extends Column>(columns: readonly T[], label: string): T {
  const plain = (text: string) => text.trim().toLowerCase()
  const found = columns.find((column) => plain(column.label) === plain(label))
  if (found !== undefined) return found
  throw new GuessError(`there is no column ${label}: there are ${labelsOf(columns)}`)
}

/** The labels of columns, for a message. */
export function labelsOf(columns: readonly Column[]): string {
  const labels = columns.slice(0, 40).map(({ label }) => label)
  const more = columns.length > 40 ? ` and ${columns.length - 40} more` : ''
  return `${labels.join(', ')}${more}`
}
