// The mappings that send nothing, compiled: a reference's rows, and the keys that a settlement
// closes. Invariant: what a reference keeps of a row is what a lookup reads back, value for value.
import type { Refusal } from '../domain/refusal.ts'
import { type Faults, isWarning } from './fault.ts'
import { judge } from './fields.ts'
import { createRecordReader } from './format.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import { checkKeyPart, checkRecord, recordScope } from './record-check.ts'
import { recordKey, recordReader } from './record-reader.ts'
import type { ReferenceMapping, SettlementMapping } from './spec.ts'
import { storedText } from './stored-value.ts'

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
  reader(): RecordReader
  read(raw: RawRecord, testers?: ReadonlySet<string>): ReferenceRow | RefusedRecord
}

export interface CompiledSettlement {
  shape: 'settlement'
  name: string
  spec: SettlementMapping
  reader(): RecordReader
  read(raw: RawRecord): { kind: 'row'; key: string } | RefusedRecord
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
  if (!faults.list.every(isWarning)) return null
  const readRecord = recordReader(spec.record.fields)
  return {
    shape: 'reference',
    name,
    spec,
    reader: () => createRecordReader(spec.record),
    read(raw, testers = nobody) {
      const record = readRecord(raw)
      const key = recordKey([spec.key], record)
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

/** Compiles a settlement; null when `faults` has more than warnings. */
export function compileSettlement(
  name: string,
  spec: SettlementMapping,
  faults: Faults,
): CompiledSettlement | null {
  checkRecord(spec.record, faults)
  const scope = recordScope(spec.record)
  for (const [index, path] of spec.key.entries()) checkKeyPart(path, scope, ['key', index], faults)
  if (!faults.list.every(isWarning)) return null
  const readRecord = recordReader(spec.record.fields)
  return {
    shape: 'settlement',
    name,
    spec,
    reader: () => createRecordReader(spec.record),
    read(raw) {
      const record = readRecord(raw)
      const key = recordKey(spec.key, record)
      const { refusals } = record.findings
      if (key === null || refusals.length > 0) return { kind: 'refused', key, refusals }
      return { kind: 'row', key }
    },
  }
}
