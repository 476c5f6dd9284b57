// A reference mapping, compiled: raw record → the row of a keyed table that other mappings look up.
// Invariant: what a reference keeps of a row is what a lookup reads back, value for value.
import type { Refusal } from '../domain/refusal.ts'
import { type Faults, isWarning } from './fault.ts'
import { judge } from './field/fields.ts'
import { storedText } from './field/stored-value.ts'
import type { FileNames } from './format/file-name.ts'
import type { RawRecord, RecordReader } from './format/raw-record.ts'
import { createRecordReader } from './format/reader.ts'
import { checkRepeatedKey } from './format/repeat-check.ts'
import { keyNormaliser } from './lookups.ts'
import { checkKeyPart, checkRecord, recordScope } from './record-check.ts'
import { recordKey, recordReader } from './record-reader.ts'
import type { ReferenceMapping } from './spec.ts'

export interface RefusedRecord {
  kind: 'refused'
  key: string | null
  refusals: Refusal[]
}

export interface ReferenceRow {
  kind: 'row'
  key: string
  /** Typed values as text, by field; a field without a value is absent. */
  values: Record<string, string>
}

export interface CompiledReference {
  shape: 'reference'
  name: string
  spec: ReferenceMapping
  /** `files`: how they are called, where that is known. Throws `DropError`. */
  reader(files?: FileNames): RecordReader
  read(raw: RawRecord, testers?: ReadonlySet<string>): ReferenceRow | RefusedRecord
}

const nobody: ReadonlySet<string> = new Set()

/** Compiles a reference; null when `faults` has more than warnings. */
export function compileReference(
  name: string,
  spec: ReferenceMapping,
  faults: Faults,
): CompiledReference | null {
  checkRecord(spec.record, faults)
  checkKeyPart(spec.key, recordScope(spec.record), ['key'], faults)
  checkRepeatedKey(spec.record, [spec.key], faults)
  if (!faults.list.every(isWarning)) return null
  const readRecord = recordReader(spec.record.fields)
  const normal = keyNormaliser(spec)
  return {
    shape: 'reference',
    name,
    spec,
    reader: (files) => createRecordReader(spec.record, files),
    read(raw, testers = nobody) {
      const record = readRecord(raw)
      const written = recordKey([spec.key], record)
      const key = written === null ? null : normal(written)
      const { refusals, doubts } = record.findings
      // A doubt that only warns is kept: whoever looks the row up is warned.
      const refused = [...refusals, ...judge(doubts, testers).refusals]
      if (key === null || refused.length > 0) return { kind: 'refused', key, refusals: refused }
      const values: Record<string, string> = {}
      for (const [field, value] of Object.entries(record.values)) {
        const text = storedText(value)
        if (text !== null) values[field] = text
      }
      return { kind: 'row', key, values }
    },
  }
}
