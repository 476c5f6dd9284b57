// Some records of a drop that was mapped before → batches of them, each with what a person has
// corrected in it. Reading ends with the last of them. Invariant: a record is taken only where it
// stands on the line on which it stood; a mapping that counts records otherwise finds none.
import { type Correction, corrected } from '../../mapping/correction.ts'
import type { RawRecord } from '../../mapping/format/raw-record.ts'
import type { RecordBatch } from './records.ts'

/** A record that is to be mapped again. */
export interface WantedRecord {
  record: number
  line: number
  /** Null: as it came. */
  correction: Correction | null
}

/** `fields`: those of the mapping that reads now. Records that are not there are left out. */
export async function* correctedBatches(
  batches: AsyncIterable<RecordBatch>,
  wanted: readonly WantedRecord[],
  fields: readonly string[],
): AsyncGenerator<RecordBatch> {
  const open = new Map(wanted.map((one) => [one.record, one]))
  for await (const { records, bytesRead } of batches) {
    const found: RawRecord[] = []
    for (const raw of records) {
      const one = open.get(raw.record)
      if (one === undefined) continue
      open.delete(raw.record)
      if (one.line !== raw.line) continue
      found.push(one.correction === null ? raw : corrected(raw, fields, one.correction))
    }
    if (found.length > 0) yield { records: found, bytesRead }
    if (open.size === 0) return
  }
}
