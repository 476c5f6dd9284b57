// A WSDL 1.1 as this connector uses it: which operation there is, under which port, with which
// soapAction, and how its arguments are called: their namespaces, and the order of `xs:sequence`.
// The request itself is written by `envelope.ts`, as it is without a WSDL.
// Invariant: an argument that the schema does not know, or in another order, is never sent.
import { SourceError } from '../../src/connector.ts'
import type { Part, SoapVersion } from './envelope.ts'
import { type LocalDocument, readDocuments, type WsdlFiles } from './local-documents.ts'
import { type Child, indexSchemas, type Schemas } from './schema.ts'
import { type Body, emptyBody, qualifyBody } from './wsdl-body.ts'
import { attributeOf, qualifiedName, type XmlElement } from './xml.ts'

export interface WsdlSettings {
  /** Paths. */
  wsdl: string | readonly string[]
  imports: WsdlFiles['imports']
}

export interface PortChoice {
  service?: string | undefined
  port?: string | undefined
  version?: SoapVersion | undefined
  /** Which of several operations of one name: the name of its input, or of its message. */
  input?: string | undefined
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

/** One WSDL with what it imports. Of several each knows its own schemas alone. */
interface Source {
  documents: readonly LocalDocument[]
  schemas: Schemas
}

interface Port extends Source {
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

/** Several WSDLs are one with the ports of all: logging in is often a service of its own. */
export async function loadWsdl({ wsdl, imports }: WsdlSettings): Promise<Wsdl> {
  const ports: Port[] = []
  for (const file of [wsdl].flat()) {
    const documents = await readDocuments({ wsdl: file, imports })
    const own = portsOf({ documents, schemas: indexSchemas(documents) })
    if (own.length === 0) throw problem(`${file} has no port for SOAP over HTTP`)
    ports.push(...own)
  }
  return {
    ports: ports.map(({ service, name, version, binding }) => ({
      name: `${service}/${name}`,
      version,
      operations: operationsOf(binding).map((one) => attributeOf(one, 'name') ?? ''),
    })),
    getOperation(name, choice) {
      const port = choosePort(ports, name, choice)
      return operationOf(port, chooseOperation(port, name, choice.input))
    },
  }
}

function portsOf(source: Source): Port[] {
  const { documents } = source
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
          ...source,
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

/** An operation of a binding, with what the port type says of it. */
interface BoundOperation {
  name: string
  bound: XmlElement
  /** The message of its input; null where there is none. */
  message: XmlElement | null
}

/** Two operations may have one name: the name of the input, or of its message, tells them apart. */
function chooseOperation(
  { binding, documents }: Port,
  name: string,
  input: string | undefined,
): BoundOperation {
  const portType = findDefinition(documents, 'portType', binding, attributeOf(binding, 'type'))
  const isIt = (one: XmlElement) => attributeOf(one, 'name') === name
  const declared = portType === null ? [] : named(portType, 'operation').filter(isIt)
  const all = operationsOf(binding).filter(isIt)
  const candidates = all.map((bound, index) => {
    const own = named(bound, 'input')[0]
    const inputName = own === undefined ? null : attributeOf(own, 'name')
    const byName = declared.find((one) => inputNameOf(one) === inputName && inputName !== null)
    // Without names both sides list them in one order.
    const from = named(byName ?? declared[index] ?? declared[0] ?? binding, 'input')[0]
    const reference = from === undefined ? null : attributeOf(from, 'message')
    const message =
      from === undefined ? null : findDefinition(documents, 'message', from, reference)
    const messageName = message === null ? null : attributeOf(message, 'name')
    const names = [inputName, from && attributeOf(from, 'name'), messageName]
    return { name, bound, message, names: names.filter((one) => typeof one === 'string') }
  })
  const chosen =
    input === undefined ? candidates : candidates.filter((one) => one.names.includes(input))
  const [first] = chosen
  if (first !== undefined && chosen.length === 1) return first
  const known = candidates.map(({ names }) => names.at(-1) ?? '(no input)').join(', ')
  throw problem(`the WSDL has ${all.length} operations ${name}: say \`input\`, one of ${known}`)
}

function inputNameOf(operation: XmlElement): string | null {
  const [input] = named(operation, 'input')
  return input === undefined ? null : attributeOf(input, 'name')
}

function operationOf(port: Port, { name, bound, message }: BoundOperation): WsdlOperation {
  const { schemas } = port
  const soapOf = (element: XmlElement | undefined, wanted: string) =>
    element?.children.find((one) => one.name === wanted && one.namespace in soapBindings)
  const operation = soapOf(bound, 'operation')
  const input = named(bound, 'input')[0]
  const soapBody = soapOf(input, 'body') ?? soapBodyWithin(input)
  const style = attributeOf(operation ?? port.binding, 'style') ?? styleOf(port.binding)
  const isEncoded = soapBody !== undefined && attributeOf(soapBody, 'use') === 'encoded'
  const parts = message === null ? [] : named(message, 'part')
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
        qualifyBody(
          schemas,
          { name, namespace, declaration: null, content },
          { args, attributes, isEncoded },
        ),
    }
  }
  const part = bodyPart(parts, soapBody, input)
  const root = part === undefined ? null : partChild(schemas, part)
  return {
    ...shared,
    body(args, attributes) {
      if (root === null) {
        if (args.length === 0 && Object.keys(attributes).length === 0) return emptyBody
        throw problem(`the message of ${name} has no part: leave out its \`args\``)
      }
      const content = schemas.contentOf(root.declaration)
      return qualifyBody(schemas, { ...root, content }, { args, attributes, isEncoded })
    },
  }
}

/** Of a message with several parts the one that the body names, or that no header takes. */
function bodyPart(
  parts: readonly XmlElement[],
  soapBody: XmlElement | undefined,
  input: XmlElement | undefined,
): XmlElement | undefined {
  const wanted = soapBody === undefined ? null : attributeOf(soapBody, 'parts')
  const headers = input === undefined ? [] : named(input, 'header')
  const taken = headers.map((one) => attributeOf(one, 'part'))
  return (
    parts.find((one) => attributeOf(one, 'name') === wanted) ??
    parts.find((one) => !taken.includes(attributeOf(one, 'name')))
  )
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

/** Of an input with attachments: `mime:multipartRelated`, whose first part has the body. */
function soapBodyWithin(input: XmlElement | undefined): XmlElement | undefined {
  return input?.children
    .flatMap(({ children }) => children)
    .flatMap((one) => (one.name === 'part' ? one.children : [one]))
    .find((one) => one.name === 'body' && one.namespace in soapBindings)
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
