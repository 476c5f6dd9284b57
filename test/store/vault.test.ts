import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { openVault, parseKey, readOrMakeKeyFile } from '../../src/store/vault.ts'

const one = { id: 1, key: randomBytes(32) }
const two = { id: 2, key: randomBytes(32) }
const vault = openVault([one])

/** Sealed, and hashed, when the format was made. */
const KEPT = 'B0ck9XBNEFRgRCtDF4btenTXTTe/Q56nk8kzjZTBS80uM0jRZLdQLB0NcF441w=='
const HASH = '106bd2eeae5ee5dcd783acbdeb6198fa'

describe('a sealed value', () => {
  test('opens to what was sealed, bytes or text', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 300 }), (context, clear) => {
        const bytes = Buffer.from(clear)
        expect(vault.open(context, vault.seal(context, bytes)).equals(bytes)).toBe(true)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(vault.open('c', vault.seal('c', text)).toString('utf8')).toBe(text)
      }),
    )
  })

  test('that was moved to another context does not open', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (from, to) => {
        fc.pre(from !== to)
        expect(() => vault.open(to, vault.seal(from, 'RSSMRA80A01H501U'))).toThrow()
      }),
    )
  })

  test('that was changed in any byte, or cut anywhere, does not open', () => {
    const sealed = vault.seal('notice/1/2', 'un avviso da 145,00 euro')
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] as number) ^ 1
      expect(() => vault.open('notice/1/2', changed), `byte ${at}`).toThrow()
      expect(() => vault.open('notice/1/2', sealed.subarray(0, at)), `cut at ${at}`).toThrow()
    }
  })

  test('does not show its clear text, and is never the same twice', () => {
    const sealed = Array.from({ length: 3 }, () => vault.seal('c', 'RSSMRA80A01H501U'))
    for (const value of sealed) expect(value.includes('RSSMRA')).toBe(false)
    expect(new Set(sealed.map((value) => value.toString('hex'))).size).toBe(3)
  })

  test('has a nonce that no other of 10,000 has', () => {
    const nonces = new Set<string>()
    for (let n = 0; n < 10_000; n++) {
      nonces.add(vault.seal('c', '').subarray(1, 13).toString('hex'))
    }
    expect(nonces.size).toBe(10_000)
  })

  test('of another installation, with the same key id, does not open', () => {
    const elsewhere = openVault([{ id: 1, key: randomBytes(32) }])
    expect(() => vault.open('c', elsewhere.seal('c', 'x'))).toThrow()
  })

  test('written by the first version of this format still opens', () => {
    const fixed = openVault([{ id: 7, key: Buffer.alloc(32, 7) }])
    const kept = Buffer.from(KEPT, 'base64')
    expect(fixed.open('notice/1/2', kept).toString('utf8')).toBe('Città di Esempio')
  })
})

describe('a rotation of keys', () => {
  const rotated = openVault([two, one])

  test('seals with the new key, and opens what the old one sealed', () => {
    expect(rotated.seal('c', 'nuovo')[0]).toBe(2)
    expect(rotated.open('c', vault.seal('c', 'vecchio')).toString()).toBe('vecchio')
    expect(rotated.open('c', rotated.seal('c', 'nuovo')).toString()).toBe('nuovo')
  })

  test('names the key that is missing when an old value cannot be opened', () => {
    expect(() => openVault([two]).open('c', vault.seal('c', 'x'))).toThrow(
      'no encryption key with id 1 is configured',
    )
  })

  test('leaves every hash as it was, so that what was stored is found', () => {
    expect(rotated.hash('key', 'TARI-1')).toEqual(vault.hash('key', 'TARI-1'))
  })

  test('cannot be done without any key', () => {
    expect(() => openVault([])).toThrow('at least one key')
  })
})

describe('a keyed hash', () => {
  const uses = ['key', 'fiscal-code', 'facet', 'content', 'text', 'reference', 'log'] as const

  test('is the same for ever: a change would lose every stored row', () => {
    const fixed = openVault([{ id: 1, key: Buffer.alloc(32, 1) }])
    expect(fixed.hash('key', 'TARI-2026-0001').toString('hex')).toBe(HASH)
  })

  test('is of 16 bytes, for text as for bytes', () => {
    expect(vault.hash('key', 'città')).toEqual(vault.hash('key', Buffer.from('città')))
    expect(vault.hash('key', '').length).toBe(16)
  })

  test('differs from use to use, from text to text and from key to key', () => {
    const other = openVault([two])
    const hashes = [...uses.map((use) => vault.hash(use, 'x')), vault.hash('key', 'y')]
    hashes.push(other.hash('key', 'x'))
    expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(uses.length + 2)
  })
})

describe('the key file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'staffetta-vault-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  test('is made once, for its owner only, and read again after', () => {
    const path = join(directory, 'keys', 'data-1.key')
    const made = readOrMakeKeyFile(path)
    expect(made.length).toBe(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readOrMakeKeyFile(path).equals(made)).toBe(true)
    expect(readdirSync(join(directory, 'keys'))).toEqual(['data-1.key'])
  })

  test.each(['', 'not a key', Buffer.alloc(31).toString('base64'), 'A'.repeat(88)])(
    'that holds no key of 32 bytes is refused by its place, never by its value: «%s»',
    (text) => {
      const path = join(directory, 'wrong.key')
      writeFileSync(path, text)
      const read = () => parseKey(readFileSync(path, 'utf8'), path)
      expect(read).toThrow(`the encryption key in ${path} is not 32 bytes in base64`)
    },
  )
})
