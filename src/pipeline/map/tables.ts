// Drops that make no flow: references, whose rows mappings look up, and settlements, which close
// notices by key. Their refused rows are kept with the drop, so that every record is accounted for
// here too.

import type { Refusal } from '../../domain/refusal.ts'
import type { CompiledReference, CompiledSettlement } from '../../mapping/mapping.ts'
import type { RawRecord } from '../../mapping/raw-record.ts'
import type { RecordBatch } from './records.ts'

export interface RefusedRow {
  line: number
  refusals: Refusal[]
}

/** How many rows were refused, and the first of them with their reasons. */
export interface TableSummary {
  refused: number
  rows: RefusedRow[]
}

/** How many refused rows are kept with their reasons; beyond, they are counted. */
const KEPT_REFUSALS = 200

export interface TableBatches<T> {
  batches: AsyncIterable<T[]>
  /** To be asked once the batches have been read to their end. */
  summary(): TableSummary
}

/** The rows of a reference drop, a batch at a time. */
export function referenceRows(
  source: AsyncIterable<RecordBatch>,
  mapping: CompiledReference,
  testers: ReadonlySet<string>,
) {
  return readTable(source, (raw) => {
    const row = mapping.read(raw, testers)
    return row.kind === 'row' ? { row: { key: row.key, values: row.values } } : row
  })
}

/** The keys of a settlement drop, a batch at a time. */
export function settledKeys(source: AsyncIterable<RecordBatch>, mapping: CompiledSettlement) {
  return readTable(source, (raw) => {
    const row = mapping.read(raw)
    return row.kind === 'row' ? { row: row.key } : row
  })
}

function readTable<T>(
  source: AsyncIterable<RecordBatch>,
  read: (raw: RawRecord) => { row: T } | { refusals: Refusal[] },
): TableBatches<T> {
  let count = 0
  const rows: RefusedRow[] = []
  async function* batches(): AsyncGenerator<T[]> {
    for await (const { records } of source) {
      const good: T[] = []
      for (const raw of records) {
        const result = read(raw)
        if ('row' in result) good.push(result.row)
        else {
          count += 1
          if (rows.length < KEPT_REFUSALS) rows.push({ line: raw.line, refusals: result.refusals })
        }
      }
      yield good
    }
  }
  return { batches: batches(), summary: () => ({ refused: count, rows }) }
}
