// Whether a snapshot may close what it no longer names. A source that hands over less than it has
// (a view without its rights, a query that was cut short) must not close what people still owe.
// Invariant: in doubt nothing is closed, and a code says why.
import type { SnapshotCode } from './codes.ts'
import { isAbove } from './percent.ts'

/** What was counted when the last record of a snapshot had been mapped. */
export interface SnapshotCounts {
  /** Records of the snapshot, whatever became of them. */
  records: number
  /** Of those: records whose key could not be read, so that nobody knows which notice they name. */
  keyless: number
  /** Notices of the feed and its series that were open before the snapshot. */
  standing: number
  /** Of those: notices that no record of the snapshot names. */
  missing: number
}

/** Null: what is missing is closed. `atMostPercent` is the share of the open ones, 0 to 100. */
export function refuseMissing(
  { records, keyless, standing, missing }: SnapshotCounts,
  atMostPercent: number,
): SnapshotCode | null {
  if (missing === 0) return null
  if (records === 0) return 'SNAP_EMPTY'
  if (keyless > 0) return 'SNAP_KEYS'
  return isAbove(missing, standing, atMostPercent) ? 'SNAP_MISSING' : null
}
