// The footer of a rest: its count and total are those of the records that stayed, written as the
// source writes them. Invariant: where the mapping does not say what a footer holds, no rest is
// made: a printer must never get a file that contradicts itself.
import { type EuroField, getEuroField } from '../format/footer.ts'
import type { CsvSpec, FixedSpec, JsonSpec, RecordSpec, XmlSpec } from '../format/record-spec.ts'
import type { FoundFooter, FoundValue } from '../format/watch.ts'
import { createElementCut } from './element-cut.ts'
import { createJsonCut } from './json-cut.ts'
import { RestError } from './rest-error.ts'
import { createLineCut, type TextCut } from './text-cut.ts'

/** Whether a rest has a footer to be written anew. Throws REST_FOOTER where it cannot be. */
export function hasFooterToEdit(spec: RecordSpec): boolean {
  switch (spec.format) {
    case 'csv':
    case 'xlsx':
      return hasRowFooter(spec.footer)
    case 'fixed':
      return hasLineFooter(spec)
    case 'xml':
    case 'json':
      return spec.totals?.count !== undefined || spec.totals?.total !== undefined
    default:
      return false
  }
}

function hasRowFooter(footer: CsvSpec['footer']): boolean {
  if (footer === undefined) return false
  if ('rows' in footer) throw footerFault('il modello non dice che cosa contiene il piede del file')
  return footer.count !== undefined || footer.total !== undefined
}

function hasLineFooter({ lines, footer = {} }: FixedSpec): boolean {
  if (!Object.values(lines).includes('footer')) return false
  if (footer.count || footer.total || footer.lines) return true
  throw footerFault('il modello non dice che cosa contiene il piede del file')
}

/** Writes footers anew where they stand. `spec` is one that has a footer to edit. */
export function createFooterCut(spec: RecordSpec, footers: readonly FoundFooter[]): TextCut {
  if (spec.format === 'xml' || spec.format === 'json') return createTotalsCut(spec, footers)
  const found = new Map(footers.map((footer) => [footer.line, footer]))
  return createLineCut((line, text) => {
    const footer = found.get(line)
    if (footer === undefined) return text
    return spec.format === 'fixed'
      ? editLine(spec, text, footer)
      : editRow(spec as CsvSpec, text, footer)
  })
}

/** The totals of a document: what stands in an element, by its place. */
function createTotalsCut(spec: XmlSpec | JsonSpec, footers: readonly FoundFooter[]): TextCut {
  const edits = new Map<number, (text: string) => string>()
  const put = (value: FoundValue | null | undefined, write: (said: string) => string) => {
    if (!value || value.place === 0)
      throw footerFault('il documento non ha il totale in un elemento')
    const said = numberIn(value.text)
    edits.set(value.place, (text) => text.replace(said, () => padded(write(said), said)))
  }
  const { count, total, of } = spec.totals ?? {}
  for (const found of footers) {
    if (count !== undefined) put(found.values?.count, () => String(found.records))
    if (total === undefined || of === undefined) continue
    put(found.values?.total, (said) => totalAs(said, found, getEuroField(spec, of)))
  }
  const texts = new Map(footers.flatMap(textsByPlace))
  const edited = (place: number, text: string) => edits.get(place)?.(text) ?? null
  if (spec.format === 'json') return createJsonCut(() => false, edited)
  return createElementCut(
    () => false,
    (place) => edited(place, texts.get(place) ?? ''),
  )
}

function textsByPlace({ values }: FoundFooter): [number, string][] {
  return Object.values(values ?? {}).flatMap((value) => (value ? [[value.place, value.text]] : []))
}

function editLine(spec: FixedSpec, text: string, found: FoundFooter): string {
  const { count, total, lines, of } = spec.footer!
  const characters = Array.from(text)
  // A print file begins a page with form feeds, which are no part of the line.
  const shift = characters.findIndex((character) => character !== '\f')
  const put = (span: FixedSpec['lineType'], write: (said: string) => string) => {
    if (span === undefined) return
    const start = shift + span.start - 1
    const said = characters.slice(start, start + span.length).join('')
    characters.splice(start, span.length, ...fitted(said, write(numberIn(said))))
  }
  put(count, () => String(found.records))
  put(lines, () => String(found.lines))
  if (of !== undefined) put(total, (said) => totalAs(said, found, getEuroField(spec, of)))
  return characters.join('')
}

function editRow(spec: CsvSpec, text: string, found: FoundFooter): string {
  const { count, total, of } = spec.footer as Exclude<CsvSpec['footer'], { rows: number }> & object
  const cells = cellsOf(text, spec)
  const put = (column: number | undefined, write: (said: string) => string) => {
    const cell = column === undefined ? undefined : cells[column - 1]
    if (cell === undefined) return
    const said = numberIn(cell)
    cells[column! - 1] = cell.replace(said, () => padded(write(said), said))
  }
  put(count, () => String(found.records))
  if (of !== undefined) put(total, (said) => totalAs(said, found, getEuroField(spec, of)))
  return cells.join(delimiterOf(spec))
}

/** The cells of a line as they are written, quotes included; the last with the end of the line. */
function cellsOf(text: string, spec: CsvSpec): string[] {
  const delimiter = delimiterOf(spec)
  const cells: string[] = ['']
  let isQuoted = false
  for (const letter of text) {
    if (letter === spec.quote) isQuoted = !isQuoted
    if (letter === delimiter && !isQuoted) cells.push('')
    else cells[cells.length - 1] += letter
  }
  return cells
}

function delimiterOf({ delimiter }: CsvSpec): string {
  return delimiter === 'tab' ? '\t' : delimiter
}

/** The number in a text, with its marks. */
function numberIn(said: string): string {
  const number = /\d(?:[\d.,]*\d)?/.exec(said)?.[0]
  if (number === undefined) throw footerFault('il piede del file non ha il numero che dovrebbe')
  return number
}

/** A sum of cents in the style of a total that stands there. */
function totalAs(said: string, { cents }: FoundFooter, { decimals }: EuroField): string {
  if (cents === null || cents < 0n) throw footerFault('manca l’importo di qualche riga')
  if (decimals === 'cents') return String(cents)
  if (decimals === 'thousandths') return `${cents}0`
  const [group, mark] = decimals === 'comma' ? ['.', ','] : [',', '.']
  const digits = String(cents).padStart(3, '0')
  const whole = digits.slice(0, -2)
  const isGrouped = said.includes(group)
  const shown = isGrouped ? whole.replace(/\B(?=(\d{3})+$)/g, group) : whole
  return said.includes(mark) || !digits.endsWith('00') ? shown + mark + digits.slice(-2) : shown
}

/** With zeros in front where the source writes them. */
function padded(number: string, said: string): string {
  return /^0\d/.test(said) ? number.padStart(said.length, '0') : number
}

/** The number in the place of the one that is said, in exactly as many characters. */
function fitted(said: string, number: string): string {
  const old = numberIn(said)
  const isFull = old.length === said.trim().length && said.trim().length === said.length
  const text = isFull ? number.padStart(said.length, '0') : said.replace(old, padded(number, old))
  const fitting = said.startsWith(' ')
    ? text.trimStart().padStart(said.length)
    : text.trimEnd().padEnd(said.length)
  if (fitting.length === said.length) return fitting
  throw footerFault('il nuovo totale non sta nello spazio del piede')
}

/** Why the footer of a rest cannot be written. */
export function footerFault(why: string): RestError {
  return new RestError(
    'REST_FOOTER',
    `Il residuo non si può scrivere: ${why}.`,
    'Se è un piede di testo, dichiara in `footer` del modello dove stanno numero e totale; ' +
      'altrimenti usa il file degli esiti.',
  )
}
