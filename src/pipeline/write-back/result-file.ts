// Receipts → the bytes of a result file: UTF-8 with BOM, `;`, CRLF, one line a record.
// Invariants: the key goes back unchanged, since the source must find its own record by it; free
// text that a spreadsheet would take for a formula is made harmless.
import type { Receipt } from '../../connector.ts'

const HEADER = ['line', 'key', 'outcome', 'code', 'detail', 'ioMessageId', 'at']
const PIECE_LENGTH = 64 * 1024

/** A column beside those of the result file. */
export interface ResultColumn<R extends Receipt> {
  title: string
  cell(receipt: R): string
}

/** The receipts as a result file; `more` columns stand at its end. */
export async function* resultFile<R extends Receipt>(
  receipts: AsyncIterable<R>,
  more: readonly ResultColumn<R>[] = [],
): AsyncGenerator<Uint8Array> {
  const line = (cells: string[]) => `${cells.map(quoted).join(';')}\r\n`
  let text = `\uFEFF${line([...HEADER, ...more.map(({ title }) => title)])}`
  for await (const receipt of receipts) {
    text += line([...resultCells(receipt), ...more.map(({ cell }) => harmless(cell(receipt)))])
    if (text.length > PIECE_LENGTH) {
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(text)
}

function resultCells(receipt: Receipt): string[] {
  const { line, key, fate, code, detail, messageId, at } = receipt
  const instant = at?.round('second').toString() ?? ''
  return [String(line), key ?? '', fate, code, harmless(detail), messageId ?? '', instant]
}

function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

function quoted(cell: string): string {
  return /[";\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
