// Several files, one of which holds the records: the parts of a drop, the members of a ZIP, the
// attachments of a mail. Invariant: exactly one is taken, by the patterns of the mapping or,
// without any, because no other can be of its format; in doubt none is.
import type { DropCode } from '../domain/codes.ts'
import { DropError } from '../mapping/drop-error.ts'
import type { RecordSpec } from '../mapping/format/record-spec.ts'
import type { Content } from './content.ts'
import { type Kind, kindOf } from './content-kind.ts'
import { matcherOf } from './entry-check.ts'

export interface Candidate {
  name: string
  /** May be called again. */
  open(): Promise<Content>
}

export interface Chosen {
  content: Content
  /** Names of the files that were not chosen. */
  others: string[]
}

/** What a mapping says about where its records are. */
export type Wanted = Pick<RecordSpec, 'format' | 'member'>

/** Where the files stand: how refusals call it, and their code. */
export interface Place {
  code: DropCode
  /** «Nell’archivio ZIP» … */
  inside: string
}

/** Without patterns, so many files are looked into; more need a pattern. */
const MOST_LOOKED_INTO = 20

/** Chooses among files. Throws `DropError` with the code of the place. */
export async function chooseFile(
  files: readonly Candidate[],
  wanted: Wanted,
  place: Place,
): Promise<Chosen> {
  const matching =
    wanted.member === undefined
      ? await fitting(files, wanted.format, place)
      : await named(files, patternsOf(wanted.member))
  const [chosen] = matching
  if (chosen === undefined || matching.length > 1) {
    throw notOne(wanted, matching.length === 0 ? files : matching, matching.length, place)
  }
  const others = files.flatMap((file) => (file === chosen ? [] : [file.name]))
  return { content: await chosen.open(), others }
}

/** Those that a pattern names; where none does, those that contain files themselves. */
async function named(files: readonly Candidate[], patterns: string[]): Promise<Candidate[]> {
  const matchers = patterns.map(matcherOf)
  const matching = files.filter(({ name }) => matchers.some((matches) => matches(name)))
  if (matching.length > 0 || files.length > MOST_LOOKED_INTO) return matching
  const kinds = await kindsOf(files)
  return files.filter((_, index) => kinds[index] === 'zip' || kinds[index] === 'mail')
}

const kindsOfFormat: Record<RecordSpec['format'], Kind> = {
  csv: 'text',
  fixed: 'text',
  xml: 'xml',
  json: 'json',
  ndjson: 'json',
  xlsx: 'office',
  mail: 'mail',
}

/** Those of the format; where none is, those that may hold one; else those without any bytes. */
async function fitting(
  files: readonly Candidate[],
  format: RecordSpec['format'],
  place: Place,
): Promise<readonly Candidate[]> {
  if (files.length <= 1) return files
  if (files.length > MOST_LOOKED_INTO) throw tooMany(files.length, place)
  const kinds = await kindsOf(files)
  const of = (...wanted: Found[]) =>
    files.filter((_, index) => wanted.includes(kinds[index] as Found))
  const direct = of(kindsOfFormat[format])
  if (direct.length > 0) return direct
  const wrappers = of('zip', 'gzip', 'signed', 'mail')
  // Marks that a delivery is whole are empty files; so is a list of nothing, beside other files.
  return wrappers.length > 0 ? wrappers : of('empty')
}

type Found = Kind | 'empty'

async function kindsOf(files: readonly Candidate[]): Promise<Found[]> {
  const kinds: Found[] = []
  for (const file of files) kinds.push(await kindOfFile(file))
  return kinds
}

/** A file that cannot be opened, such as an archive in an archive, is not the one with records. */
async function kindOfFile(file: Candidate): Promise<Found> {
  try {
    const content = await file.open()
    await content.close()
    return content.start.length === 0 ? 'empty' : kindOf(content.start)
  } catch (error) {
    if (error instanceof DropError) return 'other'
    throw error
  }
}

function patternsOf(member: string | string[]): string[] {
  return typeof member === 'string' ? [member] : member
}

const MOST_SHOWN = 5

function notOne(
  { member, format }: Wanted,
  shown: readonly Candidate[],
  found: number,
  { code, inside }: Place,
): DropError {
  const names = shown.slice(0, MOST_SHOWN).map(({ name }) => `«${name}»`)
  const listed = shown.length > MOST_SHOWN ? [...names, '…'].join(', ') : names.join(', ')
  const asked =
    member === undefined
      ? `al formato ${format}`
      : `a ${patternsOf(member)
          .map((pattern) => `«${pattern}»`)
          .join(' o ')}`
  const detail =
    found === 0
      ? `${inside} nessun file corrisponde ${asked}; ci sono ${listed || 'zero file'}.`
      : `${inside} ${found} file corrispondono ${asked}: ${listed}.`
  const remedy =
    member === undefined
      ? 'Indica con `member` nel modello quale file contiene le righe.'
      : 'Correggi `member` nel modello, o ciò che la fonte consegna.'
  return new DropError(code, detail, null, remedy)
}

function tooMany(count: number, { code, inside }: Place): DropError {
  const detail = `${inside} ci sono ${count} file, e il modello non dice quale contiene le righe.`
  const remedy = 'Indica con `member` nel modello quale file contiene le righe.'
  return new DropError(code, detail, null, remedy)
}
