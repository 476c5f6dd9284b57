// A case of one record: texts by field → what the mapping makes of them. It runs through the same
// reading, mapping and planning as a drop; what is said of it is judged by record-verdict.ts.

import { alwaysOpen } from '../../domain/calendar.ts'
import { answerOf, saidBy } from '../../mapping/answer.ts'
import type { CaseSpec } from '../../mapping/case-spec.ts'
import type { RawRecord } from '../../mapping/format/raw-record.ts'
import type { CompiledMapping, CompiledReference, Row } from '../../mapping/mapping.ts'
import { type PreviewedRecord, type PreviewOptions, previewBatches } from './preview.ts'
import type { CaseClock } from './record-verdict.ts'
import type { Lookup } from './records.ts'

/** The clock of a case that gives none. */
export const CASE_NOW = Temporal.Instant.from('2026-01-01T08:00:00Z')

/** Where cases run that are to hold for every institution: no tester, no day off, no feed. */
export const neutralScene = {
  testers: new Set<string>(),
  calendar: alwaysOpen('Europe/Rome'),
  reminders: 'ours',
  startsOn: null,
  elsewhere: null,
} as const

/** What a record became, or why a row that it looks up is none. */
export type RanCase = { record: PreviewedRecord } | { fault: string }

/** Maps the record of a case. `references` has those that the mapping looks up. */
export async function runRecordCase(
  { record = {}, lookups, unanswered }: CaseSpec,
  mapping: CompiledMapping,
  references: ReadonlyMap<string, CompiledReference>,
  options: PreviewOptions,
): Promise<RanCase> {
  const raw = rawRecord(record, mapping)
  const found = lookupRows(raw, { lookups, unanswered }, mapping, references, options)
  if ('fault' in found) return found
  async function* batches() {
    yield { records: [raw], bytesRead: 0 }
  }
  const wanted = { ...options, isWhole: true }
  const [only] = await Array.fromAsync(previewBatches(batches(), mapping, found.lookup, wanted))
  if (only === undefined) throw new Error('a record became nothing')
  return { record: only }
}

/** The same in a scene of no institution, and when and where that was. */
export async function runAnywhere(
  spec: CaseSpec,
  mapping: CompiledMapping,
  references: ReadonlyMap<string, CompiledReference>,
  institution: string,
): Promise<RanCase & { clock: CaseClock }> {
  const { language, now: written } = spec
  const now = written === undefined ? CASE_NOW : Temporal.Instant.from(written)
  const options = { ...neutralScene, institution, language, now }
  const ran = await runRecordCase(spec, mapping, references, options)
  return { ...ran, clock: { now, zone: neutralScene.calendar.zone } }
}

/** The record as a reader hands it over; every one stands on line 1. */
function rawRecord(
  texts: Readonly<Record<string, string>>,
  { spec }: Pick<CompiledMapping, 'spec'>,
): RawRecord {
  const cells = Object.keys(spec.record.fields).map((name) => texts[name] ?? '')
  return { line: 1, record: 1, cells, problem: null }
}

/**
 * Reads the rows that a case gives as the reference would, or as the answers of the system, each
 * under the key that is asked.
 */
function lookupRows(
  raw: RawRecord,
  given: Pick<CaseSpec, 'lookups' | 'unanswered'>,
  mapping: CompiledMapping,
  references: ReadonlyMap<string, CompiledReference>,
  { testers, now }: PreviewOptions,
): { lookup: Lookup } | { fault: string } {
  const tables = new Map<string, Map<string, Row>>()
  const rows: Record<string, Row | null> = {}
  if (mapping.shape === 'notice') {
    const prepared = mapping.read(raw)
    for (const { name, table: tableName, asked } of mapping.lookups) {
      rows[name] = null
      const texts = given.lookups[name]
      const reference = references.get(tableName)
      const key = mapping.lookupKey(name, prepared, rows)
      if (asked !== null && key !== null && !given.unanswered.includes(name)) {
        const read = answerOf(texts ? saidBy(texts, asked) : null, asked, now)
        if ('problem' in read) return { fault: `the answer of ${name}: ${read.problem}` }
        rows[name] = read.values
        const answers = tables.get(tableName) ?? new Map()
        tables.set(tableName, answers.set(key, read.values))
      }
      if (texts === undefined || reference === undefined || key === null) continue
      const keyed = { [reference.spec.key]: key, ...texts }
      const row = reference.read(rawRecord(keyed, reference), testers)
      if (row.kind === 'refused') {
        const why = row.refusals.map(({ code, field, detail }) => `${code} ${field}: ${detail}`)
        return { fault: `the row of the lookup ${name} is refused: ${why.join('; ')}` }
      }
      rows[name] = row.values
      const table = tables.get(tableName) ?? new Map()
      tables.set(tableName, table.set(key, row.values))
    }
  }
  return { lookup: async (_institution, name) => tables.get(name) ?? new Map() }
}
