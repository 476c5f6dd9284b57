// A gzip stream → its content, piece by piece. Invariant: what comes out is bounded, in all and for
// each byte that went in, since a small file may unpack to any size.
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { DropError } from '../mapping/drop-error.ts'
import { through } from './through.ts'

export interface GzipBounds {
  totalBytes: number
  /** Unpacked bytes for each packed one; asked only beyond `ratioAboveBytes`. */
  ratio: number
  ratioAboveBytes: number
}

const gzipBounds: GzipBounds = {
  totalBytes: 4 * 1024 ** 3,
  ratio: 200,
  ratioAboveBytes: 50 * 1024 ** 2,
}

/** Unpacks. Throws `DropError` while it is read where it is damaged, or beyond the bounds. */
export async function* gunzip(
  name: string,
  packed: AsyncIterable<Uint8Array>,
  bounds: GzipBounds = gzipBounds,
): AsyncGenerator<Uint8Array> {
  let read = 0
  async function* counted() {
    for await (const piece of packed) {
      read += piece.length
      yield piece
    }
  }
  const unzip = createGunzip()
  const fed = pipeline(counted(), unzip)
  // Its fault is thrown by the loop below too, which is where it is waited for.
  fed.catch(() => {})
  let bytes = 0
  try {
    for await (const piece of unzip as AsyncIterable<Uint8Array>) {
      bytes += piece.length
      const isBomb = bytes > bounds.ratioAboveBytes && bytes > read * bounds.ratio
      if (isBomb || bytes > bounds.totalBytes) throw tooMuch(name)
      yield piece
    }
    await fed
  } catch (error) {
    if (!isZlibFault(error)) throw error
    throw damaged(name, error)
  }
}

/** Packs; the same bytes always become the same. */
export function gzip(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(bytes, createGzip())
}

function isZlibFault(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

function tooMuch(name: string): DropError {
  const detail = `«${name}» è compresso oltre ogni misura: può essere una bomba.`
  return new DropError('DROP_GZIP', detail, null, 'Verifica con chi produce il file che sia suo.')
}

function damaged(name: string, cause: Error): DropError {
  const detail = `«${name}» non è un file gzip intero: è troncato o rovinato.`
  const error = new DropError('DROP_GZIP', detail, null, 'Chiedi di nuovo il file alla fonte.')
  error.cause = cause
  return error
}
