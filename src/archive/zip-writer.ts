// A ZIP archive, written member by member as a stream: sizes stand before the bytes, so that every
// program reads it, and no member is ever held in memory. No ZIP64: beyond its bounds nothing is
// written. Invariant: the same members give the same bytes, whenever and wherever.
import { crc32, createDeflateRaw } from 'node:zlib'
import { RestError } from '../mapping/rest/rest-error.ts'
import { through } from './through.ts'

/** What the headers of a member say. */
export interface ZipFacts {
  name: string
  /** 0 stored, 8 deflated. */
  method: number
  crc32: number
  bytes: number
  packedBytes: number
  /** As MS-DOS writes them. */
  date: number
  time: number
}

/** A member as it stands in an archive, compressed; `open` may be called again. */
export interface PackedFile extends ZipFacts {
  open(): AsyncIterable<Uint8Array>
}

/** What the counters of a plain ZIP hold. */
const MOST_FILES = 65_535
const MOST_BYTES = 0xffff_ffff

/** The archive of these members, in their order. Throws REST_BOUNDS before anything is read. */
export function zipStream(files: readonly PackedFile[]): AsyncIterable<Uint8Array> {
  const headers = files.reduce((sum, { name }) => sum + 2 * Buffer.byteLength(name) + 76, END_BYTES)
  const total = files.reduce((sum, { packedBytes }) => sum + packedBytes, headers)
  const largest = files.reduce((most, { bytes }) => Math.max(most, bytes), 0)
  if (files.length > MOST_FILES || Math.max(total, largest) > MOST_BYTES) throw tooMuch()
  return archiveOf(files)
}

async function* archiveOf(files: readonly PackedFile[]): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = []
  let offset = 0
  for (const file of files) {
    const local = localHeader(file)
    directory.push(directoryHeader(file, offset))
    yield local
    yield* file.open()
    offset += local.length + file.packedBytes
  }
  yield* directory
  yield zipEnd(directory, offset)
}

/** Compresses a member: once to know what its header says, and again each time it is opened. */
export async function packed(
  { name, date, time }: Pick<ZipFacts, 'name' | 'date' | 'time'>,
  open: () => AsyncIterable<Uint8Array>,
): Promise<PackedFile> {
  const facts = { name, date, time, method: 8, crc32: 0, bytes: 0, packedBytes: 0 }
  async function* counted() {
    for await (const piece of open()) {
      facts.crc32 = crc32(piece, facts.crc32)
      facts.bytes += piece.length
      yield piece
    }
  }
  for await (const piece of deflated(counted())) facts.packedBytes += piece.length
  return { ...facts, open: () => deflated(open()) }
}

function deflated(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(bytes, createDeflateRaw())
}

const UTF8_NAMES = 0x800
const END_BYTES = 22

/** What stands before a member. */
export function localHeader(facts: ZipFacts): Buffer {
  return Buffer.concat([uint32(0x04034b50), commonHeader(facts), Buffer.from(facts.name)])
}

/** What the index says of a member whose header stands at `offset`. */
export function directoryHeader(facts: ZipFacts, offset: number): Buffer {
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(offset, 10)
  const common = commonHeader(facts)
  return Buffer.concat([
    uint32(0x02014b50),
    Buffer.from([20, 0]),
    common,
    rest,
    Buffer.from(facts.name),
  ])
}

/** The end of an archive whose index stands at `offset`. */
export function zipEnd(directory: readonly Buffer[], offset: number): Buffer {
  const end = Buffer.alloc(END_BYTES)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  )
  end.writeUInt32LE(offset, 16)
  return end
}

/** The 26 bytes that both headers of a member share. */
function commonHeader(facts: ZipFacts): Buffer {
  const header = Buffer.alloc(26)
  header.writeUInt16LE(20, 0)
  header.writeUInt16LE(UTF8_NAMES, 2)
  header.writeUInt16LE(facts.method, 4)
  header.writeUInt16LE(facts.time, 6)
  header.writeUInt16LE(facts.date, 8)
  header.writeUInt32LE(facts.crc32, 10)
  header.writeUInt32LE(facts.packedBytes, 14)
  header.writeUInt32LE(facts.bytes, 18)
  header.writeUInt16LE(Buffer.byteLength(facts.name), 22)
  return header
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function tooMuch(): RestError {
  const most = `${MOST_FILES} file o 4 GB`
  return new RestError(
    'REST_BOUNDS',
    `Il residuo supera quello che un archivio ZIP può contenere: ${most}.`,
    'Chiedi alla fonte archivi più piccoli.',
  )
}
