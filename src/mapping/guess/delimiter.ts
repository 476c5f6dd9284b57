// Text → the delimiter and the quotes with which it falls into columns, tried with the reader that
// will read the file. Invariant: a style that the reader refuses is never proposed.
import { DropError } from '../drop-error.ts'

import type { CsvSpec } from '../format/record-spec.ts'
import { createRowReader } from '../format/rows.ts'
import { isKnownName } from './column-name.ts'
import { GuessError, MAXIMUM_RECORDS } from './table.ts'
import type { Wishes } from './wishes.ts'

export interface Row {
  /** 1-based line of the file on which the row begins. */
  line: number
  cells: string[]
}

export interface Delimited {
  style: Pick<CsvSpec, 'delimiter' | 'quote' | 'escape' | 'comment'>
  rows: Row[]
  /** Rows that have as many cells as most; they may be few where a file is ragged. */
  regular: number
}

const DELIMITERS = [';', ',', '\t', '|', '^', '~', '#', '§']

/** Titles above a header may hold quotes that no reader takes: then they are skipped as lines. */
const QUOTES = [
  { quote: '"', escape: 'doubled', mayHaveTitles: false },
  { quote: '"', escape: 'backslash', mayHaveTitles: false },
  { quote: '"', escape: 'doubled', mayHaveTitles: true },
  { quote: '"', escape: 'backslash', mayHaveTitles: true },
  { quote: null, escape: 'doubled', mayHaveTitles: false },
] as const
/** Lines of titles, at most. */
const MAXIMUM_TITLES = 10

/** The style in which most rows are equally wide; null when the text has no columns. */
export function guessDelimiter(text: string, wishes: Wishes): Delimited | null {
  const delimiters = wishes.delimiter === undefined ? DELIMITERS : [wishes.delimiter]
  const quotes = quotesOf(wishes)
  let best: Delimited | null = null
  let bestScore = 0
  for (const delimiter of delimiters) {
    if (!text.includes(delimiter)) continue
    const comment = findComment(text, delimiter)
    for (const { mayHaveTitles, ...quoting } of quotes) {
      const rows = rowsOf(text, { delimiter, comment, ...quoting }, mayHaveTitles)
      if (rows === null) continue
      const width = commonWidth(rows)
      const regular = rows.filter(({ cells }) => cells.length === width).length
      // Wide counts, but a tidy narrow table counts more than a ragged wide one; names of columns
      // count most.
      const score = (regular / rows.length) ** 3 * Math.log2(width) * (1 + knownNames(rows))
      const style = { ...quoting, comment, delimiter: delimiter === '\t' ? 'tab' : delimiter }
      if (score > bestScore) [best, bestScore] = [{ style, rows, regular }, score]
      break
    }
  }
  if (best === null && wishes.delimiter !== undefined) throw notSeparated(wishes.delimiter)
  return best !== null && (bestScore >= 0.25 || wishes.delimiter !== undefined) ? best : null
}

/** How many names of columns the row has that has most of them. */
function knownNames(rows: readonly Row[]): number {
  const counts = rows.slice(0, 20).map(({ cells }) => {
    return cells.slice(0, 200).filter((cell) => isKnownName(cell.trim())).length
  })
  return Math.max(...counts)
}

/** The number of cells that most rows have; of two equally frequent the larger. */
export function commonWidth(rows: readonly Row[]): number {
  const counts = new Map<number, number>()
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  let width = 0
  for (const [length, count] of counts) {
    const most = counts.get(width) ?? 0
    if (count > most || (count === most && length > width)) width = length
  }
  return width
}

function quotesOf(wishes: Wishes) {
  const { quote } = wishes
  if (quote === undefined && wishes.escape === undefined) return QUOTES
  const said = { quote: quote === undefined ? '"' : quote, escape: wishes.escape ?? 'doubled' }
  return [false, true].map((mayHaveTitles) => ({ ...said, mayHaveTitles }))
}

/** Lines that begin with `#` and have no columns, among others that have. */
function findComment(text: string, delimiter: string): string | undefined {
  const lines = text.slice(0, 100_000).split(/\r\n?|\n/)
  const comments = lines.filter((line) => line.startsWith('#'))
  const isComment = delimiter !== '#' && comments.length < lines.length / 2
  return isComment && comments.some((line) => !line.includes(delimiter)) ? '#' : undefined
}

/** The first rows; null when the reader refuses the text in this style. */
function rowsOf(
  text: string,
  style: Omit<Delimited['style'], 'delimiter'> & { delimiter: string },
  mayHaveTitles: boolean,
  skipLines = 0,
): Row[] | null {
  const rows: Row[] = []
  const reader = createRowReader({ ...style, skipLines }, (line, cells) => {
    const isEnd = cells.length === 1 && cells[0] === '\x1a'
    if (isEnd || cells.every((cell) => cell.trim() === '')) return
    if (rows.length < MAXIMUM_RECORDS) rows.push({ line, cells })
  })
  try {
    reader.write(text)
    reader.end()
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    const { line } = error
    if (!mayHaveTitles || line === null || line <= skipLines || line > MAXIMUM_TITLES) return null
    const title = text.split(/\r\n?|\n/, line)[line - 1] ?? ''
    return title.includes(style.delimiter) ? null : rowsOf(text, style, true, line)
  }
  return rows.length === 0 ? null : rows
}

function notSeparated(delimiter: string): GuessError {
  const shown = delimiter === '\t' ? 'tab' : `"${delimiter}"`
  return new GuessError(`no row is separated by ${shown}: look at the file, or leave it out`)
}
