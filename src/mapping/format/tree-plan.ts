// What the rows of an XML or JSON document are and where their fields stand, prepared once from the
// record spec. Invariant: each path begins at an element that the path of the rows names, or at the
// document, so that the reader knows what to keep before it meets the first row.
import type { FieldSpec } from '../field/field-spec.ts'
import type { JsonSpec, XmlSpec } from './record-spec.ts'
import { nothingWanted, type Wanted, want } from './tree-node.ts'
import {
  parseRowPath,
  parseTreePath,
  type RowPath,
  type TreePath,
  type TreeStyle,
} from './tree-path.ts'

export type TreeSpec = XmlSpec | JsonSpec

/** A level is how many elements above the row it is, 0 the row; `null` is the document. */
export type Level = number | null

export interface TreePlan {
  rows: RowPath
  /** In the order of the declared fields; `isOwn`: it stands within the row alone. */
  fields: { name: string; paths: TreePath[]; isOwn: boolean }[]
  /** What is wanted at each level above the row that is read at all, and at the row. */
  levels: Map<Level, Wanted>
  /** The levels of fields above the row, outermost first: a record waits for them. */
  awaited: Level[]
  totals: { level: Level; count: TreePath | null; total: TreePath | null; of?: string } | null
}

/** A plan of a spec that `checkTree` has found good. */
export function treePlan(spec: TreeSpec): TreePlan {
  const rows = good(parseRowPath(spec.rows, spec.format))
  const fields = Object.entries(spec.fields).map(([name, { column }]) => {
    const paths = aliasesOf(column).map((alias) => good(parseTreePath(alias, spec.format)))
    return { name, paths, isOwn: paths.every(({ up }) => up === 0) }
  })
  const totals = totalsOf(spec)
  const paths = fields.flatMap(({ paths }) => paths)
  const levels = new Map<Level, Wanted>([[0, nothingWanted()]])
  for (const path of [...paths, totals?.count ?? null, totals?.total ?? null]) {
    if (path === null) continue
    const wanted = levels.get(path.up) ?? nothingWanted()
    levels.set(path.up, wanted)
    want(wanted, path.steps)
  }
  const height = (level: Level) => level ?? Number.POSITIVE_INFINITY
  const awaited = [...new Set(paths.map(({ up }) => up))]
    .filter((level) => level !== 0)
    .sort((a, b) => (height(a) < height(b) ? 1 : -1))
  return { rows, fields, levels, awaited, totals }
}

/** The paths of a field: one, or several aliases of which the first with a value counts. */
export function aliasesOf(column: FieldSpec['column']): string[] {
  return Array.isArray(column) ? column : [String(column)]
}

/** The paths of the totals and the level at which both stand; null where there are none. */
function totalsOf({ totals, format }: TreeSpec): TreePlan['totals'] {
  if (totals === undefined) return null
  const pathOf = (text: string | undefined, style: TreeStyle) =>
    text === undefined ? null : good(parseTreePath(text, style))
  const count = pathOf(totals.count, format)
  const total = pathOf(totals.total, format)
  const level = (count ?? total)?.up ?? null
  return { level, count, total, ...(totals.of !== undefined && { of: totals.of }) }
}

function good<T>(parsed: T | string): T {
  if (typeof parsed === 'string') throw new TypeError(`the path ${parsed}`)
  return parsed
}
