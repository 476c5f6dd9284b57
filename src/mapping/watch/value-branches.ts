// The branches that lie in values: each entry of a field's `values`, each value that an action or
// a settlement lists. Marked by the cell or the value of a record.
import type { FieldValue } from '../../domain/notice.ts'
import type { YamlPath } from '../fault.ts'
import { listKeyOf, normaliser } from '../field/text-value.ts'
import { meaningReader } from '../field/value-lists.ts'
import type { RawRecord } from '../format/raw-record.ts'
import type { RecordSpec } from '../format/record-spec.ts'
import type { Ledger } from './ledger.ts'

/** Declares the entries of all `values`; answers what marks those of a record. */
export function watchCells({ fields }: RecordSpec, ledger: Ledger): (raw: RawRecord) => void {
  const watched = Object.entries(fields).flatMap(([name, field], index) => {
    if (field.type !== 'text' || field.values === undefined) return []
    const normal = normaliser(field.normalise)
    const marks = new Map<string, () => void>()
    for (const value of Object.keys(field.values)) {
      const path = ['record', 'fields', name, 'values', value]
      const wanted = `in which \`${name}\` is ${JSON.stringify(value)}`
      marks.set(normal(value), ledger.declare({ path, what: `${name} ${value}`, wanted }))
    }
    return [{ index, marks, keyOf: listKeyOf(field) }]
  })
  return ({ cells }) => {
    for (const { index, marks, keyOf } of watched) {
      const cell = cells[index] ?? ''
      if (cell.trim() !== '') marks.get(keyOf(cell))?.()
    }
  }
}

/** Declares each listed value; answers what marks the one that a record has, if it is listed. */
export function watchLists(
  lists: Readonly<Record<string, readonly (string | number)[]>>,
  field: string,
  at: YamlPath,
  ledger: Ledger,
): (value: FieldValue) => boolean {
  const watched = Object.entries(lists).flatMap(([list, values]) =>
    values.map((value, index) => {
      const shown = value === '' ? 'empty' : JSON.stringify(value)
      const branch = { path: [...at, list, index], what: `${list} ${shown}` }
      const mark = ledger.declare({ ...branch, wanted: `in which \`${field}\` is ${shown}` })
      const read = meaningReader({ own: [value] })
      return { mark, isOwn: (one: FieldValue) => read(one) !== null }
    }),
  )
  return (value) => {
    const found = watched.find(({ isOwn }) => isOwn(value))
    found?.mark()
    return found !== undefined
  }
}
