// What a target is told of one record: whether it is owed, and when telling it is tried again. A
// target is a feed's source, or another system. Invariant: every wait ends within the horizon, and
// what ends there is given up, never forgotten.
import type { AccountTerm } from './flow-account.ts'

/**
 * `begun`: a call for it left and its end is not known yet. `given`: the target has it. `failed`:
 * it is tried again. `uncertain`: the target may have it, a person decides. `given-up`: not tried
 * again until a person says so. `owed`: a person says that the target has it not.
 */
export type ReceiptState = 'owed' | 'begun' | 'given' | 'failed' | 'uncertain' | 'given-up'

/** What a person says of a receipt: the target has it, or it is to be told. */
export const receiptResolutions = ['given', 'owed'] as const
export type ReceiptResolution = (typeof receiptResolutions)[number]

/** The name of the target that is the feed's own source. */
export const SOURCE = 'source'

const FIRST_SECONDS = 60
const LONGEST_SECONDS = 3600

export interface ReportRetry {
  /** Tries that have failed, this one included. */
  tries: number
  /** When the first of them failed. */
  since: Temporal.Instant
  /** For how long it is tried. */
  retryHours: number
  /** A person must act first: then trying often is of no use. */
  needsPerson: boolean
}

/**
 * When to try again: after a minute, then twice as long each time, an hour at most. Once more at
 * the end of the horizon; null when that is over.
 */
export function nextReportTry(retry: ReportRetry, now: Temporal.Instant): Temporal.Instant | null {
  const { tries, since, retryHours, needsPerson } = retry
  const horizon = since.add({ hours: retryHours })
  if (Temporal.Instant.compare(now, horizon) >= 0) return null
  const doubled = FIRST_SECONDS * 2 ** Math.min(tries - 1, 10)
  const seconds = needsPerson ? LONGEST_SECONDS : Math.min(doubled, LONGEST_SECONDS)
  const next = now.add({ seconds })
  return Temporal.Instant.compare(next, horizon) < 0 ? next : horizon
}

/**
 * Whether a target is to be told now of a record that stands at `term`, by what it was told of it
 * before. A call that began is asked after, whatever has become of its record meanwhile.
 */
export function isOwed(
  told: { state: ReceiptState | null; toldFate: string | null; tryAt: Temporal.Instant | null },
  term: AccountTerm,
  isWanted: boolean,
  now: Temporal.Instant,
): boolean {
  const { state, toldFate, tryAt } = told
  if (state === 'begun') return true
  if (!isWanted) return false
  if (state === null) return true
  if (state === 'given') return toldFate !== term
  return tryAt !== null && Temporal.Instant.compare(tryAt, now) <= 0
}

/** Where a receipt that could not be told stands, and when it is tried again by itself. */
export function failureEnd(
  terms: Omit<ReportRetry, 'needsPerson'>,
  mayBeGiven: boolean,
  mayRetry: boolean,
  now: Temporal.Instant,
): { state: 'failed' | 'uncertain' | 'given-up'; tryAt: Temporal.Instant | null } {
  if (mayBeGiven) return { state: 'uncertain', tryAt: null }
  const tryAt = mayRetry ? nextReportTry({ ...terms, needsPerson: false }, now) : null
  return { state: tryAt === null ? 'given-up' : 'failed', tryAt }
}
