// Bytes that are set aside until it is known whether they are wanted: in memory while they are few,
// then in a temporary file without a name, encrypted with a key that is never written.
// Invariant: memory holds one piece, however many bytes there are; nothing outlives the process.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SourceError } from '../../src/connector.ts'

/** Fewer bytes never leave memory. */
const pieceBytes = 1 << 20
const algorithm = 'aes-256-ctr'

/** Filled by `add`, then read by `read`, once each. */
export class Spool implements AsyncDisposable {
  readonly #maximumBytes: number
  readonly #key = randomBytes(32)
  readonly #start = randomBytes(16)
  readonly #cipher = createCipheriv(algorithm, this.#key, this.#start)
  #file: FileHandle | null = null
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #bytes = 0

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes
  }

  /** Throws `SRC_VIEW_BOUNDS` beyond the bound, or where there is no room. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length
    if (this.#bytes > this.#maximumBytes) throw beyond(this.#maximumBytes)
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes > pieceBytes) await this.#writePending()
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const pending = this.#pending
    if (this.#file !== null) {
      const decipher = createDecipheriv(algorithm, this.#key, this.#start)
      for (let at = 0; ; ) {
        const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(pieceBytes), 0, null, at)
        if (bytesRead === 0) break
        at += bytesRead
        yield decipher.update(buffer.subarray(0, bytesRead))
      }
    }
    yield* pending
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }

  async #writePending(): Promise<void> {
    const bytes = this.#cipher.update(Buffer.concat(this.#pending))
    this.#pending = []
    this.#pendingBytes = 0
    try {
      this.#file ??= await openNameless()
      for (let at = 0; at < bytes.length; ) at += (await this.#file.write(bytes, at)).bytesWritten
    } catch (cause) {
      throw noRoom(cause as Error)
    }
  }
}

/** For this process and its user alone, and gone with it, however it ends. */
async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `staffetta-${randomBytes(12).toString('hex')}`)
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return file
}

function beyond(maximumBytes: number): SourceError {
  const message =
    `the view has more than ${maximumBytes / 2 ** 20} MB to hand over: take fewer rows by \`where\` or ` +
    '`watermark`, fewer `columns`, or raise `maximumMegabytes`'
  return new SourceError('SRC_VIEW_BOUNDS', message, { retry: false })
}

function noRoom(cause: Error): SourceError {
  const message =
    `the rows could not be set aside in ${tmpdir()}: ${cause.message}. Make room there, or name ` +
    'another directory in the environment variable TMPDIR'
  return new SourceError('SRC_VIEW_BOUNDS', message, { retry: true, cause })
}
