// A field that names a file, such as the PDF of an act: whether it came along. Around the reader of
// any format. Invariant: names alone are compared, without folders and in any case; no file is
// opened.
import type { Refusal } from '../../domain/refusal.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'

/** A reader that refuses, or warns of, records that name a file which is not among `files`. */
export function createNamedFilesReader(
  reader: RecordReader,
  { field, onMissing }: NonNullable<RecordSpec['files']>,
  fields: RecordSpec['fields'],
  files: readonly string[],
): RecordReader {
  const index = Object.keys(fields).indexOf(field)
  const there = new Set(files.map(baseName))

  const checked = (record: RawRecord): RawRecord => {
    const name = record.cells[index]?.trim() ?? ''
    if (record.problem !== null || name === '' || there.has(baseName(name))) return record
    const refusal = missing(field, name)
    if (onMissing === 'warn') return { ...record, warning: record.warning ?? refusal }
    return { ...record, badCells: new Map([...(record.badCells ?? []), [index, refusal]]) }
  }
  return {
    write: (chunk) => reader.write(chunk).map(checked),
    end: () => reader.end().map(checked),
    encoding: reader.encoding,
  }
}

/** Programs of Windows write paths with either slash, and names in any case. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase()
}

function missing(field: string, name: string): Refusal {
  const shown = name.length > 60 ? `${name.slice(0, 59).toWellFormed()}…` : name
  return {
    code: 'REC_FILE_MISSING',
    field,
    detail: `Il file «${shown}» non è nella consegna.`,
    remedy: 'Chiedi alla fonte il documento che manca e rimanda la riga.',
  }
}
