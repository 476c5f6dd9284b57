// A line at the terminal that says how far a long work has come: drawn again a few times a second,
// removed at its end. Where standard error is no terminal, nothing is drawn.
import type { CopyProgress } from './command.ts'
import { formatCount } from './table.ts'

export interface ProgressLine {
  show(progress: CopyProgress): void
  /** Removes the line; answers the seconds since it was made. */
  end(): number
}

const REDRAW_MILLISECONDS = 200
const BAR_CELLS = 24

/** Rows done of all rows, with a bar and the table at hand. */
export function progressLine(): ProgressLine {
  const { show, end } = barLine()
  return {
    show: ({ table, rows, allRows }) =>
      show(allRows === 0 ? 1 : rows / allRows, `${formatCount(rows)} rows  ${table}`),
    end,
  }
}

/** Shows how far the work has come, row by row of all; the line is gone however it ends. */
export function withProgress<Answer>(
  table: string,
  work: (onProgress: (rows: number, allRows: number) => void) => Promise<Answer>,
): Promise<Answer> {
  const { show, end } = progressLine()
  return work((rows, allRows) => show({ table, rows, allRows })).finally(end)
}

/** A bar of a share between 0 and 1, with a text after it. */
export function barLine() {
  const startedAt = performance.now()
  const draws = process.stderr.isTTY === true
  let drawnAt = 0
  return {
    show(share: number, text: string): void {
      const now = performance.now()
      if (!draws || now - drawnAt < REDRAW_MILLISECONDS) return
      drawnAt = now
      const bar = '█'.repeat(Math.round(share * BAR_CELLS)).padEnd(BAR_CELLS, '░')
      process.stderr.write(`\r\u001b[2K${bar} ${Math.floor(share * 100)} %  ${text}`)
    },
    /** Removes it; answers the seconds since it was made. */
    end(): number {
      if (drawnAt > 0) process.stderr.write('\r\u001b[2K')
      return (performance.now() - startedAt) / 1000
    },
  }
}
