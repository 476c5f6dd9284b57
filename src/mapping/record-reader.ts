// A raw record → its typed values and its key, by the fields that a mapping declares. Invariant:
// the values of one mapping always have the same names in the same order, refused or not.
import type { FieldValue } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { type Findings, fieldReader } from './field/fields.ts'
import type { RawRecord } from './format/raw-record.ts'

export interface ReadRecord {
  values: Record<string, FieldValue>
  findings: Findings
}

/** Units of a key, so that it can be indexed and shown. */
const MAXIMUM_KEY_LENGTH = 500

/** A reader of the records of one mapping. */
export function recordReader(fields: Record<string, FieldSpec>): (raw: RawRecord) => ReadRecord {
  const names = Object.keys(fields)
  const readers = names.map((name) => fieldReader(name, fields[name]!))
  return (raw) => {
    const values: Record<string, FieldValue> = {}
    const findings: Findings = { refusals: [], doubts: [], refused: [] }
    if (raw.problem !== null) {
      for (const name of names) values[name] = null
      return { values, findings: { refusals: [raw.problem], doubts: [], refused: names } }
    }
    if (raw.warning) findings.doubts.push({ code: '', verdict: 'warn', refusal: raw.warning })
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const bad = raw.badCells?.get(index)
      values[name] = bad ? null : readers[index]!(raw.cells[index] ?? '', findings)
      if (bad) {
        findings.refusals.push(bad)
        findings.refused.push(name)
      }
    }
    return { values, findings }
  }
}

/**
 * The key of a record from the values of these fields; null when one has no value, which `findings`
 * says then. A single field is its own key. Several are joined with `|`; a `|` inside a value is
 * written `\|`, so that different records never share a key.
 */
export function recordKey(names: string[], { values, findings }: ReadRecord): string | null {
  const parts = names.map((name) => values[name] ?? null)
  if (parts.includes(null)) return null
  const key =
    parts.length === 1
      ? String(parts[0])
      : parts.map((part) => String(part).replace(/[\\|]/g, '\\$&')).join('|')
  if (key.length <= MAXIMUM_KEY_LENGTH) return key
  findings.refusals.push(tooLong(names, key))
  return null
}

function tooLong(names: string[], key: string): Refusal {
  return {
    code: 'REC_FIELD_TOO_LONG',
    field: names[0]!,
    detail: `La chiave (${names.join(', ')}) supera i ${MAXIMUM_KEY_LENGTH} caratteri: ${key.length}.`,
    remedy: 'Scegli come chiave un campo più breve.',
  }
}
