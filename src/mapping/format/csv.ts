// CSV: rows of cells → raw records, by the columns that the mapping names. What stands before the
// header and after the records is told apart here. Invariant: every row that holds anything becomes
// one record, good or refused, unless the mapping says that it is none.
import type { Refusal } from '../../domain/refusal.ts'
import { DropError } from '../drop-error.ts'
import { type Columns, fits, readColumns } from './columns.ts'
import { createPartReader, type Emit, type TextParser } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { CsvSpec } from './record-spec.ts'
import { createRowFooter } from './row-footer.ts'
import { createRowReader } from './rows.ts'
import { newlinesIn, type Watch } from './watch.ts'

/** UTF-16 units of one cell, and cells of one row. */
const MAXIMUM_CELL_LENGTH = 100_000
const MAXIMUM_COLUMNS = 2_000

/** A reader of one part. A part of 0 bytes has no records and no fault, header or not. */
export function createCsvReader(spec: CsvSpec, watch?: Watch): RecordReader {
  return createPartReader(spec, (emit) => {
    let columns: Columns | null = null
    const access = {
      emit(line: number, cells: string[]) {
        watch?.row(line, line + newlinesIn(cells.join('')) + 1)
        // A row comes after the columns were read of the header, or of the first row.
        return emitRow(columns!, line, cells, emit)
      },
      textAt: (cells: string[], column: number) => cells[column - 1] ?? '',
    }
    const footer = createRowFooter<string[]>(spec, access, watch)

    const bare = stripper(spec.strip)

    function takeRow(line: number, written: string[]): void {
      checkBounds(line, written)
      const cells = bare(written)
      if (cells.every((cell) => cell.trim() === '')) return
      if (columns === null) {
        columns = readColumns(spec, line, cells)
        if (spec.header) return
      }
      footer.takeRow(line, cells)
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

/** Hands out a row; the cells that it gave its record, none when it was refused. */
function emitRow(columns: Columns, line: number, cells: string[], emit: Emit): string[] {
  const good = fits(columns, cells)
  const read = good ? columns.cellOf.map((index) => cells[index] ?? '') : []
  emit(line, read, good ? null : wrongWidth(columns.width, cells.length))
  return read
}

/** Takes off what stands around every value, where it does. */
function stripper(strip: CsvSpec['strip']): (cells: string[]) => string[] {
  if (strip === undefined) return (cells) => cells
  const { start, end } = strip
  const bareOf = (cell: string) => {
    const from = cell.startsWith(start) ? start.length : 0
    return cell.endsWith(end) && cell.length >= from + end.length
      ? cell.slice(from, cell.length - end.length)
      : cell.slice(from)
  }
  return (cells) => cells.map(bareOf)
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
