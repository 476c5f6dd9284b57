// Archives written byte by byte, which may say what is not so: of sizes, places, methods, counts.
// Whatever is not said is right.
import { crc32, deflateRawSync } from 'node:zlib'

export interface RawEntry {
  name: string
  /** What stands in the archive: deflated bytes, unless `method` says otherwise. */
  data: Buffer
  /** Of the content. */
  bytes: number
  checksum: number
  method?: number
  flags?: number
  /** What the index says instead. */
  claimedBytes?: number
  claimedCompressed?: number
  claimedOffset?: number
  /** Sizes and offset stand in a ZIP64 field, in the index. */
  zip64?: boolean
  /** Checksum and sizes stand after the data, not before. */
  describedAfter?: boolean
}

export interface RawArchive {
  /** Bytes before the first entry; offsets count from them. */
  before?: Buffer
  comment?: Buffer
  /** What the end says instead. */
  claimedCount?: number
  claimedIndexOffset?: number
  /** The end is written in the form of ZIP64 too. */
  zip64?: boolean
}

export function entryOf(name: string, content: Buffer, changes: Partial<RawEntry> = {}): RawEntry {
  const data = deflateRawSync(content)
  return { name, data, bytes: content.length, checksum: crc32(content), ...changes }
}

/** So many bytes of zeros, deflated without ever having them all: a whole number of 16 MiB. */
export function zeros(name: string, bytes: number, changes: Partial<RawEntry> = {}): RawEntry {
  const block = Buffer.alloc(16 * 1024 ** 2)
  const first = deflateRawSync(block, { finishFlush: FULL_FLUSH, level: 9 })
  const times = bytes / block.length
  const data = Buffer.concat([...new Array<Buffer>(times).fill(first), deflateRawSync('')])
  return { name, data, bytes, checksum: 0, ...changes }
}

/** Ends a piece of deflated data so that any other may follow it. */
const FULL_FLUSH = 3

export function rawZip(entries: RawEntry[], archive: RawArchive = {}): Buffer {
  const { before = Buffer.alloc(0), comment = Buffer.alloc(0) } = archive
  const parts: Buffer[] = [before]
  const index: Buffer[] = []
  let offset = before.length
  for (const entry of entries) {
    const local = localPart(entry)
    index.push(indexEntry(entry, offset))
    parts.push(local)
    offset += local.length
  }
  const count = archive.claimedCount ?? entries.length
  const size = Buffer.concat(index).length
  const at = archive.claimedIndexOffset ?? offset
  const end64 = archive.zip64 ? zip64End(count, size, at, offset + size) : Buffer.alloc(0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(archive.zip64 ? 0xffff : count, 8)
  end.writeUInt16LE(archive.zip64 ? 0xffff : count, 10)
  end.writeUInt32LE(archive.zip64 ? 0xffffffff : size, 12)
  end.writeUInt32LE(archive.zip64 ? 0xffffffff : at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, ...index, end64, end, comment])
}

function localPart(entry: RawEntry): Buffer {
  const name = Buffer.from(entry.name)
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(flagsOf(entry), 6)
  header.writeUInt16LE(entry.method ?? 8, 8)
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(entry.checksum, 0)
  sizes.writeUInt32LE(entry.data.length, 4)
  sizes.writeUInt32LE(entry.bytes % 2 ** 32, 8)
  if (!entry.describedAfter) header.set(sizes, 14)
  header.writeUInt16LE(name.length, 26)
  const descriptor = entry.describedAfter ? [Buffer.from('PK\x07\x08'), sizes] : []
  return Buffer.concat([header, name, entry.data, ...descriptor])
}

function indexEntry(entry: RawEntry, offset: number): Buffer {
  const name = Buffer.from(entry.name)
  const bytes = entry.claimedBytes ?? entry.bytes
  const compressed = entry.claimedCompressed ?? entry.data.length
  const at = entry.claimedOffset ?? offset
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(20, 6)
  header.writeUInt16LE(flagsOf(entry), 8)
  header.writeUInt16LE(entry.method ?? 8, 10)
  header.writeUInt32LE(entry.checksum, 16)
  header.writeUInt32LE(entry.zip64 ? 0xffffffff : compressed, 20)
  header.writeUInt32LE(entry.zip64 ? 0xffffffff : bytes, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt32LE(entry.zip64 ? 0xffffffff : at, 42)
  const extra = Buffer.alloc(entry.zip64 ? 28 : 0)
  if (entry.zip64) {
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(24, 2)
    for (const [place, value] of [bytes, compressed, at].entries()) {
      extra.writeBigUInt64LE(BigInt(value), 4 + 8 * place)
    }
  }
  header.writeUInt16LE(extra.length, 30)
  return Buffer.concat([header, name, extra])
}

function flagsOf({ flags = 0, describedAfter }: RawEntry): number {
  return flags | (describedAfter ? 0x808 : 0x800)
}

function zip64End(count: number, size: number, at: number, place: number): Buffer {
  const end = Buffer.alloc(56 + 20)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  for (const [index, value] of [count, count, size, at].entries()) {
    end.writeBigUInt64LE(BigInt(value), 24 + 8 * index)
  }
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(place), 64)
  end.writeUInt32LE(1, 72)
  return end
}
