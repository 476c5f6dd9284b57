// The letters of a spreadsheet's columns and their positions: A is 1, Z 26, AA 27.
// Invariant: a letter means a position only where a file has no header that could be called so.
import type { FieldSpec } from '../field/field-spec.ts'

/** The last column of a sheet is XFD. */
const letters = /^[A-Z]{1,3}$/i

/** The 1-based position that a column without a header names; null when it is neither. */
export function findColumn(column: FieldSpec['column']): number | null {
  if (typeof column === 'number') return column
  if (typeof column !== 'string' || !letters.test(column)) return null
  let position = 0
  for (const letter of column.toUpperCase()) position = position * 26 + letter.charCodeAt(0) - 64
  return position
}

/** The letters of a 1-based position. */
export function columnLetters(position: number): string {
  let text = ''
  for (let rest = position; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    text = String.fromCharCode(65 + ((rest - 1) % 26)) + text
  }
  return text
}
