// Bytes → batches of raw records → mapped records. Shared by the stage and by `preview`, so that
// what is previewed is what would be mapped. Nothing here awaits per record: lookups go a batch at
// a time.
import type { CsvReader, RawRecord } from '../../mapping/csv.ts'
import type { CompiledNotice, Mapped, Prepared } from '../../mapping/mapping.ts'

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
  reader: CsvReader,
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

/**
 * Maps a batch: reads the fields, looks up all references at once, renders and checks. In order.
 * `take` keeps of each mapped record what the caller needs.
 */
export async function mapBatch<T>(
  records: RawRecord[],
  mapping: CompiledNotice,
  context: { institution: string; testers: ReadonlySet<string> },
  lookup: Lookup,
  take: (mapped: Mapped) => T,
): Promise<T[]> {
  const prepared: Prepared[] = []
  for (const [index, record] of records.entries()) {
    if (index % BREATH_RECORDS === BREATH_RECORDS - 1) await breathe()
    prepared.push(mapping.read(record))
  }
  const tables = await lookUp(prepared, mapping, context.institution, lookup)
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

async function lookUp(
  prepared: Prepared[],
  mapping: CompiledNotice,
  institution: string,
  lookup: Lookup,
): Promise<Map<string, Map<string, Record<string, string>>>> {
  const tables = new Map<string, Map<string, Record<string, string>>>()
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
