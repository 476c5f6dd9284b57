// One member of a ZIP archive, read from any random-access source (yauzl over the drop's bytes).
// Names of entries are compared and shown, never used as paths; nothing is written anywhere.
// Invariant: an archive is judged whole by its central directory before anything is extracted, and
// again while its member is read: size, ratio and checksum.
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DropError } from '../mapping/drop-error.ts'
import { createByteReader, type ZipSource } from './byte-reader.ts'
import { checkEntry, checkMember, matcherOf, type ZipBounds, zipBounds } from './entry-check.ts'

export interface ZipMember {
  name: string
  /** The content; ends with an error, `DropError`, when it is not what the archive promises. */
  bytes: AsyncIterable<Uint8Array>
  /** The other files of the archive, with their sizes once extracted. */
  others: { name: string; bytes: number }[]
}

/**
 * Opens the one member whose name matches `pattern` (`*` and `?`, any case; a pattern without `/`
 * looks at the last part of the name). Throws `DropError`. Read `bytes` to its end, or let it go:
 * closing is up to the source.
 */
export async function openZipMember(
  source: ZipSource,
  pattern: string,
  bounds: Partial<ZipBounds> = {},
): Promise<ZipMember> {
  const limits = { ...zipBounds, ...bounds }
  const zip = await openDirectory(source)
  const files = await listFiles(zip, limits)
  const matches = matcherOf(pattern)
  const matching = files.filter(({ fileName }) => matches(fileName))
  const [member] = matching
  if (member === undefined || matching.length > 1) throw notOne(pattern, matching, files)
  checkMember(member, limits)
  const others = files
    .filter((file) => file !== member)
    .map((file) => ({ name: file.fileName, bytes: file.uncompressedSize }))
  return { name: member.fileName, bytes: extract(zip, member), others }
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
    throw truncated(error)
  }
}

/** Every file of the archive, directories left out. Throws at the first entry that is not safe. */
async function listFiles(zip: ZipFile, bounds: ZipBounds): Promise<Entry[]> {
  if (zip.entryCount >= bounds.entries) {
    const detail = `L’archivio ZIP ha ${zip.entryCount} file: il limite è ${bounds.entries}.`
    throw new DropError('DROP_ZIP_BOUNDS', detail, null, 'Chiedi alla fonte archivi più piccoli.')
  }
  const files: Entry[] = []
  const names = new Set<string>()
  let total = 0
  try {
    for await (const entry of zip.eachEntry()) {
      nameEntry(entry)
      checkEntry(entry, names)
      names.add(entry.fileName)
      total += entry.uncompressedSize
      if (!entry.fileName.endsWith('/')) files.push(entry)
    }
  } catch (error) {
    throw error instanceof DropError ? error : truncated(error)
  }
  if (total <= bounds.totalBytes) return files
  const detail = `L’archivio ZIP contiene ${total} byte: il limite è ${bounds.totalBytes}.`
  throw new DropError('DROP_ZIP_BOUNDS', detail, null, 'Chiedi alla fonte archivi più piccoli.')
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
    throw damaged(entry, error)
  }
  if (checksum !== entry.crc32) throw damaged(entry, new Error('CRC-32'))
}

function notOne(pattern: string, matching: Entry[], files: Entry[]): DropError {
  const shown = (matching.length === 0 ? files : matching).slice(0, 5)
  const names = shown.map(({ fileName }) => `«${fileName}»`).join(', ')
  const detail =
    matching.length === 0
      ? `Nell’archivio ZIP nessun file corrisponde a «${pattern}»; ci sono ${names || 'zero file'}.`
      : `Nell’archivio ZIP ${matching.length} file corrispondono a «${pattern}»: ${names}.`
  const remedy = 'Correggi `member` nel modello, o il contenuto dell’archivio alla fonte.'
  return new DropError('DROP_ZIP_MEMBER', detail, null, remedy)
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
