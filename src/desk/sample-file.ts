// A file that somebody hands over at their desk, held in memory: bounded while it comes, and read
// from there as a drop is. Nothing of it is saved here.
import type { NamedSource } from '../archive/open-records.ts'

/** Bytes of a sample, or of an office's list of recipients. */
export const MOST_FILE_BYTES = 20 * 1024 * 1024

/** All of it; null where it is larger than `MOST_FILE_BYTES`. Reads to the end either way. */
export async function wholeFile(bytes: AsyncIterable<Uint8Array>): Promise<Buffer | null> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size <= MOST_FILE_BYTES) pieces.push(piece)
  }
  return size > MOST_FILE_BYTES ? null : Buffer.concat(pieces)
}

/** Bytes as a part of a drop. */
export function sourceOf(name: string, bytes: Buffer): NamedSource {
  return {
    name,
    mediaType: 'application/octet-stream',
    bytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, Math.min(offset + length, bytes.length)),
    async *stream() {
      yield bytes
    },
  }
}
