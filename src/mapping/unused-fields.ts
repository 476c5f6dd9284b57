// The fields of a mapping that nothing reads: neither its own texts, key, conditions and lookups,
// nor what stands elsewhere about it. Names are looked for in the spec as it is written, so that a
// key which comes later counts too. Invariant: a field that anything names is never called unused.
import type { FieldSpec } from './field/field-spec.ts'
import type { MappingSpec, ReferenceMapping } from './spec.ts'

export interface UnusedField {
  name: string
  /** It holds a person's data, which should not be read at all then. */
  isPersonal: boolean
}

/** Whatever may name a field: parts of specs, settings of feeds and systems, campaigns. */
export type Reader = unknown

/** The unused fields of a mapping of notices, or of a settlement. */
export function unusedFields(
  { record, ...spec }: Exclude<MappingSpec, ReferenceMapping>,
  elsewhere: readonly Reader[],
): UnusedField[] {
  const { fields, ...layout } = record
  const paths = new Set<string>()
  for (const reader of [spec, layout, ...elsewhere]) collect(reader, paths, 0)
  return unusedOf(fields, (name) => paths.has(name))
}

/**
 * The fields of a reference that hold a person's data and that no mapping reads. Its others may
 * stay, for lookups to come; one that nothing looks up at all is not judged.
 */
export function unusedInReference(
  name: string,
  { key, record }: ReferenceMapping,
  mappings: readonly MappingSpec[],
  elsewhere: readonly Reader[],
): UnusedField[] {
  const { fields, ...layout } = record
  const own = new Set([key])
  for (const reader of [layout, ...elsewhere]) collect(reader, own, 0)
  let isLookedUp = false
  for (const spec of mappings) {
    if (spec.shape !== 'notice') continue
    const lookups = Object.entries(spec.lookups).filter(([, { reference }]) => reference === name)
    if (lookups.length === 0) continue
    isLookedUp = true
    const paths = new Set<string>()
    for (const reader of [spec, ...elsewhere]) collect(reader, paths, 0)
    for (const [lookup] of lookups) {
      for (const path of paths) {
        if (path.startsWith(`${lookup}.`)) own.add(path.slice(lookup.length + 1))
      }
    }
  }
  if (!isLookedUp) return []
  return unusedOf(fields, (field) => own.has(field)).filter(({ isPersonal }) => isPersonal)
}

function unusedOf(
  fields: Readonly<Record<string, FieldSpec>>,
  isUsed: (name: string) => boolean,
): UnusedField[] {
  return Object.entries(fields)
    .filter(([name]) => !isUsed(name))
    .map(([name, field]) => ({ name, isPersonal: isPersonal(field) }))
}

function isPersonal(field: FieldSpec): boolean {
  return field.type === 'fiscalCode' || (field.type === 'text' && field.personal)
}

/** Levels of what is looked through: more than any spec has. */
const MAXIMUM_DEPTH = 30
const PATH = /\b[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?\b/g

/** Keys whose values are words for people, and paths only between the braces of a template. */
const WORDS = ['it', 'en', 'de', 'because']

/** Adds every path that a value names. */
function collect(value: unknown, paths: Set<string>, depth: number, isWords = false): void {
  if (typeof value === 'string') {
    const isTemplate = isWords || /\{[{%]/.test(value)
    const parts = isTemplate ? (value.match(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g) ?? []) : [value]
    for (const part of parts) {
      for (const path of part.match(PATH) ?? []) paths.add(path)
    }
  } else if (typeof value === 'object' && value !== null && depth < MAXIMUM_DEPTH) {
    for (const [key, inner] of Object.entries(value)) {
      collect(inner, paths, depth + 1, WORDS.includes(key))
    }
  }
}
