// Bytes → text, chunk by chunk, in the declared encoding or in the one that a byte order mark
// tells. Invariant: bytes that are not text in that encoding are never replaced or skipped: the
// text before them is handed out, and `fault` says that nothing after it can be trusted.
import type { RecordSpec } from './spec.ts'

export type Encoding = RecordSpec['encoding'] | 'utf-16be'

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
}

/** A decoder of one part. Single-byte encodings have no faults: every byte is a character there. */
export function createDecoder(declared: RecordSpec['encoding']): Decoder {
  let encoding: Encoding = declared
  let started = false
  let waiting: Uint8Array = new Uint8Array(0)

  function take(bytes: Uint8Array, last: boolean): Decoded {
    let body = bytes
    if (!started) {
      if (bytes.length < 3 && !last) {
        waiting = bytes.slice()
        return { text: '', fault: false }
      }
      started = true
      const mark = markOf(bytes)
      encoding = mark?.encoding ?? declared
      body = bytes.subarray(mark?.length ?? 0)
    }
    const whole = last ? body.length : wholeCharacters(body, encoding)
    waiting = body.slice(whole)
    return decode(body.subarray(0, whole), encoding)
  }

  return {
    write: (chunk) => take(waiting.length === 0 ? chunk : join(waiting, chunk), false),
    end: () => take(waiting, true),
  }
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
