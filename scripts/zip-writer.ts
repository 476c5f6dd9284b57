// A writer of whole ZIP archives in memory, for samples and tests.
// Invariant: the same entries give the same bytes, whenever and wherever they are written.
import { crc32, deflateRawSync } from 'node:zlib'
import { directoryHeader, localHeader, zipEnd } from '../src/archive/zip-writer.ts'

export interface ZipEntry {
  name: string
  bytes: Uint8Array
  /** Leaves the bytes as they are. */
  stored?: boolean
}

/** 1 January 2026, 00:00, as DOS writes it. */
const DOS_DATE = ((2026 - 1980) << 9) | (1 << 5) | 1
/** Most that the 16-bit counters hold. */
const MAXIMUM_ENTRIES = 65_535

/** A whole archive. Throws when the entries are more than a plain ZIP can count. */
export function zipOf(entries: Iterable<ZipEntry>): Buffer {
  return Buffer.concat([...zipParts(entries)])
}

/** The same archive part by part, so that a large one need not be in memory at once. */
export function* zipParts(entries: Iterable<ZipEntry>): Generator<Buffer> {
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes, stored = false } of entries) {
    if (directory.length === MAXIMUM_ENTRIES) throw new RangeError('too many entries for a ZIP')
    const data = stored ? Buffer.from(bytes) : deflateRawSync(bytes)
    const facts = {
      ...{ name, method: stored ? 0 : 8, date: DOS_DATE, time: 0 },
      ...{ crc32: crc32(bytes), bytes: bytes.length, packedBytes: data.length },
    }
    const local = localHeader(facts)
    directory.push(directoryHeader(facts, offset))
    yield local
    yield data
    offset += local.length + data.length
  }
  yield* directory
  yield zipEnd(directory, offset)
}
