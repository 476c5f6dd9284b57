// Text → lines, chunk by chunk, whatever their ends: LF, CR LF or CR, mixed too. Invariant: no line
// longer than the bound is ever held, and a line is handed out whole or not at all.
import { DropError } from '../drop-error.ts'
import type { TextParser } from './part-reader.ts'

/** UTF-16 units of one line. */
const MAXIMUM_LINE_LENGTH = 1_000_000

/** A parser that hands out the lines that hold anything, each with its 1-based number. */
export function createLineReader(onLine: (line: number, text: string) => void): TextParser {
  let line = 1
  let rest = ''
  /** The text so far ended with CR: a LF that comes next belongs to it. */
  let afterReturn = false

  const take = (text: string) => {
    if (text.trim() !== '') onLine(line, text)
    line++
  }
  const checkLength = (length: number) => {
    if (length <= MAXIMUM_LINE_LENGTH) return
    const detail = `La riga ${line} supera ${MAXIMUM_LINE_LENGTH} caratteri.`
    const remedy = 'Controlla che il file abbia i fine riga e il formato dichiarato.'
    throw new DropError('DROP_LINE_BOUNDS', detail, line, remedy)
  }

  return {
    write(text) {
      if (text === '') return
      const from = afterReturn && text.startsWith('\n') ? 1 : 0
      afterReturn = text.endsWith('\r')
      const lines = text.slice(from).split(/\r\n?|\n/)
      for (const [index, piece] of lines.entries()) {
        checkLength(rest.length + piece.length)
        rest = rest === '' ? piece : rest + piece
        if (index === lines.length - 1) break
        const whole = rest
        rest = ''
        take(whole)
      }
    },
    end() {
      const whole = rest
      rest = ''
      if (whole !== '') take(whole)
    },
    line: () => line,
    stop() {
      rest = ''
    },
  }
}
