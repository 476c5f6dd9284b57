// The elements that a WSDL's schemas allow in one another: their names, namespaces, order. Only as
// much of XML Schema as it takes to write a request; values are not validated.
// Invariant: what the schemas leave open (`any`, unknown types) allows every name.

import type { LocalDocument } from './local-documents.ts'
import { attributeOf, qualifiedName, type XmlElement } from './xml.ts'

/** An element that may stand in another one. */
export interface Child {
  name: string
  /** '' when it is written without a namespace. */
  namespace: string
  /** Where its content is declared: an element or a type, as `contentOf` takes it. */
  declaration: XmlElement | null
  /** Its type as it is named: for rpc/encoded. */
  type: { namespace: string; name: string } | null
}

export interface Content {
  children: Child[]
  /** Whether the children stand in the order of the list. */
  isOrdered: boolean
  /** Whether other elements may stand too. */
  isOpen: boolean
}

/** A type by its name; `declaration` is null for those of XML Schema itself. */
export interface NamedType {
  namespace: string
  name: string
  declaration: XmlElement | null
}

export interface Schemas {
  findElement(namespace: string, name: string): Child | null
  findType(namespace: string, name: string): XmlElement | null
  /** The one type of that name, whatever its namespace; null when there is none, or several. */
  findTypeNamed(name: string): NamedType | null
  /** What the items of an array of rpc/encoded are; null when it is none. */
  findItemType(declaration: XmlElement | null): NamedType | null
  /** What may stand in an element; null when it has a text alone. */
  contentOf(declaration: XmlElement | null): Content | null
  /** The attributes that an element may have; null when any may stand, or nothing is known. */
  attributesOf(declaration: XmlElement | null): readonly string[] | null
}

type Kind = 'element' | 'complexType' | 'simpleType' | 'group' | 'attributeGroup'

/** All that schemas declare by name, and the namespace of each schema. */
interface Declared {
  named: Map<string, XmlElement>
  namespaces: Map<XmlElement, string>
}

const xsd = 'http://www.w3.org/2001/XMLSchema'
const mostDepth = 40
/** In what attributes stand, and what stands for some. */
const attributeHolders = [
  ...['complexType', 'complexContent', 'simpleContent', 'extension', 'restriction'],
  ...['attribute', 'attributeGroup', 'anyAttribute'],
]
/** By which attribute an element names what it is made of. */
const referring: Record<string, string> = {
  element: 'type',
  extension: 'base',
  restriction: 'base',
  attributeGroup: 'ref',
}
const containers = ['sequence', 'choice', 'all', 'complexContent', 'complexType']

export function indexSchemas(documents: readonly LocalDocument[]): Schemas {
  const declared: Declared = { named: new Map(), namespaces: new Map() }
  for (const { root, namespace } of documents) {
    for (const schema of schemasOf(root)) {
      const target = attributeOf(schema, 'targetNamespace') ?? namespace
      declared.namespaces.set(schema, target)
      for (const one of schema.children) {
        const name = attributeOf(one, 'name')
        if (name === null) continue
        // What a WSDL says itself comes before what lies beside it.
        const key = keyOf(one.name as Kind, target, name)
        if (!declared.named.has(key)) declared.named.set(key, one)
      }
    }
  }
  return {
    findElement(namespace, name) {
      const found = declared.named.get(keyOf('element', namespace, name))
      return found === undefined ? null : childOf(declared, found)
    },
    findType: (namespace, name) =>
      declared.named.get(keyOf('complexType', namespace, name)) ?? null,
    findTypeNamed: (name) => findTypeNamed(declared, name),
    findItemType: (declaration) => findItemType(declared, declaration),
    contentOf: (declaration) => contentOf(declared, declaration),
    attributesOf(declaration) {
      const names: string[] = []
      const isKnown = declaration !== null && addAttributes(declared, names, declaration, 0)
      return isKnown ? names : null
    },
  }
}

function contentOf(declared: Declared, declaration: XmlElement | null): Content | null {
  const content: Content = { children: [], isOrdered: true, isOpen: false }
  if (declaration === null) return { ...content, isOpen: true }
  const type = declaration.name === 'element' ? attributeOf(declaration, 'type') : null
  if (type === null) {
    if (declaration.children.some(({ name }) => name === 'simpleType')) return null
    addTo(declared, content, declaration, 0)
    return content
  }
  const found = findReferred(declared, 'complexType', declaration, type)
  if (found !== null) {
    addTo(declared, content, found, 0)
    return content
  }
  const isText =
    qualifiedName(declaration, type).namespace === xsd ||
    findReferred(declared, 'simpleType', declaration, type) !== null
  return isText && !type.endsWith(':anyType') ? null : { ...content, isOpen: true }
}

/** Adds the names of a type, its bases and its groups; false where any may stand. */
function addAttributes(
  declared: Declared,
  names: string[],
  from: XmlElement,
  depth: number,
): boolean {
  if (from.name === 'attribute') {
    const name = attributeOf(from, 'name') ?? attributeOf(from, 'ref') ?? ''
    names.push(name.replace(/^.*:/, ''))
    return true
  }
  if (depth > mostDepth || from.name === 'anyAttribute') return false
  const reference = attributeOf(from, referring[from.name] ?? '')
  if (reference !== null) {
    const { namespace, name } = qualifiedName(from, reference)
    const kinds = ['complexType', 'simpleType', 'attributeGroup'] as const
    const found = kinds
      .map((kind) => findReferred(declared, kind, from, reference))
      .find((one) => one !== null)
    if (found === undefined && (namespace !== xsd || name === 'anyType')) return false
    if (found && !addAttributes(declared, names, found, depth + 1)) return false
  }
  return from.children
    .filter(({ name }) => attributeHolders.includes(name))
    .every((child) => addAttributes(declared, names, child, depth + 1))
}

function findTypeNamed(declared: Declared, name: string): NamedType | null {
  const found = [...declared.named].filter(
    ([key, { name: kind }]) => kind === 'complexType' && key.endsWith(`}${name}`),
  )
  const [only, ...others] = found.map(([, declaration]) => declaration)
  if (only === undefined || others.length > 0) return null
  return { namespace: namespaceOf(declared, only), name, declaration: only }
}

/** As SOAP 1.1 § 5.4.2 has it: a restriction of `Array` with `wsdl:arrayType="tns:Item[]"`. */
function findItemType(declared: Declared, declaration: XmlElement | null): NamedType | null {
  if (declaration === null) return null
  const type = declaration.name === 'element' ? attributeOf(declaration, 'type') : null
  const holder =
    type === null ? declaration : findReferred(declared, 'complexType', declaration, type)
  const attributes = (holder?.children ?? [])
    .flatMap(({ children }) => children)
    .flatMap(({ children }) => children)
  const item = attributes.find((one) => attributeOf(one, 'arrayType') !== null)
  if (item === undefined) return null
  const named = qualifiedName(item, (attributeOf(item, 'arrayType') ?? '').replace(/\[.*$/, ''))
  const found = declared.named.get(keyOf('complexType', named.namespace, named.name)) ?? null
  return { ...named, declaration: found }
}

/** Adds what one particle allows, and those within it. */
function addTo(declared: Declared, content: Content, from: XmlElement, depth: number): void {
  if (depth > mostDepth) {
    content.isOpen = true // A group that holds itself: nothing more is said of it.
    return
  }
  for (const one of from.children) {
    if (one.name === 'element') {
      content.children.push(childOf(declared, one))
    } else if (one.name === 'any') {
      content.isOpen = true
    } else if (one.name === 'group') {
      const group = findReferred(declared, 'group', one, attributeOf(one, 'ref') ?? '')
      if (group === null) content.isOpen = true
      else addTo(declared, content, group, depth + 1)
    } else if (one.name === 'extension' || one.name === 'restriction') {
      addDerived(declared, content, one, depth)
    } else if (containers.includes(one.name)) {
      const isRepeated = (attributeOf(one, 'maxOccurs') ?? '1') !== '1'
      if (one.name === 'all' || one.name === 'choice' || isRepeated) content.isOrdered = false
      addTo(declared, content, one, depth + 1)
    }
  }
}

/** What a base type allows comes before what an extension adds; a restriction says all anew. */
function addDerived(
  declared: Declared,
  content: Content,
  derived: XmlElement,
  depth: number,
): void {
  const base = attributeOf(derived, 'base') ?? ''
  const found = findReferred(declared, 'complexType', derived, base)
  if (found !== null && derived.name === 'extension') addTo(declared, content, found, depth + 1)
  else if (base.endsWith(':Array')) content.isOpen = true // The arrays of SOAP's encoding.
  addTo(declared, content, derived, depth + 1)
}

function childOf(declared: Declared, one: XmlElement): Child {
  const ref = attributeOf(one, 'ref')
  const target = ref === null ? one : findReferred(declared, 'element', one, ref)
  if (target === null) return { ...qualifiedName(one, ref ?? ''), declaration: null, type: null }
  const schema = schemaOf(target)
  const isGlobal = target.parent === schema
  const form = attributeOf(target, 'form') ?? attributeOf(schema, 'elementFormDefault')
  const type = attributeOf(target, 'type')
  return {
    name: attributeOf(target, 'name') ?? '',
    namespace: isGlobal || form === 'qualified' ? namespaceOf(declared, target) : '',
    declaration: target,
    type: type === null ? null : qualifiedName(target, type),
  }
}

/** A name in an included schema without a namespace of its own means the includer's. */
function findReferred(
  declared: Declared,
  kind: Kind,
  from: XmlElement,
  value: string,
): XmlElement | null {
  const { namespace, name } = qualifiedName(from, value)
  return (
    declared.named.get(keyOf(kind, namespace, name)) ??
    declared.named.get(keyOf(kind, namespaceOf(declared, from), name)) ??
    null
  )
}

function keyOf(kind: Kind, namespace: string, name: string): string {
  return `${kind} {${namespace}}${name}`
}

function namespaceOf({ namespaces }: Declared, declaration: XmlElement): string {
  return namespaces.get(schemaOf(declaration)) ?? ''
}

/** The schemas of a document: itself, or those in the types of a WSDL. */
function schemasOf(root: XmlElement): XmlElement[] {
  if (root.name === 'schema') return [root]
  return root.children
    .filter(({ name }) => name === 'types')
    .flatMap(({ children }) => children.filter(({ name }) => name === 'schema'))
}

function schemaOf(declaration: XmlElement): XmlElement {
  let at = declaration
  while (at.name !== 'schema' && at.parent !== null) at = at.parent
  return at
}
