// What the mapping tests share: a record spec in a few words, and a text read to its end.
import { DropError } from '../../src/mapping/drop-error.ts'
import type { RawRecord } from '../../src/mapping/format/raw-record.ts'
import { createRecordReader } from '../../src/mapping/format/reader.ts'
import { RecordSpec } from '../../src/mapping/format/record-spec.ts'

/** A record with text fields `a` and `b`, of the columns A and B, and whatever else is given. */
export function recordSpec(changes: object = {}): RecordSpec {
  const fields = { a: { column: 'A', type: 'text' }, b: { column: 'B', type: 'text' } }
  return RecordSpec.parse({ format: 'csv', fields, ...changes })
}

export interface ReadPart {
  records: RawRecord[]
  /** What ended the reading early; null when it came to the end. */
  error: DropError | null
}

/** Reads all bytes in chunks of this size; other errors than `DropError` are thrown. */
export function readPart(
  spec: RecordSpec,
  bytes: Uint8Array | string,
  chunkBytes = 65_536,
): ReadPart {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  const reader = createRecordReader(spec)
  const records: RawRecord[] = []
  try {
    for (let at = 0; at < all.length; at += chunkBytes) {
      records.push(...reader.write(all.subarray(at, at + chunkBytes)))
    }
    for (let last = reader.end(); last.length > 0; last = reader.end()) records.push(...last)
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    return { records, error }
  }
  return { records, error: null }
}

/** A record as `line: a|b`, or `line: CODE` where it is refused; a fault as `CODE line`. */
export function summaryOf(spec: RecordSpec, bytes: Uint8Array | string, chunkBytes: number) {
  const { records, error } = readPart(spec, bytes, chunkBytes)
  return {
    records: records.map(
      ({ line, cells, problem }) => `${line}: ${problem ? problem.code : cells.join('|')}`,
    ),
    error: error && `${error.code} ${error.line}`,
  }
}
