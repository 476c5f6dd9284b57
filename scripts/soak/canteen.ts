// The canteen's files as the soak runs drop them: row `n` belongs to person `n`, in every file and
// every run, so that the judge can tell whose message is whose by the line alone.
import { rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contact } from '../samples.ts'

/** Nothing of a run comes to a reminder. */
const DUE = '2099-04-30'
const HEADER = 'PRATICA,CF_GENITORE,MESE,PASTI,IMPORTO_CENT,SCADENZA,AVVISO'
/** The line of the first row: the header stands before it. */
const FIRST_LINE = 2

export function personOf(n: number): string {
  return contact(n).fiscalCode
}

/** The row of a line of a file that `leaveCanteenFile` named. */
export function rowOf(fileName: string, line: number): number {
  const [, start] = /^mensa-(\d+)\.csv$/.exec(fileName) ?? []
  return Number(start) + line - FIRST_LINE
}

let lastModified = 1_770_000_000

/** Rows `start` to `start + count - 1` as one file, there at once and newer than any before. */
export async function leaveCanteenFile(
  directory: string,
  start: number,
  count: number,
): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => canteenRow(start + n))
  const path = join(directory, `mensa-${start}.csv`)
  await writeFile(`${path}.part`, [HEADER, ...rows, ''].join('\n'))
  lastModified += 60
  await utimes(`${path}.part`, lastModified, lastModified)
  await rename(`${path}.part`, path)
}

function canteenRow(n: number): string {
  const notice = `303202603${String(n).padStart(9, '0')}`
  return [`MENSA-${n}`, personOf(n), '2026-03', 10, 4500, DUE, notice].join(',')
}
