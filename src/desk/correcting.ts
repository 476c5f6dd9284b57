// What people do about refused records, composed: the bytes of their drop, the mapping of now and
// the store that knows how they stand. A part of `desk.ts`. Invariants: nothing is kept that would
// be refused again; what is mapped again is a flow of its own, with its checks and its approval.
import { openRecords } from '../archive/open-records.ts'
import { type Feed, findFeed } from '../config/config.ts'
import * as views from '../config/stage-views.ts'
import type { Asked } from '../domain/decision.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Correction } from '../mapping/correction.ts'
import type { RawRecord } from '../mapping/format/raw-record.ts'
import type { CompiledNotice, FinishContext, Mapped } from '../mapping/mapping.ts'
import type { Parts } from '../parts.ts'
import { findBeginning } from '../pipeline/map/beginning.ts'
import { correctedBatches, type WantedRecord } from '../pipeline/map/corrected.ts'
import { fillLot } from '../pipeline/map/fill.ts'
import {
  batchRecords,
  finishBatch,
  prepareBatches,
  type RecordBatch,
} from '../pipeline/map/records.ts'
import type { MapFeed } from '../pipeline/map.ts'
import { keptLookup } from '../rerendering.ts'
import type { RefusedDetail, RefusedPlace } from '../store/corrections.ts'
import { lineOf } from './drop-line.ts'

/** Why a record cannot be read again, nor corrected. */
export type WhyNotRead =
  /** It came of no drop: a correction of another, a campaign, an errata. */
  | 'no-drop'
  | 'purged'
  | 'replaced'
  | 'feed-gone'
  /** The mapping of now makes no notices, or counts its records otherwise. */
  | 'other-mapping'

/** One field of a record: what came, and what is wrong with it. */
export interface ReadField {
  name: string
  /** As the file calls it, where it says so. */
  column: string | null
  text: string
  isWrong: boolean
}

export interface ReadRecord extends RefusedDetail {
  /** Null: it cannot be read, `because` says why. */
  fields: ReadField[] | null
  /** The line as it stands in the file, of formats that have lines. */
  text: string | null
  because: WhyNotRead | null
}

export type CorrectAnswer =
  | { kind: 'done' }
  /** It would be refused again; nothing is kept. */
  | { kind: 'wrong'; refusals: readonly Refusal[] }
  /** It says what the record says. */
  | { kind: 'nothing' }
  /** Another person was quicker. */
  | { kind: 'changed' }
  | { kind: 'unreadable'; because: WhyNotRead }

export interface StillRefused {
  record: number
  line: number
  refusals: readonly Refusal[]
}

export type ReworkAnswer =
  | { kind: 'done'; flowId: number; records: number; refused: readonly StillRefused[] }
  /** All of them are refused again: there is no flow. */
  | { kind: 'wrong'; refused: readonly StillRefused[] }
  | { kind: 'changed' }
  | { kind: 'unreadable'; because: WhyNotRead }

/** Records that are mapped again at once. */
export const REWORKED_AT_ONCE = 5000

export type Correcting = ReturnType<typeof openCorrecting>

export function openCorrecting(parts: Parts) {
  const { store, now } = parts
  return {
    /** What a record says, with its line; that it was shown is written down. */
    async reveal(place: RefusedPlace, asked: Asked): Promise<ReadRecord> {
      const detail = await store.corrections.reveal(place, asked, now())
      const source = await sourceOf(parts, place)
      if (typeof source === 'string') {
        return { ...detail, fields: null, text: null, because: source }
      }
      const raw = await findRaw(source, place)
      if (raw === null) return { ...detail, fields: null, text: null, because: 'other-mapping' }
      const text = await lineOf(source.opened(), source.mapping.spec.record, place)
      return {
        ...detail,
        fields: fieldsOf(raw, source.mapping, detail.refusals),
        text,
        because: null,
      }
    },

    /**
     * Keeps what `said` has otherwise than the record, if it would be mapped so; `edition`: the
     * correction that was seen.
     */
    async correct(
      place: RefusedPlace,
      edition: number,
      said: Correction,
      asked: Asked,
    ): Promise<CorrectAnswer> {
      const source = await sourceOf(parts, place)
      if (typeof source === 'string') return { kind: 'unreadable', because: source }
      const raw = await findRaw(source, place)
      if (raw === null) return { kind: 'unreadable', because: 'other-mapping' }
      const correction = otherThan(raw, namesOf(source.mapping), said)
      if (Object.keys(correction).length === 0) return { kind: 'nothing' }
      const [mapped] = await mapAgain(parts, source, [{ ...place, correction }])
      if (mapped === undefined) return { kind: 'unreadable', because: 'other-mapping' }
      if (mapped.kind === 'refused') return { kind: 'wrong', refusals: mapped.refusals }
      const isKept = await store.corrections.correct(place, edition, correction, asked, now())
      return { kind: isKept ? 'done' : 'changed' }
    },

    /**
     * Maps records of one flow again with the mapping of now, corrected where they are: a flow of
     * its own. `edition` is the correction that was seen; 0: as it came.
     */
    async rework(
      place: Pick<RefusedPlace, 'institution' | 'flowId' | 'record'>,
      services: readonly string[] | null,
      records: readonly { record: number; edition: number }[],
      asked: Asked,
    ): Promise<ReworkAnswer> {
      if (records.length > REWORKED_AT_ONCE) throw new Error(`more than ${REWORKED_AT_ONCE}`)
      const found = await store.corrections.find(place.institution, services, place)
      if (found === null) return { kind: 'changed' }
      const source = await sourceOf(parts, found)
      if (typeof source === 'string') return { kind: 'unreadable', because: source }
      return rework(parts, source, found, records, asked)
    },
  }
}

/** Where records are read from, and what reads them. */
interface Source {
  institution: string
  dropId: number
  feed: Feed
  view: MapFeed
  mapping: CompiledNotice
  context: FinishContext
  isBaseline: boolean
  opened(): ReturnType<typeof openRecords>
}

async function sourceOf(parts: Parts, place: RefusedPlace): Promise<Source | WhyNotRead> {
  const { config, store } = parts
  const { institution, dropId, replacedBy, isKept } = place
  if (dropId === null) return 'no-drop'
  if (replacedBy !== null) return 'replaced'
  if (!isKept) return 'purged'
  const feed = place.feed === null ? undefined : findFeed(config, institution, place.feed)
  if (feed === undefined) return 'feed-gone'
  const view = views.mapFeedOf(config, feed)
  const { mapping, testers } = view
  if (mapping.shape !== 'notice') return 'other-mapping'
  const drop = await store.drops.get(dropId)
  const { startsOn, isBaseline } = await findBeginning(drop, view, mapping.spec, store)
  return {
    ...{ institution, dropId, feed, view, mapping, isBaseline },
    // Whoever corrects it waits for nothing more: it ends now as its mapping says.
    context: { testers, startsOn, isOver: () => true },
    opened: async () => openRecords(await store.drops.sources(dropId), mapping.spec.record),
  }
}

/** Opened by who reads it, so that a drop that cannot be is a fault of the reading. */
async function* batchesOf({ opened, mapping }: Source): AsyncGenerator<RecordBatch> {
  const records = await opened()
  yield* batchRecords(records.bytes, mapping.reader(records), BATCH_RECORDS)
}

const BATCH_RECORDS = 500

async function findRaw(source: Source, { record, line }: RefusedPlace): Promise<RawRecord | null> {
  const wanted = [{ record, line, correction: null }]
  for await (const { records } of correctedBatches(batchesOf(source), wanted, [])) {
    return records[0] ?? null
  }
  return null
}

/** Each as the mapping of now makes it; nothing is written. */
async function mapAgain(
  parts: Parts,
  source: Source,
  wanted: readonly WantedRecord[],
): Promise<Mapped[]> {
  const { mapping, institution, context } = source
  const lookup = keptLookup(parts.config, parts.store, parts.now())
  const batches = correctedBatches(batchesOf(source), wanted, namesOf(mapping))
  const mapped: Mapped[] = []
  for await (const batch of prepareBatches(batches, mapping, institution, lookup)) {
    mapped.push(...(await finishBatch(batch, mapping, context, (one) => one)))
  }
  return mapped
}

async function rework(
  parts: Parts,
  source: Source,
  place: RefusedPlace,
  records: readonly { record: number; edition: number }[],
  asked: Asked,
): Promise<ReworkAnswer> {
  const { store, now, config } = parts
  const { mapping, view, institution, dropId } = source
  const { service, account, calendar, version, elsewhere, reminders } = view
  if (service === null || account === null) return { kind: 'unreadable', because: 'other-mapping' }
  const target = {
    ...{ institution, aboutFlowId: place.flowId, feed: source.feed.id, dropId, service, account },
    ...{ zone: calendar.zone, calendarVersion: calendar.version, series: mapping.spec.series },
    mappingVersionId: await store.versions.idOf(institution, version, now()),
    records,
  }
  const lot = await store.openCorrectionLot(target, asked, now())
  if (lot === null) return { kind: 'changed' }
  const { flowId, wanted } = lot
  const batches = correctedBatches(batchesOf(source), wanted, namesOf(mapping))
  const { context, isBaseline } = source
  const terms = { calendar, elsewhere, reminders }
  const lookup = keptLookup(config, store, now())
  await fillLot(
    lot,
    { institution, flowId, mapping, ...terms, context, batches, isBaseline },
    { now, lookup, progress: async () => {} },
  )
  const refused = lot.refused().map(({ record, line, detail }) => {
    const { refusals = [] } = detail as { refusals?: readonly Refusal[] }
    return { record, line, refusals }
  })
  const taken = lot.taken()
  if (taken > 0) return { kind: 'done', flowId, records: taken, refused }
  return refused.length > 0
    ? { kind: 'wrong', refused }
    : { kind: 'unreadable', because: 'other-mapping' }
}

/** Of a row that was not told apart into fields everything is said anew. */
function otherThan(raw: RawRecord, names: readonly string[], said: Correction): Correction {
  const isOther = (name: string, index: number) =>
    Object.hasOwn(said, name) && (raw.problem !== null || said[name] !== (raw.cells[index] ?? ''))
  return Object.fromEntries(names.filter(isOther).map((name) => [name, said[name] as string]))
}

function namesOf(mapping: CompiledNotice): string[] {
  return Object.keys(mapping.spec.record.fields)
}

function fieldsOf(
  raw: RawRecord,
  mapping: CompiledNotice,
  refusals: readonly Refusal[],
): ReadField[] {
  const wrong = new Set(refusals.map(({ field }) => field))
  return Object.entries(mapping.spec.record.fields).map(([name, spec], index) => {
    const { column } = spec as { column?: unknown }
    const isNamed = typeof column === 'string' || typeof column === 'number'
    return {
      name,
      column: isNamed ? String(column) : null,
      text: raw.cells[index] ?? '',
      isWrong: wrong.has(name) || raw.problem !== null,
    }
  })
}
