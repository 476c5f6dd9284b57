// What an entry of a ZIP archive may be: its name, its kind, its size.
// Invariant: an archive with one entry that a careless program could be hurt by is refused whole,
// even when that entry is not the one asked for: who made it is not to be trusted.
import type { Entry } from 'yauzl'
import { DropError } from '../mapping/drop-error.ts'

export interface ZipBounds {
  /** An archive of so many entries is refused. */
  entries: number
  /** Of all entries, once extracted. */
  totalBytes: number
  /** Extracted bytes for each stored byte; asked only of members larger than `ratioAboveBytes`. */
  ratio: number
  ratioAboveBytes: number
}

export const zipBounds: ZipBounds = {
  entries: 100_000,
  totalBytes: 4 * 1024 ** 3,
  ratio: 200,
  ratioAboveBytes: 50 * 1024 ** 2,
}

export const plainArchive = 'Chiedi un archivio senza password.'
export const remadeArchive = 'Chiedi a chi produce il file di rifare l’archivio.'

/** Throws `DropError` for an entry that makes the whole archive unacceptable. */
export function checkEntry(entry: Entry, earlier: ReadonlySet<string>): void {
  const name = entry.fileName
  const unsafe = whyUnsafe(name)
  if (unsafe !== null) {
    const detail = `Nell’archivio ZIP il nome ${JSON.stringify(name)} ${unsafe}.`
    throw new DropError('DROP_ZIP_ENTRY_NAME', detail, null, remedy)
  }
  if (isLink(entry)) {
    const detail = `Nell’archivio ZIP «${name}» è un collegamento simbolico.`
    throw new DropError('DROP_ZIP_LINK', detail, null, remedy)
  }
  if (earlier.has(name)) {
    const detail = `Nell’archivio ZIP ci sono due file di nome «${name}».`
    throw new DropError('DROP_ZIP_DUPLICATE', detail, null, remedy)
  }
  if (entry.isEncrypted()) {
    const detail = `Nell’archivio ZIP «${name}» è cifrato.`
    throw new DropError('DROP_ZIP_ENCRYPTED', detail, null, plainArchive)
  }
}

/** Bytes of an entry's own header that are always there. */
const LOCAL_HEADER_BYTES = 30

/**
 * Throws `DropError` where entries share bytes: a small file that unpacks to a huge one many times
 * over. And where the archive does not begin with its first entry: there may be another before it.
 */
export function checkPlaces(entries: readonly Entry[], indexStart: number): void {
  const placed = entries.toSorted(
    (a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  )
  const first = placed[0]?.relativeOffsetOfLocalHeader ?? indexStart
  if (first !== 0) {
    const detail = `L’archivio ZIP comincia al byte ${first}: prima c’è altro.`
    throw new DropError('DROP_ZIP_INDEX', detail, null, remadeArchive)
  }
  for (const [index, entry] of placed.entries()) {
    const start = entry.relativeOffsetOfLocalHeader
    const end = start + LOCAL_HEADER_BYTES + entry.fileNameLength + entry.compressedSize
    // The last one may claim too much, as a damaged one does: reading it tells.
    if (end <= (placed[index + 1]?.relativeOffsetOfLocalHeader ?? end)) continue
    const detail = `Nell’archivio ZIP «${entry.fileName}» occupa gli stessi byte di altro.`
    throw new DropError('DROP_ZIP_OVERLAP', detail, null, remedy)
  }
}

/** Throws `DropError` for a member that cannot be extracted, or had better not be. */
export function checkMember(entry: Entry, bounds: ZipBounds): void {
  const name = entry.fileName
  if (/\.(zip|jar|7z|rar|t?gz|tar|bz2|xz)$/i.test(name)) {
    const detail = `«${name}» è a sua volta un archivio.`
    throw new DropError('DROP_ZIP_NESTED', detail, null, 'Chiedi i dati in un solo archivio.')
  }
  if (!entry.canDecodeFileData()) {
    const detail = `«${name}» è compresso con un metodo non previsto (${entry.compressionMethod}).`
    throw new DropError(
      'DROP_ZIP_METHOD',
      detail,
      null,
      'Chiedi un archivio ZIP normale (deflate).',
    )
  }
  const { uncompressedSize, compressedSize } = entry
  const isLarge = uncompressedSize > bounds.ratioAboveBytes
  if (isLarge && uncompressedSize > compressedSize * bounds.ratio) {
    const detail =
      `«${name}» occupa ${compressedSize} byte e ne promette ${uncompressedSize}: ` +
      `più di ${bounds.ratio} per uno.`
    throw new DropError('DROP_ZIP_RATIO', detail, null, remedy)
  }
}

/** Whether a name matches a pattern of `*` and `?`. macOS's shadow files never do. */
export function matcherOf(pattern: string): (name: string) => boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const expression = new RegExp(`^${source.replace(/\*+/g, '[^/]*').replace(/\?/g, '[^/]')}$`, 'i')
  const isWhole = pattern.includes('/')
  return (name) => {
    if (name.startsWith('__MACOSX/')) return false
    return expression.test(isWhole ? name : name.slice(name.lastIndexOf('/') + 1))
  }
}

const remedy = 'Verifica con chi produce il file che sia davvero suo.'

function whyUnsafe(name: string): string | null {
  if (name === '') return 'è vuoto'
  if (name.includes('\0')) return 'contiene un byte NUL'
  if (name.includes('\\')) return 'contiene una barra rovesciata'
  if (name.startsWith('/')) return 'è un percorso assoluto'
  if (/^[a-z]:/i.test(name)) return 'comincia con un’unità disco'
  if (name.split('/').includes('..')) return 'esce dalla cartella'
  return null
}

function isLink(entry: Entry): boolean {
  const madeOnUnix = entry.versionMadeBy >> 8 === 3
  return madeOnUnix && ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000
}
