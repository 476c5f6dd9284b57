// The body of a request as a WSDL wants it: each name with its namespace, rpc/encoded with its
// types. What the schema does not know, or in another order, is refused before anything is sent.
// Invariant: values are never changed, and elements never reordered.
import { SourceError } from '../../src/connector.ts'
import type { Part } from './envelope.ts'
import type { Child, Content, Schemas } from './schema.ts'
import type { XmlElement } from './xml.ts'

export interface Body {
  /** Null for a message without parts. */
  part: Part | null
  /** The namespaces by the prefixes that the part uses. */
  namespaces: Record<string, string>
}

/** Of a message without parts (WS-I Basic Profile 1.1, R2202): nothing stands in it. */
export const emptyBody: Body = { part: null, namespaces: {} }

/** The element around the arguments. */
export interface Root {
  name: string
  namespace: string
  /** Null for what an operation of rpc is wrapped in. */
  declaration: XmlElement | null
  content: Content | null
}

/** What a body is written with. */
interface Writing {
  schemas: Schemas
  namespaces: Record<string, string>
  isEncoded: boolean
}

const soapEncoding = 'http://schemas.xmlsoap.org/soap/encoding/'

/** Throws `SRC_WSDL` with what there is, or with the order. */
export function qualifyBody(
  schemas: Schemas,
  root: Root,
  given: { args: Part[]; attributes: Record<string, string>; isEncoded: boolean },
): Body {
  const writing: Writing = { schemas, namespaces: {}, isEncoded: given.isEncoded }
  const name = prefixed(writing, root.namespace, root.name)
  assertAttributes(writing, given, root.declaration, root.name)
  const content = qualifyAll(writing, given.args, root.content, root.name)
  return {
    part: { name, attributes: given.attributes, content },
    namespaces: writing.namespaces,
  }
}

function qualifyAll(
  writing: Writing,
  parts: Part[],
  content: Content | null,
  where: string,
): Part[] {
  if (parts.length === 0) return []
  if (content === null) throw problem(`${where} has a text, not the element ${parts[0]?.name}`)
  assertOrder(parts, content, where)
  return parts.map((part) => {
    const child = content.children.find(({ name }) => name === part.name)
    if (child === undefined) return part // Open content: as the template says.
    const name = prefixed(writing, child.namespace, child.name)
    const given = typeGiven(writing, part)
    const array = arrayOf(writing, child, part)
    const attributes = {
      ...typeOf(writing, child),
      ...array?.attributes,
      ...part.attributes,
      ...given?.attributes,
    }
    const declaration = given?.declaration ?? child.declaration
    assertAttributes(writing, part, declaration, `${where}/${part.name}`)
    if (!Array.isArray(part.content) || part.isLiteral) return { ...part, name, attributes }
    const below = array?.content ?? writing.schemas.contentOf(declaration)
    const inside = qualifyAll(writing, part.content, below, `${where}/${part.name}`)
    return { ...part, name, attributes, content: inside }
  })
}

/** `"@xsi:type": Persona` chooses a type that is derived from the declared one. */
function typeGiven(writing: Writing, { attributes }: Part) {
  const local = attributes['xsi:type']?.split(':').at(-1)
  const found = local === undefined ? null : writing.schemas.findTypeNamed(local)
  if (found === null) return null
  const type = prefixed(writing, found.namespace, found.name)
  return { attributes: { 'xsi:type': type }, declaration: found.declaration }
}

/** An array of rpc/encoded says how many items it has; these bear any name, and their type. */
function arrayOf(writing: Writing, { declaration }: Child, { content }: Part) {
  if (!writing.isEncoded || !Array.isArray(content)) return null
  const item = writing.schemas.findItemType(declaration)
  if (item === null) return null
  const type = typeName(writing, item)
  const encoding = prefixed(writing, soapEncoding, 'arrayType')
  const names = [...new Set(content.map(({ name }) => name))]
  const children = names.map((name) => ({
    ...{ name, namespace: '', type: item, declaration: item.declaration },
  }))
  return {
    attributes: { [encoding]: `${type}[${content.length}]` },
    content: { children, isOrdered: false, isOpen: false },
  }
}

function typeOf(writing: Writing, { type }: Child): Record<string, string> {
  if (!writing.isEncoded || type === null) return {}
  return { 'xsi:type': typeName(writing, type) }
}

function typeName(writing: Writing, { namespace, name }: { namespace: string; name: string }) {
  const isPlain = namespace === 'http://www.w3.org/2001/XMLSchema'
  return isPlain ? `xsd:${name}` : prefixed(writing, namespace, name)
}

function prefixed({ namespaces }: Writing, namespace: string, name: string): string {
  if (namespace === '') return name
  const known = Object.entries(namespaces).find(([, uri]) => uri === namespace)?.[0]
  const prefix = known ?? `n${Object.keys(namespaces).length + 1}`
  namespaces[prefix] = namespace
  return `${prefix}:${name}`
}

/** Names with a prefix are of other standards, and so is what SOAP's encoding adds. */
function assertAttributes(
  { schemas, isEncoded }: Writing,
  { attributes }: Pick<Part, 'attributes'>,
  declaration: XmlElement | null,
  where: string,
): void {
  const known = isEncoded ? null : schemas.attributesOf(declaration)
  if (known === null) return
  const strange = Object.keys(attributes).find(
    (name) => !name.includes(':') && name !== 'xmlns' && !known.includes(name),
  )
  if (strange === undefined) return
  const there = known.length === 0 ? 'none' : known.join(', ')
  throw problem(
    `the WSDL has no attribute ${strange} in ${where}; there are ${there}`.slice(0, 2000),
  )
}

/** Servers read sequences in their order, and many refuse another one without saying why. */
function assertOrder(parts: readonly Part[], content: Content, where: string): void {
  const names = content.children.map(({ name }) => name)
  let last = -1
  for (const { name } of parts) {
    const at = names.indexOf(name, Math.max(last, 0))
    const isKnown = names.includes(name)
    if (!isKnown && !content.isOpen) {
      const known = names.length === 0 ? 'no elements' : names.join(', ')
      throw problem(`the WSDL has no ${name} in ${where}; there are ${known}`.slice(0, 2000))
    }
    if (!isKnown || !content.isOrdered) continue
    if (at < 0) {
      throw problem(
        `${name} must stand earlier in ${where}: the WSDL wants the order ${names.join(', ')}`,
      )
    }
    last = at
  }
}

function problem(message: string): SourceError {
  return new SourceError('SRC_WSDL', message, { retry: false })
}
