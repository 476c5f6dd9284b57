// One request, from the template to the bytes of HTTP: arguments, header, who asks, addresses.
// Invariants: a request made again is written again, with a counter's next value and a nonce of its
// own; before there is a token, what names one is left out.
import { randomUUID } from 'node:crypto'
import { SourceError } from '../../src/connector.ts'
import { type RawAnswer, readAnswer } from './answer.ts'
import type { CallContext } from './call.ts'
import { type Envelope, type Part, writeEnvelope } from './envelope.ts'
import { type HttpAnswer, type HttpClient, stopped } from './http.ts'
import type { CallSettings, SoapSettings } from './settings.ts'
import { fillAttributes, fillTemplate, fillText, mentions, type Scope } from './template.ts'
import { securityHeader } from './ws-security.ts'
import type { Wsdl } from './wsdl.ts'

/** What all requests of a caller share. */
export interface Asking {
  context: CallContext
  http: HttpClient
  wsdl: Wsdl | null
  /** The values of `secrets`. */
  secrets: Record<string, string>
}

interface Target {
  url: string
  action: string
  envelope: Omit<Envelope, 'header'>
}

/** Sends a call and reads the answer, not yet judged. `token` is null where there is no session. */
export async function sendCall(
  asking: Asking,
  call: CallSettings,
  scope: Scope,
  token: string | null,
): Promise<RawAnswer> {
  const { context, http } = asking
  const { settings } = context
  if (context.signal.aborted) throw stopped()
  const full = scopeOf(asking, {
    ...(token !== null && { token }),
    ...scope,
    ...(await count(context, call)),
  })
  const { url, action, envelope } = targetOf(asking, call, full)
  const body = writeEnvelope({ ...envelope, header: headerOf(settings, full, context.now()) })
  const headers = { ...httpHeaders(settings, full), ...soapHeaders(envelope.version, action) }
  const answer = await http.send({ url, method: 'POST', headers, body })
  return readAnswer(answer, call.operation, settings.charset)
}

/**
 * Fetches what an answer pointed to, with the same headers. Throws `SRC_ANSWER` for another host
 * than the settings name: an answer does not decide where this machine connects to.
 */
export async function fetchAddress(
  { context, http, secrets }: Asking,
  address: string,
  hosts: readonly string[],
): Promise<HttpAnswer> {
  const { settings } = context
  const url = URL.parse(address)
  const own = URL.parse(settings.endpoint ?? '')
  const isOwn = url !== null && own !== null && url.host === own.host
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url === null || !isWeb || !(isOwn || hosts.includes(url.host))) {
    const shown = url === null ? 'no address' : `on ${url.host}`
    const message = `the result is ${shown}, which is neither the endpoint's host nor in \`hosts\``
    throw new SourceError('SRC_ANSWER', message, { retry: false })
  }
  // Who may ask the service says so to its own host alone.
  const headers = isOwn ? httpHeaders(settings, { secrets }) : {}
  const answer = await http.send({ url: url.href, method: 'GET', headers })
  if (answer.status === 200) return answer
  const message = `the result could not be fetched from ${url.host}: HTTP ${answer.status}`
  throw new SourceError('SRC_ANSWER', message, { retry: true })
}

/** Writes the request and throws what is wrong with it; nothing is sent. */
export function tryWriting(asking: Asking, call: CallSettings, scope: Scope): void {
  targetOf(asking, call, scopeOf(asking, { token: '', counter: '0', ...scope }))
}

/** Throws `SRC_CREDENTIALS` when a secret cannot be read. */
export function revealOne<T>(reveal: () => T): T {
  try {
    return reveal()
  } catch (cause) {
    const message = `the credentials cannot be used: ${(cause as Error).message}`
    throw new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
}

function scopeOf({ context, secrets }: Asking, scope: Scope): Scope {
  const now = context.now()
  return {
    secrets,
    now: now.toString({ smallestUnit: 'second' }),
    today: now.toZonedDateTimeISO('Europe/Rome').toPlainDate().toString(),
    uuid: randomUUID(),
    ...scope,
  }
}

/** Every request, also one that is made again, has a value of the counter of its own. */
async function count(context: CallContext, call: CallSettings): Promise<Scope> {
  if (call.counter === undefined) return {}
  if (context.counter === undefined) {
    const message = `${call.operation} has a \`counter\`, which only the calls of a poll have`
    throw new SourceError('SRC_TEMPLATE', message, { retry: false })
  }
  const value = await context.counter(call.counter)
  return { counter: String(value + BigInt(call.counterStart)) }
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
  const operation = wsdl.getOperation(call.operation, settings)
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

function httpHeaders(settings: SoapSettings, scope: Scope): Record<string, string> {
  const { basic } = settings
  const filled = Object.entries(settings.headers)
    .filter(([, text]) => 'token' in scope || !mentions(text, 'token'))
    .map(([name, text]) => [name.toLowerCase(), fillText(text, scope)])
  const headers: Record<string, string> = Object.fromEntries(filled)
  if (basic !== undefined) {
    const pair = `${basic.username}:${revealOne(() => basic.password.reveal())}`
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  return headers
}

/** SOAP 1.1 has its action in a header of its own, also when empty; 1.2 beside the media type. */
function soapHeaders(version: '1.1' | '1.2', action: string): Record<string, string> {
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
