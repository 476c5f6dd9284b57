// A small writer of ZIP archives, for samples and tests: deflated members, no ZIP64.
// Invariant: the same entries give the same bytes, whenever and wherever they are written.
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string
  bytes: Uint8Array
  /** Leaves the bytes as they are. */
  stored?: boolean
}

/** 1 January 2026, 00:00, as DOS writes it. */
const DOS_DATE = ((2026 - 1980) << 9) | (1 << 5) | 1
const UTF8_NAMES = 0x800
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
  for (const entry of entries) {
    if (directory.length === MAXIMUM_ENTRIES) throw new RangeError('too many entries for a ZIP')
    const name = Buffer.from(entry.name)
    const data = entry.stored ? Buffer.from(entry.bytes) : deflateRawSync(entry.bytes)
    const common = commonHeader(entry, name, data)
    const local = Buffer.concat([uint32(0x04034b50), common, name])
    directory.push(directoryHeader(common, name, offset))
    yield local
    yield data
    offset += local.length + data.length
  }
  yield* directory
  yield endOf(directory, offset)
}

/** The 26 bytes that both headers of an entry share. */
function commonHeader(entry: ZipEntry, name: Buffer, data: Buffer): Buffer {
  const header = Buffer.alloc(26)
  header.writeUInt16LE(20, 0)
  header.writeUInt16LE(UTF8_NAMES, 2)
  header.writeUInt16LE(entry.stored ? 0 : 8, 4)
  header.writeUInt16LE(DOS_DATE, 8)
  header.writeUInt32LE(crc32(entry.bytes), 10)
  header.writeUInt32LE(data.length, 14)
  header.writeUInt32LE(entry.bytes.length, 18)
  header.writeUInt16LE(name.length, 22)
  return header
}

function directoryHeader(common: Buffer, name: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(offset, 10)
  return Buffer.concat([uint32(0x02014b50), Buffer.from([20, 0]), common, rest, name])
}

function endOf(directory: Buffer[], offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
