// The files that the measurements read: a month of bills of exactly 250 bytes a row and the
// contacts of the same customers, written row by row. The same number of rows gives the same bytes.
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { bill, billRow, billsHeader, contact } from '../samples.ts'

export interface BenchFiles {
  rows: number
  bills: string
  contacts: string
}

const ROW_BYTES = 250
const LINE_END = '\r\n'
/** Rows joined before they are written: a system call for each would be most of the time. */
const ROWS_AT_ONCE = 1000
const EMISSION = '2026-03'
/** Far enough that both reminders are still to come. */
const DUE_IN_DAYS = 30

/** A run of customers with the same emission and due date. */
export interface BillRows {
  /** The first customer. */
  from: number
  count: number
  emission: string
  dueInDays: number
}

/** Writes the files of so many customers into a directory of their own. */
export async function writeBenchFiles(directory: string, rows: number): Promise<BenchFiles> {
  const place = join(directory, `rows-${rows}`)
  await mkdir(place, { recursive: true })
  const bills = join(place, 'bollette-2026-03.csv')
  const contacts = join(place, 'contatti.csv')
  await writeBills(bills, { from: 0, count: rows, emission: EMISSION, dueInDays: DUE_IN_DAYS })
  await writeContacts(contacts, rows)
  return { rows, bills, contacts }
}

/** A file of bills, 250 bytes each. */
export function writeBills(path: string, rows: BillRows): Promise<void> {
  const { from, count, emission, dueInDays } = rows
  const due = Temporal.Now.plainDateISO('Europe/Rome').add({ days: dueInDays })
  return writeRows(path, billsHeader(), count, (n) =>
    padded(billRow(bill(from + n, emission, due))),
  )
}

/** The contacts of the first customers. */
export function writeContacts(path: string, rows: number): Promise<void> {
  return writeRows(path, 'COD_CLIENTE;COD_FISCALE;EMAIL', rows, (n) => {
    const { customer, fiscalCode, email } = contact(n)
    return `${customer};${fiscalCode};${email}`
  })
}

/** The address grows until the row has its bytes; the last column, a PDF's name, stays empty. */
function padded(row: string): string {
  const detail = ', scala B, piano terzo, interno dodici, frazione di Fontana Nuova'
  return `${(row.slice(0, -1) + detail.repeat(4)).slice(0, ROW_BYTES - LINE_END.length - 1)};`
}

async function writeRows(
  path: string,
  header: string,
  rows: number,
  rowOf: (n: number) => string,
): Promise<void> {
  function* pieces() {
    yield Buffer.from(header + LINE_END, 'latin1')
    for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - start)
      const lines = Array.from({ length: count }, (_, n) => rowOf(start + n) + LINE_END)
      // Single-byte text: all letters of the samples are Latin, but for the typographic apostrophe.
      yield Buffer.from(lines.join('').replaceAll('’', '\u0092'), 'latin1')
    }
  }
  await pipeline(Readable.from(pieces()), createWriteStream(path))
}
