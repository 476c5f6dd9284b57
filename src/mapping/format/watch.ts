// Where the rows of a part stand, for who writes the part again without some of them. Told beside
// the records, and only to who asks: mapping itself never does. Invariant: `row` is called once for
// each row that the reader hands out, in the same order.

export interface Watch {
  /**
   * The row begins at `from` and ends before `to`: 1-based lines of a file of lines, rows of a
   * sheet as the office numbers them, or the elements of a document, counted as they open.
   */
  row(from: number, to: number): void
  /** A footer was met; where this is given, what the footer says is not compared. */
  footer?(found: FoundFooter): void
}

/** A footer, and what the rows before it come to. */
export interface FoundFooter {
  line: number
  records: number
  /** Null where no total is declared, or the amount of a record cannot be read. */
  cents: bigint | null
  /** How many lines of the list there are, itself among them; null where nobody counts them. */
  lines: number | null
  /** Of a document: the elements that hold count and total, by their place, with their text. */
  values?: Record<'count' | 'total', FoundValue | null> | undefined
}

export interface FoundValue {
  /** 0 of what is no element. */
  place: number
  text: string
}

/** How many line ends a text has; `\n` alone is one. */
export function newlinesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}
