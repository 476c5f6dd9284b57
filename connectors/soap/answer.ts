// The bytes of an answer → its document, what it means, and what is handed over. Faults are read
// wherever they stand, with HTTP 500 as with 200; a document inside is unpacked and joins the tree,
// so that paths and rules see both.
// Invariant: nothing of an answer is a record before the rules of the call have judged it.
import { gunzipSync } from 'node:zlib'
import { SourceError } from '../../src/connector.ts'
import type { HttpAnswer } from './http.ts'
import { splitRelated } from './multipart.ts'
import { findElements, findValues, type Path, parsePath } from './path.ts'
import { findHeld, judge, type Rule } from './predicates.ts'
import type { CallSettings } from './settings.ts'
import { appendChild, attributeOf, parseXml, type XmlElement, XmlFault } from './xml.ts'

export interface Answer {
  means: 'ok' | 'empty' | 'tooMany'
  /** The envelope, with the document inside of it, if there is one. */
  root: XmlElement
  /** What is handed over: the payload, or the whole envelope as UTF-8. */
  bytes: Buffer
  mediaType: string
  /** The elements that `records` names. */
  records: XmlElement[]
  warnings: string[]
}

/** An answer that is read and not yet judged. */
export interface RawAnswer {
  status: number
  root: XmlElement
  bytes: Buffer
  attachments: Map<string, Buffer>
}

/** Bytes → the envelope's tree. Throws `SRC_ANSWER` for web pages, foreign charsets, and such. */
export function readAnswer(answer: HttpAnswer, operation: string, charset?: string): RawAnswer {
  const related = splitRelated(answer.contentType, answer.body)
  const { contentType, body } = related?.root ?? answer
  const wrong = (what: string, cause?: unknown) =>
    new SourceError('SRC_ANSWER', `the answer to ${operation} (HTTP ${answer.status}) ${what}`, {
      retry: true,
      cause,
    })
  if (answer.status >= 300 && answer.status < 400) {
    throw wrong('leads to another address, which is not followed: correct the `endpoint`')
  }
  const isDenied = answer.status === 401 || answer.status === 403
  try {
    const { text, bytes } = decodeXml(body, contentType, charset)
    const root = parseXml(text)
    if (!isDenied || findFault(root) !== null) {
      return { status: answer.status, root, bytes, attachments: related?.attachments ?? new Map() }
    }
  } catch (cause) {
    if (!isDenied) {
      if (cause instanceof XmlFault) throw wrong(describeStranger(body, cause.message), cause)
      throw wrong('is not written as it says: set `charset`', cause)
    }
  }
  const message = `the service refused who asks (HTTP ${answer.status}): check keys and password`
  throw new SourceError('SRC_CREDENTIALS', message, { retry: false })
}

/** Whether one of the rules holds, before the call's own are asked. */
export function saysSo(raw: RawAnswer, rules: readonly Rule[] | undefined): boolean {
  return findHeld(rules, raw.root) !== null
}

/** The answer to a question that was too wide. */
export function tooMany({ root }: RawAnswer): Answer {
  const bytes = Buffer.alloc(0)
  return { means: 'tooMany', root, bytes, mediaType: mediaTypes.xml, records: [], warnings: [] }
}

/** Judges and unpacks. Throws `SRC_REFUSED`, `SRC_BUSY` and `SRC_ANSWER`. */
export function understand(
  raw: RawAnswer,
  call: CallSettings,
  maximumBytes: number,
  hide: (text: string) => string,
): Answer {
  const { root } = raw
  const unpacked = unpack(raw, call, maximumBytes)
  const verdict = judge(call, root)
  const isEmptyAnswer = verdict.means === 'empty'
  const words = call.errorText === undefined ? '' : sayWords(root, call.errorText, hide)
  const name = call.operation
  if (verdict.means === 'fatal' || verdict.means === 'retry') {
    const isRetry = verdict.means === 'retry'
    const outcome = isRetry ? 'is not possible now' : 'was refused'
    const message = `${name} ${outcome}: ${verdict.because}${words}`
    throw new SourceError(isRetry ? 'SRC_BUSY' : 'SRC_REFUSED', message, { retry: isRetry })
  }
  const fault = findFault(root)
  if (fault !== null && !isEmptyAnswer) {
    throw new SourceError('SRC_REFUSED', `${name} was refused: ${hide(fault)}${words}`, {
      retry: true,
    })
  }
  if (raw.status >= 400 && fault === null && !isEmptyAnswer) {
    const message = `the answer to ${name} is an error of HTTP, ${raw.status}`
    throw new SourceError('SRC_ANSWER', message, { retry: true })
  }
  if (unpacked instanceof SourceError && !isEmptyAnswer) throw unpacked
  const records = call.records === undefined ? [] : elementsAt(root, call.records)
  if (records.length === 0 && !isEmptyAnswer) assertKind(root, call)
  const isEmpty = isEmptyAnswer || unpacked === null || unpacked instanceof SourceError
  return {
    means: isEmpty || (call.records !== undefined && records.length === 0) ? 'empty' : 'ok',
    root,
    bytes: isEmpty ? Buffer.alloc(0) : unpacked,
    mediaType: mediaTypes[call.payload?.as ?? 'xml'],
    records,
    warnings: verdict.warnings,
  }
}

const mediaTypes = { xml: 'application/xml', csv: 'text/csv', bytes: 'application/octet-stream' }

/** The first value at a path, or null. */
export function valueAt(root: XmlElement, path: string): string | null {
  return findValues(root, parsePath(path) as Path)[0] ?? null
}

function elementsAt(root: XmlElement, path: string): XmlElement[] {
  return findElements(root, parsePath(path) as Path)
}

/**
 * An answer without records must have at least the first element of a longer path: a service that
 * answers another kind of document must not look like one that has nothing.
 */
function assertKind(root: XmlElement, { operation, records }: CallSettings): void {
  const path = records === undefined ? null : parsePath(records)
  const [around, ...within] = path?.steps ?? []
  if (path === null || around === undefined || within.length === 0) return
  if (findElements(root, { ...path, steps: [around], attribute: null }).length > 0) return
  const message =
    `the answer to ${operation} has no element ${around.name}, which is around its records ` +
    `(${records}): has the service changed?`
  throw new SourceError('SRC_ANSWER', message, { retry: true })
}

/** What is handed over; null when the payload is not there; an error where it cannot be read. */
function unpack(raw: RawAnswer, call: CallSettings, most: number): Buffer | SourceError | null {
  const { payload } = call
  if (payload === undefined) return raw.bytes
  const [holder] = elementsAt(raw.root, payload.path)
  if (holder === undefined) return null
  try {
    const attached = findAttachment(holder, raw.attachments)
    let bytes = attached ?? Buffer.from(holder.text)
    for (const step of payload.steps) {
      if (step === 'base64' && bytes !== attached) bytes = fromBase64(bytes)
      if (step === 'gunzip') bytes = gunzipSync(bytes, { maxOutputLength: most })
    }
    if (payload.as !== 'xml' || bytes.length === 0) return bytes
    const isText = attached === null && payload.steps.length === 0
    const decoded = decodeXml(bytes, '', isText ? 'utf-8' : undefined)
    const inner = parseXml(decoded.text)
    appendChild(holder, inner)
    return decoded.bytes
  } catch (cause) {
    if (cause instanceof SourceError) return cause
    const reason = (cause as Error).message.slice(0, 200)
    const message = `what ${payload.path} holds cannot be unpacked: ${reason}`
    return new SourceError('SRC_ANSWER', message, { retry: true, cause })
  }
}

/** The part that the element refers to; null when it refers to none. */
function findAttachment(holder: XmlElement, attachments: Map<string, Buffer>): Buffer | null {
  const reference = [holder, ...holder.children].map((one) => attributeOf(one, 'href'))
  const id = reference.find((href) => href?.startsWith('cid:'))?.slice(4)
  if (id === undefined) return null
  const found = attachments.get(id) ?? attachments.get(decodeURIComponent(id))
  if (found === undefined) throw new Error('the attachment that it refers to did not come')
  return found
}

function fromBase64(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Error('it is no Base64')
  return Buffer.from(text, 'base64')
}

/** By RFC 7303: a byte order mark, then the header of HTTP, then the declaration; else UTF-8. */
function decodeXml(body: Buffer, contentType: string, charset?: string) {
  const start = body.toString('latin1', 0, 200)
  const mark = /^(\xEF\xBB\xBF)|^(\xFF\xFE|\xFE\xFF)/.exec(start)
  const declared = /^[^<]{0,3}<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1]
  const transported = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1]
  const marked = mark === null ? undefined : mark[1] ? 'utf-8' : utf16Of(body)
  const label = charset ?? marked ?? transported ?? declared ?? 'utf-8'
  const decoder = new TextDecoder(label, { fatal: true })
  const text = decoder.decode(body)
  const isAsIs = decoder.encoding === 'utf-8' && /^utf-?8$/i.test(declared ?? 'utf-8')
  const bytes = isAsIs
    ? body
    : Buffer.from(text.replace(/^(<\?xml[^>]*?)\sencoding\s*=\s*["'][^"']*["']/, '$1'))
  return { text, bytes }
}

function utf16Of(body: Buffer): string {
  return body[0] === 0xfe ? 'utf-16be' : 'utf-16le'
}

/** Code and reason of a fault of SOAP 1.1 or 1.2; null when there is none. */
function findFault(root: XmlElement): string | null {
  const fault = elementsAt(root, 'Body/Fault')[0]
  if (fault === undefined) return null
  const one = (...paths: string[]) =>
    paths.map((path) => valueAt(fault, path)).find((value) => value) ?? ''
  const code = one('Fault/faultcode', 'Fault/Code/Value')
  const reason = one('Fault/faultstring', 'Fault/Reason/Text')
  return `fault ${code}: ${reason}`.slice(0, 300)
}

function sayWords(root: XmlElement, path: string, hide: (text: string) => string): string {
  const words = valueAt(root, path)
  return words ? ` (${hide(words.slice(0, 200))})` : ''
}

function describeStranger(body: Buffer, reason: string): string {
  const start = body.toString('latin1', 0, 500).trimStart().toLowerCase()
  if (body.length === 0) return 'is empty'
  if (/^<!doctype html|^<html/.test(start)) {
    return 'is a web page, not SOAP: is the address right, or does a log-in stand before it?'
  }
  return `cannot be read: ${reason}`
}
