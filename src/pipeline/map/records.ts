// Bytes → batches of raw records → mapped records. Shared by the stage and by `preview`, so that
// what is previewed is what would be mapped. Nothing here awaits per record: lookups go a batch at
// a time.

import type { FileNames } from '../../mapping/format/file-name.ts'
import type { RawRecord, RecordReader } from '../../mapping/format/raw-record.ts'
import type {
  AskedTable,
  CompiledNotice,
  FinishContext,
  LookedUp,
  Mapped,
  Prepared,
  Row,
} from '../../mapping/mapping.ts'

/**
 * Rows of a reference by key, or with `asked` what a system answers; absent keys are absent from
 * the answer. At most one batch of keys.
 */
export type Lookup = (
  institution: string,
  table: string,
  keys: string[],
  asked?: AskedTable | null,
) => Promise<ReadonlyMap<string, Row>>

/** Whether systems may be asked about a record, of which these rows are known. */
export type MayAsk = (prepared: Prepared, rows: LookedUp) => boolean

/** What holds the records of a drop, out of what it was wrapped in. */
export interface OpenedRecords extends FileNames {
  bytes: AsyncIterable<Uint8Array>
}

export interface RecordBatch {
  records: RawRecord[]
  /** Bytes of the records' part that have been read so far. */
  bytesRead: number
}

/** How many records are mapped between two turns of the event loop: a few milliseconds. */
const BREATH_RECORDS = 100

/**
 * Groups what the reader gives into batches of `size`, the last one smaller. Throws `DropError`.
 */
export async function* batchRecords(
  bytes: AsyncIterable<Uint8Array>,
  reader: RecordReader,
  size: number,
): AsyncGenerator<RecordBatch> {
  let held: RawRecord[] = []
  let bytesRead = 0
  for await (const chunk of bytes) {
    bytesRead += chunk.length
    held = held.concat(reader.write(chunk))
    for (; held.length >= size; held = held.slice(size)) {
      yield { records: held.slice(0, size), bytesRead }
    }
  }
  for (let last = reader.end(); last.length > 0; last = reader.end()) held = held.concat(last)
  for (; held.length > 0; held = held.slice(size)) {
    yield { records: held.slice(0, size), bytesRead }
  }
}

/** Records that have been read, with the rows that they look up, by lookup and key. */
export interface PreparedBatch {
  prepared: Prepared[]
  tables: Map<string, ReadonlyMap<string, Row>>
  bytesRead: number
}

/**
 * Reads the fields of each batch and looks up all of its references at once. A batch is prepared
 * while the one before it is worked on, so that nobody waits for the lookups.
 */
export function prepareBatches(
  batches: AsyncIterable<RecordBatch>,
  mapping: CompiledNotice,
  institution: string,
  lookup: Lookup,
  mayAsk: MayAsk = always,
): AsyncGenerator<PreparedBatch> {
  async function* prepare() {
    for await (const { records, bytesRead } of batches) {
      const prepared: Prepared[] = []
      for (const [index, record] of records.entries()) {
        if (index % BREATH_RECORDS === BREATH_RECORDS - 1) await breathe()
        prepared.push(mapping.read(record))
      }
      const tables = await lookUp(prepared, mapping, institution, lookup, mayAsk)
      yield { prepared, tables, bytesRead }
    }
  }
  return oneAhead(prepare())
}

/** Renders and checks a batch, in order; `take` keeps of each record what the caller needs. */
export async function finishBatch<T>(
  { prepared, tables }: PreparedBatch,
  mapping: CompiledNotice,
  context: FinishContext,
  take: (mapped: Mapped) => T,
): Promise<T[]> {
  const taken: T[] = []
  for (const [index, entry] of prepared.entries()) {
    if (index % BREATH_RECORDS === BREATH_RECORDS - 1) await breathe()
    taken.push(take(mapping.finish(entry, rowsOf(entry, tables), context)))
  }
  return taken
}

const always = () => true

/** Asks for the next item before it gives one; the fault of an item is thrown in its turn. */
async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next()
  try {
    for (let item = await next; !item.done; item = await next) {
      next = source.next()
      next.catch(() => {})
      yield item.value
    }
  } finally {
    await next.catch(() => {})
    await source.return(undefined)
  }
}

async function lookUp(
  prepared: Prepared[],
  mapping: CompiledNotice,
  institution: string,
  lookup: Lookup,
  mayAsk: MayAsk,
): Promise<PreparedBatch['tables']> {
  const tables: PreparedBatch['tables'] = new Map()
  for (const { name, table, asked } of mapping.lookups) {
    const keys = new Set<string>()
    for (const entry of prepared) {
      const rows = rowsOf(entry, tables)
      const key = mapping.lookupKey(name, entry, rows)
      entry.lookups[name] = key
      if (key !== null && (asked === null || mayAsk(entry, rows))) keys.add(key)
    }
    tables.set(name, await lookup(institution, table, [...keys], asked))
  }
  return tables
}

/** The rows of one record, of the lookups that have been fetched. */
function rowsOf({ lookups }: Prepared, tables: PreparedBatch['tables']): LookedUp {
  const rows: LookedUp = {}
  for (const [name, table] of tables) {
    const key = lookups[name] ?? null
    rows[name] = key === null ? null : (table.get(key) ?? null)
  }
  return rows
}

/** Lets pending I/O run: PostgreSQL takes the last batch while this one is mapped. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
