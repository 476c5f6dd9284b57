// The formats that a record may have, and which reader each has: the only place that tells them
// apart. Invariant: what comes after reads raw records and never asks for the format.
import { createCsvReader } from './csv.ts'
import { createFixedReader } from './fixed.ts'
import { createNdjsonReader } from './ndjson.ts'
import type { RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'

/** A reader of one part, as `format` says. A part of 0 bytes has no records and no fault. */
export function createRecordReader(spec: RecordSpec): RecordReader {
  switch (spec.format) {
    case 'csv':
      return createCsvReader(spec)
    case 'fixed':
      return createFixedReader(spec)
    case 'ndjson':
      return createNdjsonReader(spec)
  }
}
