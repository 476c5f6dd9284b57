// A mail → its headers and the leaves of its tree, as ranges of its own bytes. Not by a library's
// parser: the one that reads headers here keeps every line of an unencoded body as an object, so
// that 4 MB of line ends take 6 GB. Invariant: memory is the mail, and what is asked of one leaf.
import { DropError } from '../mapping/drop-error.ts'
import { findHeader, headersOf, type MimeHeader, structuredOf } from './mime-header.ts'

export interface MimeLeaf {
  /** In lower case: `text/csv`. What the sender says; it may be wrong. */
  mediaType: string
  charset: string | undefined
  /** Name of the file; null for a text of the mail itself. */
  name: string | null
  isAttachment: boolean
  /** `base64`, `quoted-printable`, or empty. */
  transferEncoding: string
  /** As it stands in the mail. */
  body: Uint8Array
}

export interface Mime {
  headers: MimeHeader[]
  leaves: MimeLeaf[]
}

/** Of one mail, attachments and all. */
export const MAIL_BYTES = 40 * 1024 ** 2
const MOST_PARTS = 1000
const MOST_DEPTH = 20
/** Of all headers of a mail together. */
const HEADER_BYTES = 1024 ** 2

/** Reads the structure of a mail of at most `MAIL_BYTES`. Throws `DropError` beyond the bounds. */
export function readMime(mail: Uint8Array): Mime {
  const bytes = Buffer.from(mail.buffer, mail.byteOffset, mail.length)
  const leaves: MimeLeaf[] = []
  let parts = 0
  let headerBytes = 0

  function read(part: Buffer, depth: number): MimeHeader[] {
    parts += 1
    if (parts > MOST_PARTS) throw beyond(`ha più di ${MOST_PARTS} parti`)
    if (depth > MOST_DEPTH) throw beyond(`ha parti annidate oltre ${MOST_DEPTH} livelli`)
    const { block, body } = splitHeaders(part)
    headerBytes += block.length
    if (headerBytes > HEADER_BYTES) throw beyond(`ha intestazioni oltre ${HEADER_BYTES} byte`)
    const headers = headersOf(block)
    const type = structuredOf(findHeader(headers, 'content-type') ?? 'text/plain')
    const boundary = type.parameters.get('boundary')
    if (type.value.startsWith('multipart/') && boundary) {
      for (const inner of splitBody(body, boundary)) read(inner, depth + 1)
    } else {
      leaves.push(leafOf(headers, type, body))
    }
    return headers
  }

  return { headers: read(withoutMailbox(bytes), 0), leaves }
}

/** The content of a leaf, with its transfer encoding undone. */
export function contentOf({ transferEncoding, body }: MimeLeaf): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  if (transferEncoding === 'base64') return fromBase64(bytes)
  return transferEncoding === 'quoted-printable' ? fromQuotedPrintable(bytes) : bytes
}

/** Without blank lines at the start, and the line with which mailbox files begin a mail. */
function withoutMailbox(mail: Buffer): Buffer {
  const start = /^(?:[\r\n]*\n)?(?:From [^\n]*\n)?/.exec(mail.toString('latin1', 0, 500))?.[0]
  return mail.subarray(start?.length ?? 0)
}

/**
 * The lines before the first blank one, and what comes after it. A part that begins with no header
 * is all body: some programs forget the blank line.
 */
function splitHeaders(part: Buffer): { block: Buffer; body: Buffer } {
  if (!/^([A-Za-z][\w-]*[ \t]*:|\r?\n)/.test(part.toString('latin1', 0, 100))) {
    return { block: part.subarray(0, 0), body: part }
  }
  const first = /^\r?\n/.exec(part.toString('latin1', 0, 2))?.[0]
  if (first !== undefined) return { block: part.subarray(0, 0), body: part.subarray(first.length) }
  const ends = ['\n\n', '\n\r\n'].map((end) => ({ at: part.indexOf(end), length: end.length }))
  const end = ends.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at)[0]
  if (end === undefined) return { block: part, body: part.subarray(part.length) }
  return { block: part.subarray(0, end.at), body: part.subarray(end.at + end.length) }
}

/** The parts between the delimiters. A last delimiter that is missing ends with the body. */
function splitBody(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`)
  const found: Buffer[] = []
  let start = -1
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + 1)) {
    if (at > 0 && body[at - 1] !== 0x0a) continue
    const line = body.toString('latin1', at + delimiter.length, at + delimiter.length + 80)
    const rest = /^(--)?[ \t]*(?:\r?\n|$)/.exec(line)
    if (rest === null) continue
    if (start >= 0) found.push(body.subarray(start, Math.max(start, lineEnd(body, at))))
    if (found.length > MOST_PARTS) throw beyond(`ha più di ${MOST_PARTS} parti`)
    start = at + delimiter.length + rest[0].length
    if (rest[1] !== undefined) return found
  }
  if (start >= 0) found.push(body.subarray(start))
  return found
}

/** Where the text before a delimiter ends: the line end before it belongs to the delimiter. */
function lineEnd(body: Buffer, delimiter: number): number {
  return delimiter - (body[delimiter - 2] === 0x0d ? 2 : 1)
}

function leafOf(
  headers: MimeHeader[],
  type: ReturnType<typeof structuredOf>,
  body: Uint8Array,
): MimeLeaf {
  const disposition = structuredOf(findHeader(headers, 'content-disposition') ?? '')
  const encoding = findHeader(headers, 'content-transfer-encoding') ?? ''
  return {
    mediaType: type.value,
    charset: type.parameters.get('charset'),
    name: disposition.parameters.get('filename') ?? type.parameters.get('name') ?? null,
    isAttachment: disposition.value === 'attachment',
    transferEncoding: (/base64|quoted-printable/i.exec(encoding)?.[0] ?? '').toLowerCase(),
    body,
  }
}

/** How much is decoded at once. */
const BASE64_STEP = 64 * 1024

/** Line ends and what does not belong are passed over; padding may stand in the middle. */
function fromBase64(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let held = ''
  for (let at = 0; at < bytes.length; at += BASE64_STEP) {
    held += bytes.toString('latin1', at, at + BASE64_STEP).replace(/[^A-Za-z0-9+/=]+/g, '')
    const isLast = at + BASE64_STEP >= bytes.length
    for (const unit of held.match(/[^=]+=*/g) ?? []) {
      held = unit
      if (!isLast && !unit.endsWith('=')) break
      length += decoded.write(unit, length, 'base64')
      held = ''
    }
    if (isLast || held === '') continue
    const whole = held.length - (held.length % 4)
    length += decoded.write(held.slice(0, whole), length, 'base64')
    held = held.slice(whole)
  }
  return decoded.subarray(0, length)
}

function fromQuotedPrintable(bytes: Buffer): Buffer {
  const text = bytes
    .toString('latin1')
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(text, 'latin1')
}

function beyond(what: string): DropError {
  const detail = `Il messaggio di posta ${what}.`
  const remedy = 'Chiedi alla fonte un messaggio più semplice, con i dati in un solo allegato.'
  return new DropError('DROP_MAIL_BOUNDS', detail, null, remedy)
}
