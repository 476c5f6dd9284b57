// Text → rows of cells, each with the line where it begins: csv-parse, driven synchronously. csv-
// parse is strict about quotes; what it lacks is the line where a quote was opened, so the text of
// the unfinished row is kept. Invariant: a row is handed out whole or not at all.
import { type CsvError, Parser } from 'csv-parse'
import { DropError } from './drop-error.ts'

/** Bytes of one row, and so of an unclosed quote, as UTF-8. */
const MAXIMUM_ROW_BYTES = 1_000_000

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

/**
 * A reader of rows; blank lines are passed over. Line ends of every kind, mixed too, become `\n`,
 * inside quotes as well. `quote: null` makes quotes ordinary characters.
 */
export function createRowReader(
  style: { delimiter: string; quote: string | null },
  onRow: (line: number, cells: string[]) => void,
): RowReader {
  const parser = new Parser({
    delimiter: style.delimiter,
    quote: style.quote,
    escape: style.quote,
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAXIMUM_ROW_BYTES,
  })
  /** Where the next row begins: its byte offset in the text, and its line. */
  let offset = 0
  let line = 1
  /** The bytes that are not known to be whole rows, and the offset of the first. */
  let rest: Buffer = Buffer.alloc(0)
  let restOffset = 0
  let heldReturn = ''
  let lastOffset = Number.POSITIVE_INFINITY

  parser.push = (cells: string[] | null) => {
    if (cells === null || parser.info.bytes > lastOffset) return true
    const lastLine = parser.info.lines
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
    const field = rest.toString('utf8', parser.info.bytes - offset).replace(style.delimiter, '')
    const blank = /^\n*/.exec(field)?.[0] ?? ''
    const quoted = style.quote !== null && field.startsWith(style.quote, blank.length)
    throw faultOf(error as CsvError, line + newlinesIn(before) + blank.length, quoted)
  }
  const feed = (text: string, done = finish) => {
    const bytes = Buffer.from(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)
    dropWholeRows()
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    parser._transform(bytes, 'utf8', done)
  }

  return {
    write(text) {
      const whole = heldReturn + text
      heldReturn = whole.endsWith('\r') ? '\r' : ''
      feed(heldReturn === '' ? whole : whole.slice(0, -1))
    },
    end() {
      if (heldReturn !== '') feed(heldReturn)
      parser._flush(finish)
    },
    line() {
      dropWholeRows()
      return line + newlinesIn(rest.toString('utf8'))
    },
    stop() {
      if (heldReturn !== '') feed(heldReturn)
      lastOffset = restOffset + rest.length
      feed(LOOKAHEAD, () => {})
    },
  }
}

function newlinesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
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
