// Columns that repeat, such as `XRATA1`, `SCADE1`, `XRATA2`, `SCADE2` → one record for each group
// that has an amount. Stands between a table and its types. Invariant: columns are folded only
// where an amount and a date or notice number repeat together, with the same groups.
import { suggests } from './column-name.ts'
import { guessType } from './column-type.ts'
import { type Column, filledValues, type Table } from './table.ts'
import type { Wishes } from './wishes.ts'

export interface Groups {
  over: string[]
  /** The label of the amount: where it is empty, there is no group. */
  when: string
}

/** The column that holds the name of the group itself. */
export const GROUP_LABEL = '{n}'

/** Groups of one table, at most; more are measurements, not instalments. */
const MAXIMUM_GROUPS = 24

interface Template {
  label: string
  byGroup: Map<string, Column>
}

/** The table with a record for each group; null where columns do not repeat. */
export function foldGroups(
  table: Table,
  { groups }: Wishes,
): { table: Table; groups: Groups } | null {
  if (groups === null) return null
  const templates = templatesOf(table.columns)
  const amount = templates.find((template) => isOf(template, 'euro'))
  if (amount === undefined) return null
  const over = groups ?? namesOf(amount)
  const family = templates.filter(({ byGroup }) => over.every((group) => byGroup.has(group)))
  const isWhole = family.some((one) => isOf(one, 'date') || isOf(one, 'noticeNumber'))
  if (!isWhole || over.length < 2 || over.length > MAXIMUM_GROUPS) return null
  const folded = fold(table, family, amount, over)
  if (folded.records === 0) return null
  return { table: folded, groups: { over, when: amount.label } }
}

/** Every way to see a number in a label, or a `T` at its end, as the name of a group. */
function templatesOf(columns: readonly Column[]): Template[] {
  const templates = new Map<string, Template>()
  const add = (label: string, group: string, column: Column) => {
    const template = templates.get(label) ?? { label, byGroup: new Map() }
    templates.set(label, template)
    template.byGroup.set(group, column)
  }
  for (const column of columns) {
    if (typeof column.place !== 'string') continue
    for (const found of column.label.matchAll(/(?<!\d)\d{1,2}(?!\d)/g)) {
      const { index } = found
      const label = column.label
      add(`${label.slice(0, index)}{n}${label.slice(index + found[0].length)}`, found[0], column)
    }
  }
  // The single payment beside the instalments: `XRATAT`.
  for (const column of columns) {
    const template = templates.get(column.label.replace(/T$/, '{n}'))
    if (column.label.endsWith('T') && template !== undefined) template.byGroup.set('T', column)
  }
  return [...templates.values()].filter(({ byGroup }) => byGroup.size >= 2)
}

/** The single payment first, then the instalments by their numbers. */
function namesOf({ byGroup }: Template): string[] {
  const names = [...byGroup.keys()]
  const numbers = names.filter((name) => name !== 'T').sort((a, b) => Number(a) - Number(b))
  return names.includes('T') ? ['T', ...numbers] : numbers
}

function isOf({ label, byGroup }: Template, type: string): boolean {
  const values = [...byGroup.values()].flatMap((column) => column.values)
  if (type === 'euro' && !suggests(label, 'amount')) return false
  return guessType({ label, place: label, values }).draft.type === type
}

function fold(
  { columns, records }: Table,
  family: readonly Template[],
  amount: Template,
  over: readonly string[],
): Table {
  const folded = new Set(family.flatMap(({ byGroup }) => over.map((group) => byGroup.get(group)!)))
  const single = columns.filter((column) => !folded.has(column))
  const kept: [record: number, group: string][] = []
  for (let record = 0; record < records; record++) {
    for (const group of over) {
      if (!isNothing(amount.byGroup.get(group)!.values[record]!)) kept.push([record, group])
    }
  }
  const once = single.map(({ label, place, values }) => ({
    ...{ label, place },
    values: kept.map(([record]) => values[record]!),
  }))
  const repeated = family.map(({ label, byGroup }) => ({
    ...{ label, place: label },
    values: kept.map(([record, group]) => byGroup.get(group)!.values[record]!),
  }))
  const name = { label: GROUP_LABEL, place: GROUP_LABEL, values: kept.map(([, group]) => group) }
  return { columns: [...once, name, ...repeated], records: kept.length }
}

/** An instalment of nothing is none, however the zero is written. */
export function isNothing(text: string): boolean {
  return /^\s*[-0.,]*\s*$/.test(text)
}

/** How a column of amounts writes "nothing" in the whole table. */
export function zerosOf(table: Table, { over, when }: Groups): string[] {
  const columns = over.map((group) => when.replace('{n}', group))
  const amounts = table.columns.filter(({ label }) => columns.includes(label))
  const found = amounts.flatMap((column) => [...filledValues(column).keys()].filter(isNothing))
  return [...new Set(found)]
}
