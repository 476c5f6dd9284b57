// The formats that a record may have, and which reader each has: the only place that tells them
// apart. Invariant: what comes after reads raw records and never asks for the format.
import { createCsvReader } from './csv.ts'
import { createExplodingReader } from './explode.ts'
import { createFixedReader } from './fixed.ts'
import { createJsonReader } from './json-document.ts'
import { createMailReader } from './mail.ts'
import { createNamedFilesReader } from './named-files.ts'
import { createNdjsonReader } from './ndjson.ts'
import { createPiecesReader } from './pieces.ts'
import type { RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'
import { createSheetReader } from './sheet.ts'
import { createXmlReader } from './xml.ts'

/**
 * A reader of one part, as `format` says. A part of 0 bytes has no records and no fault. `files`
 * are the names of those that came along; without them none is missed.
 */
export function createRecordReader(spec: RecordSpec, files?: readonly string[]): RecordReader {
  const { repeat, fields } = spec
  const reader =
    repeat === undefined ? readerOf(spec) : createExplodingReader(spec, repeat, readerOf)
  if (spec.files === undefined || files === undefined) return reader
  return createNamedFilesReader(reader, spec.files, fields, files)
}

function readerOf(spec: RecordSpec): RecordReader {
  return createPiecesReader(wholeCellsReader(spec), spec)
}

function wholeCellsReader(spec: RecordSpec): RecordReader {
  switch (spec.format) {
    case 'csv':
      return createCsvReader(spec)
    case 'fixed':
      return createFixedReader(spec)
    case 'mail':
      return createMailReader(spec)
    case 'ndjson':
      return createNdjsonReader(spec)
    case 'xlsx':
      return createSheetReader(spec)
    case 'xml':
      return createXmlReader(spec)
    case 'json':
      return createJsonReader(spec)
  }
}
