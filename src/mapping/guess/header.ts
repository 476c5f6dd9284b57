// Rows of cells → which are titles, which is the header, which the records, which the footer.
// Stands after the delimiter, or after a sheet has been opened. Invariant: a row that is dropped is
// counted in what the mapping declares, so that the reader drops the same.
import { readFiscalCode } from '../../domain/fiscal-code.ts'
import type { CsvSpec } from '../format/record-spec.ts'
import { isKnownName } from './column-name.ts'
import { commonWidth, type Row } from './delimiter.ts'
import { GuessError } from './table.ts'
import type { Wishes } from './wishes.ts'

export interface Layout {
  /** Lines before the header, or before the first record. */
  skipLines: number
  /** The names of the columns; null when there is no header. */
  header: Row | null
  records: Row[]
  footer: CsvSpec['footer']
  shortRows: 'refuse' | 'pad'
  longRows: 'refuse' | 'ignoreEmpty'
  width: number
}

/** Titles above a header, at most. */
const MAXIMUM_TITLES = 30
/** Rows of a footer, at most. */
const MAXIMUM_FOOTER = 3

/** What each row is. `isWhole`: the last row is the last of the file. */
export function guessLayout(all: readonly Row[], isWhole: boolean, wishes: Wishes): Layout {
  const width = commonWidth(all)
  const first = firstRow(all, width, wishes)
  const rows = all.slice(first)
  const header = findHeader(rows, wishes)
  const body = header === null ? rows : rows.slice(1)
  const { footer, records } = splitFooter(body, width, isWhole, wishes)
  const columns = header === null ? width : withoutLast(header.cells).length
  const lengths = records.map(({ cells }) => cells.length)
  const isTrailing = header !== null && header.cells.at(-1)?.trim() === ''
  const isLong = lengths.some((length) => length > columns + (isTrailing ? 1 : 0))
  return {
    skipLines: (rows[0]?.line ?? 1) - 1,
    header: header === null ? null : { ...header, cells: withoutLast(header.cells) },
    records,
    footer,
    shortRows: lengths.some((length) => length < columns) ? 'pad' : 'refuse',
    longRows: isLong ? 'ignoreEmpty' : 'refuse',
    width: columns,
  }
}

/** The 0-based row of the header, or of the first record where there is none. */
function firstRow(rows: readonly Row[], width: number, { header }: Wishes): number {
  if (typeof header === 'number') {
    const at = rows.findIndex(({ line }) => line === header)
    if (at < 0) throw new GuessError(`line ${header} is no row of the file: see --header`)
    return at
  }
  // A title has fewer cells; a header may lack a few that older programs forgot.
  const isTitle = ({ cells }: Row) => {
    const filled = cells.filter((cell) => cell.trim() !== '').length
    return filled <= 1 ? width > 1 : cells.length < width / 2
  }
  const at = rows.slice(0, MAXIMUM_TITLES).findIndex((row) => !isTitle(row))
  return Math.max(0, at)
}

function findHeader(rows: readonly Row[], { header }: Wishes): Row | null {
  const [first, ...others] = rows
  if (first === undefined || header === null) return null
  if (typeof header === 'number') return first
  return looksLikeHeader(first.cells, others.slice(0, 50)) ? first : null
}

/** Names, each once, above something that differs from names. */
function looksLikeHeader(cells: readonly string[], below: readonly Row[]): boolean {
  const names = withoutLast(cells).map((cell) => cell.trim())
  const isName = (text: string) => /\p{L}/u.test(text) && text.length <= 60 && !isData(text)
  const good = names.filter((name) => name === '' || isName(name)).length
  if (good < names.length || new Set(names).size < names.length * 0.8) return false
  if (names.filter((name) => name === '').length > names.length / 3) return false
  if (names.some(isKnownName) || below.length === 0) return true
  // Without a known word: some column below must hold numbers, dates or codes.
  return below.some((row) => row.cells.some((cell) => isData(cell.trim())))
}

/** Numbers, dates, codes: what no header is made of. */
function isData(text: string): boolean {
  return (
    /^[-+€]?\s*[\d.,/:' -]*\d[\d.,/:' -]*\s*€?$/.test(text) ||
    readFiscalCode(text).kind !== 'bad' ||
    /^\d{4}-\d\d-\d\dT/.test(text) ||
    /^[^@\s]+@[^@\s]+\.\w+$/.test(text)
  )
}

function withoutLast(cells: readonly string[]): string[] {
  return cells.length > 1 && cells.at(-1)?.trim() === '' ? cells.slice(0, -1) : [...cells]
}

function splitFooter(
  rows: readonly Row[],
  width: number,
  isWhole: boolean,
  { footerRows }: Wishes,
): { footer: CsvSpec['footer']; records: Row[] } {
  const wanted = footerRows ?? (isWhole ? footerLength(rows, width) : 0)
  if (wanted === 0) return { footer: undefined, records: [...rows] }
  if (wanted >= rows.length) {
    throw new GuessError(`with a footer of ${wanted} rows there is no record left`)
  }
  return { footer: markOf(rows, wanted), records: rows.slice(0, -wanted) }
}

function footerLength(rows: readonly Row[], width: number): number {
  const words = /^(tot(ale|ali)?|totals?|eof|fine|riepilogo|numero record|n\.? ?record)\b/i
  const isFooter = ({ cells }: Row) => {
    const [first = ''] = cells.filter((cell) => cell.trim() !== '')
    return words.test(first.trim()) || (cells.length < width / 2 && cells.length < width - 1)
  }
  let length = 0
  while (length < MAXIMUM_FOOTER && length < rows.length - 1) {
    if (!isFooter(rows[rows.length - 1 - length]!)) break
    length++
  }
  return length
}

/** A single row is known by its word where it has one, so that a cut file is noticed. */
function markOf(rows: readonly Row[], length: number): NonNullable<CsvSpec['footer']> {
  const column = 1 + rows.at(-1)!.cells.findIndex((cell) => cell.trim() !== '')
  const equals = rows.at(-1)!.cells[column - 1]?.trim() ?? ''
  const others = rows.slice(0, -1).map(({ cells }) => cells[column - 1]?.trim())
  const isWord = /\p{L}/u.test(equals) && !others.includes(equals) && !/\d/.test(equals)
  if (length > 1 || !isWord) return { rows: length }
  const isCount = (cell: string) => /^\d+$/.test(cell.trim()) && Number(cell) === rows.length - 1
  const count = rows.at(-1)!.cells.findIndex(isCount)
  return { column, equals, ...(count < 0 ? {} : { count: count + 1 }) }
}
