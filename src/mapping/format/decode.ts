// Bytes → text, chunk by chunk, in the declared encoding or in the one that a byte order mark
// tells. Invariant: bytes that are not text in that encoding are never replaced or skipped: the
// text before them is handed out, and `fault` says that nothing after it can be trusted.
import { differsInLatin9, findControl, findForeign } from './foreign-text.ts'
import type { RecordSpec } from './record-spec.ts'

export type Encoding = Exclude<RecordSpec['encoding'], 'auto'>

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

/** Bytes that tell UTF-16 without a mark from text of single bytes. */
const START_BYTES = 64

/**
 * A decoder of one part. In single-byte encodings every byte is a character, so that only those
 * that are no text are faults (`findControl`).
 * `auto` without a mark: NULs at every other byte of the start mean UTF-16. Else the first
 * character beyond ASCII decides, wherever it stands, since until then UTF-8 and Windows-1252 are
 * the same bytes. Bytes that are no UTF-8 there mean Windows-1252, and then everything to the end
 * must look like it. After good UTF-8 anything else is a fault. An ISO-8859-15 is told from a
 * Windows-1252 by its euro sign, as long as nothing before it differs in the two.
 */
export function createDecoder(declared: RecordSpec['encoding']): Decoder {
  let encoding: Encoding = declared === 'auto' ? 'utf-8' : declared
  let isUndecided = declared === 'auto'
  const isAuto = declared === 'auto'
  let guess: ReturnType<typeof createGuess> | null = null
  let started = false
  let waiting: Uint8Array = new Uint8Array(0)

  function take(bytes: Uint8Array, isLast: boolean): Decoded {
    let body = bytes
    if (!started) {
      if (bytes.length < (isAuto ? START_BYTES : 3) && !isLast) {
        waiting = bytes.slice()
        return { text: '', fault: false }
      }
      started = true
      const mark = markOf(bytes)
      const told = mark?.encoding ?? (isAuto ? findWide(bytes.subarray(0, START_BYTES)) : null)
      if (told !== null) isUndecided = false
      encoding = told ?? encoding
      body = bytes.subarray(mark?.length ?? 0)
    }
    if (guess !== null) return guess(body)
    const whole = isLast ? body.length : wholeCharacters(body, encoding)
    waiting = body.slice(whole)
    const decoded = decode(body.subarray(0, whole), encoding)
    return isUndecided ? decide(body, whole, decoded) : decoded
  }

  function decide(body: Uint8Array, whole: number, decoded: Decoded): Decoded {
    // Characters beyond ASCII are fewer UTF-16 units than bytes in UTF-8.
    if (!decoded.fault) isUndecided = decoded.text.length === whole
    if (!decoded.fault || !isAscii(decoded.text)) return decoded
    isUndecided = false
    guess = createGuess((found) => (encoding = found))
    waiting = new Uint8Array(0)
    return guess(body)
  }

  return {
    write: (chunk) => take(waiting.length === 0 ? chunk : join(waiting, chunk), false),
    end: () => take(waiting, true),
    encoding: () => encoding,
  }
}

/**
 * A decoder of what is no UTF-8: Windows-1252, or ISO-8859-15 from its first euro sign on. Tells
 * which as it finds out.
 */
function createGuess(tell: (found: 'windows-1252' | 'iso-8859-15') => void) {
  let encoding: 'windows-1252' | 'iso-8859-15' = 'windows-1252'
  /** The last character so far: what is foreign may begin with it. */
  let last = ''
  let hasOnlyShared = true
  tell(encoding)

  return function read(bytes: Uint8Array): Decoded {
    const text = strictly(bytes, encoding) ?? ''
    const at = findForeign(last + text, encoding)
    const good = at === null ? text : text.slice(0, Math.max(0, at - last.length))
    hasOnlyShared &&= !differsInLatin9(good)
    if (at === null) {
      last = text.at(-1) ?? last
      return { text, fault: false }
    }
    if (encoding === 'iso-8859-15' || !hasOnlyShared || (last + text)[at] !== '¤') {
      return { text: good, fault: true }
    }
    encoding = 'iso-8859-15'
    tell(encoding)
    return read(bytes)
  }
}

/**
 * UTF-16 without a mark: NULs at every other byte, for half of the characters or more. In any other
 * encoding a NUL is no text, so that nothing good is ever taken for it.
 */
function findWide(start: Uint8Array): Encoding | null {
  const nuls = [0, 0]
  for (const [index, byte] of start.entries()) if (byte === 0) nuls[index % 2]! += 1
  const [first, second] = nuls as [number, number]
  const half = start.length / 4
  if (first === 0 && second > 0 && second >= half) return 'utf-16le'
  return second === 0 && first > 0 && first >= half ? 'utf-16be' : null
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them.
  return /^[\x00-\x7f]*$/.test(text)
}

/** The byte order mark that bytes begin with. */
export function markOf(bytes: Uint8Array): { encoding: Encoding; length: number } | null {
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
  if (text !== null) {
    const at = findControl(text, encoding)
    return at === null ? { text, fault: false } : { text: text.slice(0, at), fault: true }
  }
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
