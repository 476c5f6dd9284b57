// Elements of a document, as they open and close → records, whatever language wrote them. A record
// is handed out when the ancestors that its fields name are closed, since what they say may stand
// after the row. Invariant: what is held is bounded; where a bound makes a record leave early and
// its ancestor then says something else, the whole document is refused.
import { documentTooLarge, rowsMissing, valueTooLate } from './document-fault.ts'
import { createTally, totalsTeller } from './footer.ts'
import type { Emit } from './part-reader.ts'
import {
  type Anchor,
  createAnchor,
  createHeld,
  MAXIMUM_HELD,
  pictureOf,
  readRow,
} from './tree-held.ts'
import { createNode, findValue, type TreeNode, type Wanted } from './tree-node.ts'
import type { TreePath } from './tree-path.ts'
import { type Level, type TreeSpec, treePlan } from './tree-plan.ts'
import type { Watch } from './watch.ts'

/** Elements within each other. */
const MAXIMUM_DEPTH = 200
/** UTF-16 units of one value. */
const MAXIMUM_VALUE_LENGTH = 100_000
/** Elements and attributes that are read of one row or ancestor, and units of their text. */
const MAXIMUM_ELEMENTS = 10_000
const MAXIMUM_TEXT_LENGTH = 1_000_000
/** Names kept to say which one was probably meant; those of letters, as no person's code is. */
const MAXIMUM_NAMES = 200

export interface TreeReader {
  open(name: string, line: number): void
  /** An attribute of the element that has just been opened. */
  attribute(name: string, value: string): void
  /** Whether an attribute, or what stands in the element that is open, is read at all. */
  wants(attribute: string): boolean
  wantsText(): boolean
  text(piece: string): void
  close(line: number): void
  /** An element of this name would stand here, and there is none: an empty list, a null. */
  absent(name: string): void
  /** After the last element. */
  end(line: number): void
}

interface Frame {
  name: string
  line: number
  /** 1-based, in the order in which elements open. */
  place: number
  node: TreeNode | null
  wants: { wanted: Wanted; anchor: Anchor }[]
  anchor: Anchor | null
  isRow: boolean
}

/** A reader of one document. Throws `DropError`. */
export function createTreeReader(spec: TreeSpec, emit: Emit, watch?: Watch): TreeReader {
  const plan = treePlan(spec)
  const { rows, fields, levels } = plan
  const document = createAnchor('', [null])
  const root = levels.get(null)
  const frames: Frame[] = [
    { name: '', line: 1, place: 0, node: document.node, wants: [], anchor: document, isRow: false },
  ]
  if (root !== undefined) frames[0]!.wants.push({ wanted: root, anchor: document })
  const held = createHeld(plan, emit, () => frames.flatMap(({ anchor }) => anchor ?? []))
  const names = new Set<string>()
  let isFound = rows.names.length === 1 && spec.format === 'json'
  let row: Frame | null = null

  /** Elements that have been opened. */
  let opened = 0

  const newTally = (of: string | undefined) =>
    createTally(spec, { of, teller: totalsTeller, watch })
  if (plan.totals?.level === null) document.tally = newTally(plan.totals.of)

  /** Whether an element of this name, in the frames that are open, is so far down to the row. */
  function reaches(name: string, count: number): boolean {
    const depth = frames.length
    if (rows.anchored ? depth !== count : depth < count) return false
    for (let back = 0; back < count; back++) {
      const wanted = rows.names[count - 1 - back]
      const found = back === 0 ? name : frames[depth - back]!.name
      if (wanted !== '*' && wanted !== found) return false
    }
    return true
  }

  function note(name: string): void {
    if (names.size < MAXIMUM_NAMES && /^[\p{L}_-]{2,40}$/u.test(name)) names.add(name)
    // The root of a JSON document says nothing of what the document is, nor does any name at all.
    const named = rows.names.findIndex((name) => name !== '*') + 1
    const first = Math.max(spec.format === 'json' ? 2 : 1, named)
    const last = Math.max(first, rows.names.length - 1)
    for (let count = first; count <= last && !isFound; count++) isFound = reaches(name, count)
  }

  /** The element as the row or one of its ancestors, where it is any that is read. */
  function anchorAt(name: string): Anchor | null {
    const found: Level[] = []
    for (const level of levels.keys()) {
      if (level !== null && reaches(name, rows.names.length - level)) found.push(level)
    }
    if (found.length === 0) return null
    const anchor = createAnchor(name, found, opened)
    if (plan.totals !== null && found.includes(plan.totals.level)) {
      anchor.tally = newTally(plan.totals.of)
    }
    return anchor
  }

  function keep(
    parent: Frame,
    name: string,
    wants: Frame['wants'],
    line: number,
    place = 0,
  ): TreeNode {
    const node = createNode(name, place)
    parent.node!.children.push(node)
    for (const { anchor } of wants) {
      if (++anchor.elements > MAXIMUM_ELEMENTS) {
        throw documentTooLarge(line, `più di ${MAXIMUM_ELEMENTS} elementi da leggere in uno solo`)
      }
    }
    return node
  }

  function open(name: string, line: number): void {
    if (frames.length > MAXIMUM_DEPTH) {
      throw documentTooLarge(line, `più di ${MAXIMUM_DEPTH} elementi uno dentro l’altro`)
    }
    opened++
    const parent = frames.at(-1)!
    if (parent.node !== null) parent.node.isComplex = true
    let wants = wantedBelow(parent, name)
    let node = wants.length > 0 ? keep(parent, name, wants, line, opened) : null
    let anchor: Anchor | null = null
    if (row === null) {
      if (!isFound) note(name)
      anchor = anchorAt(name)
    }
    if (anchor !== null) {
      node ??= anchor.node
      anchor.node = node
      const own = anchor
      wants = [
        ...wants,
        ...own.levels.map((level) => ({ wanted: levels.get(level)!, anchor: own })),
      ]
    }
    const isRow = anchor?.levels.includes(0) ?? false
    const frame = { name, line, place: opened, node, wants, anchor, isRow }
    if (frame.isRow) row = frame
    frames.push(frame)
  }

  function take(frame: Frame, node: TreeNode, piece: string, wants: Frame['wants']): void {
    node.text += piece
    if (node.text.length > MAXIMUM_VALUE_LENGTH) {
      throw documentTooLarge(frame.line, `un valore di più di ${MAXIMUM_VALUE_LENGTH} caratteri`)
    }
    for (const { anchor } of wants) {
      anchor.length += piece.length
      if (anchor.length > MAXIMUM_TEXT_LENGTH) {
        throw documentTooLarge(
          frame.line,
          `più di ${MAXIMUM_TEXT_LENGTH} caratteri da leggere in uno solo`,
        )
      }
    }
  }

  function closeRow(frame: Frame): void {
    const above = frames.map(({ anchor }) => anchor)
    const anchorOf = (level: Level) =>
      (level === null ? document : level === 0 ? frame.anchor : above.at(-level))!
    const closed = readRow(frame.line, fields, anchorOf)
    if (plan.totals !== null) {
      anchorOf(plan.totals.level).tally?.add(
        closed.problem === null ? closed.cells.map((cell) => cell ?? '') : [],
      )
    }
    watch?.row(frame.place, frame.place + 1)
    held.add(closed)
  }

  function closeAnchor(anchor: Anchor, line: number): void {
    anchor.isClosed = true
    held.release()
    if (anchor.frozen !== null && anchor.frozen !== pictureOf(anchor, plan))
      throw valueTooLate(line, MAXIMUM_HELD)
    const { tally } = anchor
    if (tally === null || plan.totals === null) return
    const findTotal = (path: TreePath | null) => path && findValue(anchor.node, path)
    const [count, total] = [findTotal(plan.totals.count), findTotal(plan.totals.total)]
    const said = (path: TreePath | null, value: TreeNode | null) => path && (value?.text ?? '')
    tally.compare(line, {
      count: said(plan.totals.count, count),
      total: said(plan.totals.total, total),
      values: { count, total },
    })
  }

  return {
    open,
    attribute(name, value) {
      const frame = frames.at(-1)!
      const wants = wantedBelow(frame, name)
      if (wants.length > 0) take(frame, keep(frame, name, wants, frame.line), value, wants)
    },
    wants: (attribute) => frames.at(-1)!.wants.some(({ wanted }) => wanted.children.has(attribute)),
    wantsText: () => frames.at(-1)!.wants.some(({ wanted }) => wanted.isValue),
    text(piece) {
      const frame = frames.at(-1)!
      if (frame.node !== null) take(frame, frame.node, piece, frame.wants)
    },
    close(line) {
      const frame = frames.pop()!
      if (frame.isRow) {
        row = null
        isFound = true
        closeRow(frame)
      }
      if (frame.anchor !== null) closeAnchor(frame.anchor, line)
    },
    absent(name) {
      if (row === null && !isFound) {
        note(name)
        isFound ||= reaches(name, rows.names.length)
      }
    },
    end(line) {
      if (!isFound) throw rowsMissing(spec, [...names])
      closeAnchor(document, line)
    },
  }
}

const nothing: Frame['wants'] = []

function wantedBelow({ wants }: Frame, name: string): Frame['wants'] {
  if (wants.length === 0) return nothing
  let below = nothing
  for (const { wanted, anchor } of wants) {
    const named = wanted.children.get(name)
    if (named !== undefined) below = [...below, { wanted: named, anchor }]
    const any = name.startsWith('@') ? undefined : wanted.children.get('*')
    if (any !== undefined) below = [...below, { wanted: any, anchor }]
  }
  return below
}
