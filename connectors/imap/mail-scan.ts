// A mail, read once in pieces → what is needed to judge it: its headers, the headers of the message
// inside of certified mail, the certificate, a digest. Stands between the mailbox and the verdict.
// Invariant: memory is bounded whatever the mail holds; what is beyond a bound, or no mail at all,
// is a fault of this one mail, given as a value.
import { createHash } from 'node:crypto'
import { headersOf, type MailHeader, structureOf } from './mail-headers.ts'

export interface MailBounds {
  maximumParts: number
  /** Of parts in parts, and of messages in messages. */
  maximumDepth: number
}

export interface MailFacts {
  headers: MailHeader[]
  /** Of the message that is attached first: in certified mail, the one that was sent. */
  inner: MailHeader[] | null
  /** The text of `daticert.xml`, or its beginning. */
  certificate: string | null
  bytes: number
  /** SHA-256, in hexadecimal digits. */
  digest: string
}

export interface MailScan {
  /** Reads the next piece. Reads nothing more once there is a fault. */
  write(piece: Uint8Array): void
  /** What is wrong so far, going on "a mail that …"; null when nothing is. */
  fault(): string | null
  /** After the last piece. */
  end(): MailFacts | { fault: string }
}

/** Of all headers of a mail together. */
const headerBytes = 1024 ** 2
/** Of one line; the rest of a longer one is not looked at. */
const lineBytes = 64 * 1024
/** Of a part that is looked into. */
const capturedBytes = 64 * 1024

/** A part with parts, that is not at its end yet. */
interface Multipart {
  delimiter: string
  depth: number
  isFound: boolean
  /** It stands in an attached message, which may have been cut short by who attached it. */
  isAttached: boolean
}

interface Capture {
  what: 'inner' | 'certificate'
  /** It ends where so many parts with parts are still open. */
  level: number
  encoding: string
  lines: Buffer[]
  bytes: number
}

/** Begins to read a mail. */
export function scanMail(bounds: MailBounds): MailScan {
  const digest = createHash('sha256')
  const structure = readStructure(bounds)
  const lines = cutLines(structure.line)
  let bytes = 0
  return {
    write(piece) {
      if (structure.fault() !== null) return
      digest.update(piece)
      bytes += piece.length
      lines.write(piece)
    },
    fault: structure.fault,
    end() {
      lines.end()
      const found = structure.end()
      const fault = structure.fault()
      return fault === null ? { ...found, bytes, digest: digest.digest('hex') } : { fault }
    },
  }
}

/** Gives each line without its end, of a long one the first `lineBytes`, and its whole length. */
function cutLines(onLine: (line: Buffer, length: number) => void) {
  let held: Buffer[] = []
  let heldBytes = 0
  const hold = (part: Buffer) => {
    // Copied, since the piece that it is cut from shall not be kept for it.
    if (heldBytes < lineBytes) held.push(Buffer.from(part.subarray(0, lineBytes - heldBytes)))
    heldBytes += part.length
  }
  const give = (line: Buffer, length: number) => {
    const end = line.at(-1) === 0x0d ? line.length - 1 : line.length
    onLine(line.subarray(0, Math.min(end, lineBytes)), length)
  }
  const giveHeld = () => {
    give(Buffer.concat(held), heldBytes)
    held = []
    heldBytes = 0
  }
  return {
    write(piece: Uint8Array) {
      const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      let start = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const line = chunk.subarray(start, end)
        start = end + 1
        if (heldBytes === 0) give(line, line.length)
        else {
          hold(line)
          giveHeld()
        }
      }
      if (start < chunk.length) hold(chunk.subarray(start))
    },
    end() {
      if (heldBytes > 0) giveHeld()
    },
  }
}

function readStructure(bounds: MailBounds) {
  const open: Multipart[] = []
  let captures: Capture[] = []
  const captured = new Map<Capture['what'], Buffer>()
  let block: string[] | null = []
  let headers: MailHeader[] | null = null
  let fault: string | null = null
  let readHeaderBytes = 0
  let parts = 1
  let depth = 0
  let isAttached = false

  function line(text: Buffer, length: number) {
    if (fault !== null) return
    if (text[0] === 0x2d && text[1] === 0x2d && open.length > 0 && isDelimiter(text)) return
    for (const capture of captures) capturedLine(capture, text)
    if (block !== null) headerLine(text, length)
  }

  function headerLine(text: Buffer, length: number) {
    readHeaderBytes += length + 1
    if (readHeaderBytes > headerBytes) fault = `has headers of more than ${headerBytes} bytes`
    else if (block?.length === 0 && isBeforeHeaders(text)) return
    else if (text.length === 0) endHeaders()
    // A part that begins with no header is all body: some programs forget the blank line.
    else if (block?.length === 0 && !/^[!-9;-~]+[ \t]*:/.test(text.toString('latin1'))) endHeaders()
    else block?.push(text.toString())
  }

  /** Blank lines before a mail, and the line with which mailbox files begin one. */
  function isBeforeHeaders(text: Buffer): boolean {
    if (headers !== null || readHeaderBytes > lineBytes) return false
    return text.length === 0 || text.toString('latin1', 0, 5) === 'From '
  }

  function endHeaders() {
    const own = headersOf((block ?? []).join('\n'))
    block = null
    headers ??= own
    const type = structureOf(own.find(({ name }) => name === 'content-type')?.value ?? 'text/plain')
    const boundary = type.parameters.get('boundary') ?? ''
    if (!isAttached) beginCapture(own, type)
    if (type.value.startsWith('multipart/') && boundary !== '') {
      open.push({ delimiter: `--${boundary}`, depth, isFound: false, isAttached })
    } else if (type.value.startsWith('multipart/') && !isAttached) {
      fault = 'has parts, and does not say what divides them'
    } else if (type.value === 'message/rfc822') {
      isAttached = true
      deeper()
      block = []
    }
  }

  function beginCapture(own: MailHeader[], type: ReturnType<typeof structureOf>) {
    const value = (name: string) => own.find((header) => header.name === name)?.value ?? ''
    const disposition = structureOf(value('content-disposition'))
    const name = disposition.parameters.get('filename') ?? type.parameters.get('name') ?? ''
    const isMessage = type.value === 'message/rfc822' || name.toLowerCase() === 'postacert.eml'
    if (!isMessage && name.toLowerCase() !== 'daticert.xml') return
    const what = isMessage ? 'inner' : 'certificate'
    if (captured.has(what) || captures.some((capture) => capture.what === what)) return
    const encoding = value('content-transfer-encoding').trim().toLowerCase()
    captures.push({ what, level: open.length, encoding, lines: [], bytes: 0 })
  }

  function isDelimiter(text: Buffer): boolean {
    const found = text.toString('latin1').trimEnd()
    for (let at = open.length - 1; at >= 0; at--) {
      const multipart = open[at] as Multipart
      const { delimiter } = multipart
      const isLast = found === `${delimiter}--`
      if (found !== delimiter && !isLast) continue
      multipart.isFound = true
      close(isLast ? at : at + 1)
      finishCaptures(({ level }) => level > at)
      isAttached = multipart.isAttached
      depth = multipart.depth
      block = null
      if (!isLast) nextPart()
      return true
    }
    return false
  }

  function nextPart() {
    parts += 1
    if (parts > bounds.maximumParts) fault = `has more than ${bounds.maximumParts} parts`
    deeper()
    block = []
  }

  function deeper() {
    depth += 1
    if (depth > bounds.maximumDepth) fault = `is nested more than ${bounds.maximumDepth} times`
  }

  /** A delimiter ends what is open below its own parts. */
  function close(level: number) {
    const closed = open.splice(level)
    if (closed.some((one) => !one.isFound && !one.isAttached)) fault ??= lostBoundary
  }

  function finishCaptures(isOver: (capture: Capture) => boolean) {
    for (const { what, lines, encoding } of captures.filter(isOver)) {
      captured.set(what, decode(Buffer.concat(lines), encoding))
    }
    captures = captures.filter((capture) => !isOver(capture))
  }

  return {
    line,
    fault: () => fault,
    end() {
      if (block !== null) endHeaders()
      close(0)
      finishCaptures(() => true)
      const inner = captured.get('inner')
      return {
        headers: headers ?? [],
        inner: inner === undefined ? null : headersOf(inner.toString()),
        certificate: captured.get('certificate')?.toString() ?? null,
      }
    },
  }
}

const lostBoundary = 'has parts, and what divides them never comes'

function capturedLine(capture: Capture, text: Buffer): void {
  if (capture.bytes >= capturedBytes) return
  capture.lines.push(Buffer.from(text), Buffer.from('\n'))
  capture.bytes += text.length + 1
}

/** Undoes a transfer encoding; what does not belong is passed over. */
function decode(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(bytes.toString('latin1'), 'base64')
  if (encoding !== 'quoted-printable') return bytes
  const text = bytes
    .toString('latin1')
    .replace(/=[ \t]*\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(text, 'latin1')
}
