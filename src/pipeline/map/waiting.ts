// A mapped drop whose records wait → messages, refusals. Reads the drop again, takes only the
// records for which a row has come or the time is over, and maps them into the flow that they are
// of, with the mapping by which that flow was made. Each of them ends once, or goes on waiting.
import type { NotifiedElsewhere } from '../../domain/notified-elsewhere.ts'
import type { RawRecord, RecordReader } from '../../mapping/format/raw-record.ts'
import type { RecordSpec } from '../../mapping/format/record-spec.ts'
import type { CompiledNotice } from '../../mapping/mapping.ts'
import { fillLot } from './fill.ts'
import { createIdSet } from './id-set.ts'
import type { MapLot } from './lot.ts'
import { batchRecords, type Lookup, type OpenedRecords, type RecordBatch } from './records.ts'

/** The lot of a flow, open again for the records that can go on. */
export interface WaitingLot extends MapLot {
  flowId: number
  mappingVersionId: number
  zone: string
  /** When the flow was made: waits are counted from it. */
  since: Temporal.Instant
  /** Those that can go on. */
  records: Int32Array
}

/** What this needs to know of the drop's feed, as it is now. */
export interface WaitingFeed {
  testers: ReadonlySet<string>
  elsewhere: NotifiedElsewhere | null
  batchRecords: number
  /** The first day that the feed wants. */
  startsOn: string | null
  isBaseline: boolean
}

interface WaitingDrop {
  id: number
  institution: string
}

export interface WaitingPorts<Drop> {
  drops: {
    openRecords(drop: Drop, record: RecordSpec): Promise<OpenedRecords>
  }
  waits: {
    /** Null: no record of the drop waits that could go on now. */
    open(dropId: number, now: Temporal.Instant): Promise<WaitingLot | null>
    /** A mapping as it was; null when this Staffetta can no longer read it. */
    mapping(versionId: number): Promise<CompiledNotice | null>
  }
  lookup: Lookup
  now(): Temporal.Instant
}

/** Maps what can go on; answers how many records. Safe to repeat, and to call for nothing. */
export async function mapWaiting<Drop extends WaitingDrop>(
  drop: Drop,
  feed: WaitingFeed,
  ports: WaitingPorts<Drop>,
): Promise<number> {
  const now = ports.now()
  const lot = await ports.waits.open(drop.id, now)
  if (lot === null) return 0
  const { flowId, zone } = lot
  const { batches, mapping } = await openBatches(drop, lot, feed, ports).catch(async (error) => {
    await lot.rollback()
    throw error
  })
  const isOver = (hours: number) => Temporal.Instant.compare(lot.since.add({ hours }), now) <= 0
  const { institution } = drop
  const { elsewhere, testers, startsOn, isBaseline } = feed
  const context = { testers, isOver, startsOn }
  const source = { institution, flowId, mapping, zone, elsewhere, context, batches, isBaseline }
  return fillLot(lot, source, { ...ports, progress: async () => {} })
}

async function openBatches<Drop extends WaitingDrop>(
  drop: Drop,
  lot: WaitingLot,
  feed: WaitingFeed,
  ports: WaitingPorts<Drop>,
): Promise<{ batches: AsyncIterable<RecordBatch>; mapping: CompiledNotice }> {
  const mapping = await ports.waits.mapping(lot.mappingVersionId)
  if (mapping === null) throw new Error(`flow ${lot.flowId}: its mapping can no longer be read`)
  const { bytes, others } = await ports.drops.openRecords(drop, mapping.spec.record)
  return { mapping, batches: wantedBatches(bytes, mapping.reader(others), lot, feed.batchRecords) }
}

/** Batches of the wanted records alone. A drop is never changed, so all of them are found in it. */
async function* wantedBatches(
  bytes: AsyncIterable<Uint8Array>,
  reader: RecordReader,
  lot: WaitingLot,
  size: number,
): AsyncGenerator<RecordBatch> {
  const wanted = createIdSet()
  for (const record of lot.records) wanted.add(record)
  let found = 0
  let held: RawRecord[] = []
  for await (const { records, bytesRead } of batchRecords(bytes, reader, size)) {
    held = held.concat(records.filter(({ record }) => wanted.has(record)))
    const isLast = found + held.length >= lot.records.length
    if (held.length < size && !isLast) continue
    found += held.length
    yield { records: held, bytesRead }
    if (isLast) return
    held = []
  }
  const { flowId, records } = lot
  throw new Error(`flow ${flowId}: of ${records.length} waiting records ${found} are in its drop`)
}
