// A file of cases with some of its values written anew: the text keeps its comments and its layout,
// only the values themselves are replaced. Invariant: what would not read back as it was meant is
// never written.
import { type Document, isCollection, isScalar, type Node, parseDocument } from 'yaml'
import { valueAt } from './shape.ts'
import { type Found, findNode, type Path } from './yaml-place.ts'

export interface ValueEdit {
  path: Path
  value: unknown
}

/** The text with these values. Throws where a value cannot be put in its place. */
export function rewriteValues(text: string, edits: readonly ValueEdit[]): string {
  const document = parseDocument(text)
  const splices = edits.map((edit) => spliceOf(text, document, edit))
  let written = text
  for (const { start, end, words } of splices.toSorted((a, b) => b.start - a.start)) {
    written = written.slice(0, start) + words + written.slice(end)
  }
  const read: unknown = parseDocument(written).toJS()
  for (const { path, value } of edits) {
    if (JSON.stringify(valueAt(read, path)) === JSON.stringify(value)) continue
    throw new Error(`${path.map(String).join('.')} cannot be written in its place: do it by hand`)
  }
  return written
}

function spliceOf(text: string, document: Document, { path, value }: ValueEdit) {
  const found = findNode(document, path)
  const [from, to] = found.value?.range ?? [0, 0]
  const end = from + text.slice(from, to).trimEnd().length
  const isInside = path.some((_, index) => isFlow(findNode(document, path.slice(0, index)).value))
  const words =
    typeof value === 'string' && !isInside ? textWords(text, found, value) : flowWords(value)
  // A list that stands below its key moves up beside it.
  const { key, value: node } = found
  if (!isCollection(node) || isFlow(node) || !key?.range) return { start: from, end, words }
  return { start: text.indexOf(':', key.range[1]) + 1, end, words: ` ${words}` }
}

function isFlow(node: Node | null): boolean {
  return isCollection(node) && node.flow === true
}

/** A text as it was written: as a block where it was one, in quotes where it had them. */
function textWords(text: string, { key, value: node }: Found, value: string): string {
  const isBlock = isScalar(node) && String(node.type).startsWith('BLOCK')
  const isPlainBlock = value.includes('\n') && !/^\s|[ \t\r]$|[ \t]\n|\n\n$/.test(value)
  if (isBlock && isPlainBlock && key?.range) {
    const at = key.range[0] - text.lastIndexOf('\n', key.range[0]) - 1
    const indent = ' '.repeat(at + 2)
    const lines = value.replace(/\n$/, '').split('\n')
    const shown = lines.map((line) => (line === '' ? '' : indent + line))
    return `${value.endsWith('\n') ? '|' : '|-'}\n${shown.join('\n')}`
  }
  const isPlain = isScalar(node) && node.type === 'PLAIN'
  return isPlain ? plainWords(value) : JSON.stringify(value)
}

function flowWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowWords).join(', ')}]`
  if (typeof value === 'string') return plainWords(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, one]) => `${plainWords(key)}: ${flowWords(one)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

/** Without quotes only where nobody could take it for anything but a text. */
function plainWords(value: string): string {
  const isWord = /^[\p{L}_][\p{L}\d_.-]*( [\p{L}\d_.-]+)*$/u.test(value)
  const isOther = /^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
  return isWord && !isOther ? value : JSON.stringify(value)
}
