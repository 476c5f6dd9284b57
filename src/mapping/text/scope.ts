// The names that the texts of a mapping may use, with the type of each. Invariant: what is not in
// the scope cannot be read, so a template that compiles has no unknown name.
import { nearest } from '../../domain/nearest.ts'
import type { FieldValue, NoticeData } from '../../domain/notice.ts'
import type { FieldSpec } from '../field/field-spec.ts'

export type Fields = NoticeData['fields']

/** What a value is to the texts: money is integer cents, a date ISO text. */
export type ValueType = 'text' | 'integer' | 'boolean' | 'money' | 'date'

/** Fields by path: `importo`, and `contatto.codice_fiscale` for a field of a lookup. */
export type Scope = ReadonlyMap<string, FieldSpec>

const typeNames: Record<FieldSpec['type'], ValueType> = {
  text: 'text',
  integer: 'integer',
  boolean: 'boolean',
  euro: 'money',
  date: 'date',
  fiscalCode: 'text',
  vatNumber: 'text',
  iuv: 'text',
  noticeNumber: 'text',
}

/** The type of a field's values. */
export function typeOf(field: FieldSpec): ValueType {
  return typeNames[field.type]
}

/** How to read the value at a path that is in the scope; what is missing reads as null. */
export function getterOf(path: string): (fields: Fields) => FieldValue {
  const [first = '', second] = path.split('.')
  if (second === undefined) {
    return (fields) => {
      const value = fields[first]
      return typeof value === 'object' || value === undefined ? null : value
    }
  }
  return (fields) => {
    const row = fields[first]
    return typeof row === 'object' && row !== null ? (row[second] ?? null) : null
  }
}

/** What to do about a path that is not in the scope. */
export function hintFor(path: string, scope: Scope): string {
  const inLookup = [...scope.keys()].filter((known) => known.startsWith(`${path}.`))
  if (inLookup.length > 0) return `name a field of the lookup, for example ${inLookup[0]}`
  const near = nearest(path, scope.keys())
  if (near !== null) return `did you mean ${near}?`
  return `the known names are ${[...scope.keys()].slice(0, 12).join(', ')}`
}
