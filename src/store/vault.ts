// The vault: seals people's data at rest (AES-256-GCM) and makes the keyed hashes that find it
// again.
// A sealed value is `key id (1 byte) | nonce (12) | ciphertext | tag (16)`, bound to a context
// text, so that a value moved to another row or institution does not open. Keys come by reference
// only.
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  randomFillSync,
} from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { createKeyedHash } from './keyed-hash.ts'

export interface VaultKey {
  /** 1..255, written into every sealed value. */
  id: number
  /** 32 bytes. */
  key: Buffer
}

export interface Vault {
  seal(context: string, clear: Buffer | string): Buffer
  /** Throws when the key is missing or the value was not sealed for this context. */
  open(context: string, sealed: Buffer): Buffer
  /**
   * A key of 32 bytes for one file that is sealed as a whole. Null: of the newest key, whose id it
   * names. Throws when there is no key with this id.
   */
  fileKey(salt: Buffer, keyId: number | null): FileKey
  /** Keyed hash of 16 bytes for finding and comparing; `domain` keeps uses apart. */
  hash(domain: HashUse, text: string | Buffer): Buffer
}

export interface FileKey {
  id: number
  key: Buffer
  /** Eight bytes that tell whether it is the same key, and nothing more of it. */
  fingerprint: Buffer
}

export type HashUse =
  | 'answer'
  | 'key'
  | 'fiscal-code'
  | 'notice-number'
  | 'facet'
  | 'content'
  | 'text'
  | 'reference'
  | 'subscriber'
  | 'receipt'
  | 'log'
  | 'sign-in'
  | 'api-request'

const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Random bytes are drawn for so many nonces at once: one system call instead of thousands. */
const NONCE_POOL = 1024

/**
 * `keys[0]` seals; all of them open. Hashes use the key with the lowest id for ever,
 * since a search must find what was stored before a rotation.
 */
export function openVault(keys: VaultKey[]): Vault {
  const [sealing] = keys
  if (!sealing) throw new Error('the vault needs at least one key')
  // As key objects: bytes would be made into one for every value.
  const sealKeyOf = (key: Buffer) => createSecretKey(derive(key, 'seal'))
  const byId = new Map(keys.map(({ id, key }) => [id, sealKeyOf(key)]))
  const sealKey = sealKeyOf(sealing.key)
  const oldest = keys.reduce((a, b) => (b.id < a.id ? b : a))
  const keyedHash = createKeyedHash(derive(oldest.key, 'hash'))
  const nonces = Buffer.alloc(NONCE_BYTES * NONCE_POOL)
  let used = NONCE_POOL

  function nextNonce(): Buffer {
    if (used === NONCE_POOL) {
      randomFillSync(nonces)
      used = 0
    }
    const start = used++ * NONCE_BYTES
    return nonces.subarray(start, start + NONCE_BYTES)
  }

  return {
    seal(context, clear) {
      const nonce = nextNonce()
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce)
      cipher.setAAD(Buffer.from(context))
      const body = typeof clear === 'string' ? cipher.update(clear, 'utf8') : cipher.update(clear)
      cipher.final()
      const bodyAt = 1 + NONCE_BYTES
      const sealed = Buffer.allocUnsafe(bodyAt + body.length + TAG_BYTES)
      sealed[0] = sealing.id
      sealed.set(nonce, 1)
      sealed.set(body, bodyAt)
      sealed.set(cipher.getAuthTag(), bodyAt + body.length)
      return sealed
    },
    open(context, sealed) {
      const key = byId.get(sealed[0] ?? 0)
      if (!key) throw new Error(`no encryption key with id ${sealed[0]} is configured`)
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, {
        authTagLength: TAG_BYTES, // Else a value cut to its first bytes is checked by as few.
      })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      const clear = decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES))
      decipher.final()
      return clear
    },
    fileKey(salt, keyId) {
      const source = keyId === null ? sealing : keys.find(({ id }) => id === keyId)
      if (!source) throw new Error(`no encryption key with id ${keyId} is configured`)
      const made = (from: Buffer, use: string, bytes: number) =>
        Buffer.from(hkdfSync('sha256', source.key, from, `staffetta/backup ${use}`, bytes))
      const fingerprint = made(Buffer.alloc(0), 'fingerprint', 8)
      return { id: source.id, key: made(salt, 'key', 32), fingerprint }
    },
    hash: keyedHash,
  }
}

/**
 * The key file of an installation that names no key of its own: made once, readable by its owner
 * only.
 * Losing it loses the data: `docs/operations.md` says to back it up apart from the database.
 */
export function readOrMakeKeyFile(path: string): Buffer {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(draft, 0o600)
    try {
      // link fails when another process made it first: the first one wins, and both read it.
      linkSync(draft, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft, { force: true })
    }
  }
  return parseKey(readFileSync(path, 'utf8'), path)
}

/** 32 bytes in base64. Throws with the place, never with the value. */
export function parseKey(text: string, place: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) throw new Error(`the encryption key in ${place} is not 32 bytes in base64`)
  return key
}

function derive(key: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'staffetta', use, 32))
}
