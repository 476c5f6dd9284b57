// What a person has decided about a sample, so that it is not guessed: by options, or in the
// sentence. Columns are named by their labels, in any case. Invariant: what is said here is taken
// as it is said, or refused; it is never weighed against a guess.
import type { RecordSpec } from '../format/record-spec.ts'

export type Shape = 'notice' | 'settlement' | 'reference'

/** A column that has a part in the notice; `null`: none, even if one looks like it. */
export interface Wishes {
  shape?: Shape
  encoding?: RecordSpec['encoding']
  /** One character. */
  delimiter?: string
  /** `null`: quotes are ordinary characters. */
  quote?: string | null
  escape?: 'doubled' | 'backslash'
  /** The 1-based line of the header; `null`: there is none. */
  header?: number | null
  /** Rows at the end that are no records. */
  footerRows?: number
  /** Of XML and JSON: the element or the list whose entries are the records. */
  rows?: string
  /** Groups of columns that repeat, by what stands for `{n}`; `null`: nothing repeats. */
  groups?: string[] | null
  key?: string[]
  recipient?: string | null
  amount?: string | null
  /** How amounts are written in the column `amount`. */
  decimals?: 'comma' | 'dot' | 'cents' | 'thousandths'
  zeros?: 'dropped'
  due?: string | null
  /** How dates are written in the column `due`. */
  formats?: string[]
  noticeNumber?: string | null
  group?: string | null
  /** The recipient by a reference, looked up by a column. */
  lookup?: { reference: string; by: string }
}

/** The roles that a single column may have. */
export const columnRoles = ['recipient', 'amount', 'due', 'noticeNumber', 'group'] as const
export type ColumnRole = (typeof columnRoles)[number]
