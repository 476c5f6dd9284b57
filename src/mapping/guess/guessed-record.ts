// What every format gives of a sample: how its records are written, and a table of them. Stands
// between the formats' guesses and everything after, which never asks for the format.
import type { RecordSpec } from '../format/record-spec.ts'
import type { Table } from './table.ts'

export interface GuessedRecord {
  format: RecordSpec['format']
  /** The keys of `record` in the order in which they are written, without `format` and `fields`. */
  keys: { name: string; value: unknown; evidence?: string }[]
  /** The same, as the sentence says it: `separated by ";"`. */
  words: string[]
  table: Table
  /** Labels of the key, where the layout itself is known. */
  key?: string[]
}
