// The text of a string item, in the shared strings or in a cell: its runs joined, without the
// reading aids of Japanese. Invariant: a text is complete when its item closes, and bounded.
import { beyondBounds } from './xlsx-xml.ts'

/** UTF-16 units of one text. Excel allows 32,767. */
const MAXIMUM_TEXT_LENGTH = 100_000

/** Collects one text after another; told of each element within the item. */
export interface TextCollector {
  start(): void
  open(name: string): void
  close(name: string): void
  text(piece: string): void
  /** What was collected since `start`. */
  take(): string
}

export function createTextCollector(): TextCollector {
  let collected = ''
  let inText = false
  let inReading = false
  return {
    start() {
      collected = ''
      inText = false
      inReading = false
    },
    open(name) {
      if (name === 'rPh') inReading = true
      else if (name === 't' && !inReading) inText = true
    },
    close(name) {
      if (name === 'rPh') inReading = false
      else if (name === 't') inText = false
    },
    text(piece) {
      if (!inText) return
      collected += piece
      if (collected.length > MAXIMUM_TEXT_LENGTH) {
        throw beyondBounds(`ha un testo di più di ${MAXIMUM_TEXT_LENGTH} caratteri`)
      }
    },
    take: () => plainText(collected),
  }
}

/**
 * A text as the office typed it: `_x000D_` is how characters that XML cannot hold are written, and
 * line ends inside a cell are `\n`. A NUL stays as it is written: no text has any.
 */
export function plainText(text: string): string {
  const decoded = text.includes('_x')
    ? text.replace(/_x([0-9A-F]{4})_/gi, (written, code: string) => {
        return code === '0000' ? written : String.fromCharCode(Number.parseInt(code, 16))
      })
    : text
  return decoded.includes('\r') ? decoded.replace(/\r\n?/g, '\n') : decoded
}
