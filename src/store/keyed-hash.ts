// The keyed hash that finds sealed data again: HMAC-SHA-256, cut to 16 bytes. A drop of a million
// rows takes ten million of them, and `createHmac` costs three times as much, since it makes a
// stream for each: so HMAC is put together here from two one-shot hashes over memory of its own.
// Source: RFC 2104. Invariant: the same bytes as `createHmac` over the use, a NUL and the text.
import { createHmac, hash } from 'node:crypto'

export type KeyedHash = (use: string, text: string | Buffer) => Buffer

const HASH_BYTES = 16
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/**
 * Digests as latin1 text, a byte a character: for Node a text is cheaper to make than a buffer. The
 * length is said, since Node else asks in every call whether the algorithm needs one.
 */
const DIGEST = { outputEncoding: 'binary', outputLength: DIGEST_BYTES } as const
/** What the inner hash is given at most; longer texts are rare and go to `createHmac`. */
const INNER_BYTES = 64 * 1024
/** A UTF-16 unit is at most 3 bytes of UTF-8. */
const UNIT_BYTES = 3

/** `key` is at most a block long; `use` is ASCII. */
export function createKeyedHash(key: Buffer): KeyedHash {
  const inner = Buffer.alloc(INNER_BYTES)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  inner.set(padded(key, 0x36))
  outer.set(padded(key, 0x5c))
  return (use, text) => {
    const textAt = BLOCK_BYTES + use.length + 1
    if (textAt + text.length * UNIT_BYTES > INNER_BYTES) {
      const whole = createHmac('sha256', key).update(`${use}\0`).update(text).digest()
      return whole.subarray(0, HASH_BYTES)
    }
    inner.write(use, BLOCK_BYTES, 'latin1')
    inner[textAt - 1] = 0
    const bytes = typeof text === 'string' ? inner.write(text, textAt) : text.copy(inner, textAt)
    const digest = hash('sha256', inner.subarray(0, textAt + bytes), DIGEST)
    outer.write(digest, BLOCK_BYTES, 'latin1')
    return Buffer.from(hash('sha256', outer, DIGEST).slice(0, HASH_BYTES), 'latin1')
  }
}

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, pad)
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad
  return block
}
