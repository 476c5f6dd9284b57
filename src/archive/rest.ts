// The parts of a drop → the same parts with some of their records alone, in the same wrappers: ZIP,
// gzip, workbook. Everything is read again from the drop as often as it takes; nothing is held.
// Invariant: a drop from which nothing is left out comes out byte for byte, and the same rest is
// the same bytes, whenever it is made.
import { baseName } from '../mapping/format/named-files.ts'
import type { RecordSpec } from '../mapping/format/record-spec.ts'
import type { FoundFooter } from '../mapping/format/watch.ts'
import { createRestFinder, type Found } from '../mapping/rest/find.ts'
import { createFooterCut, hasFooterToEdit } from '../mapping/rest/footer-edit.ts'
import {
  type ByteCut,
  chained,
  createByteCut,
  createCut,
  createRestCheck,
  type RestCheck,
} from '../mapping/rest/rest.ts'
import { RestError } from '../mapping/rest/rest-error.ts'
import type { TextCut } from '../mapping/rest/text-cut.ts'
import type { Rest, RestPart } from '../pipeline/write-back/rest.ts'
import type { Candidate } from './choose-file.ts'
import {
  type Content,
  contentOfBytes,
  contentOfSource,
  contentOfStream,
  type NamedSource,
  wholeOf,
} from './content.ts'
import { kindOf } from './content-kind.ts'
import { gunzip, gzip } from './gzip.ts'
import { choosePart, HELD_BYTES, openRecords } from './open-records.ts'
import { openSigned, SIGNED_BYTES } from './signed-document.ts'
import { cutBytes } from './through.ts'
import { workbookRest } from './xlsx-rest.ts'
import { openZip } from './zip.ts'
import { chooseMember, membersOf } from './zip-member.ts'
import { type PackedFile, packed, zipStream } from './zip-writer.ts'

type Bytes = AsyncIterable<Uint8Array>

/**
 * The rest of a drop: `isWanted` is asked once for each record, by its 1-based number and its line.
 * Its parts are to be read once each, in any order. Throws `RestError`, `DropError`.
 */
export async function restOf(
  parts: readonly NamedSource[],
  record: RecordSpec,
  isWanted: (record: number, line: number) => boolean,
): Promise<Rest> {
  const found = await findRest(parts, record, isWanted)
  const { records, wanted, leftOut, needless } = found
  if (leftOut.count() === 0) {
    const whole = parts.map((part) => ({ ...shown(part), bytes: part.stream() }))
    return { records, wanted, parts: whole }
  }
  const cutter = await cutterOf(parts, record, found)
  const name = await nameOfRecords(parts, record)
  const stay = parts.filter((part) => part.name === name || !needless.has(baseName(part.name)))
  const rests = await Promise.all(
    stay.map(async (part): Promise<RestPart> => {
      if (part.name !== name) return { ...shown(part), bytes: part.stream() }
      const open = () => contentOfSource(part)
      const rest = await rewritten({ name, open }, { record, found, ...cutter })
      return { ...shown(part), name: rest.name, bytes: rest.open() }
    }),
  )
  return { records, wanted, parts: rests }
}

function shown({ name, mediaType }: NamedSource) {
  return { name, mediaType }
}

async function findRest(
  parts: readonly NamedSource[],
  record: RecordSpec,
  isWanted: (record: number, line: number) => boolean,
): Promise<Found> {
  const finder = createRestFinder(record, isWanted)
  const { bytes } = await openRecords(parts, record)
  for await (const chunk of bytes) finder.write(chunk)
  return finder.end()
}

/** What the records’ own bytes become. It is tried first: a rest is read before it is written. */
async function cutterOf(
  parts: readonly NamedSource[],
  record: RecordSpec,
  { leftOut, rows }: Found,
): Promise<Pick<Task, 'cut' | 'footers'>> {
  const cut = () => createCut(record, leftOut)
  const tryOut = async (textCut: TextCut, check: RestCheck) => {
    const { bytes } = await openRecords(parts, record)
    for await (const chunk of cutBytes(bytes, createByteCut(record, textCut))) check.write(chunk)
    return check.end()
  }
  if (!hasFooterToEdit(record)) {
    // A document without any row may be none.
    if (rows > 0) await tryOut(cut(), createRestCheck(record, rows))
    return { cut: () => createByteCut(record, cut()), footers: [] }
  }
  const footers = await tryOut(cut(), createRestCheck(record, rows))
  // The total of a sheet stands in its XML, of which these bytes know nothing.
  if (record.format === 'xlsx') return { cut: () => createByteCut(record, cut()), footers }
  const whole = () => chained(cut(), createFooterCut(record, footers))
  await tryOut(whole(), createRestCheck(record, rows, true))
  return { cut: () => createByteCut(record, whole()), footers }
}

/** The part with the records: which one was mapped is found as it was then. */
async function nameOfRecords(parts: readonly NamedSource[], record: RecordSpec): Promise<string> {
  if (parts.length === 1) return parts[0]!.name
  return (await choosePart(parts, record)).content.name
}

interface Task {
  record: RecordSpec
  found: Found
  /** Of the records’ own bytes, where they are text. */
  cut(): ByteCut
  /** With what they should say. */
  footers: FoundFooter[]
}

/** A file that is written again; `open` may be called again. */
interface Rewritten {
  name: string
  open(): Bytes
}

/** How deep wrappers are followed: reading has bounded it before. */
async function rewritten(file: Candidate, task: Task): Promise<Rewritten> {
  const content = await file.open()
  const { name } = file
  switch (kindOf(content.start)) {
    case 'zip':
      return zipRest(content, task)
    case 'gzip':
      return gzipRest(file, content, task)
    case 'signed': {
      const envelope = await wholeOf(name, content.stream(), SIGNED_BYTES)
      const bare = name.replace(/\.p7m$/i, '')
      const open = async () => contentOfBytes(bare, openSigned(name, envelope))
      return rewritten({ name: bare, open }, task)
    }
    case 'mail':
      await content.close()
      throw mailRest(name)
    case 'office':
      if (task.record.format === 'xlsx') {
        const source = await content.source(HELD_BYTES)
        const files = await workbookRest(source, task.record, {
          leftOut: task.found.leftOut,
          footers: task.footers,
        })
        return { name, open: () => zipStream(files) }
      }
  }
  await content.close()
  return { name, open: () => again(file, task.cut()) }
}

async function* again(file: Candidate, cut: ByteCut): AsyncGenerator<Uint8Array> {
  yield* cutBytes((await file.open()).stream(), cut)
}

async function gzipRest(file: Candidate, content: Content, task: Task): Promise<Rewritten> {
  await content.close()
  const inside = file.name.replace(/\.gz$/i, '')
  async function* unpacked() {
    yield* gunzip(inside, (await file.open()).stream())
  }
  const rest = await rewritten(
    { name: inside, open: () => contentOfStream(inside, unpacked()) },
    task,
  )
  return { name: file.name, open: () => gzip(rest.open()) }
}

/** The same members, but for files that only records name which are left out. */
async function zipRest(content: Content, task: Task): Promise<Rewritten> {
  const archive = await openZip(await content.source(HELD_BYTES))
  const members = membersOf(archive)
  const chosen = (await chooseMember(members, task.record)).content
  await chosen.close()
  const files: PackedFile[] = []
  for (const member of members) {
    const { name } = member
    if (name !== chosen.name) {
      if (!task.found.needless.has(baseName(name))) files.push(archive.packed(name))
      continue
    }
    const rest = await rewritten(member, task)
    files.push(await packed({ ...archive.packed(name), name: rest.name }, rest.open))
  }
  return { name: content.name, open: () => zipStream(files) }
}

function mailRest(name: string): RestError {
  return new RestError(
    'REST_FORMAT',
    `Il residuo non si può scrivere: le righe sono in un allegato del messaggio «${name}».`,
    'Usa il file degli esiti, o fai consegnare l’allegato come file.',
  )
}
