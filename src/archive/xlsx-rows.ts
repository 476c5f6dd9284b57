// The XML of one worksheet → its rows, pushed: values where they stand, whatever cells the file
// leaves out. Formulas are never computed: what they last gave is their value. Invariant: a row is
// handed out once, whole, and in the order of the sheet; one that holds nothing is not.
import type { SheetCell, SheetRow } from '../mapping/format/sheet-row.ts'
import { type DateKind, dateText } from './xlsx-date.ts'
import type { SharedStrings } from './xlsx-strings.ts'
import type { NumberStyle } from './xlsx-styles.ts'
import { createTextCollector, plainText } from './xlsx-text.ts'
import { isTrue } from './xlsx-workbook.ts'
import {
  beyondBounds,
  createXmlReader,
  damagedPart,
  type XmlHandlers,
  type XmlReader,
} from './xlsx-xml.ts'

/** What the cells of a sheet refer to. */
export interface SheetContext {
  strings: SharedStrings
  styles: readonly NumberStyle[]
  from1904: boolean
}

/** Rows of a sheet of Excel, and columns in which a value may stand: as many as a CSV has. */
const MAXIMUM_ROWS = 1_048_576
const MAXIMUM_COLUMNS = 2_000
/** From here on Excel keeps zeros in place of the last digits: no format makes them a code. */
const LOST_DIGITS = 1e15
/** UTF-16 units of the texts of one row. */
const MAXIMUM_ROW_LENGTH = 900_000

/** A reader of the part of one sheet. */
export function createRowReader(
  part: string,
  context: SheetContext,
  onRow: (row: SheetRow) => void,
): XmlReader {
  let row: OpenRow | null = null
  let rowNumber = 0
  let cell: OpenCell | null = null
  let inValue = false
  const text = createTextCollector()

  function openRow({ r, hidden }: Record<string, string>): OpenRow {
    const number = r === undefined ? rowNumber + 1 : Number(r)
    if (!Number.isInteger(number) || number <= rowNumber) {
      throw damagedPart(part, `ha le righe in disordine, dopo la ${rowNumber}`)
    }
    if (number > MAXIMUM_ROWS) throw beyondBounds(`ha più di ${MAXIMUM_ROWS} righe`)
    rowNumber = number
    return { number, hidden: isTrue(hidden), cells: [], columns: 0, length: 0 }
  }

  const handlers = {
    open(name, attributes) {
      if (cell !== null) openInCell(cell, name)
      else if (name === 'c' && row !== null) cell = openCell(row, attributes, part)
      else if (name === 'row') row = openRow(attributes)
    },
    close(name) {
      if (cell !== null && name === 'c') {
        if (row !== null) put(row, cell.column, readCell(cell, context, part))
        cell = null
      } else if (cell !== null) closeInCell(cell, name)
      else if (name === 'row' && row !== null) {
        if (row.cells.some(isSomething)) onRow(closed(row))
        row = null
      }
    },
    text(piece) {
      if (inValue && cell !== null) cell.value = (cell.value ?? '') + piece
      else if (cell?.isInline) text.text(piece)
    },
  } satisfies XmlHandlers

  function openInCell(open: OpenCell, name: string): void {
    if (name === 'v') {
      inValue = true
      open.value ??= ''
    } else if (name === 'f') open.hasFormula = true
    else if (name === 'is') {
      open.isInline = true
      text.start()
    } else if (open.isInline) text.open(name)
  }

  function closeInCell(open: OpenCell, name: string): void {
    if (name === 'v') inValue = false
    else if (name === 'is') {
      open.isInline = false
      open.inline = text.take()
    } else if (open.isInline) text.close(name)
  }

  return createXmlReader(part, handlers)
}

interface OpenRow {
  number: number
  hidden: boolean
  cells: SheetCell[]
  /** How many columns have come, empty ones included. */
  columns: number
  length: number
}

interface OpenCell {
  /** 1 for A. */
  column: number
  type: string
  style: number
  hasFormula: boolean
  isInline: boolean
  /** As it is written; null while there is none. */
  value: string | null
  inline: string | null
}

function openCell(row: OpenRow, attributes: Record<string, string>, part: string): OpenCell {
  const { r, t = 'n', s } = attributes
  const column = r === undefined ? row.columns + 1 : columnOf(r)
  if (column <= row.columns)
    throw damagedPart(part, `ha celle in disordine nella riga ${row.number}`)
  row.columns = column
  return {
    column,
    type: t,
    style: Number(s ?? 0),
    hasFormula: false,
    isInline: false,
    value: null,
    inline: null,
  }
}

/** `BC12` → 55. 0 when it is no such address. */
function columnOf(address: string): number {
  let column = 0
  for (let at = 0; at < Math.min(3, address.length); at++) {
    const letter = address.charCodeAt(at) & 0xdf
    if (letter < 0x41 || letter > 0x5a) break
    column = column * 26 + letter - 0x40
  }
  return column
}

function put(row: OpenRow, column: number, value: SheetCell): void {
  if (value === null) return
  if (column > MAXIMUM_COLUMNS) {
    throw beyondBounds(`ha un valore oltre la colonna ${MAXIMUM_COLUMNS}`, row.number)
  }
  while (row.cells.length < column - 1) row.cells.push(null)
  row.cells.push(value)
  if (typeof value === 'string') row.length += value.length
  if (row.length > MAXIMUM_ROW_LENGTH) {
    throw beyondBounds(`ha più di ${MAXIMUM_ROW_LENGTH} caratteri`, row.number)
  }
}

function isSomething(cell: SheetCell): boolean {
  return cell !== null && (typeof cell !== 'string' || cell.trim() !== '')
}

function closed({ number, hidden, cells }: OpenRow): SheetRow {
  return hidden ? { row: number, hidden: true, cells } : { row: number, cells }
}

function readCell(cell: OpenCell, context: SheetContext, part: string): SheetCell {
  const { type, value, inline } = cell
  if (type === 'inlineStr') return inline
  // Some programs write formulas and leave it to Excel to compute them.
  if (value === null || (type !== 'str' && value.trim() === '')) {
    return cell.hasFormula ? { error: '' } : null
  }
  switch (type) {
    case 's': {
      const text = context.strings.find(Number(value))
      if (text === null) throw damagedPart(part, 'nomina un testo che non c’è')
      return text
    }
    case 'str':
      return plainText(value)
    case 'b':
      return isTrue(value.trim())
    case 'e':
      return { error: value.trim() }
    case 'd':
      return isoDate(value.trim())
    default:
      return numberOf(value.trim(), cell, context, part)
  }
}

function numberOf(text: string, cell: OpenCell, context: SheetContext, part: string): SheetCell {
  const number = Number(text)
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) || !Number.isFinite(number)) {
    throw damagedPart(part, 'ha un numero che non è un numero')
  }
  const style = context.styles[cell.style]
  if (style === undefined || style.kind === 'number') return number
  if (style.kind !== 'zeros') {
    return dateCell(number, style.kind, context.from1904)
  }
  const isCode = Number.isInteger(number) && number >= 0 && number < LOST_DIGITS
  return isCode ? { padded: String(number).padStart(style.digits, '0') } : number
}

function dateCell(serial: number, kind: DateKind, from1904: boolean): SheetCell {
  const date = dateText(serial, kind, from1904)
  return date === null ? { error: '####' } : { date }
}

/** A date that is stored as text (`t="d"`): ISO 8601, of which midnight says that it is a day. */
function isoDate(text: string): SheetCell {
  const match = /^(\d{4}-\d{2}-\d{2})?T?(?:(\d{2}:\d{2})(:\d{2})?(?:\.\d+)?Z?)?$/.exec(text)
  const [, day, time, seconds = ':00'] = match ?? []
  if (day === undefined && time === undefined) return text
  if (time === undefined || (day !== undefined && `${time}${seconds}` === '00:00:00')) {
    return { date: day! }
  }
  return { date: day === undefined ? `${time}${seconds}` : `${day} ${time}${seconds}` }
}
