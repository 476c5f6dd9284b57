// The rows of a worksheet → how an XLSX mapping reads them, and their table. Invariant: cells are
// looked at as the reader of sheets hands them to fields, so that a type that fits here fits there.

import { plainCell } from '../format/sheet-cell.ts'
import { columnLetters } from '../format/sheet-column.ts'
import type { SheetCell, SheetRow } from '../format/sheet-row.ts'
import { suggests } from './column-name.ts'
import { layoutKeys, layoutWords, tableOfRows } from './csv-sample.ts'
import type { Row } from './delimiter.ts'
import type { GuessedRecord } from './guessed-record.ts'
import { guessLayout } from './header.ts'
import { GuessError, MAXIMUM_RECORDS } from './table.ts'
import type { Wishes } from './wishes.ts'

/** How the sheet is written. Throws `GuessError` for one without rows. */
export function guessSheet(bytes: Uint8Array, isWhole: boolean, wishes: Wishes): GuessedRecord {
  const lines = new TextDecoder().decode(bytes).split('\n')
  const whole = isWhole ? lines : lines.slice(0, -1)
  const sheet = whole
    .filter((line) => line !== '')
    .slice(0, MAXIMUM_RECORDS)
    .map((line) => JSON.parse(line) as SheetRow)
  if (sheet.length === 0) throw new GuessError('the sheet is empty: take one that has records')
  const width = Math.max(...sheet.map(({ cells }) => cells.length))
  const visible = sheet.filter(({ hidden }) => hidden !== true)
  // Rows of a sheet end with their last value: all are as wide as the widest.
  const rows: Row[] = visible.map(({ row, cells }) => ({
    line: row,
    cells: Array.from({ length: width }, (_, index) => textOf(cells[index] ?? null)),
  }))
  const isAll = isWhole && sheet.length < MAXIMUM_RECORDS
  const layout = guessLayout(rows, isAll, wishes)
  const keys = layoutKeys({ ...layout, shortRows: 'refuse', longRows: 'refuse' })
  if (visible.length < sheet.length) {
    const count = sheet.length - visible.length
    const evidence = `${count} rows are hidden by a filter or a hand`
    keys.push({ name: 'hiddenRows', value: 'ignore', evidence })
  }
  const table = tableOfRows(layout)
  for (const column of table.columns) {
    if (typeof column.place === 'number') column.label = columnLetters(column.place)
    if (suggests(column.label, 'amount')) column.values = column.values.map(withDecimals)
  }
  return { format: 'xlsx', keys, words: layoutWords(layout), table }
}

function textOf(cell: SheetCell): string {
  return plainCell(cell).replace(/\s+/g, ' ')
}

/** A number as the reader writes it for an amount: the sheet leaves out zeros that say nothing. */
function withDecimals(text: string): string {
  const found = /^(-?\d+)(?:\.(\d{1,2}))?$/.exec(text)
  return found === null ? text : `${found[1]}.${(found[2] ?? '').padEnd(2, '0')}`
}
