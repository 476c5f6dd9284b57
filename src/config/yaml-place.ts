// Where a value stands in a YAML document, by its path in the data.
// A path that leads nowhere gives the last key and value on the way that exist.
import type { Document, Node, Pair, Scalar } from 'yaml'
import { isAlias, isMap, isScalar, isSeq } from 'yaml'

/** Keys and 0-based positions, from the root. */
export type Path = readonly PropertyKey[]

export interface Found {
  key: Node | null
  value: Node | null
}

/** Walks as far as the path leads: the last key and value that exist. */
export function findNode(document: Document, path: Path): Found {
  let found: Found = { key: null, value: document.contents as Node | null }
  for (const step of path) {
    const next = child(resolve(found.value, document), step)
    if (!next) return found
    found = next
  }
  return found
}

function child(node: Node | null | undefined, step: PropertyKey): Found | null {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined
    return item ? { key: null, value: item } : null
  }
  if (!isMap(node)) return null
  const pair = node.items.find((one: Pair) => keyName(one.key) === String(step))
  return pair ? { key: pair.key as Node, value: pair.value as Node | null } : null
}

function resolve(node: Node | null, document: Document): Node | null | undefined {
  return isAlias(node) ? node.resolve(document) : node
}

export function offsetOf({ key, value }: Found, of: 'key' | 'value'): number {
  const node = of === 'key' ? (key ?? value) : (value ?? key)
  return node?.range?.[0] ?? 0
}

/**
 * The offset in the source of a place (1-based) inside a text; null when the source writes the text
 * otherwise (folded, or with escapes). A `|` block begins on the line after its header.
 */
export function offsetInText(
  source: string,
  node: Scalar,
  line: number,
  column: number,
): number | null {
  const start = node.range?.[0]
  if (start === undefined || typeof node.value !== 'string') return null
  const wanted = node.value.split('\n')[line - 1]
  if (wanted === undefined) return null
  if (node.type !== 'BLOCK_LITERAL') {
    const first = source.indexOf(wanted, start)
    return line === 1 && first >= 0 && first - start <= 1 ? first + column - 1 : null
  }
  let lineStart = start
  for (let passed = 0; passed < line; passed++) lineStart = source.indexOf('\n', lineStart) + 1
  const written = source.slice(lineStart).split(/\r?\n/, 1)[0] ?? ''
  return lineStart + Math.max(written.length - wanted.length, 0) + column - 1
}

/** A key as the data names it; null when it is a list, a map or nothing. */
export function keyName(key: unknown): string | null {
  if (!isScalar(key)) return null
  return typeof key.value === 'object' ? null : String(key.value)
}
