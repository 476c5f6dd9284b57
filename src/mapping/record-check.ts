// Checks that every mapping shares, whatever its shape: its columns, its key, its scope of names.
// Invariant: a key is made of fields that every good record has.
import type { Faults, YamlPath } from './fault.ts'
import { checkField } from './field/field-check.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { checkFileName } from './format/file-name-check.ts'
import { checkFormat } from './format/format-check.ts'
import type { RecordSpec } from './format/record-spec.ts'
import { checkRepeat } from './format/repeat-check.ts'
import type { Scope } from './text/scope.ts'

/** Adds what is wrong with the format and the fields of a record. */
export function checkRecord(record: RecordSpec, faults: Faults): void {
  if (Object.keys(record.fields).length === 0) {
    faults.add('CFG_VALUE', ['record', 'fields'], 'there are no fields', 'declare those you need')
  }
  for (const [name, field] of Object.entries(record.fields)) checkField(name, field, faults)
  checkFormat(record, faults)
  checkFileName(record, faults)
  checkRepeat(record, faults)
  if (record.files) checkFiles(record.files.field, record, faults)
}

function checkFiles(name: string, { fields }: RecordSpec, faults: Faults): void {
  if (Object.hasOwn(fields, name) && fields[name]?.type === 'text') return
  const hint = 'name the text field that holds the names of the files'
  faults.add('CFG_VALUE', ['record', 'files', 'field'], `${name} is no text field`, hint)
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
