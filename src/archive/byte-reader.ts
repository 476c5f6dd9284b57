// A random-access source of bytes as yauzl reads it: small reads come from one window held in
// memory, since the index of an archive is read in pieces of some fifty bytes and the source may be
// a database.
// Invariant: at most one window and one block are in memory.
import { Readable } from 'node:stream'
import { RandomAccessReader } from 'yauzl'

/** Bytes that can be read at any offset. `read` may answer less only at the end. */
export interface ZipSource {
  bytes: number
  read(offset: number, length: number): Promise<Uint8Array>
}

const WINDOW_BYTES = 256 * 1024

const sourceFaults = new WeakSet<object>()

/** Whether the source itself failed, as a database may: nothing is wrong with the archive then. */
export function isSourceFault(error: unknown): boolean {
  return typeof error === 'object' && error !== null && sourceFaults.has(error)
}

async function readSource(source: ZipSource, offset: number, length: number): Promise<Uint8Array> {
  try {
    return await source.read(offset, length)
  } catch (error) {
    if (typeof error === 'object' && error !== null) sourceFaults.add(error)
    throw error
  }
}

/** A reader over a source; it holds nothing that needs closing. */
export function createByteReader(source: ZipSource): RandomAccessReader {
  let window: Uint8Array = new Uint8Array(0)
  let windowAt = 0

  async function readAt(offset: number, length: number): Promise<Uint8Array> {
    if (length > WINDOW_BYTES) return readSource(source, offset, length)
    if (offset < windowAt || offset + length > windowAt + window.length) {
      const most = Math.min(WINDOW_BYTES, Math.max(0, source.bytes - offset))
      window = await readSource(source, offset, most)
      windowAt = offset
    }
    return window.subarray(offset - windowAt, offset - windowAt + length)
  }

  class ByteReader extends RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(blocks(source, start, end), { objectMode: false })
    }

    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, bytesRead?: number) => void,
    ): void {
      readAt(position, length).then((bytes) => {
        buffer.set(bytes, offset)
        callback(null, bytes.length)
      }, callback)
    }
  }
  return new ByteReader()
}

async function* blocks(source: ZipSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const block = await readSource(source, at, Math.min(WINDOW_BYTES, end - at))
    // A source that ends early: yauzl counts the bytes and says so.
    if (block.length === 0) return
    yield block
    at += block.length
  }
}
