// How a record ends that makes no message of its own, in the words of the report: the office reads
// them, and so does the source. Pure. Invariant: each has a reason that says what to make of it.
import type { NoticeChange } from '../../domain/notice.ts'
import { waitingFor } from '../../mapping/lookups.ts'
import type { Mapped } from '../../mapping/mapping.ts'
import type { FoundNotice, LotRecord, QuietNotice, SettledState } from './lot.ts'
import { repeatedReason, repeatedRefusal } from './repeated.ts'

interface KeyedRecord {
  record: number
  line: number
  key: string
}

/** How a notice stands that has no first message to send; undefined when it has one. */
export function quietly(
  key: string,
  change: NoticeChange,
  earlier: FoundNotice | null,
  settled: SettledState | null,
  isBaseline: boolean,
): QuietNotice | undefined {
  if (settled !== null) {
    const because = settled === 'settled' ? 'già pagata' : 'già annullata'
    return { state: settled, fate: 'skipped', detail: { key, because } }
  }
  const isReplayed = earlier?.endedBy === 'replay'
  if (isBaseline && (change === 'new' || (isReplayed && change === 'changed'))) {
    const because = 'già aperta all’avvio del collegamento'
    return { state: 'open', fate: 'skipped', detail: { key, because } }
  }
  if (change !== 'reopened' || earlier?.isUnheard) return undefined
  const because = isReplayed ? TOLD_BEFORE : THERE_AGAIN
  return { state: 'open', fate: 'duplicate', detail: { key, because } }
}

const THERE_AGAIN = 'di nuovo presente alla fonte: torna aperta, senza un nuovo invio'
const TOLD_BEFORE = 'già comunicata così: torna aperta con i suoi promemoria, senza un nuovo invio'

/** Of a drop that is mapped again: what a later one has said since holds. */
export function overtakenRecord(
  { record, line, key }: KeyedRecord,
  { id }: { id: number },
): LotRecord {
  const detail = { key, because: 'ripresa da un file più recente' }
  return { record, line, fate: 'duplicate', noticeId: id, detail }
}

/** What a notice is whose plan has no first message, and why; undefined when it has one. */
export function leftTo(because: string | null, key: string): QuietNotice | undefined {
  if (because === null) return undefined
  return { state: 'open', fate: 'skipped', detail: { key, because } }
}

/** The record by which the source ends a notice; `isNow`: it was open. */
export function endRecord(
  { record, line, key, as }: KeyedRecord & { as: SettledState },
  earlier: { id: number } | null,
  isNow: boolean,
): LotRecord {
  const said = as === 'settled' ? 'pagata alla fonte' : 'annullata dalla fonte'
  const but = isNow ? '' : earlier === null ? ', ma qui non era nota' : ', ma era già chiusa'
  return {
    ...{ record, line, noticeId: earlier?.id ?? null },
    fate: isNow ? 'cancelled' : 'skipped',
    detail: { key, because: `${said}${but}` },
  }
}

/** The record of what the mapping made no notice of. */
export function endedRecord(
  entry: Exclude<Mapped, { kind: 'notice' | 'ended' }>,
  earlier: FoundNotice | null,
): LotRecord {
  const { record, line, key } = entry
  const ended = { record, line, fate: entry.kind, noticeId: earlier?.id ?? null }
  switch (entry.kind) {
    case 'refused':
      return { ...ended, detail: { key, refusals: entry.refusals } }
    case 'skipped':
      return { ...ended, detail: { key, because: entry.because } }
    case 'waiting':
      return { ...ended, detail: { key, because: waitingFor(entry.waits) }, waits: entry.waits }
  }
}

/**
 * The same key twice in one drop: the same data is a duplicate, other data a question for the
 * office.
 */
export function repeatedRecord(
  entry: KeyedRecord,
  same: boolean,
  earlier: { id: number } | null,
): LotRecord {
  const { record, line, key } = entry
  const place = { record, line, noticeId: earlier?.id ?? null }
  if (same) {
    return { ...place, fate: 'duplicate', detail: { key, because: repeatedReason } }
  }
  return { ...place, fate: 'refused', detail: { key, refusals: [repeatedRefusal(key)] } }
}

/** The record of one that came before. */
export function duplicateRecord(
  entry: KeyedRecord,
  change: 'same' | 'updated',
  earlier: { id: number } | null,
): LotRecord {
  const { record, line, key } = entry
  const because =
    change === 'same' ? 'già presa in carico' : 'già presa in carico, aggiornata senza nuovo invio'
  const detail = { key, because }
  return { record, line, fate: 'duplicate', noticeId: earlier?.id ?? null, detail }
}
