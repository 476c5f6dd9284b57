// A call of SOAP as a request of HTTP: arguments, header and envelope, with attachments beside it.
// `request.ts` gives it the values that a template may name; `plain.ts` is its sibling.
// Invariant: before there is a token, what names one is left out.
import { SourceError } from '../../src/connector.ts'
import type { CallSettings } from './call-settings.ts'
import { type Envelope, type Part, writeEnvelope } from './envelope.ts'
import { type HttpRequest, revealOne } from './http.ts'
import { type Attachment, joinRelated } from './multipart.ts'
import type { Asking } from './request.ts'
import type { SoapSettings } from './settings.ts'
import {
  fillAttributes,
  fillTemplate,
  fillText,
  includedIn,
  mentions,
  type Scope,
  writeDocument,
} from './template.ts'
import { securityHeader } from './ws-security.ts'
import type { PortChoice } from './wsdl.ts'

interface Target {
  url: string
  action: string
  envelope: Omit<Envelope, 'header'>
}

/** With `shared`, the headers of HTTP that every request has. */
export function writeEnveloped(
  asking: Asking,
  call: CallSettings,
  scope: Scope,
  shared: Record<string, string>,
): HttpRequest {
  const { settings, now } = asking.context
  const { url, action, envelope } = targetOf(asking, call, scope)
  const text = writeEnvelope({ ...envelope, header: headerOf(settings, scope, now()) })
  const soap = soapHeaders(envelope.version, action)
  const attachments = attachmentsOf(call, scope)
  const isXop = includedIn(call.args).length > 0
  const mediaType = soap['content-type']
  const { contentType, body } =
    attachments.length === 0
      ? { contentType: mediaType, body: text }
      : joinRelated(text, attachments, { mediaType, isXop })
  const headers = { ...shared, ...soap, 'content-type': contentType }
  return { url, method: 'POST', headers, body }
}

function attachmentsOf({ attachments, args }: CallSettings, scope: Scope): Attachment[] {
  const missing = includedIn(args).find((id) => attachments.every((one) => one.id !== id))
  if (missing !== undefined) {
    const message = `\`$include: ${missing}\` refers to none of the call's \`attachments\``
    throw new SourceError('SRC_TEMPLATE', message, { retry: false })
  }
  return attachments.map(({ id, mediaType, name, text = '', document }) => ({
    id,
    mediaType,
    name: name === undefined ? '' : fillText(name, scope),
    bytes: Buffer.from(
      document === undefined ? fillText(text, scope) : writeDocument(document, scope),
    ),
  }))
}

/** Where the request goes and what it says, but for the header. */
function targetOf({ context, wsdl }: Asking, call: CallSettings, scope: Scope): Target {
  const { settings } = context
  const args = fillTemplate(call.args, scope, call.omitEmpty)
  const attributes = fillAttributes(call.attributes, scope)
  const endpoint = call.endpoint ?? settings.endpoint
  if (wsdl === null) {
    const body: Part = { name: call.operation, attributes, content: args }
    return {
      url: endpoint as string, // The settings want one where there is no WSDL.
      action: call.action ?? '',
      envelope: {
        version: settings.version ?? '1.1',
        namespaces: settings.namespaces,
        body,
        isEncoded: false,
      },
    }
  }
  const operation = wsdl.getOperation(call.operation, choiceOf(settings, call))
  const url = endpoint ?? operation.location
  if (url === null || !/^https?:/.test(url)) {
    const message = 'the WSDL names no address: set `endpoint`'
    throw new SourceError('SRC_WSDL', message, { retry: false })
  }
  const { part, namespaces } = operation.body(args, attributes)
  return {
    url,
    action: call.action ?? operation.action,
    envelope: {
      version: operation.version,
      namespaces: { ...settings.namespaces, ...namespaces },
      body: part,
      isEncoded: operation.isEncoded,
    },
  }
}

/** A call that names a service or a port means none that the settings name for the others. */
function choiceOf(settings: SoapSettings, { service, port, input }: CallSettings): PortChoice {
  const isOwn = service !== undefined || port !== undefined
  return { ...(isOwn ? { service, port } : settings), version: settings.version, input }
}

function headerOf(settings: SoapSettings, scope: Scope, now: Temporal.Instant): Part[] {
  // Before the login there is no token: what names it is left out of that one request.
  const template = Object.fromEntries(
    Object.entries(settings.header).filter(
      ([, value]) => 'token' in scope || !mentions(value, 'token'),
    ),
  )
  const blocks = fillTemplate(template, scope)
  const { usernameToken } = settings
  if (usernameToken === undefined) return blocks
  const token = {
    username: usernameToken.username,
    password: revealOne(() => usernameToken.password.reveal()),
    isDigest: usernameToken.digest,
    timestampSeconds: usernameToken.timestampSeconds ?? null,
  }
  return [securityHeader(token, now), ...blocks]
}

/** SOAP 1.1 has its action in a header of its own, also when empty; 1.2 beside the media type. */
function soapHeaders(version: '1.1' | '1.2', action: string) {
  const quoted = `"${action.replace(/["\r\n]/g, '')}"`
  const accept = {
    accept: 'text/xml, application/soap+xml, multipart/related',
    'accept-encoding': 'identity',
  }
  if (version === '1.1') {
    return { ...accept, 'content-type': 'text/xml; charset=utf-8', soapaction: quoted }
  }
  const parameter = action === '' ? '' : `; action=${quoted}`
  return { ...accept, 'content-type': `application/soap+xml; charset=utf-8${parameter}` }
}
