// Mapped records → rows of one lot: each record is compared with the notice of its key, and becomes
// a new notice, a change, a silent update, a duplicate, the end of one, skipped or refused.
// Invariant: records are taken in the order of the drop, however they are batched.
import { decideChange, type NoticeData, sameBytes } from '../../domain/notice.ts'
import { isAdopted, keepsPostponement } from '../../domain/postponement.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { LotTexts } from '../../domain/release-check.ts'
import { countUnplanned, type UnplannedCounts } from '../../domain/unplanned.ts'
import type { CompiledNotice, Mapped, MappedNotice, Payloads } from '../../mapping/mapping.ts'
import { createChain, hashText } from '../hash-chain.ts'
import { type NoticePlan, type Plan, type PlannedMessage, REMINDERS_ONLY } from '../plan.ts'
import {
  duplicateRecord,
  endedRecord,
  endRecord,
  leftTo,
  overtakenRecord,
  quietly,
  repeatedRecord,
} from './fates.ts'
import { createIdSet } from './id-set.ts'
import type { FoundNotice, LotNotice, LotRecord, MapLot, QuietNotice, SettledState } from './lot.ts'
import { createTextTally, type SeenTexts } from './text-tally.ts'

/**
 * A notice as the lot wants it: its texts only by their hashes. A batch of rendered texts would
 * outlive every short garbage collection, and be copied by it.
 */
export interface TakenNotice {
  kind: 'notice'
  record: number
  line: number
  key: string
  data: NoticeData
  contentHash: Uint8Array
  matterHash: Uint8Array
  messages: PlannedMessage[]
  unplanned: NoticePlan['unplanned']
  textHashes: Uint8Array[]
  hasFirst: boolean
  warnings: readonly Refusal[]
  texts: SeenTexts
  /** The due date of its record, where another holds that a person has set. */
  postponedFrom?: string
}

export type Taken = TakenNotice | Exclude<Mapped, MappedNotice>

export interface LotFiller {
  /** To be called for each record as soon as it is mapped. */
  take(mapped: Mapped): Taken
  /** Adds a batch; batches must be added one after the other. */
  add(taken: Taken[]): Promise<void>
  /** Keyed hash over all notices so far, in order: what an approval binds to. */
  contentHash(): Uint8Array
  tally(): LotTally
  /** What was seen of the texts of its first messages; null: it has none. */
  texts(): LotTexts | null
}

/** What is counted of the records of a lot: a snapshot must know it to close what it lacks. */
export interface LotTally {
  /** Refused records whose key could not be read: what a rule skips is no notice. */
  keyless: number
  /** Open notices that these records changed: they are of this flow now. */
  changed: number
  /** Reminders of new and changed notices that are not planned. */
  unplanned: UnplannedCounts
}

export interface Filling {
  flowId: number
  plan: Plan
  /** Why the first messages are not ours to send; null: they are. */
  elsewhere: string | null
  /** The first drop of a snapshot from now on: what is new in it stands already, untold. */
  isBaseline?: boolean
  now: Temporal.Instant
}

/** Compares records with what stands and writes what they become, in the order of the drop. */
export function createLotFiller(
  lot: MapLot,
  mapping: CompiledNotice,
  { flowId, plan, elsewhere, isBaseline = false, now }: Filling,
): LotFiller {
  const whole = createChain((text) => lot.hash('content', text))
  /** Notices that this drop named and left in the flow where they were. */
  const named = createIdSet()
  const tally: LotTally = { keyless: 0, changed: 0, unplanned: {} }
  const texts = createTextTally(mapping, (text) => lot.hash('text', text))
  const { action, missing, reminders } = mapping.spec

  function countLeftOut({ unplanned }: TakenNotice): void {
    for (const { template, because } of unplanned) {
      countUnplanned(tally.unplanned, reminders[template - 1]?.at ?? '', because)
    }
  }

  /** Why another record of this drop with the same key leaves this one without effect. */
  function findRepeat(entry: TakenNotice, earlier: FoundNotice | null, run: Run) {
    if (action !== undefined) return null
    const isNamed = earlier !== null && (earlier.flowId === flowId || named.has(earlier.id))
    const inThisDrop = run.fresh.get(entry.key) ?? (isNamed ? earlier.contentHash : undefined)
    if (inThisDrop === undefined) return null
    return repeatedRecord(entry, sameBytes(inThisDrop, entry.contentHash), earlier)
  }

  /** What follows from the data and the texts of a notice, each under its own name. */
  function consequencesOf(data: NoticeData, rendered: readonly Payloads[], hasFirst: boolean) {
    const { dueAt, payment } = data
    return {
      contentHash: lot.hash('content', mapping.canonical(data)),
      matterHash: lot.hash('content', JSON.stringify(mapping.matters(data))),
      ...plan({ dueAt, hasFirst, hasPayment: payment !== null }),
      textHashes: rendered.map((payloads) => lot.hash('text', JSON.stringify(payloads))),
    }
  }

  /** The record with the due date that a person has set, while its source says the one before. */
  function postponed(entry: TakenNotice, earlier: FoundNotice | null): TakenNotice {
    const { dueAt } = entry.data
    const moved = earlier?.postponed ?? null
    if (moved === null || !keepsPostponement(dueAt, moved)) return entry
    const data = mapping.postponed(entry.data, moved.to)
    if (data === null) return entry
    const rendered = entry.textHashes.map((_, template) => mapping.payloads(data, template))
    const consequences = consequencesOf(data, rendered, entry.hasFirst)
    return { ...entry, data, ...consequences, postponedFrom: moved.from }
  }

  function takeNotice(said: TakenNotice, run: Run): void {
    const earlier = run.known.get(said.key) ?? null
    const entry = postponed(said, earlier)
    const { kind: _, key, hasFirst, unplanned: __, texts: seen, ...notice } = entry
    const { contentHash, matterHash } = notice
    const repeat = findRepeat(entry, earlier, run)
    if (repeat !== null) return void run.records.push(repeat)
    if (earlier?.isNewer) {
      run.records.push(overtakenRecord(entry, earlier))
      return void named.add(earlier.id)
    }
    run.fresh.set(key, contentHash)
    const decided = decideChange(earlier, contentHash, matterHash, notice.textHashes[0])
    const isWordOfSource = isAdopted(said.data.dueAt, earlier?.postponed ?? null)
    const change = decided === 'same' && isWordOfSource ? 'updated' : decided
    if (earlier !== null && (change === 'same' || change === 'updated')) {
      run.records.push(duplicateRecord(entry, change, earlier))
      named.add(earlier.id)
    }
    if (change === 'same') return
    const isStanding = earlier !== null && earlier.flowId !== flowId && isOpen(earlier)
    const isReplayed = earlier?.endedBy === 'replay'
    if ((change === 'changed' && isStanding) || isReplayed) tally.changed += 1
    whole.add(hashText(contentHash))
    const silent = change === 'updated'
    const ended = quietly(key, change, earlier, run.settled.get(key) ?? null, isBaseline)
    const messages = ended === undefined ? notice.messages : messagesOf(notice.messages, ended)
    const untold = elsewhere ?? (hasFirst ? null : REMINDERS_ONLY)
    const quiet = ended ?? (silent ? undefined : leftTo(untold, key))
    if (!silent && ended === undefined) countLeftOut(entry)
    if (!silent && quiet === undefined) texts.count(entry.record, seen)
    run.notices.push({
      ...{ ...notice, messages, noticeId: earlier?.id ?? null, silent },
      ...(quiet && { quiet }),
    })
  }

  async function addRun(taken: Taken[]): Promise<void> {
    const run = await openRun(lot, taken, missing !== undefined, now)
    for (const entry of taken) {
      const earlier = entry.key === null ? null : (run.known.get(entry.key) ?? null)
      if (entry.key === null && entry.kind === 'refused') tally.keyless += 1
      if (entry.kind === 'notice') takeNotice(entry, run)
      else if (entry.kind === 'ended') takeEnd(entry, earlier, run)
      else run.records.push(endedRecord(entry, earlier))
    }
    await lot.supersede(taken.flatMap(({ kind, key }) => (kind === 'refused' ? [] : (key ?? []))))
    await lot.add(run.notices, run.records, now)
    for (const as of ['settled', 'cancelled'] as const) {
      if (run.ended[as].length > 0) await lot.end(run.ended[as], as, now)
    }
  }

  return {
    contentHash: whole.end,
    tally: () => tally,
    texts: texts.total,
    take(mapped) {
      if (mapped.kind !== 'notice') return mapped
      const { kind, record, line, key, data, payloads, hasFirst, warnings } = mapped
      return {
        ...{ kind, record, line, key, data, hasFirst, warnings },
        ...consequencesOf(data, payloads, hasFirst),
        texts: texts.see(data, payloads),
      }
    },
    async add(taken) {
      if (action === undefined) return addRun(taken)
      // What comes last holds: each record must see what those before it have done.
      for (const run of runsOf(taken)) await addRun(run)
    },
  }
}

/** Records that are compared and written together. */
interface Run {
  known: Map<string, FoundNotice>
  settled: Map<string, SettledState>
  /** Keys of this run with the hash of their first record. */
  fresh: Map<string, Uint8Array>
  notices: LotNotice[]
  records: LotRecord[]
  /** Notices that stand and end with this run. */
  ended: Record<SettledState, number[]>
}

/** `findsAll`: also the notices of records that leave them as they are. */
async function openRun(
  lot: MapLot,
  taken: Taken[],
  findsAll: boolean,
  now: Temporal.Instant,
): Promise<Run> {
  const keys = new Set<string>()
  for (const { kind, key } of taken) {
    if (key !== null && (findsAll || kind === 'notice' || kind === 'ended')) keys.add(key)
  }
  const known = await lot.find([...keys])
  const bills = taken.flatMap((entry) => {
    if (entry.kind !== 'notice' || known.has(entry.key)) return []
    return [{ key: entry.key, noticeNumber: entry.data.payment?.noticeNumber ?? null }]
  })
  const settled = bills.length > 0 ? await lot.findSettled(bills, now) : new Map()
  const ended = { settled: [], cancelled: [] }
  return { known, settled, fresh: new Map(), notices: [], records: [], ended }
}

/** Pieces of a batch in which no key comes twice. */
function* runsOf(taken: Taken[]): Generator<Taken[]> {
  let run: Taken[] = []
  let keys = new Set<string>()
  for (const entry of taken) {
    if (entry.key !== null && keys.has(entry.key)) {
      yield run
      run = []
      keys = new Set()
    }
    run.push(entry)
    if (entry.key !== null) keys.add(entry.key)
  }
  if (run.length > 0) yield run
}

function isOpen({ state }: FoundNotice): boolean {
  return state === 'open' || state === 'expired'
}

/** One that is open again goes on with its reminders; the others have nothing to say. */
function messagesOf(messages: PlannedMessage[], { state, fate }: QuietNotice): PlannedMessage[] {
  if (state !== 'open' || fate !== 'duplicate') return []
  return messages.filter(({ purpose }) => purpose !== 'first')
}

function takeEnd(
  entry: Extract<Taken, { kind: 'ended' }>,
  earlier: FoundNotice | null,
  run: Run,
): void {
  const isNow = earlier !== null && isOpen(earlier) && !earlier.isNewer
  if (isNow) run.ended[entry.as].push(earlier.id)
  run.records.push(endRecord(entry, earlier, isNow))
}
