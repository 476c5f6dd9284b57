// A correction: what a person says stands in fields of one record, in place of what came. It is
// laid over the record before anything reads it. Pure; the record itself is never changed.
// Invariant: a field that is not named reads as it came, with all that was wrong with it.
import type { RawRecord } from './format/raw-record.ts'

/** Field of the mapping → its text, as the file would have it. */
export type Correction = Readonly<Record<string, string>>

/**
 * The record with the correction laid over it; `fields` are those of the mapping, in their order.
 * Of a row that could not be told apart into fields every field must be said: else it stays as it
 * is.
 * Names that the mapping does not have change nothing.
 */
export function corrected(
  raw: RawRecord,
  fields: readonly string[],
  correction: Correction,
): RawRecord {
  const said = (name: string) => Object.hasOwn(correction, name)
  if (raw.problem !== null && !fields.every(said)) return raw
  const cells = fields.map((name, index) => correction[name] ?? raw.cells[index] ?? '')
  const bad = [...(raw.badCells ?? [])].filter(([index]) => !said(fields[index] ?? ''))
  const { badCells: _, ...rest } = raw
  return { ...rest, cells, problem: null, ...(bad.length > 0 && { badCells: new Map(bad) }) }
}
