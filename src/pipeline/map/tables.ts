// Drops that make no flow: references, whose rows mappings look up, and settlements, which close
// notices. Their refused rows are kept with the drop, so that every record is accounted for
// here too.

import type { Refusal } from '../../domain/refusal.ts'
import type { RawRecord } from '../../mapping/format/raw-record.ts'
import type { CompiledReference, CompiledSettlement, SettlementRow } from '../../mapping/mapping.ts'
import type { RecordBatch } from './records.ts'

export interface RefusedRow {
  line: number
  refusals: Refusal[]
}

/** How many rows were refused, and the first of them with their reasons. */
export interface TableSummary {
  refused: number
  rows: RefusedRow[]
  /** Of a reference: how many of them have no key that could be read. */
  keyless?: number
}

/** How many refused rows are kept with their reasons; beyond, they are counted. */
const KEPT_REFUSALS = 200

export interface TableBatches<T> {
  batches: AsyncIterable<T[]>
  /** To be asked once the batches have been read to their end. */
  summary(): TableSummary
}

/** A row of a reference; null values: it was refused. */
interface ReferenceEntry {
  key: string
  values: Record<string, string> | null
}

/** The rows of a reference drop, a batch at a time; refused ones without values. */
export function referenceRows(
  source: AsyncIterable<RecordBatch>,
  mapping: CompiledReference,
  testers: ReadonlySet<string>,
) {
  let keyless = 0
  const table = readTable<ReferenceEntry>(source, (raw) => {
    const read = mapping.read(raw, testers)
    if (read.kind === 'row') return { row: { key: read.key, values: read.values } }
    const { key, refusals } = read
    if (key === null) keyless += 1
    // Its key still names the row that stands, which is not missing then.
    return key === null ? { refusals } : { refusals, row: { key, values: null } }
  })
  return { ...table, summary: () => ({ ...table.summary(), keyless }) }
}

/** The rows of a settlement drop, a batch at a time. */
export function settlementRows(
  source: AsyncIterable<RecordBatch>,
  mapping: CompiledSettlement,
  testers: ReadonlySet<string>,
) {
  return readTable(source, (raw): { row: SettlementRow } | { refusals: Refusal[] } => {
    const row = mapping.read(raw, testers)
    return row.kind === 'row' ? { row } : row
  })
}

function readTable<T>(
  source: AsyncIterable<RecordBatch>,
  read: (raw: RawRecord) => { row: T } | { refusals: Refusal[]; row?: T },
): TableBatches<T> {
  let count = 0
  const rows: RefusedRow[] = []
  async function* batches(): AsyncGenerator<T[]> {
    for await (const { records } of source) {
      const good: T[] = []
      for (const raw of records) {
        const result = read(raw)
        if (result.row !== undefined) good.push(result.row)
        if ('refusals' in result) {
          count += 1
          if (rows.length < KEPT_REFUSALS) rows.push({ line: raw.line, refusals: result.refusals })
        }
      }
      yield good
    }
  }
  return { batches: batches(), summary: () => ({ refused: count, rows }) }
}
