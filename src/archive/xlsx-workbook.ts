// The table of contents of a workbook: its sheets in order, and where the parts stand that a sheet
// needs. Relationships lead from part to part by their kind, so that names and namespaces, the
// strict ones too, do not matter. Invariant: nothing outside of the archive is ever followed.
import { posix } from 'node:path'
import { attributeOf, beyondBounds, createXmlReader, damagedPart } from './xlsx-xml.ts'
import type { ZipArchive } from './zip.ts'

export interface Workbook {
  /** Worksheets in the order of their tabs; charts and dialogs are none. */
  sheets: { name: string; isHidden: boolean; part: string }[]
  /** Days are counted from 1904, as on old Macintoshes. */
  from1904: boolean
  /** Parts that a workbook may lack. */
  strings: string | null
  styles: string | null
}

/** Of the parts that are kept whole: contents, relationships, styles. */
const MAXIMUM_SMALL_PART = 32 * 1024 ** 2

/** Reads the contents. Throws `DropError`. */
export async function readWorkbook(archive: ZipArchive): Promise<Workbook> {
  const roots = await readRelationships(archive, '/')
  const main = roots.find(({ kind }) => kind === 'officeDocument')?.part ?? '/xl/workbook.xml'
  const related = await readRelationships(archive, main)
  const workbook: Workbook = { sheets: [], from1904: false, strings: null, styles: null }
  const reader = createXmlReader(main, {
    open(name, attributes) {
      if (name === 'workbookPr') workbook.from1904 = isTrue(attributes['date1904'])
      if (name !== 'sheet') return
      const id = attributeOf(attributes, 'id')
      const target = related.find((one) => one.id === id)
      if (target?.kind !== 'worksheet') return
      const isHidden = (attributes['state'] ?? 'visible') !== 'visible'
      workbook.sheets.push({ name: attributes['name'] ?? '', isHidden, part: target.part })
    },
    close() {},
  })
  for await (const chunk of openSmallPart(archive, main)) reader.write(chunk)
  reader.end()
  const partOf = (kind: string) => {
    const part = related.find((one) => one.kind === kind)?.part
    return part !== undefined && hasPart(archive, part) ? part : null
  }
  return { ...workbook, strings: partOf('sharedStrings'), styles: partOf('styles') }
}

/** Whether an attribute of yes or no says yes. */
export function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true' || value === 'on'
}

/** Whether the archive holds a part; names of parts are the same in any case. */
export function hasPart(archive: ZipArchive, part: string): boolean {
  return findFile(archive, part) !== undefined
}

/** The bytes of a part such as `/xl/workbook.xml`. Throws `DropError`. */
export function openPart(archive: ZipArchive, part: string): AsyncIterable<Uint8Array> {
  const file = findFile(archive, part)
  if (file === undefined) throw damagedPart(part, 'manca')
  return archive.extract(file.name)
}

/** The same of a part that is kept in memory. */
export function openSmallPart(archive: ZipArchive, part: string): AsyncIterable<Uint8Array> {
  const bytes = findFile(archive, part)?.bytes ?? 0
  if (bytes > MAXIMUM_SMALL_PART) throw beyondBounds(`ha una parte smisurata, «${part}»`)
  return openPart(archive, part)
}

function findFile(archive: ZipArchive, part: string) {
  const wanted = part.slice(1).toLowerCase()
  return archive.files.find(({ name }) => name.toLowerCase() === wanted)
}

interface Relationship {
  id: string | undefined
  /** The last word of its type: `worksheet`, `sharedStrings` … */
  kind: string
  part: string
}

/** What a part leads to within the archive; nothing where it says nothing. */
async function readRelationships(archive: ZipArchive, from: string): Promise<Relationship[]> {
  const { dir, base } = posix.parse(from)
  const part = posix.join(dir, '_rels', `${base}.rels`)
  if (!hasPart(archive, part)) return []
  const found: Relationship[] = []
  const reader = createXmlReader(part, {
    open(name, { Id, Type = '', Target = '', TargetMode }) {
      if (name !== 'Relationship' || TargetMode === 'External') return
      const kind = Type.slice(Type.lastIndexOf('/') + 1)
      found.push({ id: Id, kind, part: posix.resolve(dir, Target) })
    },
    close() {},
  })
  for await (const chunk of openSmallPart(archive, part)) reader.write(chunk)
  reader.end()
  return found
}
