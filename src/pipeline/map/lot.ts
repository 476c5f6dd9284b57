// Mapped records → rows of one lot: each record is compared with the notice of its key, and becomes
// a new notice, a change, a silent update, a duplicate, skipped or refused. A lot is one
// transaction.
import type { RecordFate } from '../../domain/flow-account.ts'
import { decideChange, type KnownNotice, type NoticeData, sameBytes } from '../../domain/notice.ts'
import type { CompiledNotice, Mapped, MappedNotice } from '../../mapping/mapping.ts'
import type { PlannedMessage } from '../plan.ts'
import { createIdSet } from './id-set.ts'

/** A record that made a notice, or changed the one with this id. Silent changes make no message. */
export interface LotNotice {
  record: number
  line: number
  noticeId: number | null
  silent: boolean
  data: NoticeData
  contentHash: Uint8Array
  matterHash: Uint8Array
  messages: PlannedMessage[]
  /** Of every template, also of reminders that have passed: such a one may still wait to leave. */
  textHashes: Uint8Array[]
}

/** A record that ended here. `detail` may quote it: it is sealed. */
export interface LotRecord {
  record: number
  line: number
  fate: Exclude<RecordFate, 'message'>
  noticeId: number | null
  detail: object
}

/** A notice that already has a record's key. */
export interface FoundNotice extends KnownNotice {
  id: number
  flowId: number
}

export interface LotTarget {
  institution: string
  series: string
  service: string
  flowId: number
  dropId: number
  mappingVersionId: number
}

/** Everything that one drop becomes: it stands whole after `commit`, or not at all. */
export interface MapLot {
  hash(use: 'content' | 'text', text: string): Uint8Array
  /** The notices that already have these keys, by key. */
  find(keys: string[]): Promise<Map<string, FoundNotice>>
  add(notices: LotNotice[], records: LotRecord[], now: Temporal.Instant): Promise<void>
  commit(summary: {
    records: number
    contentHash: Uint8Array
    now: Temporal.Instant
  }): Promise<void>
  rollback(): Promise<void>
}

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
  textHashes: Uint8Array[]
}

export type Taken = TakenNotice | Exclude<Mapped, MappedNotice>

export interface LotFiller {
  /** To be called for each record as soon as it is mapped. */
  take(mapped: Mapped): Taken
  /** Adds a batch; batches must be added one after the other. */
  add(taken: Taken[]): Promise<void>
  /** Keyed hash over all notices so far, in order: what an approval binds to. */
  contentHash(): Uint8Array
}

/** `plan` answers the messages of a notice from its due instant. */
export function createLotFiller(
  lot: MapLot,
  flowId: number,
  mapping: CompiledNotice,
  plan: (dueAt: string | null) => PlannedMessage[],
  now: Temporal.Instant,
): LotFiller {
  const whole = createChain((text) => lot.hash('content', text))
  /** Notices that this drop named and left in the flow where they were. */
  const named = createIdSet()
  return {
    contentHash: whole.end,
    take(mapped) {
      if (mapped.kind !== 'notice') return mapped
      const { kind, record, line, key, data, payloads } = mapped
      return {
        ...{ kind, record, line, key, data },
        contentHash: lot.hash('content', mapping.canonical(data)),
        matterHash: lot.hash('content', JSON.stringify(mapping.matters(data))),
        messages: plan(data.dueAt),
        textHashes: payloads.map((texts) => lot.hash('text', JSON.stringify(texts))),
      }
    },
    async add(taken) {
      const keys = new Set(taken.flatMap((entry) => (entry.kind === 'notice' ? [entry.key] : [])))
      const known = await lot.find([...keys])
      const fresh = new Map<string, Uint8Array>()
      const notices: LotNotice[] = []
      const records: LotRecord[] = []
      for (const entry of taken) {
        if (entry.kind !== 'notice') {
          records.push(endedRecord(entry))
          continue
        }
        const { kind: _, key, ...notice } = entry
        const { contentHash, matterHash } = notice
        const earlier = known.get(key) ?? null
        const isNamed = earlier !== null && (earlier.flowId === flowId || named.has(earlier.id))
        const inThisDrop = fresh.get(key) ?? (isNamed ? earlier.contentHash : undefined)
        if (inThisDrop) {
          records.push(repeatedRecord(entry, sameBytes(inThisDrop, contentHash), earlier))
          continue
        }
        fresh.set(key, contentHash)
        const change = decideChange(earlier, contentHash, matterHash)
        if (change === 'same' || change === 'updated') {
          records.push(duplicateRecord(entry, change, earlier))
          if (earlier) named.add(earlier.id)
        }
        if (change === 'same') continue
        whole.add(contentHash)
        notices.push({ ...notice, noticeId: earlier?.id ?? null, silent: change === 'updated' })
      }
      await lot.add(notices, records, now)
    },
  }
}

/** Hashes in one link of the chain, whatever the size of a batch. */
const LINK_HASHES = 1000

/** One hash over any number of hashes, in order, in constant memory. */
function createChain(hash: (text: string) => Uint8Array) {
  let link = ''
  let held = 0
  return {
    add(next: Uint8Array): void {
      link += textOf(next)
      held += 1
      if (held < LINK_HASHES) return
      link = textOf(hash(link))
      held = 0
    },
    end: () => hash(link),
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function endedRecord(entry: Exclude<Mapped, MappedNotice>): LotRecord {
  const { record, line, key } = entry
  const detail =
    entry.kind === 'skipped' ? { key, because: entry.because } : { key, refusals: entry.refusals }
  return { record, line, fate: entry.kind, noticeId: null, detail }
}

/**
 * The same key twice in one drop: the same data is a duplicate, other data a question for the
 * office.
 */
function repeatedRecord(
  entry: TakenNotice,
  same: boolean,
  earlier: { id: number } | null,
): LotRecord {
  const { record, line, key } = entry
  const place = { record, line, noticeId: earlier?.id ?? null }
  if (same) {
    return { ...place, fate: 'duplicate', detail: { key, because: 'ripetuta in questo file' } }
  }
  const refusal = {
    code: 'REC_KEY_REPEATED',
    field: null,
    detail: `La chiave «${key}» compare due volte in questo file con dati diversi; vale la prima.`,
    remedy: 'Togli alla fonte la riga sbagliata, o aggiungi un campo a `key` nel modello.',
  }
  return { ...place, fate: 'refused', detail: { key, refusals: [refusal] } }
}

function duplicateRecord(
  entry: TakenNotice,
  change: 'same' | 'updated',
  earlier: { id: number } | null,
): LotRecord {
  const { record, line, key } = entry
  const because =
    change === 'same' ? 'già presa in carico' : 'già presa in carico, aggiornata senza nuovo invio'
  const detail = { key, because }
  return { record, line, fate: 'duplicate', noticeId: earlier?.id ?? null, detail }
}
