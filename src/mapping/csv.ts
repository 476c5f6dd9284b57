// CSV: rows of cells → raw records, by the columns that the mapping names. What stands before the
// header and after the records is told apart here. Invariant: every row that holds anything becomes
// one record, good or refused, unless the mapping says that it is none.
import type { Refusal } from '../domain/refusal.ts'
import { type Columns, fits, readColumns } from './columns.ts'
import { DropError } from './drop-error.ts'
import { createTally, footerMissing, recordAfterFooter } from './footer.ts'
import { createPartReader, type Emit, type TextParser } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { CsvSpec } from './record-spec.ts'
import { createRowReader } from './rows.ts'

/** UTF-16 units of one cell, and cells of one row. */
const MAXIMUM_CELL_LENGTH = 100_000
const MAXIMUM_COLUMNS = 2_000

/** What the last byte of a file written by MS-DOS programs may be. */
const END_OF_FILE = '\x1a'

/** A reader of one part. A part of 0 bytes has no records and no fault, header or not. */
export function createCsvReader(spec: CsvSpec): RecordReader {
  return createPartReader(spec, (emit) => {
    const footer = footerOf(spec, emit)
    let columns: Columns | null = null

    function takeRow(line: number, cells: string[]): void {
      checkBounds(line, cells)
      if (cells.every((cell) => cell.trim() === '')) return
      if (cells.length === 1 && cells[0] === END_OF_FILE) return
      if (columns === null) {
        columns = readColumns(spec, line, cells)
        if (spec.header) return
      }
      footer.takeRow(columns, line, cells)
    }

    const rows = createRowReader(spec, takeRow)
    return {
      ...rows,
      end() {
        rows.end()
        if (columns !== null) footer.end(rows.line())
      },
    } satisfies TextParser
  })
}

interface FooterRows {
  takeRow(columns: Columns, line: number, cells: string[]): void
  /** After the last row of a file that has any. */
  end(line: number): void
}

function footerOf({ footer, fields }: CsvSpec, emit: Emit): FooterRows {
  if (footer === undefined) {
    return { takeRow: (columns, line, cells) => emitRow(columns, line, cells, emit), end() {} }
  }
  return 'rows' in footer
    ? lastRows(footer.rows, emit)
    : markedRow(footer, createTally({ fields }, footer.of), emit)
}

/** Keeps back so many rows, whatever they hold: at the end they are the footer. */
function lastRows(count: number, emit: Emit): FooterRows {
  const held: [number, string[]][] = []
  return {
    takeRow(columns, line, cells) {
      held.push([line, cells])
      if (held.length > count) emitRow(columns, ...held.shift()!, emit)
    },
    end(line) {
      if (held.length < count) throw footerMissing(line)
    },
  }
}

type Mark = Exclude<NonNullable<CsvSpec['footer']>, { rows: number }>

function markedRow(mark: Mark, tally: ReturnType<typeof createTally>, emit: Emit): FooterRows {
  let isOver = false
  const cellAt = (cells: string[], position: number | undefined) =>
    position === undefined ? null : (cells[position - 1] ?? '')
  return {
    takeRow(columns, line, cells) {
      if (isOver) throw recordAfterFooter(line)
      isOver = cellAt(cells, mark.column)?.trim() === mark.equals
      if (isOver) {
        tally.compare(line, { count: cellAt(cells, mark.count), total: cellAt(cells, mark.total) })
      } else tally.add(emitRow(columns, line, cells, emit))
    },
    end(line) {
      if (!isOver) throw footerMissing(line)
    },
  }
}

/** Hands out a row; the cells that it gave its record, none when it was refused. */
function emitRow(columns: Columns, line: number, cells: string[], emit: Emit): string[] {
  const good = fits(columns, cells)
  const read = good ? columns.cellOf.map((index) => cells[index] ?? '') : []
  emit(line, read, good ? null : wrongWidth(columns.width, cells.length))
  return read
}

function wrongWidth(expected: number, found: number): Refusal {
  return {
    code: 'REC_COLUMNS',
    field: null,
    detail: `La riga ha ${found} colonne invece di ${expected}.`,
    remedy: 'Cerca nella riga un separatore di troppo, o un valore che ne contiene uno.',
  }
}

function checkBounds(line: number, cells: string[]): void {
  let large: string | undefined
  for (const cell of cells) if (cell.length > MAXIMUM_CELL_LENGTH) large = cell
  const what =
    cells.length > MAXIMUM_COLUMNS
      ? `ha ${cells.length} colonne, più di ${MAXIMUM_COLUMNS}`
      : large !== undefined
        ? `ha un valore di ${large.length} caratteri, più di ${MAXIMUM_CELL_LENGTH}`
        : null
  if (what === null) return
  const remedy = 'Controlla che il separatore e le virgolette siano quelli dichiarati.'
  throw new DropError('DROP_CSV_BOUNDS', `La riga ${line} ${what}.`, line, remedy)
}
