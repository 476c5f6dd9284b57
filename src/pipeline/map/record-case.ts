// A case of one record: texts by field → what the mapping makes of them, and whether that is what
// the case expects. It runs through the same reading, mapping and planning as a drop.

import { dueDayOf } from '../../domain/civil-date.ts'
import { answerOf, saidBy } from '../../mapping/answer.ts'
import type { CaseSpec, ExpectSpec } from '../../mapping/case-spec.ts'
import type { RawRecord } from '../../mapping/format/raw-record.ts'
import type { CompiledMapping, CompiledReference, Row } from '../../mapping/mapping.ts'
import { type Difference, differencesOf } from './difference.ts'
import {
  type PreviewedMessage,
  type PreviewedRecord,
  type PreviewOptions,
  previewBatches,
} from './preview.ts'
import type { Lookup } from './records.ts'

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
  const [only] = await Array.fromAsync(previewBatches(batches(), mapping, found.lookup, options))
  if (only === undefined) throw new Error('a record became nothing')
  return { record: only }
}

/** Why a record is not what a case expects; none when it is. */
export function judgeRecord(expect: ExpectSpec, record: PreviewedRecord): Difference[] {
  const facts = factsOf(record)
  const wanted = Object.entries(expect).filter(([, value]) => value !== undefined)
  if (wanted.some(([name]) => !((name === 'markdownContains' ? 'markdown' : name) in facts))) {
    const expected = Object.fromEntries(wanted)
    return [{ line: null, path: '', expected, actual: outcomeOf(record) }]
  }
  return wanted.flatMap(([name, value]) => {
    if (name === 'markdownContains') return missingPieces(value as string[], facts)
    if (name === 'dueDate') return differencesOf(value, dueDateAs(String(value), facts), name)
    if (name === 'row') return rowDifferences(value as object, facts['row'])
    return differencesOf(value, facts[name], name)
  })
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

/** What can be said of a record, by the names that cases use. */
function factsOf(record: PreviewedRecord): Record<string, unknown> {
  const { key } = record
  if ('refused' in record) return { key, refused: record.refusals.map(({ code }) => code) }
  if ('waiting' in record) {
    return { key, waiting: record.waiting.map(({ reference }) => reference) }
  }
  if ('closes' in record) return { key, closes: record.closes }
  if ('duplicate' in record) return { key }
  if ('row' in record) return { key, row: record.row }
  const skipped = 'skipped' in record ? { skipped: record.skipped } : {}
  const doubts = 'doubts' in record ? (record.doubts ?? []) : []
  return { key, ...skipped, ...messageFacts(record.messages ?? [], doubts) }
}

/** Nothing is known of a notice that no message speaks of. */
function messageFacts(
  messages: readonly PreviewedMessage[],
  doubts: readonly { code: string }[],
): Record<string, unknown> {
  const content = messages[0]?.payload.content
  if (content === undefined) return { messages: 0 }
  const payment = content.payment_data
  return {
    fiscalCode: messages[0]?.payload.fiscal_code,
    subject: content.subject,
    markdown: content.markdown,
    amountCents: payment?.amount ?? null,
    noticeNumber: payment?.notice_number ?? null,
    payee: payment?.payee?.fiscal_code ?? null,
    dueDate: content.due_date ?? null,
    messages: messages.length,
    warnings: [
      ...doubts.map(({ code }) => code),
      ...messages.flatMap(({ warnings }) => warnings.map(({ rule }) => rule)),
    ],
  }
}

/** In one line, where the outcome itself is another one. */
function outcomeOf(record: PreviewedRecord): string {
  if ('refused' in record) {
    const why = record.refusals.map(
      ({ code, field, detail }) => `${code} ${field ?? ''}: ${detail}`,
    )
    return `refused: ${why.join(' ')}`
  }
  if ('skipped' in record) return `skipped: ${record.skipped}`
  if ('messages' in record) return `a notice with ${record.messages.length} messages`
  if ('waiting' in record) return 'waiting for a row of a reference'
  if ('duplicate' in record) return `duplicate: ${record.duplicate}`
  return 'closes' in record ? `closes: ${record.closes}` : 'a row'
}

function missingPieces(pieces: string[], { markdown }: Record<string, unknown>): Difference[] {
  const missing = pieces.filter((piece) => !String(markdown).includes(piece))
  const path = 'markdownContains'
  return missing.map((expected) => ({ line: null, path, expected, actual: markdown }))
}

/** The due date as the case writes it: an Italian day, or the instant itself. */
function dueDateAs(wanted: string, { dueDate }: Record<string, unknown>): unknown {
  if (typeof dueDate !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(wanted)) return dueDate
  return dueDayOf(dueDate).toString()
}

/** Values that are not named may be anything. */
function rowDifferences(wanted: object, row: unknown): Difference[] {
  const kept = row as Record<string, string>
  return Object.entries(wanted).flatMap(([name, value]) =>
    differencesOf(value, kept[name], `row.${name}`),
  )
}
