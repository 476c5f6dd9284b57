// A document → which of its elements is a record, and its table: a column for each path that leads
// to a value, within the record or above it. Invariant: a path that is proposed leads to one value
// in every record of the sample.
import { suggests } from './column-name.ts'
import { encodingWords } from './csv-sample.ts'
import type { GuessedRecord } from './guessed-record.ts'
import type { SampleText } from './sample-text.ts'
import { GuessError, MAXIMUM_RECORDS, type Table } from './table.ts'
import { findJsonTree, type TreeNode, xmlTree } from './tree.ts'
import type { Wishes } from './wishes.ts'

/** Paths that become columns. */
const MAXIMUM_PATHS = 300
const MAXIMUM_DEPTH = 12

/** Where documents of known names have their records, at any depth. */
const known: Record<string, string> = {
  FatturaElettronica: 'DatiPagamento/DettaglioPagamento',
  FlussoRiversamento: 'datiSingoliPagamenti',
  RT: 'datiSingoloPagamento',
  paSendRTReq: 'receipt',
  paSendRTV2Request: 'receipt',
}
/** Envelopes around such documents, at most. */
const MAXIMUM_ENVELOPES = 4

/** How the sample is written; null when it is no XML. */
export function guessXml(sample: SampleText, isWhole: boolean, wishes: Wishes) {
  if (!/^\s*</.test(sample.text)) return null
  const root = xmlTree(sample.text, isWhole)
  return guessTree('xml', root, sample, isWhole, wishes)
}

/** How the sample is written; null when it is no JSON document. */
export function guessJson(sample: SampleText, isWhole: boolean, wishes: Wishes) {
  if (!/^\s*[[{]/.test(sample.text)) return null
  const document = findJsonTree(sample.text)
  if (document !== null) return guessTree('json', document, sample, isWhole, wishes)
  if (isWhole) return null
  throw new GuessError('the JSON document is too large to look at: take one with fewer records')
}

/** Where a document of a known name has its records, also inside of an envelope. */
function knownRows(node: TreeNode, depth: number): string | null {
  const rows = known[node.name]
  if (rows !== undefined || depth > MAXIMUM_ENVELOPES) return rows ?? null
  for (const child of node.children) {
    const found = knownRows(child, depth + 1)
    if (found !== null) return found
  }
  return null
}

/** A record, and the elements that it stands in: the nearest last. */
interface Row {
  node: TreeNode
  above: TreeNode[]
}

function guessTree(
  format: 'xml' | 'json',
  root: TreeNode,
  { encoding, evidence }: SampleText,
  isWhole: boolean,
  wishes: Wishes,
): GuessedRecord {
  const path = wishes.rows ?? knownRows(root, 0)
  const all = path === null ? findRows(root) : rowsAt(root, path, format)
  // The last record of a text that goes on may be cut.
  const rows = (isWhole ? all : all.slice(0, -1)).slice(0, MAXIMUM_RECORDS)
  const [first] = rows
  if (first === undefined) {
    const where = path === null ? 'no element that repeats' : `nothing at ${path}`
    throw new GuessError(`the document has ${where}: say with --rows where the records are`)
  }
  const names = [...first.above, first.node].map(({ name }) => name)
  const steps = format === 'json' ? names.filter((name) => name !== '$') : names
  const mark = format === 'xml' ? '/' : '.'
  const found = wishes.rows ?? (format === 'xml' ? `/${steps.join(mark)}` : steps.join(mark))
  // What stands above the elements that the path names cannot be read.
  const isLoose = format === 'xml' && !found.startsWith('/')
  const height = isLoose ? found.split(mark).length - 1 : first.above.length
  const keys: GuessedRecord['keys'] = [{ name: 'encoding', value: encoding, evidence }]
  if (found !== '') {
    const count = `${rows.length} of them here`
    keys.push({ name: 'rows', value: found, evidence: count })
  }
  const words = [encodingWords(encoding), ...(found === '' ? [] : [`rows at ${found}`])]
  return { format, keys, words, table: tableOfRows(rows, mark, height) }
}

/**
 * The elements that stand several times in one and hold what a payment is made of; of those that
 * hold as much the outermost. The document itself where nothing repeats.
 */
function findRows(root: TreeNode): Row[] {
  let level: Row[] = [{ node: root, above: [] }]
  let best: Row[] = []
  let most = -1
  for (let depth = 0; depth < MAXIMUM_DEPTH && level.length > 0; depth++) {
    const below = level.flatMap(({ node, above }) =>
      node.children.map((child) => ({ node: child, above: [...above, node] })),
    )
    const groups = Map.groupBy(below, ({ node, above }) =>
      [...above, node].map(({ name }) => name).join('\n'),
    )
    for (const rows of groups.values()) {
      const isRepeated = rows.length > new Set(rows.map(({ above }) => above.at(-1))).size
      const score = isRepeated ? substance(rows[0]!.node) : -1
      if (score > most) [best, most] = [rows, score]
    }
    level = below.filter(({ node }) => node.children.length > 0)
  }
  if (best.length > 0) return best
  // A JSON document that is one record stands below the root that it is given.
  const [only] = root.children
  if (root.name === '$' && only !== undefined) return [{ node: only, above: [root] }]
  return [{ node: root, above: [] }]
}

/** How much of a payment an element holds once; -1 for one that holds no two values. */
function substance(node: TreeNode): number {
  const names: string[] = []
  const visit = (inner: TreeNode) => {
    const counts = Map.groupBy(inner.children, ({ name }) => name)
    for (const [name, [child, ...others]] of counts) {
      if (child === undefined || others.length > 0) continue
      if (child.children.length === 0) names.push(name)
      else visit(child)
    }
  }
  visit(node)
  const hints = ['amount', 'due', 'noticeNumber', 'iuv', 'fiscalCode'] as const
  const points = hints.filter((hint) => names.some((name) => suggests(name, hint))).length
  return names.length < 2 ? -1 : points
}

/** The elements at a path: from the root, or at any depth in XML without `/` in front. */
function rowsAt(root: TreeNode, path: string, format: 'xml' | 'json'): Row[] {
  const names = path.split(format === 'xml' ? '/' : '.').filter((name) => name !== '')
  const wanted = format === 'json' ? ['$', '$', ...names] : names
  const isAnchored = format === 'json' || path.startsWith('/')
  const found: Row[] = []
  const visit = (node: TreeNode, above: TreeNode[]) => {
    const all = [...above, node].map(({ name }) => name.slice(name.indexOf(':') + 1))
    const end = isAnchored ? all : all.slice(-wanted.length)
    const isThere = end.length === wanted.length && wanted.every((name, at) => name === end[at])
    if (isThere) found.push({ node, above })
    else if (above.length < MAXIMUM_DEPTH) {
      for (const child of node.children) visit(child, [...above, node])
    }
  }
  visit(root, [])
  return found
}

/** Values within the records first, then those of the elements above, the nearest first. */
function tableOfRows(rows: readonly Row[], mark: string, highest: number): Table {
  const cells = rows.map(() => new Map<string, string | null>())
  for (const [index, { node }] of rows.entries()) collect(node, '', cells[index]!, null, mark, 0)
  const height = rows[0]!.above.length
  for (let up = 1; up <= highest; up++) {
    const before = '../'.repeat(up)
    for (const [index, { node, above }] of rows.entries()) {
      const inside = above[height - up + 1] ?? node
      const ancestor = above[height - up]!
      collect(ancestor, before, cells[index]!, inside.name, mark, 0)
    }
  }
  const paths = [...new Set(cells.flatMap((found) => [...found.keys()]))]
  const usable = paths.filter((path) => cells.every((found) => found.get(path) !== null))
  const columns = usable.slice(0, MAXIMUM_PATHS).map((path) => ({
    label: path,
    place: path,
    values: cells.map((found) => found.get(path) ?? ''),
  }))
  return { columns, records: rows.length }
}

/** The values below a node by their paths; null for a path that leads to several. */
function collect(
  node: TreeNode,
  path: string,
  found: Map<string, string | null>,
  except: string | null,
  mark: string,
  depth: number,
): void {
  if (depth > MAXIMUM_DEPTH) return
  const isLeaf = node.children.every(({ name }) => name.startsWith('@'))
  if (isLeaf && path !== '' && !path.endsWith('../')) {
    found.set(path, found.has(path) ? null : node.text.trim())
  }
  for (const child of node.children) {
    if (child.name === except) continue
    const isNested = path !== '' && !path.endsWith('../')
    collect(
      child,
      isNested ? `${path}${mark}${child.name}` : path + child.name,
      found,
      null,
      mark,
      depth + 1,
    )
  }
}
