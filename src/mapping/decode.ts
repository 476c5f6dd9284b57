// Bytes → text, chunk by chunk, in the declared encoding or in the one that a byte order mark
// tells. Invariant: bytes that are not text in that encoding are never replaced or skipped: the
// text before them is handed out, and `fault` says that nothing after it can be trusted.
import { findForeign } from './foreign-text.ts'
import type { RecordSpec } from './record-spec.ts'

export type Encoding = Exclude<RecordSpec['encoding'], 'auto'> | 'utf-16be'

export interface Decoded {
  text: string
  /** True when bytes after `text` do not belong to the encoding; the decoder is then spent. */
  fault: boolean
}

export interface Decoder {
  /** Text of the bytes so far that form whole characters; the rest waits for the next call. */
  write(chunk: Uint8Array): Decoded
  /** What is left; a character cut in the middle is a fault. */
  end(): Decoded
  /** The encoding in use, as far as the bytes so far tell. */
  encoding(): Encoding
}

/**
 * A decoder of one part. Single-byte encodings have no faults: every byte is a character there.
 * `auto` without a mark: the first character beyond ASCII decides, wherever it stands, since until
 * then UTF-8 and Windows-1252 are the same bytes. Bytes that are no UTF-8 there mean Windows-1252,
 * and then everything to the end must look like it. After good UTF-8 anything else is a fault.
 */
export function createDecoder(declared: RecordSpec['encoding']): Decoder {
  let encoding: Encoding = declared === 'auto' ? 'utf-8' : declared
  let isUndecided = declared === 'auto'
  let isGuessed = false
  /** The last character of guessed text: what is foreign may begin with it. */
  let last = ''
  let started = false
  let waiting: Uint8Array = new Uint8Array(0)

  function take(bytes: Uint8Array, isLast: boolean): Decoded {
    let body = bytes
    if (!started) {
      if (bytes.length < 3 && !isLast) {
        waiting = bytes.slice()
        return { text: '', fault: false }
      }
      started = true
      const mark = markOf(bytes)
      encoding = mark?.encoding ?? encoding
      if (mark !== null) isUndecided = false
      body = bytes.subarray(mark?.length ?? 0)
    }
    const whole = isLast ? body.length : wholeCharacters(body, encoding)
    waiting = body.slice(whole)
    const decoded = decode(body.subarray(0, whole), encoding)
    if (isUndecided) return decide(body, whole, decoded)
    return isGuessed ? verify(decoded.text) : decoded
  }

  function decide(body: Uint8Array, whole: number, decoded: Decoded): Decoded {
    // Characters beyond ASCII are fewer UTF-16 units than bytes in UTF-8.
    if (!decoded.fault) isUndecided = decoded.text.length === whole
    if (!decoded.fault || !isAscii(decoded.text)) return decoded
    isUndecided = false
    isGuessed = true
    encoding = 'windows-1252'
    waiting = new Uint8Array(0)
    return verify(decode(body, encoding).text)
  }

  function verify(text: string): Decoded {
    const at = findForeign(last + text)
    if (at !== null) return { text: text.slice(0, Math.max(0, at - last.length)), fault: true }
    last = text.at(-1) ?? last
    return { text, fault: false }
  }

  return {
    write: (chunk) => take(waiting.length === 0 ? chunk : join(waiting, chunk), false),
    end: () => take(waiting, true),
    encoding: () => encoding,
  }
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them.
  return /^[\x00-\x7f]*$/.test(text)
}

function markOf(bytes: Uint8Array): { encoding: Encoding; length: number } | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { encoding: 'utf-8', length: 3 }
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', length: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', length: 2 }
  return null
}

/** How many of the bytes come before a character that the chunk cuts. At most 3 wait. */
function wholeCharacters(bytes: Uint8Array, encoding: Encoding): number {
  const { length } = bytes
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const even = length - (length % 2)
    const high = bytes[encoding === 'utf-16le' ? even - 1 : even - 2] ?? 0
    return high >= 0xd8 && high <= 0xdb ? even - 2 : even
  }
  if (encoding !== 'utf-8') return length
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? length - back : length
    }
  }
  return length
}

const decoders = new Map<Encoding, TextDecoder>()

function decode(bytes: Uint8Array, encoding: Encoding): Decoded {
  const text = strictly(bytes, encoding)
  if (text !== null) return { text, fault: false }
  // Whether a prefix is good text goes from yes to no once, so halving finds where.
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const whole = wholeCharacters(bytes.subarray(0, middle), encoding)
    if (strictly(bytes.subarray(0, whole), encoding) === null) bad = middle
    else good = middle
  }
  const whole = wholeCharacters(bytes.subarray(0, good), encoding)
  return { text: strictly(bytes.subarray(0, whole), encoding) ?? '', fault: true }
}

/** The text of whole characters; null when the bytes are not text. A mark inside is a character. */
function strictly(bytes: Uint8Array, encoding: Encoding): string | null {
  let decoder = decoders.get(encoding)
  if (decoder === undefined) {
    decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
    decoders.set(encoding, decoder)
  }
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
