// A stream sealed in frames, for files that leave the installation: AES-256-GCM with a key of the
// file's own, made from the vault's. A frame is `length (4 bytes) | ciphertext | tag (16)`; its
// nonce counts frames and marks the last, so that nothing can be cut off, moved or left out unseen.
// In clear stands one line alone: format, key id, the key's fingerprint and a salt.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { StoreFault } from './fault.ts'
import type { Vault } from './vault.ts'

type Bytes = AsyncIterable<Uint8Array>

const MAGIC = 'staffetta-backup 1'
const HEAD = /^staffetta-backup 1 (\d{3}) ([\w-]{11}) ([\w-]{43})\n$/
/** Always as long: magic, key id of three digits, fingerprint and salt in base64, newline. */
const HEAD_BYTES = 79
const SALT_BYTES = 32
const TAG_BYTES = 16
const FRAME_BYTES = 256 * 1024

/** Seals a stream with the vault's newest key. */
export async function* sealStream(vault: Vault, clear: Bytes): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  const { id, key, fingerprint } = vault.fileKey(salt, null)
  const words = [MAGIC, String(id).padStart(3, '0'), textOf(fingerprint), textOf(salt)]
  yield Buffer.from(`${words.join(' ')}\n`)
  let frame = 0
  let waiting: Uint8Array[] = []
  let held = 0
  for await (const piece of clear) {
    for (let at = 0; at < piece.length; ) {
      // A full frame leaves only when more has come: the last one must be marked.
      if (held === FRAME_BYTES) {
        yield sealFrame(key, frame++, false, Buffer.concat(waiting))
        waiting = []
        held = 0
      }
      const part = piece.subarray(at, at + FRAME_BYTES - held)
      waiting.push(part)
      held += part.length
      at += part.length
    }
  }
  yield sealFrame(key, frame, true, Buffer.concat(waiting))
}

/**
 * Opens a sealed stream. Throws `StoreFault`: `STORE_COPY_KEY` when its key is not configured,
 * `STORE_COPY_DAMAGED` when a byte is missing, altered or too many.
 */
export async function* openStream(vault: Vault, sealed: Bytes): AsyncGenerator<Buffer> {
  const reader = createExactReader(sealed)
  const head = (await reader.take(HEAD_BYTES))?.toString('latin1') ?? ''
  const words = HEAD.exec(head)
  if (words === null) throw damaged('it is not a copy of Staffetta’s')
  const [, keyId = '', fingerprint = '', salt = ''] = words
  const key = keyOf(vault, Number(keyId), fingerprint, Buffer.from(salt, 'base64url'))
  for (let frame = 0, last = false; !last; frame++) {
    const length = (await reader.take(4))?.readUInt32BE() ?? 0
    if (length < TAG_BYTES || length > FRAME_BYTES + TAG_BYTES) throw cutShort()
    const body = await reader.take(length)
    if (body === null) throw cutShort()
    // A full frame may be the last too; a shorter one can be nothing else.
    const opened = openFrame(key, frame, false, body) ?? openFrame(key, frame, true, body)
    if (opened === null) throw damaged('a part of it was altered')
    last = opened.last
    yield opened.clear
  }
  if ((await reader.take(1)) !== null) throw damaged('something follows its end')
}

export function damaged(why: string, cause?: unknown): StoreFault {
  return new StoreFault('STORE_COPY_DAMAGED', `the copy cannot be used: ${why}`, { cause })
}

export interface ExactReader {
  /** Exactly so many bytes; null when the stream ends before. */
  take(bytes: number): Promise<Buffer | null>
}

/** Reads a stream by lengths, whatever the sizes of its pieces. */
export function createExactReader(stream: Bytes): ExactReader {
  const iterator = stream[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  return {
    async take(bytes) {
      const pieces = [held]
      for (let have = held.length; have < bytes; ) {
        const { done, value } = await iterator.next()
        if (done) return null
        pieces.push(Buffer.from(value.buffer, value.byteOffset, value.length))
        have += value.length
      }
      const all = pieces.length === 1 ? held : Buffer.concat(pieces)
      held = all.subarray(bytes)
      return all.subarray(0, bytes)
    },
  }
}

function cutShort(): StoreFault {
  return damaged('it ends before its end')
}

/** A file that was sealed with another key of the same id must not pass for a damaged one. */
function keyOf(vault: Vault, id: number, fingerprint: string, salt: Buffer): Buffer {
  const strange = (cause?: unknown) =>
    new StoreFault(
      'STORE_COPY_KEY',
      `the copy was sealed with a key ${id} that is not the one configured here: bring the key ` +
        'file, or the `encryption.keys`, of the installation that made it',
      { cause },
    )
  try {
    const made = vault.fileKey(salt, id)
    if (textOf(made.fingerprint) === fingerprint) return made.key
  } catch (error) {
    throw strange(error)
  }
  throw strange()
}

function textOf(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function nonceOf(frame: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(frame, 0)
  nonce[11] = last ? 1 : 0
  return nonce
}

function sealFrame(key: Buffer, frame: number, last: boolean, clear: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(frame, last))
  const body = Buffer.concat([cipher.update(clear), cipher.final(), cipher.getAuthTag()])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

function openFrame(key: Buffer, frame: number, last: boolean, body: Buffer) {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(frame, last), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(body.subarray(-TAG_BYTES))
  const clear = decipher.update(body.subarray(0, -TAG_BYTES))
  try {
    decipher.final()
    return { clear, last }
  } catch {
    return null
  }
}
