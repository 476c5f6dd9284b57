// Answers of rpc/encoded as Axis writes them: values stand beside the answer (`multiRef`), and the
// answer refers to them by `href="#id0"` (SOAP 1.1, section 5.4.1). Put where they are referred to,
// for paths and for mappings, which know nothing of references.
// Invariant: a value that refers to itself, or to more than an answer may hold, is no answer.
import { type Part, writePart } from './envelope.ts'
import { attributeOf, copyElement, type XmlElement, XmlFault } from './xml.ts'

const mostElements = 1_000_000
/** Of all texts together: one may be referred to many times. */
const mostCharacters = 64 * 1024 * 1024
const mostDepth = 200

/** The envelope with each value in its place; null when it refers to none. */
export function withReferences(envelope: XmlElement): XmlElement | null {
  const body = envelope.children.find(({ name }) => name === 'Body')
  const values = new Map<string, XmlElement>()
  for (const one of body?.children.slice(1) ?? []) {
    const id = attributeOf(one, 'id')
    if (id !== null) values.set(id, one)
  }
  if (values.size === 0) return null
  const isValue = new Set(values.values())
  let elements = 0
  let characters = 0
  const resolve = (from: XmlElement, parent: XmlElement | null, depth: number): XmlElement => {
    const href = attributeOf(from, 'href')
    const value = href?.startsWith('#') ? values.get(href.slice(1)) : undefined
    const { attributes, text, children } = value ?? from
    elements += 1
    characters += attributes.reduce((all, one) => all + one.value.length, text.length)
    if (depth > mostDepth || elements > mostElements || characters > mostCharacters) {
      throw new XmlFault('its references lead in a circle, or to too much')
    }
    const copy = copyElement(from, parent, { attributes, text })
    for (const child of children) if (!isValue.has(child)) resolve(child, copy, depth + 1)
    return copy
  }
  return resolve(envelope, null, 0)
}

/** As XML without namespaces and types, which paths do not know either. */
export function writeResolved(root: XmlElement): Buffer {
  return Buffer.from(writePart(partOf(root)))
}

function partOf({ name, attributes, children, text }: XmlElement): Part {
  const plain = attributes.filter(({ namespace, name: key }) => namespace === '' && key !== 'id')
  return {
    name,
    attributes: Object.fromEntries(plain.map(({ name: key, value }) => [key, value])),
    content: children.length === 0 ? text : children.map(partOf),
  }
}
