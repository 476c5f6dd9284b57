// Requests and answers of several parts: MTOM/XOP and SOAP with attachments (`multipart/related`).
// Invariant: what refers to a part that did not come is an error of whoever asks for it, never an
// empty value.
import { randomUUID } from 'node:crypto'

export interface RelatedParts {
  /** The envelope. */
  root: { contentType: string; body: Buffer }
  /** The others by Content-ID, without its angle brackets. */
  attachments: Map<string, Buffer>
}

const mostParts = 1000
const mostHeaderBytes = 16 * 1024

/** Null when the body is not made of parts, or not whole. */
export function splitRelated(contentType: string, body: Buffer): RelatedParts | null {
  const boundary = parameterOf(contentType, 'boundary')
  if (!/^multipart\//i.test(contentType) || boundary === null) return null
  const start = parameterOf(contentType, 'start')?.replace(/^<|>$/g, '') ?? null
  const attachments = new Map<string, Buffer>()
  let root: RelatedParts['root'] | null = null
  for (const piece of piecesOf(body, `--${boundary}`)) {
    const beginning = piece.toString('latin1', 0, mostHeaderBytes)
    const [written] = /^[\s\S]*?\r?\n\r?\n/.exec(beginning) ?? []
    if (written === undefined) return null
    const headers = written.replace(/\r?\n[ \t]+/g, ' ')
    const id = /^content-id:\s*<?([^>\r\n]+)>?/im.exec(headers)?.[1]?.trim() ?? ''
    const type = /^content-type:\s*(.+)$/im.exec(headers)?.[1]?.trim() ?? ''
    const encoding = /^content-transfer-encoding:\s*(\S+)/im.exec(headers)?.[1] ?? 'binary'
    const bytes = piece.subarray(written.length)
    const content =
      encoding.toLowerCase() === 'base64' ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes
    if (root === null && (start === null || start === id))
      root = { contentType: type, body: content }
    else attachments.set(id, content)
  }
  return root === null ? null : { root, attachments }
}

/** What stands between the boundaries; some servers end their lines with a line feed alone. */
function piecesOf(body: Buffer, delimiter: string): Buffer[] {
  const pieces: Buffer[] = []
  let at = body.indexOf(delimiter)
  const end = body[body.indexOf('\n', at) - 1] === 0x0d ? '\r\n' : '\n'
  while (at >= 0 && pieces.length < mostParts) {
    const from = at + delimiter.length
    if (body.toString('latin1', from, from + 2) === '--') break
    const next = body.indexOf(`${end}${delimiter}`, from)
    if (next < 0) break
    pieces.push(body.subarray(body.indexOf(end, from) + end.length, next))
    at = next + end.length
  }
  return pieces
}

function parameterOf(contentType: string, name: string): string | null {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*("([^"]*)"|[^;\\s]+)`, 'i').exec(contentType)
  return found?.[2] ?? found?.[1] ?? null
}

export interface Attachment {
  id: string
  mediaType: string
  /** The file's name; '' for none. */
  name: string
  bytes: Buffer
}

/**
 * An envelope with what it carries. `mediaType` is the envelope's own, with its charset. XOP, where
 * the envelope includes the parts by reference, is a type of its own around it (W3C, XOP 1.0 § 5).
 */
export function joinRelated(
  envelope: string,
  attachments: readonly Attachment[],
  { mediaType, isXop }: { mediaType: string; isXop: boolean },
): { contentType: string; body: Buffer } {
  const boundary = `parte-${randomUUID()}`
  const plain = mediaType.split(';')[0] ?? mediaType
  const inner = mediaType.replace(/; charset=[^;]*/, '').replaceAll('"', '\\"')
  const rootType = isXop ? `application/xop+xml; charset=utf-8; type="${inner}"` : mediaType
  const kind = isXop ? `type="application/xop+xml"; start-info="${inner}"` : `type="${plain}"`
  const part = (headers: readonly string[], bytes: Buffer) => [
    Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]
  const root = [
    `Content-Type: ${rootType}`,
    'Content-Transfer-Encoding: 8bit',
    'Content-ID: <busta@staffetta>',
  ]
  const pieces = attachments.flatMap(({ id, mediaType: type, name, bytes }) => {
    const file = name === '' ? '' : `; filename="${name.replace(/[^\x20-\x7E]|["\\]/g, '_')}"`
    const headers = [
      `Content-Type: ${type}`,
      'Content-Transfer-Encoding: binary',
      `Content-ID: <${id}>`,
      `Content-Disposition: attachment; name="${id}"${file}`,
    ]
    return part(headers, bytes)
  })
  const end = Buffer.from(`--${boundary}--\r\n`)
  return {
    contentType: `multipart/related; ${kind}; start="<busta@staffetta>"; boundary="${boundary}"`,
    body: Buffer.concat([...part(root, Buffer.from(envelope)), ...pieces, end]),
  }
}
