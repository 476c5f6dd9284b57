// A plain call, without an envelope: a method, an address, and a body of JSON, a form or XML; the
// answer, of JSON or XML, becomes the tree that an envelope becomes. `enveloped.ts` is its sibling.
// Invariant: what only looks like an answer, such as a web page of a gateway, is never judged.
import { SourceError } from '../../src/connector.ts'
import {
  AnswerError,
  decodeText,
  denied,
  jsonType,
  type RawAnswer,
  strange,
  unreadable,
} from './answer.ts'
import type { CallSettings } from './call-settings.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'
import { JsonFault, parseJson } from './json.ts'
import { fillJson } from './json-template.ts'
import { speakOf } from './predicates.ts'
import type { Asking } from './request.ts'
import { fillHeaders, fillPairs, fillPath, type Scope, writeDocument } from './template.ts'
import { parseXml, XmlFault } from './xml.ts'

const usualHeaders = {
  accept: 'application/json, application/problem+json, application/xml;q=0.8, text/xml;q=0.8',
  'accept-encoding': 'identity',
}
/** Too early, too many, not now: nothing was done, or so they say. */
const busyStates = [425, 429, 503]
const nothing = parseJson('{}')

/** With `shared`, the headers of HTTP that every request has; those of the call come last. */
export function writePlain(
  { context }: Asking,
  call: CallSettings,
  scope: Scope,
  shared: Record<string, string>,
): HttpRequest {
  const body = bodyOf(call, scope)
  const headers = {
    ...usualHeaders,
    ...(body !== null && { 'content-type': body.mediaType }),
    ...shared,
    ...fillHeaders(call.headers ?? {}, scope, call.omitEmpty),
  }
  return {
    url: addressOf(call, context.settings.endpoint, scope),
    method: call.method ?? 'GET',
    headers,
    ...(body !== null && { body: body.text }),
  }
}

function addressOf(call: CallSettings, usual: string | undefined, scope: Scope): string {
  const url = URL.parse(call.endpoint ?? usual ?? '')
  if (url === null) {
    const message = `${call.operation} has no address: set \`endpoint\``
    throw new SourceError('SRC_SETTINGS', message, { retry: false })
  }
  if (call.path !== undefined) {
    url.pathname = url.pathname.replace(/\/$/, '') + fillPath(call.path, scope)
  }
  for (const [name, value] of fillPairs(call.query ?? {}, scope, call.omitEmpty)) {
    url.searchParams.append(name, value)
  }
  return url.href
}

function bodyOf(call: CallSettings, scope: Scope): { mediaType: string; text: string } | null {
  const { json, form, xml, omitEmpty } = call
  if (json !== undefined) {
    return { mediaType: jsonType, text: fillJson(json, scope, omitEmpty) }
  }
  if (form !== undefined) {
    const text = new URLSearchParams(fillPairs(form, scope, omitEmpty)).toString()
    return { mediaType: 'application/x-www-form-urlencoded', text }
  }
  if (xml === undefined) return null
  const text = writeDocument(xml, scope, omitEmpty)
  return { mediaType: 'application/xml; charset=utf-8', text }
}

/**
 * Bytes → the answer's tree. States of HTTP that rules of the call name are left to them. Throws
 * `SRC_CREDENTIALS`, `SRC_BUSY`, and `SRC_ANSWER` for what is neither JSON nor XML.
 */
export function readPlain(answer: HttpAnswer, call: CallSettings, charset?: string): RawAnswer {
  const { status, body, contentType, headers } = answer
  if (status >= 300 && status < 400) throw unreadable(answer, call.operation)
  if (!speakOf(call, status)) {
    if (status === 401 || status === 403) throw denied(status)
    if (busyStates.includes(status)) throw busy(answer, call)
  }
  const wrong = (what: string, cause?: unknown) => unreadable(answer, call.operation, what, cause)
  const shared = { status, headers, attachments: new Map<string, Buffer>() }
  if (body.length === 0) {
    // A list, a state: who asks for something and gets nothing has no answer.
    if (call.method === 'GET' && status === 200) throw wrong('is empty')
    return { ...shared, ...nothing, bytes: body, mediaType: jsonType }
  }
  try {
    const { text, bytes } = decodeText(body, contentType, charset)
    if (/^\uFEFF?\s*</.test(text)) {
      const root = parseXml(text)
      // Pages of gateways may be XML, and a rule may hold of what they lack.
      if (root.name.toLowerCase() === 'html') throw new XmlFault('it is a web page')
      return { ...shared, root, bytes, mediaType: 'application/xml' }
    }
    return { ...shared, ...parseJson(text), bytes, mediaType: jsonType }
  } catch (cause) {
    if (cause instanceof XmlFault || cause instanceof JsonFault) {
      throw wrong(strange(body, cause.message, 'JSON'), cause)
    }
    throw wrong('is not written as it says: set `charset`', cause)
  }
}

function busy({ status, headers }: HttpAnswer, { operation, method }: CallSettings): AnswerError {
  const afterSeconds = secondsIn(headers)
  const wish = afterSeconds === null ? '' : `, and asks to wait ${afterSeconds} seconds`
  const message = `${operation} is not possible now: the service answers HTTP ${status}${wish}`
  const mayBeDone = status >= 500 && method !== 'GET'
  return new AnswerError('SRC_BUSY', message, { retry: true, mayBeDone, afterSeconds })
}

/** `Retry-After`: seconds, or a time, which is compared with the service's own clock. */
function secondsIn({ 'retry-after': wish, date }: HttpAnswer['headers']): number | null {
  const text = String(wish ?? '').trim()
  if (/^\d{1,6}$/.test(text)) return Number(text)
  const milliseconds = Date.parse(text) - Date.parse(String(date))
  return Number.isNaN(milliseconds) ? null : Math.max(0, Math.ceil(milliseconds / 1000))
}
