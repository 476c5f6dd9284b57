// What bytes are, told from how they begin: the name of a file and the media type that a mail gives
// it often lie. Invariant: a text with records is never taken for something that wraps records.

/**
 * `office`: a ZIP that is a document of Excel, Word or LibreOffice. `signed`: CMS, as in `.p7m`.
 * `other`: nothing that holds records.
 */
export type Kind =
  | 'zip'
  | 'office'
  | 'gzip'
  | 'signed'
  | 'mail'
  | 'pdf'
  | 'xml'
  | 'json'
  | 'text'
  | 'other'

/** So many bytes from the start are enough to tell. */
export const START_BYTES = 4096

/** Of an archive with entries, and of an empty one. */
const ZIP_STARTS = ['PK\x03\x04', 'PK\x05\x06']

/** The kind of a content from its first bytes, at most `START_BYTES`. An empty one is a text. */
export function kindOf(start: Uint8Array): Kind {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length)
  const head = bytes.toString('latin1')
  if (ZIP_STARTS.some((signature) => head.startsWith(signature))) {
    return isOffice(bytes) ? 'office' : 'zip'
  }
  if (head.startsWith('\x1f\x8b\x08')) return 'gzip'
  if (isSigned(bytes, head)) return 'signed'
  if (head.startsWith('%PDF-')) return 'pdf'
  const wide = findUtf16(bytes)
  const text = wide ?? head.replace(/^\xef\xbb\xbf/, '').replaceAll('\0', '')
  if (isMail(text)) return 'mail'
  const first = /^\s*([\s\S])/.exec(text)?.[1]
  if (first === '<') return 'xml'
  if (first === '{' || first === '[') return 'json'
  const isText = !hasControls(text) && (wide !== null || hasZerosOfOneHalf(bytes))
  return isText ? 'text' : 'other'
}

/**
 * Bytes of UTF-16 as text, told by their mark or by zeros at every other place; else null. Half
 * of a character such as ’ is a control byte, so such bytes must be read before they are judged.
 */
function findUtf16(bytes: Buffer): string | null {
  const zeros = [0, 0]
  for (const [at, byte] of bytes.entries()) if (byte === 0) zeros[at % 2]!++
  const [first = 0, second = 0] = zeros
  const isMost = (count: number, other: number) => other === 0 && count > bytes.length / 4
  const isLittle = bytes.subarray(0, 2).equals(LITTLE_ENDIAN) || isMost(second, first)
  const isBig = bytes.subarray(0, 2).equals(BIG_ENDIAN) || isMost(first, second)
  if (isLittle === isBig) return null
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be').decode(even)
}

const LITTLE_ENDIAN = Buffer.from('fffe', 'hex')
const BIG_ENDIAN = Buffer.from('feff', 'hex')

const SIGNED_DATA = Buffer.from('06092a864886f70d0107', 'hex')

/**
 * CMS begins with a sequence and the identifier of its content, within 20 bytes; as Base64 it is
 * text, with or without armour.
 */
function isSigned(bytes: Buffer, head: string): boolean {
  if (/^-----BEGIN (PKCS7|PKCS #7|CMS|PKCS #7 SIGNED DATA)-----/.test(head.trimStart())) return true
  if (bytes[0] === 0x30) return bytes.subarray(0, 24).includes(SIGNED_DATA)
  if (!/^\s*M[A-Za-z0-9+/\s]{40}/.test(head)) return false
  const decoded = Buffer.from(head.slice(0, 80).replace(/\s/g, ''), 'base64')
  return decoded[0] === 0x30 && decoded.subarray(0, 24).includes(SIGNED_DATA)
}

/** The first entry of such documents has one of a few names. */
function isOffice(bytes: Buffer): boolean {
  if (bytes.length < 30) return false
  const name = bytes.toString('latin1', 30, 30 + bytes.readUInt16LE(26))
  return /^(\[Content_Types\]\.xml$|mimetype$|(_rels|docProps|xl|word|ppt|customXml)\/)/.test(name)
}

const MAIL_HEADER = /^(from|received|message-id|mime-version|content-type|x-trasporto):/im

/** Header lines from the first on, as far as is seen, one of which only mails have. */
function isMail(head: string): boolean {
  const text = head.replace(/^\s*\n/, '').replace(/^From [^\n]*\n/, '')
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.lastIndexOf('\n')
  const block = text.slice(0, Math.max(end, 0))
  const lines = block.split(/\r?\n/)
  const isHeader = (line: string) => /^([!-9;-~]+:|[ \t]+\S)/.test(line)
  return isHeader(lines[0] ?? '') && lines.every(isHeader) && MAIL_HEADER.test(block)
}

/** Control characters beside those that old programs leave in texts. */
function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  return /[\x01-\x08\x0e-\x19\x1b-\x1f]/.test(text)
}

/** A stray NUL is left to who decodes, who says on which line it stands. */
function hasZerosOfOneHalf(bytes: Uint8Array): boolean {
  const halves = Array.from(bytes).flatMap((byte, at) => (byte === 0 ? [at % 2] : []))
  return halves.every((half) => half === halves[0])
}
