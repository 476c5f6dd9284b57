// A WSDL 1.1 as this connector uses it: which operation there is, under which port, with which
// soapAction, and how its arguments are called: their namespaces, and the order of `xs:sequence`.
// The request itself is written by `envelope.ts`, as it is without a WSDL.
// Invariant: an argument that the schema does not know, or in another order, is never sent.
import { SourceError } from '../../src/connector.ts'
import type { Part, SoapVersion } from './envelope.ts'
import { type LocalDocument, readDocuments, type WsdlFiles } from './local-documents.ts'
import { type Child, indexSchemas, type Schemas } from './schema.ts'
import { type Body, qualifyBody } from './wsdl-body.ts'
import { attributeOf, qualifiedName, type XmlElement } from './xml.ts'

export interface PortChoice {
  service?: string | undefined
  port?: string | undefined
  version?: SoapVersion | undefined
}

/** One operation of one port. */
export interface WsdlOperation {
  name: string
  /** Of the HTTP request; often empty. */
  action: string
  version: SoapVersion
  /** The address that the WSDL names; null where it names none. */
  location: string | null
  isEncoded: boolean
  /** The body's element, with names as the schemas want them, and the prefixes that it uses. */
  body(args: Part[], attributes: Record<string, string>): Body
}

export interface Wsdl {
  /** `Service/Port: operation, operation …`, for people. */
  ports: { name: string; version: SoapVersion; operations: string[] }[]
  /** Throws `SRC_WSDL` when it is not there, or not in one port alone. */
  getOperation(name: string, choice: PortChoice): WsdlOperation
}

interface Port {
  service: string
  name: string
  version: SoapVersion
  location: string | null
  binding: XmlElement
}

const soapBindings: Record<string, SoapVersion> = {
  'http://schemas.xmlsoap.org/wsdl/soap/': '1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': '1.2',
}

export async function loadWsdl(files: WsdlFiles): Promise<Wsdl> {
  const documents = await readDocuments(files)
  const schemas = indexSchemas(documents)
  const ports = portsOf(documents)
  if (ports.length === 0) throw problem(`${files.wsdl} has no port for SOAP over HTTP`)
  return {
    ports: ports.map(({ service, name, version, binding }) => ({
      name: `${service}/${name}`,
      version,
      operations: operationsOf(binding).map((one) => attributeOf(one, 'name') ?? ''),
    })),
    getOperation(name, choice) {
      const port = choosePort(ports, name, choice)
      return operationOf(documents, schemas, port, name)
    },
  }
}

function portsOf(documents: readonly LocalDocument[]): Port[] {
  return definitionsOf(documents, 'service').flatMap((service) =>
    named(service, 'port').flatMap((port): Port[] => {
      const binding = findDefinition(documents, 'binding', port, attributeOf(port, 'binding'))
      const transport = binding?.children.find(
        ({ name, namespace }) => name === 'binding' && namespace in soapBindings,
      )
      if (binding == null || transport === undefined) return []
      const address = port.children.find(({ name }) => name === 'address')
      return [
        {
          service: attributeOf(service, 'name') ?? '',
          name: attributeOf(port, 'name') ?? '',
          version: soapBindings[transport.namespace] as SoapVersion,
          location: address === undefined ? null : attributeOf(address, 'location'),
          binding,
        },
      ]
    }),
  )
}

function choosePort(ports: readonly Port[], operation: string, choice: PortChoice): Port {
  const fitting = ports.filter(
    ({ service, name, version }) =>
      (choice.service ?? service) === service &&
      (choice.port ?? name) === name &&
      (choice.version ?? version) === version,
  )
  const having = fitting.filter(({ binding }) =>
    operationsOf(binding).some((one) => attributeOf(one, 'name') === operation),
  )
  const [first, ...others] = having
  if (first === undefined) {
    const known = fitting.map(
      (port) =>
        `${port.service}/${port.name} (SOAP ${port.version}): ` +
        operationsOf(port.binding)
          .map((one) => attributeOf(one, 'name'))
          .join(', '),
    )
    const all = ports.map(({ service, name, version }) => `${service}/${name} (SOAP ${version})`)
    if (fitting.length === 0) {
      throw problem(`the WSDL has no such service, port and version; it has ${all.join(', ')}`)
    }
    throw problem(
      `the WSDL has no operation ${operation}; it has ${known.join('; ')}`.slice(0, 2000),
    )
  }
  // A service with both versions of SOAP means the same by both; the older is the more tried one.
  const oneService = others.every(({ service }) => service === first.service)
  const older = having.filter(({ version }) => version === '1.1')
  if (others.length === 0) return first
  if (oneService && choice.version === undefined && older.length === 1) return older[0] ?? first
  const names = having.map(({ service, name, version }) => `${service}/${name} (SOAP ${version})`)
  throw problem(
    `${operation} is in several ports: say \`service\`, \`port\` or \`version\` to choose among ` +
      names.join(', '),
  )
}

function operationOf(
  documents: readonly LocalDocument[],
  schemas: Schemas,
  port: Port,
  name: string,
): WsdlOperation {
  const bound = operationsOf(port.binding).find((one) => attributeOf(one, 'name') === name)
  const soapOf = (element: XmlElement | undefined, wanted: string) =>
    element?.children.find((one) => one.name === wanted && one.namespace in soapBindings)
  const operation = soapOf(bound, 'operation')
  const input = bound?.children.find((one) => one.name === 'input')
  const soapBody = soapOf(input, 'body') ?? soapOf(input?.children[0], 'body')
  const style = attributeOf(operation ?? port.binding, 'style') ?? styleOf(port.binding)
  const isEncoded = soapBody !== undefined && attributeOf(soapBody, 'use') === 'encoded'
  const parts = inputParts(documents, port.binding, name, input)
  const shared = {
    name,
    action: operation === undefined ? '' : (attributeOf(operation, 'soapAction') ?? ''),
    version: port.version,
    location: port.location,
    isEncoded,
  }
  if (style === 'rpc') {
    const namespace = soapBody === undefined ? '' : (attributeOf(soapBody, 'namespace') ?? '')
    const children = parts.map((part) => partChild(schemas, part))
    const content = { children, isOrdered: true, isOpen: false }
    return {
      ...shared,
      body: (args, attributes) =>
        qualifyBody(schemas, { name, namespace, content }, { args, attributes, isEncoded }),
    }
  }
  const wanted = soapBody === undefined ? null : attributeOf(soapBody, 'parts')
  const part = parts.find((one) => attributeOf(one, 'name') === wanted) ?? parts[0]
  const root = part === undefined ? null : partChild(schemas, part)
  return {
    ...shared,
    body(args, attributes) {
      if (root === null) throw problem(`the message of ${name} has no part`)
      const content = schemas.contentOf(root.declaration)
      return qualifyBody(schemas, { ...root, content }, { args, attributes, isEncoded })
    },
  }
}

/** A message's part, as an element: a declared one, or a name with a type. */
function partChild(schemas: Schemas, part: XmlElement): Child {
  const element = attributeOf(part, 'element')
  if (element !== null) {
    const { namespace, name } = qualifiedName(part, element)
    const found = schemas.findElement(namespace, name)
    return found ?? { name, namespace, declaration: null, type: null }
  }
  const name = attributeOf(part, 'name') ?? ''
  const type = qualifiedName(part, attributeOf(part, 'type') ?? '')
  const declaration = schemas.findType(type.namespace, type.name)
  return { name, namespace: '', declaration, type }
}

function inputParts(
  documents: readonly LocalDocument[],
  binding: XmlElement,
  operation: string,
  boundInput: XmlElement | undefined,
): XmlElement[] {
  const portType = findDefinition(documents, 'portType', binding, attributeOf(binding, 'type'))
  const all = portType === null ? [] : named(portType, 'operation')
  const same = all.filter((one) => attributeOf(one, 'name') === operation)
  const inputName = boundInput === undefined ? null : attributeOf(boundInput, 'name')
  const input = (one: XmlElement) => named(one, 'input')[0]
  // Two operations may have one name: then their inputs have names of their own.
  const fitting = same.find((one) => {
    const declared = input(one)
    return declared !== undefined && attributeOf(declared, 'name') === inputName
  })
  const message = input(fitting ?? same[0] ?? binding)
  if (message === undefined) return []
  const found = findDefinition(documents, 'message', message, attributeOf(message, 'message'))
  return found === null ? [] : named(found, 'part')
}

function styleOf(binding: XmlElement): string {
  const transport = binding.children.find(({ namespace }) => namespace in soapBindings)
  return (transport && attributeOf(transport, 'style')) ?? 'document'
}

function operationsOf(binding: XmlElement): XmlElement[] {
  return named(binding, 'operation')
}

function definitionsOf(documents: readonly LocalDocument[], kind: string): XmlElement[] {
  return documents.flatMap(({ root }) => (root.name === 'definitions' ? named(root, kind) : []))
}

/** By namespace and name; by name alone where a sloppy file says another namespace. */
function findDefinition(
  documents: readonly LocalDocument[],
  kind: string,
  from: XmlElement,
  reference: string | null,
): XmlElement | null {
  const { namespace, name } = qualifiedName(from, reference ?? '')
  const all = definitionsOf(documents, kind).filter((one) => attributeOf(one, 'name') === name)
  const exact = all.find(
    ({ parent }) => parent !== null && attributeOf(parent, 'targetNamespace') === namespace,
  )
  return exact ?? all[0] ?? null
}

function named(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

function problem(message: string): SourceError {
  return new SourceError('SRC_WSDL', message, { retry: false })
}
