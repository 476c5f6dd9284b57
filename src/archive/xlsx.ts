// One worksheet of a workbook, streamed as lines of JSON (`SheetRow`) out of any random-access
// source. Macros, links, images and formulas are never looked at. Invariant: of several sheets that
// may be meant exactly one is read, or the drop is refused; memory does not grow with the rows.
import { DropError } from '../mapping/drop-error.ts'
import type { SheetRow } from '../mapping/format/sheet-row.ts'
import type { ZipSource } from './byte-reader.ts'
import { matcherOf } from './entry-check.ts'
import { checkContents, checkSignature } from './xlsx-kind.ts'
import { createRowReader, type SheetContext } from './xlsx-rows.ts'
import { noStrings, readSharedStrings } from './xlsx-strings.ts'
import { readStyles } from './xlsx-styles.ts'
import { openPart, openSmallPart, readWorkbook, type Workbook } from './xlsx-workbook.ts'
import { openZip, type ZipArchive } from './zip.ts'

/**
 * Opens a sheet, as UTF-8 with a `SheetRow` a line: by its name (any case; `*` and `?` stand for
 * what changes), by its position among the visible ones, or, `undefined`, the only visible one
 * that holds anything. Throws `DropError`, also while it is read. A source of 0 bytes has no rows,
 * and no fault.
 */
export async function openSheet(
  source: ZipSource,
  wanted: string | number | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  if (source.bytes === 0) return nothing()
  await checkSignature(source)
  const archive = await openZip(source)
  checkContents(archive)
  const { sheet, rowsOf } = await findRows(archive, wanted)
  return lines(rowsOf(sheet))
}

/** The part of the archive that holds the same sheet: `/xl/worksheets/sheet1.xml`. */
export async function findSheetPart(
  archive: ZipArchive,
  wanted: string | number | undefined,
): Promise<string> {
  return (await findRows(archive, wanted)).sheet.part
}

async function findRows(archive: ZipArchive, wanted: string | number | undefined) {
  const workbook = await readWorkbook(archive)
  const context = await readContext(archive, workbook)
  const rowsOf = ({ part }: Sheet) => readRows(archive, part, context)
  return { sheet: await findSheet(workbook.sheets, wanted, rowsOf), rowsOf }
}

type Sheet = Workbook['sheets'][number]

async function readContext(archive: ZipArchive, workbook: Workbook): Promise<SheetContext> {
  const { strings, styles, from1904 } = workbook
  return {
    strings: strings ? await readSharedStrings(strings, openPart(archive, strings)) : noStrings,
    styles: styles ? await readStyles(styles, openSmallPart(archive, styles)) : [],
    from1904,
  }
}

/** Rows, chunk by chunk of the sheet's XML. */
async function* readRows(
  archive: ZipArchive,
  part: string,
  context: SheetContext,
): AsyncGenerator<SheetRow[]> {
  let rows: SheetRow[] = []
  const reader = createRowReader(part, context, (row) => rows.push(row))
  for await (const chunk of openPart(archive, part)) {
    reader.write(chunk)
    if (rows.length > 0) yield rows
    rows = []
  }
  reader.end()
}

async function* lines(rows: AsyncIterable<SheetRow[]>): AsyncGenerator<Uint8Array> {
  for await (const some of rows) {
    yield Buffer.from(some.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function findSheet(
  sheets: Sheet[],
  wanted: string | number | undefined,
  rowsOf: (sheet: Sheet) => AsyncIterable<SheetRow[]>,
): Promise<Sheet> {
  const visible = sheets.filter(({ isHidden }) => !isHidden)
  const candidates = candidatesOf(wanted, sheets, visible)
  if (candidates.length > 1 && wanted === undefined) {
    const filled: Sheet[] = []
    for (const sheet of candidates) if (await holdsRows(rowsOf(sheet))) filled.push(sheet)
    if (filled.length > 1) throw notOneSheet(`ha più di un foglio con dei dati: ${named(filled)}`)
    return filled[0] ?? candidates[0]!
  }
  const [sheet] = candidates
  if (sheet !== undefined && candidates.length === 1) return sheet
  const all = sheets.length === 0 ? 'non ha fogli' : `ha i fogli ${named(sheets)}`
  if (wanted === undefined) throw notOneSheet(`${all}, e nessuno è visibile`)
  const found = sheet === undefined ? 'nessuno corrisponde' : 'più di uno corrisponde'
  throw notOneSheet(`${all}: ${found} a «${wanted}»`)
}

function candidatesOf(
  wanted: string | number | undefined,
  sheets: Sheet[],
  visible: Sheet[],
): Sheet[] {
  if (wanted === undefined) return visible
  if (typeof wanted === 'number') return visible.slice(wanted - 1, wanted)
  const matches = matcherOf(wanted.trim())
  return sheets.filter(({ name }) => matches(name.trim()))
}

async function holdsRows(rows: AsyncIterable<SheetRow[]>): Promise<boolean> {
  for await (const _ of rows) return true
  return false
}

function named(sheets: Sheet[]): string {
  const shown = sheets.slice(0, 8).map(({ name, isHidden }) => {
    return isHidden ? `«${name}» (nascosto)` : `«${name}»`
  })
  return shown.join(', ') + (sheets.length > shown.length ? ' …' : '')
}

function notOneSheet(what: string): DropError {
  const remedy = 'Scrivi in `sheet` del modello il nome del foglio che contiene i dati.'
  return new DropError('DROP_XLSX_SHEET', `La cartella di lavoro ${what}.`, null, remedy)
}
