// A ZIP archive, read member by member from any random-access source (yauzl over the drop's bytes).
// Names of entries are compared and shown, never used as paths; nothing is written anywhere.
// Invariant: an archive is judged whole by its central directory before anything is extracted, and
// again while its member is read: size, ratio and checksum.
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DropError } from '../mapping/drop-error.ts'
import { createByteReader, isSourceFault, type ZipSource } from './byte-reader.ts'
import {
  checkEntry,
  checkMember,
  checkPlaces,
  plainArchive,
  remadeArchive,
  type ZipBounds,
  zipBounds,
} from './entry-check.ts'
import type { PackedFile } from './zip-writer.ts'

/** An archive whose index was found good. */
export interface ZipArchive {
  /** Every file, directories left out, with its size once extracted. */
  files: { name: string; bytes: number }[]
  /**
   * The content of the file of exactly this name. Throws `DropError` for one that had better not be
   * extracted, and `TypeError` for one that is not in `files`.
   */
  extract(name: string): AsyncIterable<Uint8Array>
  /** The file of this name as it stands in the archive, compressed, for another archive. */
  packed(name: string): PackedFile
}

/** Reads and judges the index of an archive. Throws `DropError`. Nothing needs closing. */
export async function openZip(
  source: ZipSource,
  bounds: Partial<ZipBounds> = {},
): Promise<ZipArchive> {
  const limits = { ...zipBounds, ...bounds }
  const zip = await openDirectory(source)
  const entries = await listFiles(zip, source, limits)
  const byName = new Map(entries.map((entry) => [entry.fileName, entry]))
  const entryOf = (name: string) => {
    const entry = byName.get(name)
    if (entry === undefined) throw new TypeError(`the archive has no file ${name}`)
    return entry
  }
  return {
    files: entries.map((entry) => ({ name: entry.fileName, bytes: entry.uncompressedSize })),
    extract(name) {
      const entry = entryOf(name)
      checkMember(entry, limits)
      return extract(zip, entry)
    },
    packed: (name) => packedOf(zip, entryOf(name)),
  }
}

function packedOf(zip: ZipFile, entry: Entry): PackedFile {
  return {
    name: entry.fileName,
    method: entry.compressionMethod,
    crc32: entry.crc32,
    bytes: entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    date: entry.lastModFileDate,
    time: entry.lastModFileTime,
    async *open() {
      try {
        yield* await zip.openReadStreamPromise(entry, { decodeFileData: false })
      } catch (error) {
        throw faultOf(error, (cause) => damaged(entry, cause))
      }
    },
  }
}

async function openDirectory(source: ZipSource): Promise<ZipFile> {
  try {
    return await yauzl.fromRandomAccessReaderPromise(createByteReader(source), source.bytes, {
      autoClose: false,
      strictFileNames: true,
      // Names are checked here, entry by entry, so that a bad one has its own code.
      decodeStrings: false,
    })
  } catch (error) {
    throw faultOf(error, truncated)
  }
}

/** Every file of the archive, directories left out. Throws at the first entry that is not safe. */
async function listFiles(zip: ZipFile, source: ZipSource, bounds: ZipBounds): Promise<Entry[]> {
  if (zip.entryCount >= bounds.entries) {
    const detail = `L’archivio ZIP ha ${zip.entryCount} file: il limite è ${bounds.entries}.`
    throw new DropError('DROP_ZIP_BOUNDS', detail, null, 'Chiedi alla fonte archivi più piccoli.')
  }
  const entries: Entry[] = []
  const names = new Set<string>()
  let total = 0
  const indexStart = indexCursor(zip)
  try {
    for await (const entry of zip.eachEntry()) {
      nameEntry(entry)
      checkEntry(entry, names)
      names.add(entry.fileName)
      total += entry.uncompressedSize
      entries.push(entry)
    }
  } catch (error) {
    throw error instanceof DropError ? error : faultOf(error, unreadable)
  }
  await checkIndexEnd(zip, source)
  checkPlaces(entries, indexStart)
  if (total <= bounds.totalBytes) return entries.filter(({ fileName }) => !fileName.endsWith('/'))
  const detail = `L’archivio ZIP contiene ${total} byte: il limite è ${bounds.totalBytes}.`
  throw new DropError('DROP_ZIP_BOUNDS', detail, null, 'Chiedi alla fonte archivi più piccoli.')
}

/** Where the next entry of the index stands; yauzl's types call it a boolean. */
function indexCursor(zip: ZipFile): number {
  return Number(zip.readEntryCursor)
}

const END_SIGNATURE = 0x06054b50
const END64_SIGNATURE = 0x06064b50
const END_BYTES = 22
const LOCATOR_BYTES = 20

/**
 * After its last entry the index must end, where the archive's own end is. Otherwise it has more
 * entries than it counts, or its end stands in a comment: another program would see other files.
 */
async function checkIndexEnd(zip: ZipFile, source: ZipSource): Promise<void> {
  const at = indexCursor(zip)
  const end = source.bytes - END_BYTES - zip.comment.length
  const found = Buffer.from(await source.read(at, 12))
  const signature = found.length < 4 ? 0 : found.readUInt32LE(0)
  if (signature === END_SIGNATURE && at === end) return
  if (signature === END64_SIGNATURE && found.length === 12) {
    if (BigInt(at + 12 + LOCATOR_BYTES) + found.readBigUInt64LE(4) === BigInt(end)) return
  }
  const detail = 'L’indice dell’archivio ZIP non finisce dove dovrebbe: può nascondere altri file.'
  throw new DropError('DROP_ZIP_INDEX', detail, null, remadeArchive)
}

function nameEntry(entry: Entry): void {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
  entry.fileName = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
}

/** The content of an entry, checked as it comes. Reading stops at the declared size. */
async function* extract(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let checksum = 0
  try {
    const stream: Readable = await zip.openReadStreamPromise(entry)
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  } catch (error) {
    throw faultOf(error, (cause) => damaged(entry, cause))
  }
  if (checksum !== entry.crc32) throw damaged(entry, new Error('CRC-32'))
}

/** What is wrong with the archive, unless it is the source that failed: then its own fault. */
function faultOf(error: unknown, told: (cause: unknown) => DropError): unknown {
  return isSourceFault(error) ? error : told(error)
}

/** An index that breaks off among its entries. yauzl has no other sign of strong encryption. */
function unreadable(cause: unknown): DropError {
  if (!(cause instanceof Error) || !cause.message.includes('encryption')) return truncated(cause)
  const detail = 'L’archivio ZIP è cifrato.'
  return withCause(new DropError('DROP_ZIP_ENCRYPTED', detail, null, plainArchive), cause)
}

function truncated(cause: unknown): DropError {
  const detail = 'Il file non è un archivio ZIP intero: l’indice finale manca o è rovinato.'
  const remedy = 'Fai consegnare il file con un nome provvisorio, rinominato quando è completo.'
  return withCause(new DropError('DROP_ZIP_TRUNCATED', detail, null, remedy), cause)
}

function damaged(entry: Entry, cause: unknown): DropError {
  const detail = `Il contenuto di «${entry.fileName}» non è quello che l’archivio ZIP dichiara.`
  const error = new DropError(
    'DROP_ZIP_DAMAGED',
    detail,
    null,
    'Chiedi di nuovo il file alla fonte.',
  )
  return withCause(error, cause)
}

function withCause(error: DropError, cause: unknown): DropError {
  error.cause = cause
  return error
}
