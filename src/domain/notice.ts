// A notice: what an institution has to tell one recipient, identified by (institution, series,
// key).
// It outlives its messages. `NoticeData` is all that a message's text may depend on.

export type NoticeState = 'open' | 'settled' | 'cancelled' | 'expired'

const moves: Record<NoticeState, readonly NoticeState[]> = {
  open: ['settled', 'cancelled', 'expired'],
  settled: ['open'],
  cancelled: ['open'],
  expired: ['open', 'settled'],
}

/**
 * Whether a notice may go from one state to another; back to `open` is a correction by the source.
 */
export function mayMoveNotice(from: NoticeState, to: NoticeState): boolean {
  return moves[from].includes(to)
}

export interface Payment {
  /** 18 digits, first 0–3. */
  noticeNumber: string
  /** Integer cents, 1..9,999,999,999. */
  amountCents: number
  /** The payee institution's fiscal code, 11 digits; null: the service's own. */
  payee: string | null
  invalidAfterDueDate: boolean
}

/** The typed value of one field. Dates are ISO civil dates, money integer cents. */
export type FieldValue = string | number | boolean | null

/** The mapped data of one record: canonical, hashed for changes, encrypted at rest. */
export interface NoticeData {
  key: string
  /** Instalments of one debt share a group; null when the notice stands alone. */
  group: string | null
  /** Whether it asks for the whole of its group at once; absent where the mapping does not say. */
  single?: boolean
  fiscalCode: string
  /** ISO instant in UTC, for example `2026-10-31T22:59:59Z`; null when there is none. */
  dueAt: string | null
  payment: Payment | null
  facets: { customer: string | null; document: string | null; emission: string | null }
  /**
   * Record fields and looked-up values, by the names that the texts use: `{ importo: 14500,
   * contatto: { … } }`.
   */
  fields: Record<string, FieldValue | Record<string, FieldValue>>
}

/** Fields whose change makes a new message and supersedes what has not left. */
export type Matter = 'fiscalCode' | 'amount' | 'dueDate' | 'noticeNumber' | 'payee' | 'text'

/** What a record does to the notice of its key. */
export type NoticeChange =
  | 'new'
  /** Same canonical data: nothing to do. */
  | 'same'
  /** Different data, but nothing that matters: kept silently. */
  | 'updated'
  /** It ended without having to, and says what was said before: open, no new first message. */
  | 'reopened'
  /** Something that matters: a new message, and what has not left is superseded. */
  | 'changed'

/**
 * What ended a notice: a settlement, IO that says it is paid, the source that says so by an action,
 * a snapshot that no longer names it, a system that was asked before sending, a person, or that its
 * drop is mapped again.
 */
export type EndedBy =
  | 'settlement'
  | 'payment'
  | 'action'
  | 'missing'
  | 'answer'
  | 'person'
  | 'replay'

/** What is known of the notice that already has a record's key. */
export interface KnownNotice {
  state: NoticeState
  /** Null while it is open, and where it ended before this was kept. */
  endedBy: EndedBy | null
  contentHash: Uint8Array
  matterHash: Uint8Array
  /** Of one that ended by `replay`: what its recipient was told last; absent or null: nothing. */
  told?: ToldText | null
}

/** The first message of a notice that was sent last, or may have been. */
export interface ToldText {
  textHash: Uint8Array
  /** Nothing else was to be said since: it is what the notice said when it ended. */
  isLast: boolean
}

/**
 * What a record does to the notice of its key. A notice that has ended is never woken by a repeat,
 * nor one that was paid by anything. One that was only missing comes back when it is named again;
 * one that was withdrawn, by the source, an answer or a person, comes back when something that
 * matters has changed since. One whose drop is mapped again is told anew, unless its recipient was
 * told the same: `textHash` is that of its first message now.
 */
export function decideChange(
  known: KnownNotice | null,
  contentHash: Uint8Array,
  matterHash: Uint8Array,
  textHash?: Uint8Array,
): NoticeChange {
  if (known === null) return 'new'
  const isSameMatter = sameBytes(known.matterHash, matterHash)
  if (known.state === 'open' || known.state === 'expired') {
    if (sameBytes(known.contentHash, contentHash)) return 'same'
    return isSameMatter ? 'updated' : 'changed'
  }
  if (known.endedBy === 'replay') {
    return isTold(known.told ?? null, isSameMatter, textHash) ? 'reopened' : 'changed'
  }
  if (known.endedBy === 'missing') return isSameMatter ? 'reopened' : 'changed'
  if (sameBytes(known.contentHash, contentHash)) return 'same'
  const { endedBy } = known
  const byWord = endedBy === 'action' || endedBy === 'answer' || endedBy === 'person'
  const isWithdrawn = known.state === 'cancelled' && byWord
  return isWithdrawn && !isSameMatter ? 'changed' : 'updated'
}

function isTold(
  told: ToldText | null,
  isSameMatter: boolean,
  textHash: Uint8Array | undefined,
): boolean {
  if (told === null) return false
  return (told.isLast && isSameMatter) || sameBytes(told.textHash, textHash ?? new Uint8Array())
}

/** Whether two hashes are the same, byte for byte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
