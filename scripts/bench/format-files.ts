// The files of the format measurements: the same invented bills, written in every format, as many
// as give the wanted size. Written piece by piece; the same size gives the same bytes.
import { createWriteStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { writeXlsxStream } from 'hucre/xlsx'
import { type Bill, bill, contact } from '../samples.ts'
import { zipParts } from '../zip-writer.ts'

/** Rows joined before they are written: a system call for each would be most of the time. */
const ROWS_AT_ONCE = 1000
const EMISSION = '2026-03'
const DUE = Temporal.PlainDate.from('2027-03-31')

export type FormatName = 'csv' | 'fixed' | 'ndjson' | 'json' | 'xml' | 'xlsx' | 'zip'

export interface FormatFile {
  path: string
  bytes: number
  records: number
  /** Bytes of what the records are read from: the member of an archive, else the file. */
  readBytes: number
}

/** What stands in a row: the cells of bill `n`, in the order of `COLUMNS`. */
export const COLUMNS = ['NUM_BOLLETTA', 'CODICE_FISCALE', 'INTESTATARIO', 'IMPORTO', 'SCADENZA']

export function cellsOf(n: number): string[] {
  const { number, name, amount } = aBill(n)
  return [number, contact(n).fiscalCode, name, amount.replace(',', '.'), DUE.toString()]
}

function aBill(n: number): Bill {
  return bill(n, EMISSION, DUE)
}

/** Blanks after the values, so that a row has the width of a real one. */
const FILLER = 150

const rowOf: Record<'csv' | 'fixed' | 'ndjson' | 'json' | 'xml', (n: number) => string> = {
  csv: (n) => `${cellsOf(n).join(';')};${'x'.repeat(FILLER)}\r\n`,
  fixed: (n) => {
    const [number, fiscalCode, name, amount, due] = cellsOf(n) as [string, ...string[]]
    const cells = [number.padEnd(16), fiscalCode!, name!.padEnd(40), amount!.padStart(12), due!]
    return `${cells.join('').padEnd(94 + FILLER)}\r\n`
  },
  ndjson: (n) => `${jsonOf(n)}\n`,
  json: (n) => `${n === 0 ? '' : ','}\n${jsonOf(n)}`,
  xml: (n) => {
    const cells = cellsOf(n).map((cell, index) => `<${COLUMNS[index]}>${cell}</${COLUMNS[index]}>`)
    return `<bolletta n="${n}">${cells.join('')}<NOTE>${'x'.repeat(FILLER)}</NOTE></bolletta>\n`
  },
}

const around: Record<keyof typeof rowOf, [before: string, after: string]> = {
  csv: [`${COLUMNS.join(';')};NOTE\r\n`, ''],
  fixed: ['', ''],
  ndjson: ['', ''],
  json: ['{"bollette":[', '\n]}\n'],
  xml: ['<?xml version="1.0" encoding="UTF-8"?>\n<flusso>\n', '</flusso>\n'],
}

function jsonOf(n: number): string {
  const cells = cellsOf(n).map((cell, index) => [COLUMNS[index], cell])
  return JSON.stringify({ ...Object.fromEntries(cells), NOTE: 'x'.repeat(FILLER) })
}

/**
 * Writes a file of about so many bytes into a directory; `xlsx` of about so many rows, since a
 * workbook is compressed.
 */
export async function writeFormatFile(
  directory: string,
  format: FormatName,
  size: number,
): Promise<FormatFile> {
  const path = join(directory, `${format}-${size}`)
  if (format === 'xlsx') return writeWorkbook(path, size)
  if (format === 'zip') return writeArchive(directory, path, size)
  const records = Math.max(1, Math.round(size / Buffer.byteLength(rowOf[format](1), 'latin1')))
  await pipeline(Readable.from(pieces(format, records)), createWriteStream(path))
  const { size: bytes } = await stat(path)
  return { path, bytes, records, readBytes: bytes }
}

function* pieces(format: keyof typeof rowOf, records: number): Generator<Buffer> {
  const [before, after] = around[format]
  yield Buffer.from(before)
  for (let start = 0; start < records; start += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, records - start)
    const rows = Array.from({ length: count }, (_, n) => rowOf[format](start + n))
    yield Buffer.from(rows.join(''), 'utf8')
  }
  yield Buffer.from(after)
}

/** Through another writer than ours would be, so that the reader meets a real one. */
async function writeWorkbook(path: string, rows: number): Promise<FormatFile> {
  function* lines() {
    yield COLUMNS
    for (let n = 0; n < rows; n++) {
      const [number, fiscalCode, name, amount, due] = cellsOf(n)
      yield [number!, fiscalCode!, name!, Number(amount), due!]
    }
  }
  const stream = writeXlsxStream(lines(), { name: 'Bollette' })
  await pipeline(Readable.fromWeb(stream as never), createWriteStream(path))
  const { size } = await stat(path)
  return { path, bytes: size, records: rows, readBytes: size }
}

/** A flow of bills beside as many bytes of notices to print as give the archive its size. */
const NOTICE_BYTES = 1_000_000
/** Of the archive's size, what the flow of bills has before it is compressed. */
const FLOW_SHARE = 0.4

async function writeArchive(directory: string, path: string, size: number): Promise<FormatFile> {
  const flow = await writeFormatFile(directory, 'csv', Math.round(size * FLOW_SHARE))
  const bytes = await readFile(flow.path)
  function* entries() {
    yield { name: 'bollette.csv', bytes }
    const notice = noise()
    // What the flow is compressed to is little beside the rest.
    for (let n = 0; n < (size * 0.95) / NOTICE_BYTES; n++) {
      yield { name: `allegati/${n}.pdf`, bytes: notice, stored: true }
    }
  }
  await pipeline(Readable.from(zipParts(entries())), createWriteStream(path))
  const { size: written } = await stat(path)
  return { path, bytes: written, records: flow.records, readBytes: bytes.length }
}

/** Bytes that no compression helps, the same in every run. */
function noise(): Buffer {
  const bytes = Buffer.alloc(NOTICE_BYTES)
  let state = 1
  for (let at = 0; at < bytes.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}
