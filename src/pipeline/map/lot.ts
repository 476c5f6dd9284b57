// A lot, as the stage sees it: everything that one drop becomes, and what is known of the notices
// that stand. The store keeps this contract; nothing here runs.
// Invariant: a lot is one transaction, and nobody else changes its series meanwhile.
import type { RecordFate } from '../../domain/flow-account.ts'
import type { KnownNotice, NoticeData } from '../../domain/notice.ts'
import type { Postponement } from '../../domain/postponement.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { LotTexts } from '../../domain/release-check.ts'
import type { UnplannedCounts } from '../../domain/unplanned.ts'
import type { Wait } from '../../mapping/mapping.ts'
import type { PlannedMessage } from '../plan.ts'
import type { MissingReport } from './missing.ts'

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
  /**
   * The due date that its record says (ISO, UTC), while another holds that a person has set;
   * absent: the record's own holds.
   */
  postponedFrom?: string
  /** Absent: open, and its first message says where its record stands. Else that ended here. */
  quiet?: QuietNotice | undefined
  /** What is odd in the record and lets it go all the same. May quote it: it is sealed. */
  warnings?: readonly Refusal[]
}

/** A notice that stands from now on without a first message. */
export interface QuietNotice {
  state: 'open' | 'settled' | 'cancelled'
  fate: 'skipped' | 'duplicate'
  detail: object
}

/** A record that ended here. `detail` may quote it: it is sealed. */
export interface LotRecord {
  record: number
  line: number
  fate: Exclude<RecordFate, 'message'>
  noticeId: number | null
  detail: object
  /** With the fate `waiting`: the rows of references that would let it go on. */
  waits?: readonly Wait[]
}

/** A notice that already has a record's key. */
export interface FoundNotice extends KnownNotice {
  id: number
  flowId: number
  /** Its first message was planned, and cancelled when the notice ended, before it could leave. */
  isUnheard: boolean
  /** A later drop has made it, or changed it: this one, mapped again, leaves it as it is. */
  isNewer?: boolean
  /** A person has moved its due date, and the source has not said so yet; null: none has. */
  postponed: Postponement | null
}

/** A bill that is new, by what a settlement may have named it before it came. */
export interface NewBill {
  key: string
  noticeNumber: string | null
}

export interface LotTarget {
  institution: string
  series: string
  service: string
  flowId: number
  dropId: number
  mappingVersionId: number
}

export type SettledState = 'settled' | 'cancelled'

/** Everything that one drop becomes: it stands whole after `commit`, or not at all. */
export interface MapLot {
  /** The drop is mapped again; `isOvertaken`: later ones of its feed have been mapped since. */
  again?: { isOvertaken: boolean } | null
  hash(use: 'content' | 'text', text: string): Uint8Array
  /** The notices that already have these keys, by key. */
  find(keys: string[]): Promise<Map<string, FoundNotice>>
  /** How those ended of which a settlement spoke before they came, by key: it says so once. */
  findSettled(bills: NewBill[], now: Temporal.Instant): Promise<Map<string, SettledState>>
  /** Ends notices of which the source says so, and cancels what has not left. */
  end(noticeIds: number[], as: SettledState, now: Temporal.Instant): Promise<void>
  /**
   * Open notices of this series and feed that this flow did not make, and how many of them none of
   * its records names. To be asked once all have been added.
   */
  countMissing(): Promise<{ standing: number; missing: number }>
  /** Ends those that no record names; answers how many. */
  closeMissing(as: SettledState, now: Temporal.Instant): Promise<number>
  add(notices: LotNotice[], records: LotRecord[], now: Temporal.Instant): Promise<void>
  /** Records of other flows that wait under these keys end: what was said last holds. */
  supersede(keys: string[]): Promise<void>
  commit(summary: {
    records: number
    contentHash: Uint8Array
    /** Reminders of its notices that are not planned; absent: none. */
    unplanned?: UnplannedCounts
    /** What was seen of the texts of its first messages; absent: it has none. */
    texts?: LotTexts | null
    /** Of a snapshot: what it no longer names. */
    missing?: MissingReport | null
    now: Temporal.Instant
  }): Promise<void>
  rollback(): Promise<void>
}
