// Text tables for terminals: columns as wide as their widest cell, numbers to the right.
// Control characters of the data never reach the terminal.
import { minuteAt } from '../domain/civil-date.ts'

export interface Column {
  title: string
  align?: 'left' | 'right'
}

/**
 * Rows of cells under titles, ending with a newline. Control characters never reach the terminal.
 */
export function formatTable(columns: Column[], rows: string[][]): string {
  const clean = rows.map((row) => row.map(printable))
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...clean.map((row) => row[index]?.length ?? 0)),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return `${[line(columns.map((column) => column.title)), rule, ...clean.map(line)].join('\n')}\n`
}

/** A count as people read it: 12,345. */
export function formatCount(count: number): string {
  return count.toLocaleString('en')
}

/** So many of what is counted: `1 record`, `12,345 records`. */
export function formatNumber(count: number, of: string): string {
  return `${formatCount(count)} ${of}${count === 1 ? '' : 's'}`
}

/** An instant in the zone of the machine's operators, to the second. */
export function formatInstant(at: Temporal.Instant | null): string {
  if (at === null) return '–'
  const local = at.toZonedDateTimeISO(Temporal.Now.timeZoneId())
  return local.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ')
}

/** An instant in a zone of the data, to the minute: `2026-12-01 09:30`. */
export function formatLocal(at: Temporal.Instant | null, zone: string): string {
  return at === null ? '–' : minuteAt(at, zone)
}

/** A text without the control characters that a terminal would obey. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')
}
