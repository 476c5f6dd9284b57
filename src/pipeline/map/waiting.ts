// A mapped drop whose records wait → messages, refusals. Systems that have not answered are asked
// again; then it reads the drop again, takes only the records that can go on or whose time is over,
// and maps them into the flow that they are of, with the mapping by which that flow was made. Each
// of them ends once, or goes on waiting.
import type { Calendar } from '../../domain/calendar.ts'
import type { NotifiedElsewhere } from '../../domain/notified-elsewhere.ts'
import type { RawRecord, RecordReader } from '../../mapping/format/raw-record.ts'
import type { RecordSpec } from '../../mapping/format/record-spec.ts'
import type { CompiledNotice } from '../../mapping/mapping.ts'
import type { PlanTerms } from '../plan.ts'
import { type Asking, type AskingPorts, asksSystems, openAsking } from './asking.ts'
import { fillLot } from './fill.ts'
import { createIdSet } from './id-set.ts'
import type { MapLot } from './lot.ts'
import { batchRecords, type Lookup, type OpenedRecords, type RecordBatch } from './records.ts'

/** The lot of a flow, open again for the records that can go on. */
export interface WaitingLot extends MapLot {
  flowId: number
  mappingVersionId: number
  /** When the flow was made: waits are counted from it. */
  since: Temporal.Instant
  /** Those that can go on. */
  records: Int32Array
}

/** What this needs to know of the drop's feed, as it is now. */
export interface WaitingFeed {
  calendar: Calendar
  testers: ReadonlySet<string>
  elsewhere: NotifiedElsewhere | null
  reminders: PlanTerms['reminders']
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
    /** The records to ask systems about now, and those that can go on; null: none. */
    toAsk(
      dropId: number,
      now: Temporal.Instant,
    ): Promise<{ mappingVersionId: number; records: Int32Array } | null>
    /** What has still no answer is asked about later: at this instant, or soon. */
    askLater(dropId: number, at: Temporal.Instant | null, now: Temporal.Instant): Promise<void>
    /** A mapping as it was; null when this Staffetta can no longer read it. */
    mapping(versionId: number): Promise<CompiledNotice | null>
  }
  lookup: Lookup
  asking: AskingPorts
  now(): Temporal.Instant
}

/**
 * Maps what can go on; answers how many records, or when to go on asking systems about them. Safe
 * to repeat, and to call for nothing.
 */
export async function mapWaiting<Drop extends WaitingDrop>(
  drop: Drop,
  feed: WaitingFeed,
  ports: WaitingPorts<Drop>,
): Promise<number | Temporal.Instant> {
  const asking = await askAgain(drop, feed, ports)
  if (asking instanceof Temporal.Instant) return asking
  const { lookup } = asking ?? ports
  const records = await mapLot(drop, feed, { ...ports, lookup })
  if (asking) await ports.waits.askLater(drop.id, asking.again(), ports.now())
  return records
}

/** Asks about the records that wait; null where nothing is asked. */
async function askAgain<Drop extends WaitingDrop>(
  drop: Drop,
  feed: WaitingFeed,
  ports: WaitingPorts<Drop>,
): Promise<Asking | Temporal.Instant | null> {
  const waiting = await ports.waits.toAsk(drop.id, ports.now())
  if (waiting === null) return null
  const mapping = await ports.waits.mapping(waiting.mappingVersionId)
  if (mapping === null || !asksSystems(mapping)) return null
  const asking = await openAsking(drop, mapping, ports.lookup, ports.asking)
  const batches = await openBatches(drop, mapping, waiting.records, feed.batchRecords, ports)
  const { testers, startsOn } = feed
  return (await asking.pass(batches, { testers, startsOn }, false)) ?? asking
}

async function mapLot<Drop extends WaitingDrop>(
  drop: Drop,
  feed: WaitingFeed,
  ports: WaitingPorts<Drop>,
): Promise<number> {
  const now = ports.now()
  const lot = await ports.waits.open(drop.id, now)
  if (lot === null) return 0
  const { flowId } = lot
  const { batches, mapping } = await openLotBatches(drop, lot, feed, ports).catch(async (error) => {
    await lot.rollback()
    throw error
  })
  const isOver = (hours: number) => Temporal.Instant.compare(lot.since.add({ hours }), now) <= 0
  const { institution } = drop
  const { calendar, elsewhere, reminders, testers, startsOn, isBaseline } = feed
  const context = { testers, isOver, startsOn }
  const terms = { calendar, elsewhere, reminders }
  const source = { institution, flowId, mapping, ...terms, context, batches, isBaseline }
  return fillLot(lot, source, { ...ports, progress: async () => {} })
}

async function openLotBatches<Drop extends WaitingDrop>(
  drop: Drop,
  lot: WaitingLot,
  feed: WaitingFeed,
  ports: WaitingPorts<Drop>,
): Promise<{ batches: AsyncIterable<RecordBatch>; mapping: CompiledNotice }> {
  const mapping = await ports.waits.mapping(lot.mappingVersionId)
  if (mapping === null) throw new Error(`flow ${lot.flowId}: its mapping can no longer be read`)
  const batches = await openBatches(drop, mapping, lot.records, feed.batchRecords, ports)
  return { mapping, batches }
}

async function openBatches<Drop extends WaitingDrop>(
  drop: Drop,
  mapping: CompiledNotice,
  records: Int32Array,
  size: number,
  ports: WaitingPorts<Drop>,
): Promise<AsyncIterable<RecordBatch>> {
  const opened = await ports.drops.openRecords(drop, mapping.spec.record)
  return wantedBatches(drop.id, opened.bytes, mapping.reader(opened), records, size)
}

/** Batches of the wanted records alone. A drop is never changed, so all of them are found in it. */
async function* wantedBatches(
  dropId: number,
  bytes: AsyncIterable<Uint8Array>,
  reader: RecordReader,
  ids: Int32Array,
  size: number,
): AsyncGenerator<RecordBatch> {
  const wanted = createIdSet()
  for (const id of ids) wanted.add(id)
  let found = 0
  let held: RawRecord[] = []
  for await (const { records, bytesRead } of batchRecords(bytes, reader, size)) {
    held = held.concat(records.filter(({ record }) => wanted.has(record)))
    const isLast = found + held.length >= ids.length
    if (held.length < size && !isLast) continue
    found += held.length
    yield { records: held, bytesRead }
    if (isLast) return
    held = []
  }
  throw new Error(`drop ${dropId}: of ${ids.length} waiting records ${found} are in it`)
}
