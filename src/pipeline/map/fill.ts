// Records → one lot: looked up, mapped, compared and written, a batch at a time, each batch mapped
// while the one before it is written. Invariant: the lot is committed whole, or rolled back.
import type { Calendar } from '../../domain/calendar.ts'
import { elsewhereReason, type NotifiedElsewhere } from '../../domain/notified-elsewhere.ts'
import type { CompiledNotice, FinishContext } from '../../mapping/mapping.ts'
import { type PlanTerms, planMessages } from '../plan.ts'
import { createLotFiller, type LotFiller, type Taken } from './filler.ts'
import type { MapLot } from './lot.ts'
import { endSnapshot, type SnapshotOrigin } from './missing.ts'
import { finishBatch, type Lookup, prepareBatches, type RecordBatch } from './records.ts'

export interface LotSource {
  institution: string
  flowId: number
  mapping: CompiledNotice
  /** Of the feed: reminders are planned in it. */
  calendar: Calendar
  elsewhere: NotifiedElsewhere | null
  /** Whose reminders of premium messages with a payment count. */
  reminders: PlanTerms['reminders']
  /** Its first messages leave no sooner. */
  firstAt?: PlanTerms['firstAt']
  context: FinishContext
  batches: AsyncIterable<RecordBatch>
  /** What is new in it stands already, and nobody is told. */
  isBaseline?: boolean
  /** Of a whole drop; absent: only some of its records are here, and nothing is missing. */
  origin?: SnapshotOrigin
}

export interface FillPorts {
  lookup: Lookup
  now(): Temporal.Instant
  /** Hears how many bytes have been read, for each batch. */
  progress(bytes: number): Promise<void>
}

/** Fills and commits a lot; answers how many records it has. */
export async function fillLot(lot: MapLot, source: LotSource, ports: FillPorts): Promise<number> {
  const { institution, flowId, mapping, calendar, elsewhere, context, isBaseline = false } = source
  const now = ports.now()
  let adding: Promise<unknown> = Promise.resolve()
  try {
    const filler = createLotFiller(lot, mapping, {
      flowId,
      plan: planMessages(mapping.spec, calendar, now, source),
      elsewhere: elsewhere && elsewhereReason(elsewhere),
      isBaseline,
      now,
    })
    let records = 0
    for await (const batch of prepareBatches(source.batches, mapping, institution, ports.lookup)) {
      records += batch.prepared.length
      const taken = await finishBatch(batch, mapping, context, filler.take)
      // The next batch is read and mapped while PostgreSQL takes this one; they are added in order.
      await adding
      adding = addBatch(filler, taken, () => ports.progress(batch.bytesRead))
      adding.catch(() => {})
    }
    await adding
    const tally = { ...filler.tally(), records }
    const missing = source.origin
      ? await endSnapshot(lot, mapping.spec.missing, tally, source.origin, ports.now())
      : null
    const contentHash = filler.contentHash()
    const { unplanned } = tally
    const texts = filler.texts()
    await lot.commit({ records, contentHash, unplanned, texts, missing, now: ports.now() })
    return records
  } catch (error) {
    // What is still being added would go on after the rollback, and stand outside of the lot.
    await adding.catch(() => {})
    await lot.rollback()
    throw error
  }
}

/** Waits for both, also when one fails. */
async function addBatch(
  filler: LotFiller,
  taken: Taken[],
  tellProgress: () => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled([filler.add(taken), tellProgress()])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
