// A workbook without some rows of one sheet, otherwise as it was: the other rows keep their
// numbers, so that formulas, formats and links still mean the same cells. Invariant: what refers to
// a row that is gone is gone too, since Excel repairs a workbook that contradicts itself.
import { type EuroField, getEuroField } from '../mapping/format/footer.ts'
import type { XlsxSpec } from '../mapping/format/record-spec.ts'
import { columnLetters } from '../mapping/format/sheet-column.ts'
import type { FoundFooter } from '../mapping/format/watch.ts'
import { createElementCut } from '../mapping/rest/element-cut.ts'
import { footerFault } from '../mapping/rest/footer-edit.ts'
import type { Places } from '../mapping/rest/places.ts'
import { createByteCut } from '../mapping/rest/rest.ts'
import { RestError } from '../mapping/rest/rest-error.ts'
import type { TextCut } from '../mapping/rest/text-cut.ts'
import type { ZipSource } from './byte-reader.ts'
import { cutBytes } from './through.ts'
import { findSheetPart } from './xlsx.ts'
import { openZip } from './zip.ts'
import { type PackedFile, packed } from './zip-writer.ts'

export interface RowEdits {
  leftOut: Places
  /** With what the row of totals should say. */
  footers: readonly FoundFooter[]
}

/** The members of the workbook without these rows. */
export async function workbookRest(
  source: ZipSource,
  record: XlsxSpec,
  edits: RowEdits,
): Promise<PackedFile[]> {
  const archive = await openZip(source)
  const sheet = (await findSheetPart(archive, record.sheet)).slice(1).toLowerCase()
  const files: PackedFile[] = []
  for (const { name } of archive.files) {
    const kept = archive.packed(name)
    const lower = name.toLowerCase()
    // The order in which Excel computes names cells that are gone. It makes another one.
    if (/(^|\/)calcchain\.xml$/.test(lower)) continue
    const cut = lower === sheet ? () => rowCut(record, edits) : cutOf(lower)
    files.push(
      cut === null
        ? kept
        : await packed(kept, () => cutBytes(archive.extract(name), createByteCut(xml, cut()))),
    )
  }
  return files
}

/** What every part of a workbook is written in. */
const xml = { format: 'xml', encoding: 'auto' } as const

/** What names the order of computing; null: the member stays. */
function cutOf(name: string): (() => TextCut) | null {
  if (name !== '[content_types].xml' && !/workbook\.xml\.rels$/.test(name)) return null
  return () => createElementCut((_, tag) => /calcChain\.xml/i.test(tag))
}

/** Rows and cells without their number follow the one before them. */
function rowCut(record: XlsxSpec, { leftOut, footers }: RowEdits): TextCut {
  const isLeftOut = leftOut.reader()
  const formulas = new Set<string>()
  const totals = totalCells(record, footers)
  let row = 0
  let column = 0
  let cell = ''
  const cut = createElementCut(
    (_, tag) => {
      if (/^<(?:\w+:)?f\s/.test(tag)) checkFormula(tag, formulas)
      if (totals.size > 0 && /^<(?:\w+:)?c[\s/>]/.test(tag)) {
        column++
        cell = attributeIn(tag, 'r') ?? columnLetters(column) + row
        if (totals.has(cell) && !isNumber(tag)) throw footerFault(noNumber)
      }
      if (!/^<(?:\w+:)?row[\s/>]/.test(tag)) return false
      row = Number(attributeIn(tag, 'r') ?? row + 1)
      column = 0
      return isLeftOut(row)
    },
    (_, tag) => {
      const total = /^<(?:\w+:)?v[\s>]/.test(tag) ? totals.get(cell) : undefined
      if (total === undefined) return null
      totals.delete(cell)
      return total
    },
  )
  return {
    write: cut.write,
    end() {
      if (totals.size > 0) throw footerFault(noNumber)
      return cut.end()
    },
  }
}

const noNumber = 'nella riga dei totali il foglio non ha un numero'

function isNumber(cellTag: string): boolean {
  return (attributeIn(cellTag, 't') ?? 'n') === 'n'
}

/** What stands where in the row of totals: a number as a workbook keeps it, by its cell. */
function totalCells(record: XlsxSpec, footers: readonly FoundFooter[]): Map<string, string> {
  const { footer } = record
  const cells = new Map<string, string>()
  if (footer === undefined || 'rows' in footer) return cells
  for (const { line, records, cents } of footers) {
    const { count, total, of } = footer
    if (count !== undefined) cells.set(columnLetters(count) + line, String(records))
    if (total === undefined || of === undefined) continue
    if (cents === null) throw footerFault('manca l’importo di qualche riga')
    const { decimals } = getEuroField(record, of)
    cells.set(columnLetters(total) + line, numberOf(Number(cents), decimals))
  }
  return cells
}

/** Integer cents as a sheet keeps an amount of this style. */
function numberOf(cents: number, decimals: EuroField['decimals']): string {
  if (decimals === 'cents') return String(cents)
  return String(decimals === 'thousandths' ? cents * 10 : cents / 100)
}

/** A formula of several cells stands in the first of them: the others cannot do without it. */
function checkFormula(tag: string, standing: Set<string>): void {
  if (attributeIn(tag, 't') !== 'shared') return
  const number = attributeIn(tag, 'si') ?? ''
  if (attributeIn(tag, 'ref') !== null) standing.add(number)
  else if (!standing.has(number)) throw sharedFormula()
}

/** Made once: a sheet has millions of tags. */
const attributes = {
  r: /\sr\s*=\s*["']([^"']*)["']/,
  t: /\st\s*=\s*["']([^"']*)["']/,
  si: /\ssi\s*=\s*["']([^"']*)["']/,
  ref: /\sref\s*=\s*["']([^"']*)["']/,
}

function attributeIn(tag: string, name: keyof typeof attributes): string | null {
  return attributes[name].exec(tag)?.[1] ?? null
}

function sharedFormula(): RestError {
  return new RestError(
    'REST_FORMAT',
    'Il foglio ha formule condivise tra più righe: togliendone alcune le altre si rompono.',
    'Fai consegnare il foglio con i soli valori, o in CSV; intanto usa il file degli esiti.',
  )
}
