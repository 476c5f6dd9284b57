// Rows → the bytes of a workbook or of a CSV file. Text stays text: codes keep their zeros, and
// what a spreadsheet would take for a formula is made harmless (OWASP, "CSV Injection"; ASVS
// 1.2.10).
import { type CellValue, writeXlsxStream } from 'hucre/xlsx'
import type { StaffLanguage } from '../../domain/words.ts'
import type { ExportCell, ExportColumn } from './source.ts'

export type ExportFormat = 'xlsx' | 'csv'

export interface SheetOptions {
  name: string
  language: StaffLanguage
  timeZone: string
  columns: readonly ExportColumn[]
  /** Of one sheet, with its headings; absent: as many as Excel takes. */
  rowsPerSheet?: number
}

/** A whole file; bytes are made as they are read, whatever the number of rows. */
export function sheetOf(
  format: ExportFormat,
  rows: AsyncIterable<readonly ExportCell[]>,
  options: SheetOptions,
): AsyncIterable<Uint8Array> {
  return format === 'csv' ? csvOf(rows, options) : xlsxOf(rows, options)
}

const formats: Partial<Record<ExportColumn['kind'], string>> = {
  cents: '#,##0.00',
  instant: 'dd/mm/yyyy hh:mm:ss',
  time: 'dd/mm/yyyy hh:mm:ss',
  day: 'dd/mm/yyyy',
}

/** Rows beyond what Excel takes go into further sheets, with the headings. */
function xlsxOf(
  rows: AsyncIterable<readonly ExportCell[]>,
  { name, language, timeZone, columns, rowsPerSheet }: SheetOptions,
): AsyncIterable<Uint8Array> {
  async function* values(): AsyncGenerator<CellValue[]> {
    for await (const row of rows) {
      yield columns.map((column, index) => workbookValue(row[index] ?? null, column, timeZone))
    }
  }
  const heads = columns.map(({ title, kind }) => {
    const numFmt = formats[kind]
    return { header: title[language], width: 20, ...(numFmt && { numFmt }) }
  })
  const more = rowsPerSheet === undefined ? {} : { maxRowsPerSheet: rowsPerSheet }
  const shape = { freezePane: { rows: 1 }, zip64: true, ...more }
  // Excel forbids these letters in the name of a sheet, and more than 31 of any.
  const sheet = name.replace(/[\\/?*[\]:]/g, ' ').slice(0, 28)
  const stream = writeXlsxStream(values(), { name: sheet, columns: heads, ...shape })
  return stream as unknown as AsyncIterable<Uint8Array>
}

const DAY_SECONDS = 86_400
/** Spreadsheets count days from here; 1900 had no 29 February, and they think it had. */
const FIRST_DAY = 25_569

function workbookValue(cell: ExportCell, { kind }: ExportColumn, timeZone: string): CellValue {
  if (cell === null) return null
  if (cell instanceof Temporal.Instant) {
    return secondsOf(cell, timeZone) / DAY_SECONDS + FIRST_DAY
  }
  if (typeof cell === 'string') return harmless(withoutControls(cell).slice(0, LONGEST))
  switch (kind) {
    case 'cents':
      return Number(euroText(cell, '.'))
    case 'time':
      return cell / DAY_SECONDS + FIRST_DAY
    case 'day':
      return cell + FIRST_DAY
    default:
      return cell
  }
}

/** Characters of one cell, as Excel has it, but for the apostrophe. */
const LONGEST = 32_766
const CSV_CHUNK = 64 * 1024

/** `;` and a mark of UTF-8, as an Italian Excel opens it; lines end as RFC 4180 says. */
async function* csvOf(
  rows: AsyncIterable<readonly ExportCell[]>,
  { language, timeZone, columns }: SheetOptions,
): AsyncGenerator<Uint8Array> {
  let text = `\ufeff${lineOf(columns.map(({ title }) => title[language]))}`
  for await (const row of rows) {
    const cells = columns.map((column, at) => csvValue(row[at] ?? null, column, language, timeZone))
    text += lineOf(cells)
    if (text.length < CSV_CHUNK) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

function csvValue(
  cell: ExportCell,
  { kind }: ExportColumn,
  language: StaffLanguage,
  timeZone: string,
): string {
  if (cell === null) return ''
  if (cell instanceof Temporal.Instant) return timeText(secondsOf(cell, timeZone))
  if (typeof cell === 'string') return harmless(withoutControls(cell))
  switch (kind) {
    case 'cents':
      return euroText(cell, language === 'it' ? ',' : '.')
    case 'time':
      return timeText(cell)
    case 'day':
      return dayText(cell)
    default:
      return String(cell)
  }
}

/** `1234.50` from whole cents, by their digits. */
function euroText(cents: number, point: string): string {
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}${point}${digits.slice(-2)}`
}

/** Since 1970 on the clock of the zone. */
function secondsOf(instant: Temporal.Instant, timeZone: string): number {
  const { offsetNanoseconds } = instant.toZonedDateTimeISO(timeZone)
  return Math.floor((instant.epochMilliseconds + offsetNanoseconds / 1e6) / 1000)
}

const dayTexts = new Map<number, string>()
/** Days that are remembered, so that a million rows cost as few. */
const MOST_DAYS = 40_000

/** `31/12/2026` */
function dayText(day: number): string {
  const known = dayTexts.get(day)
  if (known !== undefined) return known
  if (dayTexts.size >= MOST_DAYS) dayTexts.clear()
  const date = Temporal.PlainDate.from('1970-01-01').add({ days: day })
  const text = `${two(date.day)}/${two(date.month)}/${date.year}`
  dayTexts.set(day, text)
  return text
}

/** `31/12/2026 14:05:09` */
function timeText(seconds: number): string {
  const day = Math.floor(seconds / DAY_SECONDS)
  const rest = seconds - day * DAY_SECONDS
  return `${dayText(day)} ${two(rest / 3600)}:${two((rest % 3600) / 60)}:${two(rest % 60)}`
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0')
}

/** What begins as a formula, also in full-width letters or after blanks, begins with `'`. */
export function harmless(text: string): string {
  return /^[\s\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r]/.test(text) ? `'${text}` : text
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
}

function lineOf(cells: readonly string[]): string {
  const quoted = cells.map((cell) =>
    /[;"\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  )
  return `${quoted.join(';')}\r\n`
}
