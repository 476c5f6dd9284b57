// A record spec whose rows hold several records → the wide spec that reads such a row whole, and
// which of its cells make each record. Invariant: a format's reader never hears of groups; only who
// reads a header asks which fields belong to one.
import type { FieldSpec } from '../field/field-spec.ts'
import type { RecordSpec, RepeatSpec } from './record-spec.ts'

/** What stands for the group in the name of a column or in a path. */
const PLACE = '{n}'

/** A cell of a record: the index of the wide row's cell, or the text itself. */
export type Origin = number | string

/** Names of columns with `{n}` in them, for who reads a header. */
export interface Templates {
  templates?: readonly string[]
}

export interface Repeated {
  /** A group field stands there once for each group, always optional. */
  wide: RecordSpec & Templates
  /** For each group: where each declared field comes from. */
  groups: { name: string; origins: Origin[] }[]
  /** Where the fields of a row without groups come from. */
  none: Origin[]
}

type Column = FieldSpec['column']

/** The spec of whole rows, and how they fall into records. */
export function repeated(spec: RecordSpec, repeat: RepeatSpec): Repeated {
  const names = repeat.over.map(String)
  const wideFields: Record<string, FieldSpec> = {}
  const indexes = new Map<string, number>()
  const add = (name: string, field: FieldSpec) => {
    indexes.set(name, indexes.size)
    wideFields[name] = field
  }
  for (const [name, field] of Object.entries(spec.fields)) {
    if (isGroupName(field.column)) continue
    if (!isOfGroup(field)) add(name, field)
    else for (const [at, group] of names.entries()) add(wideName(name, group), inGroup(field, at))
  }
  function inGroup(field: FieldSpec, at: number): FieldSpec {
    return { ...field, column: columnIn(field.column, names[at]!, at), optional: true }
  }
  const groups = names.map((group) => ({
    name: group,
    origins: Object.entries(spec.fields).map(([name, { column }]) =>
      isGroupName(column) ? group : (indexes.get(name) ?? indexes.get(wideName(name, group))!),
    ),
  }))
  const none = Object.keys(spec.fields).map((name) => indexes.get(name) ?? '')
  const templates = Object.values(spec.fields).flatMap(({ column }) =>
    isGroupName(column) ? [] : namesIn(column).filter((alias) => alias.includes(PLACE)),
  )
  return { wide: { ...spec, fields: wideFields, templates }, groups, none }
}

function namesIn(column: Column): string[] {
  if (typeof column === 'string') return [column]
  return Array.isArray(column) ? column : []
}

/** Whether the value of a field differs from group to group of a row. */
export function isOfGroup({ column, split }: Pick<FieldSpec, 'column' | 'split'>): boolean {
  if (isEachPiece(split) || namesIn(column).some((name) => name.includes(PLACE))) return true
  if (typeof column !== 'object' || Array.isArray(column)) return false
  return 'each' in column || column.step !== undefined
}

/** Whether each group is a piece of one cell. */
export function isEachPiece(split: FieldSpec['split']): boolean {
  return split !== undefined && 'take' in split && split.take === PLACE
}

/** Whether a field is what `over` says of the group, and stands nowhere in the file. */
export function isGroupName(column: Column): boolean {
  return column === PLACE
}

/** Where a value stands in the group of this name, the 0-based `at`. */
export function columnIn(column: Column, group: string, at: number): Column {
  if (typeof column === 'string') return column.replaceAll(PLACE, group)
  if (typeof column === 'number') return column
  if (Array.isArray(column)) return column.map((alias) => alias.replaceAll(PLACE, group))
  if ('each' in column) return column.each[at] ?? column.each.at(-1)!
  if ('first' in column) return column.first + at * column.step
  const { step = 0, ...span } = column
  return { ...span, start: span.start + at * step }
}

/** The name of a group's field in the wide spec: no declared field can have it. */
function wideName(name: string, group: string): string {
  return `${name}[${group}]`
}

/** The group that a field of a wide spec belongs to; null when it stands once in a row. */
export function findGroup(name: string): string | null {
  const at = name.indexOf('[')
  return at < 0 ? null : name.slice(at + 1, -1)
}
