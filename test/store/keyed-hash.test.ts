import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyedHash } from '../../src/store/keyed-hash.ts'

const key = randomBytes(32)
const keyedHash = createKeyedHash(key)

function expected(use: string, text: string | Buffer): Buffer {
  return createHmac('sha256', key).update(`${use}\0`).update(text).digest().subarray(0, 16)
}

test('a keyed hash is HMAC-SHA-256 of the use, a NUL and the text, whatever the text', () => {
  const use = fc.constantFrom('key', 'fiscal-code', 'text')
  fc.assert(
    fc.property(use, fc.string({ unit: 'binary' }), (use, text) => {
      expect(keyedHash(use, text)).toEqual(expected(use, text))
    }),
  )
  fc.assert(
    fc.property(use, fc.uint8Array(), (use, bytes) => {
      expect(keyedHash(use, Buffer.from(bytes))).toEqual(expected(use, Buffer.from(bytes)))
    }),
  )
})

test('a text of any length is hashed whole', () => {
  for (const length of [20_000, 21_800, 21_830, 21_845, 70_000]) {
    const text = `${'€'.repeat(length)}a`
    expect(keyedHash('text', text)).toEqual(expected('text', text))
    expect(keyedHash('text', text)).not.toEqual(keyedHash('text', text.slice(0, -1)))
  }
})

test('a half character is hashed as the replacement that UTF-8 has for it', () => {
  expect(keyedHash('text', 'a\ud800b')).toEqual(expected('text', 'a\ufffdb'))
})

test('a hash that was given is not changed by the next one', () => {
  const first = keyedHash('key', 'TARI-1')
  keyedHash('key', 'TARI-2')
  expect(first).toEqual(expected('key', 'TARI-1'))
})
