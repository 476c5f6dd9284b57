// Workbooks made by hand, part by part, for what no library writes; and a sheet read to its end.
import { zipOf } from '../../scripts/zip-writer.ts'
import type { ZipSource } from '../../src/archive/byte-reader.ts'
import { openSheet } from '../../src/archive/xlsx.ts'
import { DropError } from '../../src/mapping/drop-error.ts'
import type { SheetRow } from '../../src/mapping/format/sheet-row.ts'

export interface Parts {
  /** The XML inside of `sheetData` of each sheet, by the name on its tab. */
  sheets: Record<string, string>
  /** Attributes of a sheet's tab: `state="hidden"`. */
  tabs?: Record<string, string>
  /** The XML of each shared string, without `si`. */
  strings?: string[]
  /** Format codes: `s="1"` is the first of them. */
  formats?: string[]
  workbookPr?: string
  /** Further parts, and others in place of these. */
  parts?: Record<string, string | Buffer>
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

/** The parts of a workbook, by their names. */
export function partsOf({ sheets, tabs = {}, strings, formats = [], ...rest }: Parts) {
  const names = Object.keys(sheets)
  const relations: [string, string][] = names.map((_, at) => ['worksheet', `worksheets/s${at}.xml`])
  relations.push(['styles', '/xl/styles.xml'])
  if (strings !== undefined) relations.push(['sharedStrings', 'sharedStrings.xml'])
  const parts: Record<string, string | Buffer> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relationships([['officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}">
      <workbookPr ${rest.workbookPr ?? ''}/><sheets>${names
        .map((name, at) => {
          return `<sheet name="${name}" sheetId="${at + 1}" ${tabs[name] ?? ''} r:id="r${at}"/>`
        })
        .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships(relations),
    'xl/styles.xml': stylesOf(formats),
  }
  for (const [at, name] of names.entries()) {
    parts[`xl/worksheets/s${at}.xml`] = worksheet(sheets[name]!)
  }
  if (strings !== undefined) {
    const items = strings.map((item) => `<si>${item}</si>`).join('')
    parts['xl/sharedStrings.xml'] = `<sst xmlns="${main}">${items}</sst>`
  }
  return { ...parts, ...rest.parts }
}

export function workbookOf(parts: Parts): Buffer {
  return zipOf(
    Object.entries(partsOf(parts)).map(([name, content]) => ({
      name,
      bytes: typeof content === 'string' ? Buffer.from(content) : content,
    })),
  )
}

export function worksheet(rows: string): string {
  return `${declaration}<worksheet xmlns="${main}"><sheetData>${rows}</sheetData></worksheet>`
}

export function relationships(relations: [kind: string, target: string][]): string {
  const items = relations.map(([kind, target], at) => {
    return `<Relationship Id="r${at}" Type="${office}/${kind}" Target="${target}"/>`
  })
  return `${declaration}<Relationships>${items.join('')}</Relationships>`
}

function stylesOf(formats: string[]): string {
  const codes = formats.map((code, at) => {
    const text = code.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
    return `<numFmt numFmtId="${200 + at}" formatCode="${text}"/>`
  })
  const cells = formats.map((_, at) => `<xf numFmtId="${200 + at}"/>`)
  return `<styleSheet xmlns="${main}"><numFmts>${codes.join('')}</numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/>${cells.join('')}</cellXfs></styleSheet>`
}

export function sourceOf(bytes: Uint8Array): ZipSource {
  return {
    bytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
}

/** The lines of a sheet, as they are handed over. */
export async function linesOf(bytes: Uint8Array, wanted?: string | number): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of await openSheet(sourceOf(bytes), wanted)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export async function rowsOf(bytes: Uint8Array, wanted?: string | number): Promise<SheetRow[]> {
  const lines = (await linesOf(bytes, wanted)).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SheetRow)
}

/** The fault that reading a workbook ends with; fails when it ends well. */
export async function faultOf(bytes: Uint8Array, wanted?: string | number): Promise<DropError> {
  const error = await linesOf(bytes, wanted).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof DropError)) throw new Error('read without a DropError', { cause: error })
  return error
}
