// A worksheet, as lines of JSON → raw records, by the columns that the mapping names. Cells stand
// at their own column, so rows may end early and go on beyond the header. Invariant: every row that
// holds anything becomes one record, good or refused, unless the mapping says that it is none.
import type { Refusal } from '../../domain/refusal.ts'
import { readColumns, type TableSpec } from './columns.ts'
import { createPartReader, type Emit } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { XlsxSpec } from './record-spec.ts'
import { createRowFooter, type RowAccess } from './row-footer.ts'
import { cellReader, plainCell, type ReadCell } from './sheet-cell.ts'
import { columnLetters, findColumn } from './sheet-column.ts'
import type { SheetRow } from './sheet-row.ts'
import { createLineReader } from './text-lines.ts'
import type { Watch } from './watch.ts'

/** A reader of one sheet. Its lines are the rows of the sheet, as the office sees them. */
export function createSheetReader(spec: XlsxSpec, watch?: Watch): RecordReader {
  return createPartReader(spec, (emit) => {
    const rows = createRows(spec, emit, watch)
    const lines = createLineReader((_, text) => rows.take(JSON.parse(text) as SheetRow))
    return {
      ...lines,
      line: rows.line,
      end() {
        lines.end()
        rows.end()
      },
    }
  })
}

interface Place {
  /** 0-based; -1 for a column of a group that the header does not have. */
  column: number
  read: ReadCell
}

function createRows(spec: XlsxSpec, emit: Emit, watch?: Watch) {
  const names = Object.keys(spec.fields)
  const readers = new Map(names.map((name) => [name, cellReader(name, spec.fields[name]!)]))
  let places: Place[] | null = null
  let line = 0

  const access: RowAccess<SheetRow> = {
    emit(at, row) {
      watch?.row(at, at + 1)
      const { cells, badCells } = readRow(places ?? [], row)
      if (row.hidden && spec.hiddenRows === 'refuse') emit(at, [], hiddenRow(at))
      else emit(at, cells, null, badCells.size > 0 ? badCells : undefined)
      // The sheet's own sum counts the row, refused or not.
      return cells
    },
    textAt({ row, cells }, column, field = '') {
      const cell = cells[column - 1] ?? null
      const read = readers.get(field)?.(cell, columnLetters(column) + row)
      return typeof read === 'string' ? read : plainCell(cell)
    },
  }
  const footer = createRowFooter<SheetRow>(spec, access, watch)

  return {
    line: () => line,
    take(row: SheetRow): void {
      line = row.row
      if (line <= spec.skipLines || (row.hidden && spec.hiddenRows === 'ignore')) return
      if (places === null) {
        const columns = columnsOf(spec, row)
        places = names.map((name, at) => ({ column: columns[at]!, read: readers.get(name)! }))
        if (spec.header) return
      }
      footer.takeRow(line, row)
    },
    end(): void {
      if (places !== null) footer.end(line)
    },
  }
}

/** The 0-based column of each field. Throws DROP_XLSX_HEADER. */
function columnsOf(spec: XlsxSpec & Pick<TableSpec, 'templates'>, { row, cells }: SheetRow) {
  if (!spec.header) return Object.values(spec.fields).map(({ column }) => findColumn(column)! - 1)
  // A title may be written on two lines of its cell.
  const header = cells.map((cell) => plainCell(cell).replace(/\s+/g, ' '))
  const { fields, templates = [] } = spec
  const table = {
    header: true,
    fields,
    templates,
    shortRows: 'pad',
    longRows: 'ignoreEmpty',
  } as const
  return readColumns(table, row, header).cellOf
}

/** The texts of the cells, and why some of them have none. */
function readRow(places: readonly Place[], { row, cells }: SheetRow) {
  const badCells = new Map<number, Refusal>()
  const texts = places.map(({ column, read }, index) => {
    const cell = cells[column] ?? null
    const text = typeof cell === 'string' ? cell : read(cell, columnLetters(column + 1) + row)
    if (typeof text === 'string') return text
    badCells.set(index, text)
    return ''
  })
  return { cells: texts, badCells }
}

function hiddenRow(row: number): Refusal {
  return {
    code: 'REC_ROW_HIDDEN',
    field: null,
    detail: `La riga ${row} è nascosta nel foglio: chi l’ha salvato non la vedeva.`,
    remedy: 'Togli il filtro dal foglio, o scrivi `hiddenRows: read` (o `ignore`) nel modello.',
  }
}
