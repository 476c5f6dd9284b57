// What every format reads a part into, and the one contract of their readers. Everything after it
// sees only this. Invariant: cells stand in the order in which the mapping declares its fields.
import type { Refusal } from '../../domain/refusal.ts'

export interface RawRecord {
  /** 1-based line of the file on which the record starts. */
  line: number
  /** 1-based number of the record in its part. */
  record: number
  /**
   * The text of each field, in the order in which the mapping declares them; empty with a
   * `problem`.
   */
  cells: string[]
  /** Why the cells of some fields, by their index, have no value, whatever their text. */
  badCells?: ReadonlyMap<number, Refusal>
  /** Why the row could not be told apart into fields; null when it could. */
  problem: Refusal | null
  /** What the office should know of a good record. */
  warning?: Refusal
}

export interface RecordReader {
  /** Records that are complete by now. Throws `DropError`; then the reader is spent. */
  write(chunk: Uint8Array): RawRecord[]
  /**
   * The last records. Call it until it returns none: it too may hand out records and throw when
   * asked again.
   */
  end(): RawRecord[]
  /**
   * The encoding in which the part is read: by its mark, as declared, or as `auto` has found by
   * now; utf-8 while it has met nothing but ASCII.
   */
  encoding(): string
}
