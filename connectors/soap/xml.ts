// XML text → a small tree, for answers, WSDLs and schemas. Names lose their prefixes, namespaces
// are kept beside them; a prefix that nobody declared has none, as sloppy servers write it.
// Invariant: nothing is ever fetched or expanded: a DOCTYPE is refused, whatever it says.
import type { Hash } from 'node:crypto'
import { SaxesParser } from 'saxes'

export interface XmlAttribute {
  name: string
  namespace: string
  value: string
}

export interface XmlElement {
  name: string
  namespace: string
  attributes: readonly XmlAttribute[]
  children: readonly XmlElement[]
  /** The element's own text, in one piece. */
  text: string
  parent: XmlElement | null
  /** Namespaces by prefix, as they are in scope here; '' is the default one. */
  prefixes: Record<string, string>
}

/** Why a text is no XML that is read here. Never quotes it. */
export class XmlFault extends Error {}

const mostElements = 1_000_000
/** Shared by all elements that have none: most have neither attributes nor children. */
const none: readonly never[] = []
const mostDepth = 200
/** Old servers write empty lines before the declaration, which XML forbids. */
export const outerBlanks = /^[\uFEFF\s]+/

/**
 * The root element. Throws `XmlFault`. Registers name a DTD in the documents that they hand out,
 * which envelopes may not: `ignored` passes over it, but not over one that declares anything.
 */
export function parseXml(text: string, { doctype = 'refused' } = {}): XmlElement {
  const parser = new SaxesParser({ xmlns: false, position: false })
  let root: XmlElement | null = null
  let open: XmlElement | null = null
  let depth = 0
  let elements = 0
  const addText = (piece: string) => {
    if (open !== null) open.text += piece
  }
  parser.on('doctype', (declaration) => {
    if (doctype === 'ignored' && !declaration.includes('[')) return
    throw new XmlFault('it has a DOCTYPE, which is never read')
  })
  parser.on('error', (error) => {
    throw new XmlFault(`it is no XML: ${error.message.split('\n')[0]?.slice(0, 100)}`)
  })
  parser.on('opentag', (tag) => {
    depth += 1
    elements += 1
    if (depth > mostDepth) throw new XmlFault(`it is nested more than ${mostDepth} times`)
    if (elements > mostElements) throw new XmlFault(`it has more than ${mostElements} elements`)
    const element = elementOf(tag.name, tag.attributes as Record<string, string>, open)
    if (open === null) root = element
    else appendChild(open, element)
    open = element
  })
  parser.on('closetag', () => {
    depth -= 1
    open = open?.parent ?? null
  })
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(text.replace(outerBlanks, '')).close()
  if (root === null) throw new XmlFault('it has no element')
  return root
}

/** Makes an element the last child of another one. */
export function appendChild(parent: XmlElement, child: XmlElement): void {
  child.parent = parent
  if (parent.children === none) parent.children = [child]
  else (parent.children as XmlElement[]).push(child)
}

/** The last child of `parent` from now on: an element's name, without its children. */
export function copyElement(
  { name, namespace, prefixes }: XmlElement,
  parent: XmlElement | null,
  own: Pick<XmlElement, 'attributes' | 'text'>,
): XmlElement {
  const copy: XmlElement = { name, namespace, prefixes, ...own, children: none, parent: null }
  if (parent !== null) appendChild(parent, copy)
  return copy
}

/** What can be read byte by byte is not in UTF-16, though programs of .NET write so. */
export function believable(declared: string | undefined): string | undefined {
  return /^utf-?16/i.test(declared ?? '') ? undefined : declared
}

/** The value of an attribute by its local name, or null. */
export function attributeOf(element: XmlElement, name: string): string | null {
  return element.attributes.find((attribute) => attribute.name === name)?.value ?? null
}

/** `{namespace}name` of a qualified name that stands as a value, such as `type="tns:Registro"`. */
export function qualifiedName(
  element: XmlElement,
  value: string,
): { namespace: string; name: string } {
  const [prefix, name] = split(value.trim())
  return { namespace: element.prefixes[prefix] ?? '', name }
}

/** Adds what an element says to a hash: prefixes, order of attributes, outer blanks don't count. */
export function addToHash(hash: Hash, element: XmlElement): void {
  const attributes = element.attributes
    .map(({ namespace, name, value }) => JSON.stringify([namespace, name, value]))
    .sort()
  hash.update(JSON.stringify([element.namespace, element.name, attributes, element.text.trim()]))
  hash.update('[')
  for (const child of element.children) addToHash(hash, child)
  hash.update(']')
}

function elementOf(
  name: string,
  written: Record<string, string>,
  parent: XmlElement | null,
): XmlElement {
  const prefixes = prefixesOf(written, parent?.prefixes ?? {})
  const attributes: XmlAttribute[] = []
  for (const [key, value] of Object.entries(written)) {
    if (isDeclaration(key)) continue
    const [prefix, local] = split(key)
    attributes.push({
      name: local,
      namespace: prefix === '' ? '' : (prefixes[prefix] ?? ''),
      value,
    })
  }
  const [prefix, local] = split(name)
  return {
    name: local,
    namespace: prefixes[prefix] ?? '',
    attributes: attributes.length === 0 ? none : attributes,
    children: none,
    text: '',
    parent,
    prefixes,
  }
}

/** Those of the parent, and what is declared here. */
function prefixesOf(
  written: Record<string, string>,
  inherited: Record<string, string>,
): Record<string, string> {
  const declared = Object.entries(written).filter(([key]) => isDeclaration(key))
  if (declared.length === 0) return inherited
  return { ...inherited, ...Object.fromEntries(declared.map(([key, uri]) => [key.slice(6), uri])) }
}

function isDeclaration(attribute: string): boolean {
  return attribute === 'xmlns' || attribute.startsWith('xmlns:')
}

function split(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':')
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)]
}
