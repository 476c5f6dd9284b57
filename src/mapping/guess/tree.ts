// An XML or JSON document as one tree of named nodes, for looking at: lists are several nodes of
// one name, as in XML. Invariant: nothing outside of the text is ever read, entities and DTDs
// included.
import { SaxesParser } from 'saxes'
import { numbersAsWritten } from './ndjson-sample.ts'
import { GuessError } from './table.ts'

export interface TreeNode {
  /** Without the prefix of its namespace; `@name` for an attribute. */
  name: string
  /** Of a leaf; empty of others. */
  text: string
  children: TreeNode[]
}

/** Nodes of one document that are looked at. */
const MAXIMUM_NODES = 200_000

/**
 * The root of an XML document, of which the end may be missing: then the last of its elements may
 * lack something. Throws `GuessError` for what is not XML.
 */
export function xmlTree(text: string, isWhole: boolean): TreeNode {
  const root: TreeNode = { name: '', text: '', children: [] }
  const open = [root]
  const parser = new SaxesParser()
  let nodes = 0
  const add = (node: TreeNode) => {
    nodes++
    if (nodes <= MAXIMUM_NODES) open.at(-1)!.children.push(node)
  }
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const node: TreeNode = { name: localName(name), text: '', children: [] }
    add(node)
    open.push(node)
    for (const [attribute, value] of Object.entries(attributes)) {
      if (/^xmlns(:|$)|^xsi:/.test(attribute)) continue
      add({ name: `@${localName(attribute)}`, text: String(value), children: [] })
    }
  })
  const addText = (piece: string) => {
    open.at(-1)!.text += piece
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    open.pop()
  })
  try {
    parser.write(text)
    if (isWhole) parser.close()
  } catch {
    // The parser's own words may quote the document.
    throw new GuessError(`the file is not good XML near line ${parser.line}`)
  }
  const [document] = root.children
  if (document === undefined) throw new GuessError('the XML file has no element')
  return document
}

/** The root of a JSON document; null when it is none. The entries of a list have its name. */
export function findJsonTree(text: string): TreeNode | null {
  let document: unknown
  try {
    document = JSON.parse(text, numbersAsWritten)
  } catch {
    return null
  }
  if (typeof document !== 'object' || document === null) return null
  let nodes = 0
  const nodesOf = (name: string, value: unknown): TreeNode[] => {
    if (++nodes > MAXIMUM_NODES || value === null) return []
    if (Array.isArray(value)) return value.flatMap((entry) => nodesOf(name, entry))
    if (typeof value !== 'object') return [{ name, text: String(value), children: [] }]
    const children = Object.entries(value as object).flatMap(([key, one]) => nodesOf(key, one))
    return [{ name, text: '', children }]
  }
  return { name: '$', text: '', children: nodesOf('$', document) }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
