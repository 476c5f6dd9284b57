// Answers of several parts: MTOM/XOP and SOAP with attachments (`multipart/related`).
// Invariant: what refers to a part that did not come is an error of whoever asks for it, never an
// empty value.

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
    const end = piece.indexOf('\r\n\r\n')
    if (end < 0 || end > mostHeaderBytes) return null
    const headers = piece.toString('latin1', 0, end).replace(/\r\n[ \t]+/g, ' ')
    const id = /^content-id:\s*<?([^>\r\n]+)>?/im.exec(headers)?.[1]?.trim() ?? ''
    const type = /^content-type:\s*(.+)$/im.exec(headers)?.[1]?.trim() ?? ''
    const encoding = /^content-transfer-encoding:\s*(\S+)/im.exec(headers)?.[1] ?? 'binary'
    const bytes = piece.subarray(end + 4)
    const content =
      encoding.toLowerCase() === 'base64' ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes
    if (root === null && (start === null || start === id))
      root = { contentType: type, body: content }
    else attachments.set(id, content)
  }
  return root === null ? null : { root, attachments }
}

/** What stands between the boundaries. */
function piecesOf(body: Buffer, delimiter: string): Buffer[] {
  const pieces: Buffer[] = []
  let at = body.indexOf(delimiter)
  while (at >= 0 && pieces.length < mostParts) {
    const from = at + delimiter.length
    if (body.toString('latin1', from, from + 2) === '--') break
    const next = body.indexOf(`\r\n${delimiter}`, from)
    if (next < 0) break
    pieces.push(body.subarray(body.indexOf('\r\n', from) + 2, next))
    at = next + 2
  }
  return pieces
}

function parameterOf(contentType: string, name: string): string | null {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*("([^"]*)"|[^;\\s]+)`, 'i').exec(contentType)
  return found?.[2] ?? found?.[1] ?? null
}
