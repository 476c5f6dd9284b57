// The footer of a file of rows, of whatever format: the last rows, or the one that a mark tells,
// are no records. Invariant: a footer that the mapping declares is there, and ends the file.
import { createTally, footerMissing, recordAfterFooter } from './footer.ts'
import type { CsvSpec } from './record-spec.ts'
import type { Watch } from './watch.ts'

export interface RowFooter<Row> {
  takeRow(line: number, row: Row): void
  /** After the last row of a file that has any. Throws DROP_FOOTER. */
  end(line: number): void
}

export interface RowAccess<Row> {
  /** Hands a row out as a record; the cells whose amount counts, none where it cannot be known. */
  emit(line: number, row: Row): string[]
  /** The text of a column, 1 for the first; `field` is the euro field as which it is written. */
  textAt(row: Row, column: number, field?: string): string
}

/** Tells the records from the footer; without a footer every row is a record. */
export function createRowFooter<Row>(
  { footer, fields }: Pick<CsvSpec, 'footer' | 'fields'>,
  rows: RowAccess<Row>,
  watch?: Watch,
): RowFooter<Row> {
  if (footer === undefined) return { takeRow: rows.emit, end() {} }
  return 'rows' in footer
    ? lastRows(footer.rows, rows)
    : markedRow(footer, createTally({ fields }, { of: footer.of, watch }), rows)
}

/** Keeps back so many rows, whatever they hold: at the end they are the footer. */
function lastRows<Row>(count: number, { emit }: RowAccess<Row>): RowFooter<Row> {
  const held: [number, Row][] = []
  return {
    takeRow(line, row) {
      held.push([line, row])
      if (held.length > count) emit(...held.shift()!)
    },
    end(line) {
      if (held.length < count) throw footerMissing(line)
    },
  }
}

type Mark = Exclude<NonNullable<CsvSpec['footer']>, { rows: number }>

function markedRow<Row>(
  { column, equals, count, total, of }: Mark,
  tally: ReturnType<typeof createTally>,
  { emit, textAt }: RowAccess<Row>,
): RowFooter<Row> {
  let isOver = false
  return {
    takeRow(line, row) {
      if (isOver) throw recordAfterFooter(line)
      isOver = textAt(row, column).trim() === equals
      if (!isOver) return tally.add(emit(line, row))
      tally.compare(line, {
        count: count === undefined ? null : textAt(row, count),
        total: total === undefined ? null : textAt(row, total, of),
      })
    },
    end(line) {
      if (!isOver) throw footerMissing(line)
    },
  }
}
