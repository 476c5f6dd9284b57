// Text → rows of cells, each with the line where it begins: csv-parse, driven synchronously. csv-
// parse is strict about quotes; what it lacks is the line where a quote was opened, so the text of
// the unfinished row is kept. Invariant: a row is handed out whole or not at all.
import { type CsvError, Parser } from 'csv-parse'
import { DropError } from '../drop-error.ts'
import type { CsvSpec } from './record-spec.ts'
import { newlinesIn } from './watch.ts'

/** Bytes of one row, and so of an unclosed quote, as UTF-8. */
const MAXIMUM_ROW_BYTES = 1_000_000
/** Bytes that may pass without a row: one row, its quotes doubled, or blank lines and comments. */
const MAXIMUM_WAITING_BYTES = 3 * MAXIMUM_ROW_BYTES

export interface RowReader {
  /** Reads more text; rows go to `onRow`. Throws `DropError`, and what `onRow` throws. */
  write(text: string): void
  /** Reads what is left: the last row needs no line end. */
  end(): void
  /** The line that the text has reached. */
  line(): number
  /** Ends early: whole rows that csv-parse still holds come out, the unfinished one never does. */
  stop(): void
}

/** More than csv-parse wants to see beyond a row before it hands the row out. */
const LOOKAHEAD = '\n'.repeat(16)

type RowStyle = Pick<CsvSpec, 'delimiter' | 'quote' | 'escape' | 'comment' | 'skipLines'>

/**
 * A reader of rows; blank lines are passed over. Line ends of every kind, mixed too, become `\n`,
 * inside quotes as well. `quote: null` makes quotes ordinary characters.
 */
export function createRowReader(
  style: RowStyle,
  onRow: (line: number, cells: string[]) => void,
): RowReader {
  const delimiter = style.delimiter === 'tab' ? '\t' : style.delimiter
  const escapes = style.escape === 'backslash'
  const parser = new Parser({
    delimiter,
    quote: style.quote,
    escape: style.quote,
    comment: style.comment ?? null,
    comment_no_infix: true,
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAXIMUM_ROW_BYTES,
  })
  /** Where the next row begins: its byte offset in the text, and its line. */
  let offset = 0
  let line = 1 + style.skipLines
  /** The bytes that are not known to be whole rows, and the offset of the first. */
  let rest: Buffer = Buffer.alloc(0)
  let restOffset = 0
  /** What ends the text so far and may belong to what comes next: a CR, a backslash. */
  let held = ''
  let linesToSkip = style.skipLines
  let lastOffset = Number.POSITIVE_INFINITY

  parser.push = (cells: string[] | null) => {
    if (cells === null || parser.info.bytes > lastOffset) return true
    const lastLine = parser.info.lines + style.skipLines
    const begins = lastLine === line ? line : lastLine - newlinesIn(cells.join(''))
    offset = parser.info.bytes
    line = lastLine + 1
    onRow(begins, cells)
    return true
  }

  const dropWholeRows = () => {
    rest = rest.subarray(offset - restOffset)
    restOffset = offset
  }
  // `_transform` and `_flush` call back before they return: csv-parse has no wait inside.
  const finish = (error?: Error | null) => {
    if (!error) return
    dropWholeRows()
    const before = rest.toString('utf8', 0, parser.info.bytes - offset)
    const field = rest.toString('utf8', parser.info.bytes - offset).replace(delimiter, '')
    const blank = /^\n*/.exec(field)?.[0] ?? ''
    const quoted = style.quote !== null && field.startsWith(style.quote, blank.length)
    throw faultOf(error as CsvError, line + newlinesIn(before) + blank.length, quoted)
  }
  const feed = (text: string, done = finish) => {
    let plain = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
    for (; linesToSkip > 0; linesToSkip--) {
      const end = plain.indexOf('\n')
      if (end < 0) return
      plain = plain.slice(end + 1)
    }
    if (escapes) plain = doubleQuotes(plain, style.quote)
    const bytes = Buffer.from(plain)
    dropWholeRows()
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    parser._transform(bytes, 'utf8', done)
  }

  return {
    write(text) {
      const whole = held + text
      held = heldBack(whole, escapes)
      feed(held === '' ? whole : whole.slice(0, -1))
      if (restOffset + rest.length - offset > MAXIMUM_WAITING_BYTES) throw withoutRows(line)
    },
    end() {
      if (held !== '') feed(held)
      parser._flush(finish)
    },
    line() {
      dropWholeRows()
      return line + newlinesIn(rest.toString('utf8'))
    },
    stop() {
      if (held !== '') feed(held)
      lastOffset = restOffset + rest.length
      feed(LOOKAHEAD, () => {})
    },
  }
}

function withoutRows(line: number): DropError {
  const detail = `Dalla riga ${line} ci sono più di 3 MB senza una riga di dati.`
  const remedy = 'Controlla che sia il file giusto, e che `comment` sia quello dichiarato.'
  return new DropError('DROP_CSV_BOUNDS', detail, line, remedy)
}

function heldBack(text: string, escapes: boolean): string {
  if (text.endsWith('\r')) return '\r'
  if (!escapes || !text.endsWith('\\')) return ''
  return /\\+$/.exec(text)![0].length % 2 === 1 ? '\\' : ''
}

/**
 * `\"` becomes `""` and `\\` a backslash. csv-parse's own `escape` would drop the backslash before
 * any character, as in `C:\dir`.
 */
function doubleQuotes(text: string, quote: string | null): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([\s\S])/g, (pair, next: string) => {
    if (next === '\\') return next
    return next === quote ? next + next : pair
  })
}

const QUOTE_REMEDY =
  'Correggi il file alla fonte; se le virgolette sono testo, scrivi `quote: null` nel modello.'

const quoteFaults: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'si aprono e non si chiudono fino alla fine del file',
  CSV_MAX_RECORD_SIZE: 'si aprono e non si chiudono entro 1 MB',
  CSV_INVALID_CLOSING_QUOTE: 'si chiudono prima della fine del valore',
  INVALID_OPENING_QUOTE: 'stanno in mezzo a un valore che non comincia con le virgolette',
}

function faultOf(error: CsvError, line: number, quoted: boolean): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE' && !quoted) {
    const detail = `La riga ${line} supera 1 MB.`
    const remedy = 'Controlla che il file abbia un record per riga e il separatore dichiarato.'
    return new DropError('DROP_CSV_BOUNDS', detail, line, remedy)
  }
  const what = quoteFaults[error.code]
  if (what === undefined) return error
  return new DropError('DROP_CSV_QUOTE', `Riga ${line}: le virgolette ${what}.`, line, QUOTE_REMEDY)
}
