// Checks that every mapping shares, whatever its shape: its columns, its key, its scope of names.
// Invariant: a key is made of fields that every good record has.
import type { Faults, YamlPath } from './fault.ts'
import type { Scope } from './scope.ts'
import type { FieldSpec, RecordSpec } from './spec.ts'

/** Adds what is wrong with the columns of a record. */
export function checkRecord(record: RecordSpec, faults: Faults): void {
  if (record.quote === record.delimiter) {
    const hint = 'use another delimiter, or `quote: null`'
    faults.add('CFG_VALUE', ['record', 'quote'], 'quote and delimiter are the same', hint)
  }
  if (Object.keys(record.fields).length === 0) {
    faults.add('CFG_VALUE', ['record', 'fields'], 'there are no fields', 'declare those you need')
  }
  for (const [name, field] of Object.entries(record.fields)) {
    if (record.header || typeof field.column === 'number') continue
    const at = ['record', 'fields', name, 'column']
    const hint = 'without a header write the position, 1 for the first column'
    faults.add('CFG_VALUE', at, `the column of ${name} is a name`, hint)
  }
}

/** The names of the record's own fields. */
export function recordScope(record: RecordSpec): Map<string, FieldSpec> {
  return new Map(Object.entries(record.fields))
}

/**
 * Adds what is wrong with one part of a key: it must be a field of the record itself, always there.
 */
export function checkKeyPart(path: string, scope: Scope, at: YamlPath, faults: Faults): void {
  const field = faults.findField(scope, path, null, at)
  if (!field?.optional) return
  const hint = 'remove `optional`, or use another field'
  faults.add('CFG_VALUE', at, `${path} is part of the key and optional`, hint)
}
