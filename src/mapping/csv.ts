// Bytes of a CSV part → raw records, pushed chunk by chunk without a stream. Invariants: every row
// that holds anything becomes one record, good or refused; a fault of the file is thrown only after
// the records before it have been handed out, by the call that would come next.
import type { Refusal } from '../domain/refusal.ts'
import { type Columns, fits, readColumns } from './columns.ts'
import { createDecoder } from './decode.ts'
import { DropError } from './drop-error.ts'
import { createRowReader } from './rows.ts'
import type { RecordSpec } from './spec.ts'

export interface RawRecord {
  /** 1-based line of the file on which the record starts. */
  line: number
  /** 1-based number of the record in its part. */
  record: number
  /**
   * The text of each field, in the order in which the mapping declares them; empty with a
   * `problem`.
   */
  cells: string[]
  /** Why the row could not be told apart into fields; null when it could. */
  problem: Refusal | null
}

export interface CsvReader {
  /** Records that are complete by now. Throws `DropError`; then the reader is spent. */
  write(chunk: Uint8Array): RawRecord[]
  /**
   * The last record. Call it until it returns: it too may hand out records and throw when asked
   * again.
   */
  end(): RawRecord[]
}

/** UTF-16 units of one cell, and cells of one row. */
const MAXIMUM_CELL_LENGTH = 100_000
const MAXIMUM_COLUMNS = 2_000

/** A reader of one part. A part of 0 bytes has no records and no fault, header or not. */
export function createCsvReader(spec: RecordSpec): CsvReader {
  const decoder = createDecoder(spec.encoding)
  const rows = createRowReader(spec, takeRow)
  let columns: Columns | null = null
  let records = 0
  let out: RawRecord[] = []
  let fault: DropError | null = null
  let ended = false

  function takeRow(line: number, cells: string[]): void {
    checkBounds(line, cells)
    if (cells.every((cell) => cell.trim() === '')) return
    if (columns === null) {
      columns = readColumns(spec, line, cells)
      if (spec.header) return
    }
    records++
    out.push(toRecord(columns, line, records, cells))
  }

  function read(text: string, isBad: boolean): void {
    const nul = text.indexOf('\0')
    rows.write(nul < 0 ? text : text.slice(0, nul))
    if (nul < 0 && !isBad) return
    const line = rows.line()
    rows.stop()
    const what = nul < 0 ? `ci sono byte che non sono ${spec.encoding}` : 'c’è un byte NUL'
    throw encodingError(line, what, spec)
  }

  function collect(step: () => void): RawRecord[] {
    out = []
    try {
      if (fault === null) step()
    } catch (error) {
      if (!(error instanceof DropError)) throw error
      fault = error
    }
    if (fault !== null && out.length === 0) throw fault
    return out
  }

  return {
    write: (chunk) =>
      collect(() => {
        const { text, fault: isBad } = decoder.write(chunk)
        read(text, isBad)
      }),
    end: () =>
      collect(() => {
        if (ended) return
        ended = true
        const { text, fault: isBad } = decoder.end()
        read(text, isBad)
        rows.end()
      }),
  }
}

function toRecord(columns: Columns, line: number, record: number, cells: string[]): RawRecord {
  if (!fits(columns, cells)) {
    return { line, record, cells: [], problem: wrongWidth(columns.width, cells.length) }
  }
  return { line, record, cells: columns.cellOf.map((index) => cells[index]!), problem: null }
}

function wrongWidth(expected: number, found: number): Refusal {
  return {
    code: 'REC_COLUMNS',
    field: null,
    detail: `La riga ha ${found} colonne invece di ${expected}.`,
    remedy: 'Cerca nella riga un separatore di troppo, o un valore che ne contiene uno.',
  }
}

function checkBounds(line: number, cells: string[]): void {
  let large: string | undefined
  for (const cell of cells) if (cell.length > MAXIMUM_CELL_LENGTH) large = cell
  const what =
    cells.length > MAXIMUM_COLUMNS
      ? `ha ${cells.length} colonne, più di ${MAXIMUM_COLUMNS}`
      : large !== undefined
        ? `ha un valore di ${large.length} caratteri, più di ${MAXIMUM_CELL_LENGTH}`
        : null
  if (what === null) return
  const remedy = 'Controlla che il separatore e le virgolette siano quelli dichiarati.'
  throw new DropError('DROP_CSV_BOUNDS', `La riga ${line} ${what}.`, line, remedy)
}

function encodingError(line: number, what: string, spec: RecordSpec): DropError {
  const remedy = `Correggi \`encoding\` nel modello (ora ${spec.encoding}), o il file alla fonte.`
  return new DropError('DROP_ENCODING', `Riga ${line}: ${what}.`, line, remedy)
}
