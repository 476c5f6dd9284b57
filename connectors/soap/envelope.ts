// What is asked, as XML text: elements in the order in which they are given, and the envelope
// around them. The one writer of this connector, with a WSDL and without.
// Invariant: every text and every attribute is escaped here, and nowhere else.
import { SourceError } from '../../src/connector.ts'

export type SoapVersion = '1.1' | '1.2'

/** An element to be written. Its name carries its prefix, if it has one. */
export interface Part {
  name: string
  attributes: Record<string, string>
  /** Children in order, a text, or null for `xsi:nil`. */
  content: Part[] | string | null
  /** Writes the text as CDATA. */
  cdata?: boolean
  /** Its content stands as it is, whatever a schema says of it. */
  isLiteral?: boolean
}

export interface Envelope {
  version: SoapVersion
  /** Namespaces by prefix, declared on the envelope. */
  namespaces: Record<string, string>
  /** Blocks of the header, in order. */
  header: Part[]
  /** Null for a message in which there is nothing. */
  body: Part | null
  /** rpc/encoded: the envelope says the encoding of SOAP's section 5. */
  isEncoded: boolean
}

export const envelopeNamespace = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const

const usualNamespaces = {
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  xsd: 'http://www.w3.org/2001/XMLSchema',
}

/** The whole request, with its XML declaration, to be sent as UTF-8. */
export function writeEnvelope(envelope: Envelope): string {
  const { version, namespaces, header, body, isEncoded } = envelope
  const declared = { soap: envelopeNamespace[version], ...usualNamespaces, ...namespaces }
  const attributes = Object.fromEntries(
    Object.entries(declared).map(([prefix, uri]) => [`xmlns:${prefix}`, uri]),
  )
  if (isEncoded) attributes['soap:encodingStyle'] = 'http://schemas.xmlsoap.org/soap/encoding/'
  const blocks = header.length === 0 ? [] : [element('soap:Header', header)]
  const content = [...blocks, element('soap:Body', body === null ? [] : [body])]
  const whole = writePart({ name: 'soap:Envelope', attributes, content })
  return `<?xml version="1.0" encoding="utf-8"?>${whole}`
}

/** One element and what is in it. */
export function writePart({ name, attributes, content, cdata = false }: Part): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`)
    .join('')
  if (content === null) return `<${name}${written} xsi:nil="true"/>`
  if (content.length === 0) return `<${name}${written}/>`
  const inside = Array.isArray(content) ? content.map(writePart).join('') : textOf(content, cdata)
  return `<${name}${written}>${inside}</${name}>`
}

export function element(name: string, content: Part[] | string): Part {
  return { name, attributes: {}, content }
}

function textOf(text: string, isCdata: boolean): string {
  assertWritable(text)
  if (isCdata) return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  // A bare carriage return would be read as a line end.
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

function escapeAttribute(text: string): string {
  return textOf(text, false)
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;')
}

/** XML 1.0 has no way to write these, not even as references. */
function assertWritable(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(text) && text.isWellFormed())
    return
  const message = 'a value that is to be sent holds a character that XML cannot hold'
  throw new SourceError('SRC_TEMPLATE', message, { retry: false })
}
