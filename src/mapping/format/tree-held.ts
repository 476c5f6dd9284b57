// Records of a document that wait for what their ancestors have yet to say, in their order.
// Invariant: a record leaves with all that its ancestors said in the whole document, or with a
// picture of what they had said by then, against which their end is compared.
import type { Refusal } from '../../domain/refusal.ts'
import type { Tally } from './footer.ts'
import type { Emit } from './part-reader.ts'
import { createNode, fingerprint, readCell, type TreeNode } from './tree-node.ts'
import type { Level, TreePlan } from './tree-plan.ts'

/** Records that wait for an ancestor to close, and units of their cells. */
export const MAXIMUM_HELD = 1_000
const MAXIMUM_HELD_LENGTH = 1_000_000

/** An element of which something is read: a row, or an ancestor that fields or totals name. */
export interface Anchor {
  node: TreeNode
  levels: Level[]
  /** Elements read of it, and units of their text. */
  elements: number
  length: number
  /** What fields found in it when records left before it was closed; null: none did. */
  frozen: string | null
  isClosed: boolean
  tally: Tally | null
}

export interface Row {
  line: number
  /** Null where the value stands in an ancestor. */
  cells: (string | null)[]
  problem: Refusal | null
  anchorOf(level: Level): Anchor
}

/** An anchor that has just been opened. */
export function createAnchor(name: string, levels: Level[], place = 0): Anchor {
  const node = createNode(name, place)
  return { node, levels, elements: 0, length: 0, frozen: null, isClosed: false, tally: null }
}

/** A row that is closed: the values that stand within it. */
export function readRow(
  line: number,
  fields: TreePlan['fields'],
  anchorOf: (level: Level) => Anchor,
): Row {
  const row: Row = { line, cells: [], problem: null, anchorOf }
  for (const [index, field] of fields.entries()) {
    row.cells.push(null)
    if (field.isOwn) readField(row, index, field)
  }
  return row
}

/** The records that wait. `open` gives the anchors that are not closed yet. */
export function createHeld(plan: TreePlan, emit: Emit, open: () => Anchor[]) {
  const queue: Row[] = []
  let length = 0

  function finish(row: Row): void {
    for (const [index, field] of plan.fields.entries()) {
      if (!field.isOwn && row.problem === null) readField(row, index, field)
    }
    const { line, cells, problem } = row
    emit(line, problem === null ? cells.map((cell) => cell ?? '') : [], problem)
  }

  function isReady({ anchorOf }: Row): boolean {
    return plan.awaited.every((level) => {
      const { isClosed, frozen } = anchorOf(level)
      return isClosed || frozen !== null
    })
  }

  function release(): void {
    const first = queue[0]
    if (first === undefined || !isReady(first)) return
    const waiting = queue.findIndex((row) => !isReady(row))
    const leaving = queue.splice(0, waiting < 0 ? queue.length : waiting)
    if (queue.length === 0) length = 0
    for (const row of leaving) finish(row)
  }

  return {
    add(row: Row): void {
      queue.push(row)
      for (const cell of row.cells) length += cell?.length ?? 0
      if (queue.length > MAXIMUM_HELD || length > MAXIMUM_HELD_LENGTH) {
        for (const anchor of open()) anchor.frozen ??= pictureOf(anchor, plan)
      }
      release()
    },
    release,
  }
}

/** What the fields of the records find in an ancestor by now, so that it can be compared later. */
export function pictureOf({ node, levels }: Anchor, { fields }: TreePlan): string {
  return fields
    .flatMap(({ paths }) => paths.filter(({ up }) => up !== 0 && levels.includes(up)))
    .map((path) => fingerprint(node, path))
    .join()
}

function readField(row: Row, index: number, { name, paths }: TreePlan['fields'][number]): void {
  const cell = readCell(name, paths, ({ up }) => row.anchorOf(up).node)
  if (typeof cell === 'string') row.cells[index] = cell
  else row.problem ??= cell
}
