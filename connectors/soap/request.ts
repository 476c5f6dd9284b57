// One request and its answer: the values that its templates may name, who asks, where it goes. How
// it is written is `enveloped.ts` for SOAP and `plain.ts` for all else.
// Invariants: a request made again is written again, with a counter's next value and a nonce of its
// own; before there is a token, what names one is left out.
import { randomUUID } from 'node:crypto'
import { SourceError, stopped } from '../../src/connector.ts'
import { type OpenAnswer, openAnswer, readAnswer } from './answer.ts'
import type { CallContext } from './call.ts'
import type { CallSettings } from './call-settings.ts'
import { writeEnveloped } from './enveloped.ts'
import { type HttpAnswer, type HttpClient, type HttpRequest, revealOne } from './http.ts'
import { readPlain, writePlain } from './plain.ts'
import type { SoapSettings } from './settings.ts'
import { fillHeaders, mentions, type Scope } from './template.ts'
import type { Wsdl } from './wsdl.ts'

/** What all requests of a caller share. */
export interface Asking {
  context: CallContext
  http: HttpClient
  wsdl: Wsdl | null
  /** The values of `secrets`. */
  secrets: Record<string, string>
}

/** Sends a call and reads the answer, not yet judged. `token` is null where there is no session. */
export async function sendCall(
  asking: Asking,
  call: CallSettings,
  scope: Scope,
  token: string | null,
): Promise<OpenAnswer> {
  const { context, http } = asking
  const { settings } = context
  if (context.signal.aborted) throw stopped()
  const full = scopeOf(asking, {
    ...(token !== null && { token }),
    ...scope,
    ...(await count(context, call)),
  })
  const answer = await http.send(writeRequest(asking, call, full))
  const raw =
    call.method === undefined
      ? readAnswer(answer, call.operation, settings.charset)
      : readPlain(answer, call, settings.charset)
  return openAnswer(raw, call, settings.limits.maximumAnswerBytes)
}

/**
 * Fetches what an answer pointed to, with the same headers, the session's too. Throws `SRC_ANSWER`
 * for another host than the settings name: an answer does not decide where this machine connects.
 */
export async function fetchAddress(
  { context, http, secrets }: Asking,
  address: string,
  hosts: readonly string[],
  token: string | null,
): Promise<HttpAnswer> {
  const { settings } = context
  const url = URL.parse(address)
  const own = URL.parse(settings.endpoint ?? '')
  const isOwn = url !== null && own !== null && url.origin === own.origin
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url === null || !isWeb || !(isOwn || hosts.includes(url.host))) {
    const shown = url === null ? 'at no address' : `at ${url.protocol}//${url.host}`
    const message = `the result is ${shown}, which is neither the endpoint's nor in \`hosts\``
    throw new SourceError('SRC_ANSWER', message, { retry: false })
  }
  // Who may ask the service says so to its own host alone.
  const scope = { secrets, ...(token !== null && { token }) }
  const headers = isOwn ? httpHeaders(settings, scope) : {}
  const answer = await http.send({ url: url.href, method: 'GET', headers })
  if (answer.status === 200) return answer
  const message = `the result could not be fetched from ${url.host}: HTTP ${answer.status}`
  throw new SourceError('SRC_ANSWER', message, { retry: true })
}

/** Writes the request and throws what is wrong with it; nothing is sent. */
export function tryWriting(asking: Asking, call: CallSettings, scope: Scope): void {
  writeRequest(asking, call, scopeOf(asking, { token: '0', counter: '0', ...scope }))
}

/** The one place where a call of SOAP and a plain one part. */
function writeRequest(asking: Asking, call: CallSettings, scope: Scope): HttpRequest {
  const shared = httpHeaders(asking.context.settings, scope)
  const write = call.method === undefined ? writeEnveloped : writePlain
  return write(asking, call, scope, shared)
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

function httpHeaders(settings: SoapSettings, scope: Scope): Record<string, string> {
  const { basic } = settings
  const template = Object.entries(settings.headers).filter(
    ([, text]) => 'token' in scope || !mentions(text, 'token'),
  )
  const headers = fillHeaders(Object.fromEntries(template), scope)
  if (basic !== undefined) {
    const pair = `${basic.username}:${revealOne(() => basic.password.reveal())}`
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  return headers
}
