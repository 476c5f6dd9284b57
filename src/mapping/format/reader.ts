// The formats that a record may have, and which reader each has: the only place that tells them
// apart. Invariant: what comes after reads raw records and never asks for the format.
import { createCsvReader } from './csv.ts'
import { createExplodingReader } from './explode.ts'
import { createFileNameReader, type FileNames, withoutFileGroups } from './file-name.ts'
import { createFixedReader } from './fixed.ts'
import { createJsonReader } from './json-document.ts'
import { createMailReader } from './mail.ts'
import { createNamedFilesReader } from './named-files.ts'
import { createNdjsonReader } from './ndjson.ts'
import { createPiecesReader } from './pieces.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'
import { repeated } from './repeat.ts'
import { createSheetReader } from './sheet.ts'
import type { Watch } from './watch.ts'
import { createXmlReader } from './xml.ts'

/**
 * A reader of one part, as `format` says. A part of 0 bytes has no records and no fault. Without
 * the names of its files none of them is missed, and none says anything. Throws DROP_FILE_NAME.
 */
export function createRecordReader(spec: RecordSpec, files?: FileNames): RecordReader {
  const own = withoutFileGroups(spec)
  const { repeat, fields } = own
  const rows = repeat === undefined ? readerOf(own) : createExplodingReader(own, repeat, readerOf)
  const reader =
    own.files === undefined || files === undefined
      ? rows
      : createNamedFilesReader(rows, own.files, fields, files.others)
  if (spec.fileName === undefined) return reader
  return createFileNameReader(reader, spec, files?.names)
}

export interface RowsReader {
  rows: RecordReader
  /** The records that a row makes; rows must be asked about in order. */
  recordsOf(row: RawRecord): RawRecord[]
  /** The fields whose cells these records have, in order. */
  fields: string[]
}

/** A reader of whole rows that tells where they stand. */
export function createRowsReader(spec: RecordSpec, watch: Watch): RowsReader {
  const own = withoutFileGroups(spec)
  const { repeat } = own
  const fields = Object.keys(own.fields)
  if (repeat === undefined) return { rows: readerOf(own, watch), recordsOf: (row) => [row], fields }
  let given: RawRecord[] = []
  const feeder = { write: () => given, end: () => [], encoding: () => own.encoding }
  const exploding = createExplodingReader(own, repeat, () => feeder)
  return {
    fields,
    rows: readerOf(repeated(own, repeat).wide, watch),
    recordsOf(row) {
      given = [row]
      return exploding.write(noBytes)
    },
  }
}

const noBytes = new Uint8Array(0)

function readerOf(spec: RecordSpec, watch?: Watch): RecordReader {
  return createPiecesReader(wholeCellsReader(spec, watch), spec)
}

function wholeCellsReader(spec: RecordSpec, watch?: Watch): RecordReader {
  switch (spec.format) {
    case 'csv':
      return createCsvReader(spec, watch)
    case 'fixed':
      return createFixedReader(spec, watch)
    case 'mail':
      return createMailReader(spec, watch)
    case 'ndjson':
      return createNdjsonReader(spec, watch)
    case 'xlsx':
      return createSheetReader(spec, watch)
    case 'xml':
      return createXmlReader(spec, watch)
    case 'json':
      return createJsonReader(spec, watch)
  }
}
