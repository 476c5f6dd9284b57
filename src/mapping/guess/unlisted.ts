// The values of a sample that a mapping does not list: records that hold one are refused, until a
// person has written what each of them becomes. Nothing is guessed: a wrong word would be sent.
import { listKeyOf, normaliser } from '../field/text-value.ts'
import type { NoticeMapping } from '../spec.ts'
import type { TypedColumn } from './typed-column.ts'

export interface Unlisted {
  field: string
  /** The label of its column. */
  column: string
  /** In the order of the file; none when they are too many to be a list. */
  values: string[]
}

/** More different values than this are no list: they may be names, or say who somebody is. */
const MOST_LISTED = 12

/** By the fields that take only what they list, and refuse some value of their column. */
export function unlistedValues(
  { record }: NoticeMapping,
  columns: ReadonlyMap<string, TypedColumn>,
): Unlisted[] {
  return [...columns].flatMap(([name, { label, values }]) => {
    const isListed = listOf(record.fields[name])
    if (isListed === null) return []
    const other = [...new Set(values.map((value) => value.trim()))].filter((one) => !isListed(one))
    if (other.length === 0) return []
    return [{ field: name, column: label, values: other.length > MOST_LISTED ? [] : other }]
  })
}

/** Whether a value is on the list of a field, or means nothing; null for a field without a list. */
export function listOf(
  field: NoticeMapping['record']['fields'][string] | undefined,
): ((value: string) => boolean) | null {
  if (field?.type !== 'text' || field.values === undefined) return null
  if (field.otherValues === 'keep') return null
  const known = new Set(Object.keys(field.values).map(normaliser(field.normalise)))
  const keyOf = listKeyOf(field)
  const nothing = new Set(['', ...field.empty])
  return (value) => nothing.has(value.trim()) || known.has(keyOf(value))
}
