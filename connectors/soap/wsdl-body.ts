// The body of a request as a WSDL wants it: each name with its namespace, rpc/encoded with its
// types. What the schema does not know, or in another order, is refused before anything is sent.
// Invariant: values are never changed, and elements never reordered.
import { SourceError } from '../../src/connector.ts'
import type { Part } from './envelope.ts'
import type { Child, Content, Schemas } from './schema.ts'

export interface Body {
  part: Part
  /** The namespaces by the prefixes that the part uses. */
  namespaces: Record<string, string>
}

/** The element around the arguments. */
export interface Root {
  name: string
  namespace: string
  content: Content | null
}

/** What a body is written with. */
interface Writing {
  schemas: Schemas
  namespaces: Record<string, string>
  isEncoded: boolean
}

/** Throws `SRC_WSDL` with what there is, or with the order. */
export function qualifyBody(
  schemas: Schemas,
  root: Root,
  given: { args: Part[]; attributes: Record<string, string>; isEncoded: boolean },
): Body {
  const writing: Writing = { schemas, namespaces: {}, isEncoded: given.isEncoded }
  const name = prefixed(writing, root.namespace, root.name)
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
    const attributes = { ...typeOf(writing, child), ...part.attributes }
    if (!Array.isArray(part.content)) return { ...part, name, attributes }
    const below = writing.schemas.contentOf(child.declaration)
    const inside = qualifyAll(writing, part.content, below, `${where}/${part.name}`)
    return { ...part, name, attributes, content: inside }
  })
}

function typeOf(writing: Writing, { type }: Child): Record<string, string> {
  if (!writing.isEncoded || type === null) return {}
  const isPlain = type.namespace === 'http://www.w3.org/2001/XMLSchema'
  const name = isPlain ? `xsd:${type.name}` : prefixed(writing, type.namespace, type.name)
  return { 'xsi:type': name }
}

function prefixed({ namespaces }: Writing, namespace: string, name: string): string {
  if (namespace === '') return name
  const known = Object.entries(namespaces).find(([, uri]) => uri === namespace)?.[0]
  const prefix = known ?? `n${Object.keys(namespaces).length + 1}`
  namespaces[prefix] = namespace
  return `${prefix}:${name}`
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
