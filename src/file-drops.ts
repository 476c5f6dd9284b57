// Drops that are files of a directory: which are taken, when they are whole, how they are
// acknowledged, and where their reports go. Part of the public surface of connectors, beside
// `connector.ts`; a connector brings the directory (a `FileStore`), this file the rules.
// Invariant: a file is moved or deleted only when it is saved, and still is what was saved.
import { z } from 'zod'
import {
  type CheckLine,
  type PollContext,
  type SourceContext,
  type SourceDrop,
  SourceError,
  type WriteBack,
} from './connector.ts'

const directoryPath = z.string().min(1).max(1000)
const bounded = (min: number, max: number, usual: number) =>
  z.int().min(min).max(max).default(usual)

/** The settings that every connector to files has: spread them into its strict object. */
export const fileFields = {
  directory: directoryPath.describe('Where the files arrive.'),
  pattern: z
    .string()
    .max(200)
    .regex(/^[^/\\]+$/, 'a pattern for the name of a file, without directories')
    .describe('Which files are taken: `*` stands for any text, `?` for one character.'),
  stabilitySeconds: bounded(0, 3600, 30).describe(
    'A file is taken when it did not change for so long; 0 takes it at first sight.',
  ),
  doneMarker: z
    .string()
    .regex(/^[^/\\]{1,50}$/, 'an ending such as `.done`')
    .optional()
    .describe('Takes `NAME` only when a file `NAME` + this ending stands beside it.'),
  after: z
    .enum(['leave', 'move', 'delete'])
    .default('leave')
    .describe('What becomes of a file once it is saved: `leave`, `move` or `delete`.'),
  archiveDirectory: directoryPath
    .optional()
    .describe('Where `after: move` moves saved files; it must exist, on the same file system.'),
  resultsDirectory: directoryPath
    .optional()
    .describe('Where result files are written; by default where the files arrive.'),
  resultSuffix: z
    .string()
    .regex(/^\.[^/\\]{1,49}$/, 'an ending that begins with a dot')
    .default('.esiti.csv')
    .describe('How result files end; files with this ending are never taken.'),
  maxFileBytes: bounded(1, 2 ** 40, 2 ** 31).describe('A larger file stays, and is reported.'),
  maxFilesPerPoll: bounded(1, 10_000, 1000).describe(
    'How many files one poll takes at most, oldest first; the next poll goes on.',
  ),
}

export type FileSettings = z.infer<z.ZodObject<typeof fileFields>>
type Poll = PollContext<FileSettings>

/** The rule between settings, for `.refine(archiveIsApart, archiveRule)`. */
export function archiveIsApart(settings: FileSettings): boolean {
  const { after, archiveDirectory, directory } = settings
  return after !== 'move' || (archiveDirectory !== undefined && archiveDirectory !== directory)
}

export const archiveRule = {
  path: ['archiveDirectory'],
  message: '`after: move` needs an archiveDirectory, and another one than `directory`',
}

/** What a directory says of a file. */
export interface FileFacts {
  sizeBytes: number
  modified: Temporal.Instant
}

/** One regular file of a directory. Symbolic links, directories and devices are none. */
export interface FileEntry extends FileFacts {
  /** As the source says it: not to be trusted until `isPlainName`. */
  name: string
}

export interface OpenFile {
  facts(): Promise<FileFacts>
  /** At most `lengthBytes` from `offset`; empty at the end of the file. */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>
  /** Never throws. */
  close(): Promise<void>
}

/**
 * A place with directories of files. Throws `SourceError`s: with the code `SRC_FILE_ACCESS` when
 * only this one file is concerned, so that the others go on; with any other code when all are.
 */
export interface FileStore {
  /** The regular files whose names are wanted; at most `maxListedFiles`, else it throws. */
  list(directory: string, isWanted: (name: string) => boolean): Promise<FileEntry[]>
  /** Null when the file is not there, or no regular file. */
  find(path: string): Promise<FileFacts | null>
  /** Null when the file is not there (any more). */
  open(path: string): Promise<OpenFile | null>
  /** Creates or empties the file, and writes. */
  write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): Promise<void>
  /** Does nothing when the file is not there. */
  remove(path: string): Promise<void>
}

/** How many files a store lists at most; beyond it a directory wants an archive. */
export const maxListedFiles = 100_000

/** How much is read at once: what OpenSSH answers in one packet, so that one wait gets the most. */
const chunkBytes = 254 * 1024

/**
 * The `poll` of a connector to files: looks twice, `stabilitySeconds` apart, and yields what did
 * not change, oldest first, each file as a drop of one part. A file that a stop kept from being
 * acknowledged after it was saved is acknowledged now. What is wrong with single files is thrown
 * at the end, after all the others.
 */
export async function* pollFiles(
  context: Poll,
  store: FileStore,
): AsyncGenerator<SourceDrop, void, void> {
  const { settings } = context
  const problems: SourceError[] = []
  const arrived = await listArrived(context, store)
  const known = await findKnown(context, arrived)
  for (const entry of arrived.filter((entry) => known.has(dropKey(entry)))) {
    await withoutStopping(problems, () => acknowledge(context, store, entry))
  }
  const fresh = arrived.filter((entry) => !known.has(dropKey(entry)))
  for (const entry of await findRested(context, store, fresh, problems)) {
    if (context.signal.aborted) throw stopped()
    const path = pathIn(settings.directory, entry.name)
    const file = await withoutStopping(problems, () => store.open(path))
    if (!file) continue
    try {
      const bytes = readWhole(context.signal, file, entry)
      const part = { name: entry.name, mediaType: 'application/octet-stream', bytes }
      yield { key: dropKey(entry), parts: [part] }
    } finally {
      await file.close()
    }
    await withoutStopping(problems, () => acknowledge(context, store, entry))
  }
  const [first, ...others] = problems
  if (first !== undefined) throw summary(first, others)
}

/** The `writeBack` of a connector to files: the result file appears whole, under its last name. */
export async function writeResult(
  context: SourceContext<FileSettings>,
  store: FileStore,
  report: WriteBack,
): Promise<void> {
  const { directory, resultsDirectory = directory, resultSuffix } = context.settings
  const name = resultName(fileNameOf(report.dropKey), report.number, resultSuffix)
  const temporary = pathIn(resultsDirectory, `.${name}.part`)
  try {
    await store.write(temporary, report.file())
    await store.rename(temporary, pathIn(resultsDirectory, name))
  } catch (cause) {
    await store.remove(temporary).catch(() => {}) // The first fault is the one to tell.
    if (!(cause instanceof SourceError) || cause.code !== 'SRC_FILE_ACCESS') throw cause
    const message = `the result file ${name} could not be written: ${cause.message}`
    throw new SourceError('SRC_RESULT', message, { retry: true, cause })
  }
}

/** The lines of `check` that concern the directories. Writes a probe and removes it. */
export async function checkFiles(
  context: SourceContext<FileSettings>,
  store: FileStore,
): Promise<CheckLine[]> {
  const { settings } = context
  const { directory, pattern, after, archiveDirectory, resultsDirectory = directory } = settings
  const lines = [
    await checkLine(`list ${directory}`, async () => {
      const files = await store.list(directory, (name) => isTaken(name, settings))
      return `list ${directory}: ${files.length} files match ${pattern}`
    }),
  ]
  const written = new Set([resultsDirectory])
  if (after !== 'leave') written.add(directory)
  if (after === 'move' && archiveDirectory !== undefined) written.add(archiveDirectory)
  for (const place of written) {
    const probe = pathIn(place, '.staffetta-check.part')
    lines.push(
      await checkLine(`write in ${place}`, async () => {
        await store.write(probe, (async function* () {})())
        await store.remove(probe)
      }),
    )
  }
  return lines
}

/** Tries something for `check`: a line that is ok, or one with the fault as its remedy. */
export async function checkLine(
  what: string,
  run: () => Promise<string | void>,
): Promise<CheckLine> {
  try {
    return { ok: true, what: (await run()) ?? what }
  } catch (error) {
    return { ok: false, what, remedy: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * The key of a file's drop: `NAME/SIZE/MODIFIED`, with the time in whole seconds, as SFTP has it.
 * So the same directory gives the same keys through any connector, for ever.
 */
export function dropKey(entry: FileEntry): string {
  const modified = entry.modified.round({ smallestUnit: 'second', roundingMode: 'floor' })
  return `${entry.name}/${entry.sizeBytes}/${modified}`
}

/** The file name in a drop's key. Throws when the key is none that `dropKey` gave. */
export function fileNameOf(key: string): string {
  const name = /^([^/]+)\/\d+\/[^/]+$/.exec(key)?.[1]
  if (name !== undefined && isPlainName(name)) return name
  throw new SourceError('SRC_RESULT', 'the key of this drop names no file', { retry: false })
}

/** `bollette.zip` → `bollette.esiti.csv`; its first supplement `bollette.1.esiti.csv`. */
export function resultName(fileName: string, number: number, suffix: string): string {
  const stem = fileName.replace(/(?<=.)\.[^.]*$/u, '')
  return number === 0 ? `${stem}${suffix}` : `${stem}.${number}${suffix}`
}

/** Whether a name is that of a file within its directory, and nothing more. */
export function isPlainName(name: string): boolean {
  return name.length <= 255 && name !== '.' && name !== '..' && /^[^\p{Cc}/\\]+$/u.test(name)
}

/**
 * Whether a name matches a pattern with `*` and `?`. Case counts; letters with accents are the
 * same however they are composed. Takes at most length of name × length of pattern steps: a
 * regular expression with as many stars could take for ever.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const text = [...name.normalize('NFC')]
  const glob = [...pattern.normalize('NFC')]
  let at = 0
  let inGlob = 0
  let star = -1
  let afterStar = 0
  while (at < text.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++
      afterStar = at
    } else if (inGlob < glob.length && (glob[inGlob] === '?' || glob[inGlob] === text[at])) {
      inGlob++
      at++
    } else if (star >= 0) {
      inGlob = star + 1 // The last star takes one character more.
      at = ++afterStar
    } else return false
  }
  return glob.slice(inGlob).every((character) => character === '*')
}

/** The path of a name in a directory, on systems that divide paths with `/`. */
export function pathIn(directory: string, name: string): string {
  return `${directory.replace(/\/+$/, '')}/${name}`
}

/** What a poll throws when Staffetta stops while it runs. */
export function stopped(): SourceError {
  return new SourceError('SRC_STOPPED', 'Staffetta was stopping', { retry: true })
}

/** What may be taken and is wanted, oldest first, each name once. */
async function listArrived(context: Poll, store: FileStore): Promise<FileEntry[]> {
  const { settings, from } = context
  const listed = await store.list(settings.directory, (name) => isTaken(name, settings))
  const byName = new Map(listed.map((entry) => [entry.name, entry]))
  // A directory may know whole seconds only: the second in which `from` lies is wanted.
  const since = from?.round({ smallestUnit: 'second', roundingMode: 'floor' }) ?? null
  return [...byName.values()]
    .filter(({ modified }) => since === null || Temporal.Instant.compare(modified, since) >= 0)
    .sort((a, b) => Temporal.Instant.compare(a.modified, b.modified) || (a.name < b.name ? -1 : 1))
}

/** Names are of the source: what is no plain name is never taken, nor is what is half written. */
function isTaken(name: string, settings: FileSettings): boolean {
  const { pattern, resultSuffix, doneMarker } = settings
  if (!isPlainName(name) || !matchesPattern(name, pattern)) return false
  if (name.startsWith('.') || /\.(part|filepart|tmp)$/i.test(name)) return false
  return !name.endsWith(resultSuffix) && (doneMarker === undefined || !name.endsWith(doneMarker))
}

async function findKnown(context: Poll, entries: FileEntry[]): Promise<Set<string>> {
  const keys = entries.map(dropKey)
  const known = new Set<string>()
  for (let at = 0; at < keys.length; at += 1000) {
    for (const key of await context.known(keys.slice(at, at + 1000))) known.add(key)
  }
  return known
}

/** Those of the candidates that are whole: marked as done, within bounds, the same after a wait. */
async function findRested(
  context: Poll,
  store: FileStore,
  candidates: FileEntry[],
  problems: SourceError[],
): Promise<FileEntry[]> {
  const { directory, doneMarker, stabilitySeconds, maxFileBytes, maxFilesPerPoll } =
    context.settings
  let entries = candidates
  if (doneMarker !== undefined && entries.length > 0) {
    const markers = await store.list(directory, (name) => name.endsWith(doneMarker))
    const marked = new Set(markers.map(({ name }) => name))
    entries = entries.filter(({ name }) => marked.has(`${name}${doneMarker}`))
  }
  if (stabilitySeconds > 0 && entries.length > 0) {
    await context.sleep(stabilitySeconds)
    const names = new Set(entries.map(({ name }) => name))
    const again = await store.list(directory, (name) => names.has(name))
    const now = new Map(again.map((entry) => [entry.name, entry]))
    entries = entries.filter((entry) => isSame(entry, now.get(entry.name)))
  }
  const isWithinBounds = ({ name, sizeBytes }: FileEntry) => {
    if (sizeBytes <= maxFileBytes) return true
    const message = `${name} has ${sizeBytes} bytes, more than maxFileBytes (${maxFileBytes})`
    problems.push(new SourceError('SRC_FILE_BOUNDS', message, { retry: true }))
    return false
  }
  return entries.filter(isWithinBounds).slice(0, maxFilesPerPoll)
}

/** The bytes of a file, which must be those that were listed: as many, and not written since. */
async function* readWhole(
  signal: AbortSignal,
  file: OpenFile,
  listed: FileEntry,
): AsyncGenerator<Uint8Array, void, void> {
  let offset = 0
  while (offset <= listed.sizeBytes) {
    if (signal.aborted) throw stopped()
    const chunk = await file.read(offset, chunkBytes)
    if (chunk.length === 0) break
    offset += chunk.length
    yield chunk
  }
  if (offset === listed.sizeBytes && isSame(listed, await file.facts())) return
  const message = `${listed.name} changed while it was read; nothing of it was kept`
  throw new SourceError('SRC_FILE_CHANGED', message, { retry: true })
}

/** Moves or deletes a saved file. One that was replaced meanwhile is another drop: it stays. */
async function acknowledge(context: Poll, store: FileStore, entry: FileEntry): Promise<void> {
  const { directory, doneMarker, after, archiveDirectory } = context.settings
  if (after === 'leave') return
  const path = pathIn(directory, entry.name)
  if (!isSame(entry, await store.find(path))) return
  // The marker goes first: a stop between the two leaves a saved file, which the next poll sees.
  if (doneMarker !== undefined) await store.remove(`${path}${doneMarker}`)
  if (after === 'delete') await store.remove(path)
  else await store.rename(path, await archivePath(store, archiveDirectory ?? directory, entry))
}

/** The file's own name in the archive, or one with its time when an older file has that name. */
async function archivePath(store: FileStore, archive: string, entry: FileEntry): Promise<string> {
  const path = pathIn(archive, entry.name)
  if ((await store.find(path)) === null) return path
  const stamp = entry.modified.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')
  return `${path}.${stamp}-${entry.sizeBytes}`
}

/** Runs what concerns one file; keeps its fault for later when it concerns that file alone. */
async function withoutStopping<T>(
  problems: SourceError[],
  run: () => Promise<T>,
): Promise<T | null> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'SRC_FILE_ACCESS') throw error
    problems.push(error)
    return null
  }
}

/** One error that tells the first problem, and how many there are. */
function summary(first: SourceError, others: SourceError[]): SourceError {
  if (others.length === 0) return first
  const message = `${first.message} (and ${others.length} more; all other files were taken)`
  return new SourceError(first.code, message, { retry: true, cause: first })
}

function isSame(a: FileFacts, b: FileFacts | null | undefined): boolean {
  return b != null && a.sizeBytes === b.sizeBytes && a.modified.equals(b.modified)
}
