// Bytes → batches of raw records → mapped records. Shared by the stage and by `preview`, so that
// what is previewed is what would be mapped. Nothing here awaits per record: lookups go a batch at
// a time.
import type { CompiledNotice, Mapped, Prepared } from '../../mapping/mapping.ts'
import type { RawRecord, RecordReader } from '../../mapping/raw-record.ts'

/**
 * Rows of a reference by key; absent keys are absent from the answer. At most one batch of keys.
 */
export type Lookup = (
  institution: string,
  reference: string,
  keys: string[],
) => Promise<Map<string, Record<string, string>>>

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
  tables: Map<string, Map<string, Record<string, string>>>
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
): AsyncGenerator<PreparedBatch> {
  async function* prepare() {
    for await (const { records, bytesRead } of batches) {
      const prepared: Prepared[] = []
      for (const [index, record] of records.entries()) {
        if (index % BREATH_RECORDS === BREATH_RECORDS - 1) await breathe()
        prepared.push(mapping.read(record))
      }
      const tables = await lookUp(prepared, mapping, institution, lookup)
      yield { prepared, tables, bytesRead }
    }
  }
  return oneAhead(prepare())
}

/** Renders and checks a batch, in order; `take` keeps of each record what the caller needs. */
export async function finishBatch<T>(
  { prepared, tables }: PreparedBatch,
  mapping: CompiledNotice,
  context: { testers: ReadonlySet<string> },
  take: (mapped: Mapped) => T,
): Promise<T[]> {
  const taken: T[] = []
  for (const [index, entry] of prepared.entries()) {
    if (index % BREATH_RECORDS === BREATH_RECORDS - 1) await breathe()
    const rows: Record<string, Record<string, string> | null> = {}
    for (const [name, table] of tables) {
      const key = entry.lookups[name] ?? null
      rows[name] = key === null ? null : (table.get(key) ?? null)
    }
    taken.push(take(mapping.finish(entry, rows, context)))
  }
  return taken
}

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
): Promise<PreparedBatch['tables']> {
  const tables: PreparedBatch['tables'] = new Map()
  for (const [name, { reference }] of Object.entries(mapping.spec.lookups)) {
    const keys = new Set<string>()
    for (const { lookups } of prepared) {
      const key = lookups[name]
      if (key !== undefined && key !== null) keys.add(key)
    }
    tables.set(name, await lookup(institution, reference, [...keys]))
  }
  return tables
}

/** Lets pending I/O run: PostgreSQL takes the last batch while this one is mapped. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
