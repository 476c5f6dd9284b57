// A text of rows → how a CSV mapping reads it, and its table. Invariant: what is declared is what
// the rows were read with, so that the mapping reads the sample as it was looked at.
import { type Delimited, guessDelimiter, type Row } from './delimiter.ts'
import type { GuessedRecord } from './guessed-record.ts'
import { guessLayout, type Layout } from './header.ts'
import type { SampleText } from './sample-text.ts'
import { GuessError, MAXIMUM_RECORDS, type Table, tableOf } from './table.ts'
import type { Wishes } from './wishes.ts'

/** Null when the text does not fall into columns. Throws `GuessError` when it has no records. */
export function guessCsv(
  { text, encoding, evidence }: SampleText,
  isWhole: boolean,
  wishes: Wishes,
): GuessedRecord | null {
  const delimited = guessDelimiter(text, wishes)
  if (delimited === null) return null
  const { style, rows, regular } = delimited
  const layout = guessLayout(rows, isWhole && rows.length < MAXIMUM_RECORDS, wishes)
  const keys: GuessedRecord['keys'] = [
    { name: 'encoding', value: encoding, evidence },
    {
      name: 'delimiter',
      value: style.delimiter,
      evidence: `${regular} of ${rows.length} rows have the same number of cells`,
    },
  ]
  if (style.quote === null) {
    keys.push({ name: 'quote', value: null, evidence: 'quotes stand inside values' })
  }
  if (style.comment !== undefined) {
    keys.push({
      name: 'comment',
      value: style.comment,
      evidence: 'lines that begin so have no columns',
    })
  }
  if (style.escape === 'backslash') keys.push({ name: 'escape', value: style.escape })
  keys.push(...layoutKeys(layout))
  const words = [encodingWords(encoding), ...styleWords(style), ...layoutWords(layout)]
  return { format: 'csv', keys, words, table: tableOfRows(layout) }
}

/** The keys that a header, titles, a footer and ragged rows make; also for sheets. */
export function layoutKeys(layout: Layout): GuessedRecord['keys'] {
  const { skipLines, header, footer, shortRows, longRows } = layout
  const keys: GuessedRecord['keys'] = []
  if (skipLines > 0) {
    keys.push({ name: 'skipLines', value: skipLines, evidence: 'titles before the columns' })
  }
  if (header === null) {
    keys.push({ name: 'header', value: false, evidence: 'the first row is a record already' })
  }
  if (shortRows === 'pad') {
    keys.push({ name: 'shortRows', value: 'pad', evidence: 'some rows lack their last cells' })
  }
  if (longRows === 'ignoreEmpty') {
    keys.push({ name: 'longRows', value: 'ignoreEmpty', evidence: 'some rows have further cells' })
  }
  if (footer !== undefined) {
    keys.push({ name: 'footer', value: footer, evidence: 'the end of the file is no record' })
  }
  return keys
}

/** `header on line 1`, `the last 2 rows are no records`. */
export function layoutWords({ header, footer, skipLines }: Layout): string[] {
  const words = header === null ? 'no header' : `header on line ${header.line}`
  const skipped = header === null && skipLines > 0 ? [`${skipLines} lines skipped`] : []
  const rows = footer === undefined ? 0 : 'rows' in footer ? footer.rows : 1
  const last = rows === 1 ? 'the last row is no record' : `the last ${rows} rows are no records`
  return [words, ...skipped, ...(rows > 0 ? [last] : [])]
}

/** The table of the records, its columns called by the header or by their positions. */
export function tableOfRows({ header, records, width, skipLines }: Layout): Table {
  if (records.length === 0) {
    const what = header === null ? 'no rows' : `a header on line ${skipLines + 1} and no record`
    throw new GuessError(`the file has ${what}: take a sample that has some records`)
  }
  const names = header?.cells.map((cell) => cell.trim()) ?? null
  const plain = names?.map((name) => name.toLowerCase())
  return tableOf(
    records.map(({ cells }: Row) => cells),
    (index) => {
      const name = names?.[index] ?? ''
      const isOnce = plain?.filter((other) => other === name.toLowerCase()).length === 1
      if (name === '' || !isOnce) return { label: String(index + 1), place: index + 1 }
      return { label: name, place: name }
    },
    width,
  )
}

/** How the sentence names an encoding. */
export function encodingWords(encoding: string): string {
  return encoding === 'auto' ? 'encoding auto' : encoding
}

function styleWords(style: Delimited['style']): string[] {
  const { delimiter, quote } = style
  const words = [`separated by ${delimiter === 'tab' ? 'tab' : JSON.stringify(delimiter)}`]
  if (quote === null) words.push('not quoted')
  else if (style.escape === 'backslash') words.push('quotes escaped by backslash')
  return words
}
