// The report of a flow's checks as it is kept with the flow: JSON with instants as texts.
// Invariant: what is written here is read back the same; figures, nobody's data.
import type { ReleaseReport } from '../domain/release-check.ts'

/** As a column of type jsonb takes it. */
export function writeReport(report: ReleaseReport): string {
  return JSON.stringify(report)
}

/** What the column holds; null where nothing was kept. */
export function readReport(kept: unknown): ReleaseReport | null {
  if (kept === null || kept === undefined) return null
  const { checkedAt, facts, findings } = kept as Kept
  const { repeats } = facts
  const at = repeats && { ...repeats, at: Temporal.Instant.from(repeats.at) }
  return { checkedAt: Temporal.Instant.from(checkedAt), facts: { ...facts, repeats: at }, findings }
}

interface Kept extends Omit<ReleaseReport, 'checkedAt' | 'facts'> {
  checkedAt: string
  facts: Omit<ReleaseReport['facts'], 'repeats'> & {
    repeats: (Omit<NonNullable<ReleaseReport['facts']['repeats']>, 'at'> & { at: string }) | null
  }
}
