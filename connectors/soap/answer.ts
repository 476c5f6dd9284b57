// The bytes of an answer → its document, what it means, and what is handed over. Faults are read
// wherever they stand, with HTTP 500 as with 200; a document inside is unpacked and joins the tree,
// so that paths and rules see both.
// Invariant: nothing of an answer is a record before the rules of the call have judged it.
import { gunzipSync } from 'node:zlib'
import { SourceError } from '../../src/connector.ts'
import type { CallSettings, Payload } from './call-settings.ts'
import { envelopeNamespace } from './envelope.ts'
import type { HttpAnswer } from './http.ts'
import { splitRelated } from './multipart.ts'
import { findElements, findValues, type Path, parsePath } from './path.ts'
import { findHeld, judge, type Rule } from './predicates.ts'
import { withReferences, writeResolved } from './references.ts'
import {
  appendChild,
  attributeOf,
  believable,
  outerBlanks,
  parseXml,
  type XmlElement,
  XmlFault,
} from './xml.ts'

export interface Answer {
  /** `aside`: a rule of who asks held, and no other was asked. */
  means: 'ok' | 'empty' | 'aside'
  /** The envelope, with the document inside of it, if there is one. */
  root: XmlElement
  /** What is handed over: the payload, or the whole envelope as UTF-8. */
  bytes: Buffer
  mediaType: string
  status: number
  headers: HttpAnswer['headers']
  /** The elements that `records` names. */
  records: XmlElement[]
  warnings: string[]
}

/** An answer that is no good. */
export class AnswerError extends SourceError {
  /** Whether what was asked for may have been done all the same. */
  readonly mayBeDone: boolean
  /** How long the service asks to be left alone, where it says so. */
  readonly afterSeconds: number | null

  constructor(
    code: string,
    message: string,
    options: { retry: boolean; mayBeDone: boolean; afterSeconds?: number | null; cause?: unknown },
  ) {
    super(code, message, options)
    this.mayBeDone = options.mayBeDone
    this.afterSeconds = options.afterSeconds ?? null
  }
}

/** An answer that is read and not yet judged. */
export interface RawAnswer {
  status: number
  headers: HttpAnswer['headers']
  root: XmlElement
  bytes: Buffer
  mediaType: string
  attachments: Map<string, Buffer>
  /** Of JSON: names under which there is nothing, such as an empty list. */
  emptyNames?: ReadonlySet<string>
}

/** One whose payload has been unpacked. */
export interface OpenAnswer extends RawAnswer {
  /** What is handed over; null when the payload is not there; an error where it cannot be read. */
  unpacked: Buffer | SourceError | null
}

/** Bytes → the envelope's tree. Throws `SRC_ANSWER` for web pages, foreign charsets, and such. */
export function readAnswer(answer: HttpAnswer, operation: string, charset?: string): RawAnswer {
  const related = splitRelated(answer.contentType, answer.body)
  const { contentType, body } = related?.root ?? answer
  const { status, headers } = answer
  const wrong = (what: string, cause?: unknown) => unreadable(answer, operation, what, cause)
  if (status >= 300 && status < 400) throw unreadable(answer, operation)
  if (status === accepted && body.length === 0) {
    const root = parseXml('<nothing/>')
    return { status, headers, root, bytes: body, mediaType: mediaTypes.xml, attachments: new Map() }
  }
  const isDenied = status === 401 || status === 403
  try {
    const { text, bytes } = decodeText(body, contentType, charset)
    const root = parseXml(text)
    if (!isEnvelope(root)) throw new XmlFault('it is XML and no envelope of SOAP')
    if (!isDenied || findFault(root) !== null) {
      const attachments = related?.attachments ?? new Map()
      const resolved = withReferences(root)
      const shared = { status, headers, mediaType: mediaTypes.xml, attachments }
      return resolved === null
        ? { ...shared, root, bytes }
        : { ...shared, root: resolved, bytes: writeResolved(resolved) }
    }
  } catch (cause) {
    if (!isDenied) {
      if (cause instanceof XmlFault) throw wrong(strange(body, cause.message, 'SOAP'), cause)
      throw wrong('is not written as it says: set `charset`', cause)
    }
  }
  throw denied(status)
}

/** An answer that cannot be read; without a reason, one that leads to another address. */
export function unreadable(
  { status }: HttpAnswer,
  operation: string,
  what = 'leads to another address, which is not followed: correct the `endpoint`',
  cause?: unknown,
): AnswerError {
  // Who answers 3xx or 4xx has not done what was asked.
  const mayBeDone = status < 300 || status >= 500
  const message = `the answer to ${operation} (HTTP ${status}) ${what}`
  return new AnswerError('SRC_ANSWER', message, { retry: true, mayBeDone, cause })
}

export function denied(status: number): SourceError {
  const message = `the service refused who asks (HTTP ${status}): check keys and password`
  return new SourceError('SRC_CREDENTIALS', message, { retry: false })
}

/** Of either version, whatever was asked by: servers answer an older one. */
function isEnvelope({ name, namespace }: XmlElement): boolean {
  return name === 'Envelope' && Object.values(envelopeNamespace).some((one) => one === namespace)
}

/** Whether one of the rules holds, before the call's own are asked. */
export function saysSo(raw: RawAnswer, rules: readonly Rule[] | undefined): boolean {
  return findHeld(rules, raw) !== null
}

/** An answer of which a rule holds that who asks put before all others. */
export function setAside(raw: RawAnswer): Answer {
  return { ...raw, means: 'aside', bytes: Buffer.alloc(0), records: [], warnings: [] }
}

/** Puts the document inside into the tree, once, so that every rule sees it. */
export function openAnswer(raw: RawAnswer, call: CallSettings, maximumBytes: number): OpenAnswer {
  return { ...raw, unpacked: unpack(raw, call, maximumBytes) }
}

/** Judges. Throws `SRC_REFUSED`, `SRC_BUSY` and `SRC_ANSWER`. */
export function understand(
  raw: OpenAnswer,
  call: CallSettings,
  hide: (text: string) => string,
): Answer {
  const { root, unpacked } = raw
  const verdict = judge(call, raw)
  const isEmptyAnswer = verdict.means === 'empty' || raw.status === noContent
  const errorText = call.errorText ?? (isProblem(raw) ? '$/title' : undefined)
  const words = errorText === undefined ? '' : sayWords(root, errorText, hide)
  const name = call.operation
  if (!isEmptyAnswer && (call.records ?? call.payload)) assertAnswered(raw, name)
  const fault = findFault(root)
  // Of a fault, or an error of the server, no rule has said that it proves anything.
  const isFailure = verdict.means === 'unfit' && (fault !== null || raw.status >= 500)
  if (['fatal', 'retry', 'unfit'].includes(verdict.means) && !isFailure) {
    const isRetry = verdict.means === 'retry'
    const outcome = isRetry ? 'is not possible now' : 'was refused'
    const message = `${name} ${outcome}: ${verdict.because}${words}`
    const code = isRetry ? 'SRC_BUSY' : 'SRC_REFUSED'
    // By such a state alone a server does not say that it has done nothing.
    const mayBeDone = raw.status >= 500 && verdict.because === `HTTP ${raw.status}`
    throw new AnswerError(code, message, { retry: isRetry, mayBeDone })
  }
  if (fault !== null && !isEmptyAnswer) {
    const message = `${name} was refused: ${hide(fault.text)}${words}`
    throw new AnswerError('SRC_REFUSED', message, { retry: true, mayBeDone: !fault.isSender })
  }
  const isMeant = isEmptyAnswer || call.okWhen?.some(({ status }) => status?.includes(raw.status))
  if (raw.status >= 400 && fault === null && !isMeant) {
    const message = `the answer to ${name} is an error of HTTP, ${raw.status}${words}`
    const mayBeDone = raw.status >= 500
    throw new AnswerError('SRC_ANSWER', message, { retry: true, mayBeDone })
  }
  if (unpacked instanceof SourceError && !isEmptyAnswer) throw unpacked
  const records = call.records === undefined ? [] : elementsAt(root, call.records)
  if (records.length === 0 && !isEmptyAnswer) assertKind(raw, call)
  const isEmpty = isEmptyAnswer || unpacked === null || unpacked instanceof SourceError
  return {
    means: isEmpty || (call.records !== undefined && records.length === 0) ? 'empty' : 'ok',
    ...{ root, status: raw.status, headers: raw.headers },
    bytes: isEmpty ? Buffer.alloc(0) : unpacked,
    mediaType: call.payload === undefined ? raw.mediaType : mediaTypes[call.payload.as],
    records,
    warnings: verdict.warnings,
  }
}

/** Throws `SRC_ANSWER` for what was only accepted: of a call that reads, it holds nothing. */
export function assertAnswered(
  { status, bytes }: Pick<RawAnswer, 'status' | 'bytes'>,
  operation: string,
): void {
  if (status !== accepted || bytes.length > 0) return
  const message = `${operation} was accepted and not answered: what it reads must come otherwise`
  throw new AnswerError('SRC_ANSWER', message, { retry: true, mayBeDone: true })
}

export const jsonType = 'application/json'
/** The state of HTTP by which a service says that there is nothing. */
const noContent = 204
/** How an operation ends that goes one way (WS-I Basic Profile 1.1, R2727), without an envelope. */
const accepted = 202
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
function assertKind({ root, emptyNames }: RawAnswer, { operation, records }: CallSettings): void {
  const path = records === undefined ? null : parsePath(records)
  const [around, ...within] = path?.steps ?? []
  if (path === null || around === undefined) return
  // An empty list of JSON is there by its name; of XML nothing is, where there are no records.
  if (emptyNames === undefined ? within.length === 0 : emptyNames.has(around.name)) return
  const steps = [{ ...around, where: null }]
  if (findElements(root, { ...path, steps, attribute: null }).length > 0) return
  const message =
    `the answer to ${operation} has no element ${around.name}, which is around its records ` +
    `(${records}): has the service changed?`
  throw new SourceError('SRC_ANSWER', message, { retry: true })
}

function unpack(raw: RawAnswer, { payload }: CallSettings, most: number): OpenAnswer['unpacked'] {
  if (payload === undefined) return raw.bytes
  const own = unpackOne(raw, payload, most)
  const others = payload.also?.map((one) => unpackOne(raw, { ...one, as: 'xml' }, most)) ?? []
  const broken = [own, ...others].find((one) => one instanceof SourceError)
  return own === null ? null : (broken ?? own)
}

function unpackOne(raw: RawAnswer, payload: Payload, most: number): OpenAnswer['unpacked'] {
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
    const decoded = decodeText(bytes, '', isText ? 'utf-8' : undefined)
    const inner = parseXml(decoded.text, { doctype: 'ignored' })
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
export function decodeText(body: Buffer, contentType: string, charset?: string) {
  const start = body.toString('latin1', 0, 200)
  const mark = /^(\xEF\xBB\xBF)|^(\xFF\xFE|\xFE\xFF)/.exec(start)
  const declared = /^[^<{["]{0,100}<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1]
  const transported = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1]
  const marked = mark === null ? undefined : mark[1] ? 'utf-8' : utf16Of(body)
  const label = charset ?? marked ?? transported ?? believable(declared) ?? 'utf-8'
  const decoder = new TextDecoder(label, { fatal: true })
  const whole = decoder.decode(body)
  const text = whole.replace(outerBlanks, '')
  const isUtf8 = decoder.encoding === 'utf-8' && /^utf-?8$/i.test(declared ?? 'utf-8')
  const isAsIs = isUtf8 && text === whole
  const bytes = isAsIs
    ? body
    : Buffer.from(text.replace(/^(<\?xml[^>]*?)\sencoding\s*=\s*["'][^"']*["']/, '$1'))
  return { text, bytes }
}

function utf16Of(body: Buffer): string {
  return body[0] === 0xfe ? 'utf-16be' : 'utf-16le'
}

interface Fault {
  /** Code and reason. */
  text: string
  /** The service finds the request wrong, and has done nothing. */
  isSender: boolean
}

/** A fault of SOAP 1.1 or 1.2; null when there is none. */
function findFault(root: XmlElement): Fault | null {
  const fault = elementsAt(root, 'Body/Fault')[0]
  if (fault === undefined) return null
  const one = (...paths: string[]) =>
    paths.map((path) => valueAt(fault, path)).find((value) => value) ?? ''
  const code = one('Fault/faultcode', 'Fault/Code/Value')
  const reason = one('Fault/faultstring', 'Fault/Reason/Text')
  const isSender = /^([\w.-]+:)?(Client|Sender|VersionMismatch|MustUnderstand)\b/.test(code)
  return { text: `fault ${code}: ${reason}`.slice(0, 300), isSender }
}

/** Errors in a form of their own (RFC 9457), whose title is the same for all that go wrong so. */
function isProblem({ headers }: RawAnswer): boolean {
  return /^application\/problem\+(json|xml)\b/i.test(String(headers['content-type']))
}

function sayWords(root: XmlElement, path: string, hide: (text: string) => string): string {
  const words = valueAt(root, path)
  return words ? ` (${hide(words.slice(0, 200))})` : ''
}

/** What stands there instead of SOAP, or JSON. */
export function strange(body: Buffer, reason: string, wanted: string): string {
  const start = body.toString('latin1', 0, 500).toLowerCase()
  if (body.length === 0) return 'is empty: is the path of the `endpoint` right?'
  if (/^[^<]*(<\?xml[^>]*>\s*)?<(!doctype )?html/.test(start)) {
    return `is a web page, not ${wanted}: is the address right, or does a log-in stand before it?`
  }
  return `cannot be read: ${reason}`
}
