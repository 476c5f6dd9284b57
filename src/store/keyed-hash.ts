// The keyed hash that finds sealed data again: HMAC-SHA-256, cut to 16 bytes. A drop of a million
// rows takes ten million of them, and `createHmac` costs three times as much: it makes a stream for
// each. So HMAC is put together here from two one-shot hashes; a test compares it with `createHmac`.
// Source: RFC 2104. The key is the base64 text of the derived bytes: as it is ASCII, the inner block
// is text too, and a hash of a text is what Node does fastest.
import { createHmac, hash } from 'node:crypto'

/** Answers the hash of `use`, a NUL and the text in UTF-8. */
export type KeyedHash = (use: string, text: string | Buffer) => Buffer

export const HASH_BYTES = 16
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** `derived` is at most 48 bytes, so that its text fits a block. */
export function createKeyedHash(derived: Buffer): KeyedHash {
  const key = Buffer.from(derived.toString('base64'), 'ascii')
  if (key.length > BLOCK_BYTES) throw new RangeError('the key of a hash is at most 48 bytes')
  const innerBlock = padded(key, 0x36).toString('ascii')
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(DIGEST_BYTES)])
  return (use, text) => {
    if (typeof text !== 'string') {
      return createHmac('sha256', key)
        .update(`${use}\0`)
        .update(text)
        .digest()
        .subarray(0, HASH_BYTES)
    }
    const inner = hash('sha256', `${innerBlock}${use}\0${text}`, 'binary')
    outer.write(inner, BLOCK_BYTES, 'binary')
    return Buffer.from(hash('sha256', outer, 'binary').slice(0, HASH_BYTES), 'binary')
  }
}

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  key.copy(block)
  return block.map((byte) => byte ^ pad) as Buffer
}
