// Drops that are files of a directory: which are taken, when they are whole, how they are
// acknowledged. Part of the public surface of connectors, beside `connector.ts`; a connector brings
// the directory (a `FileStore`), this file the rules; `file-results.ts` writes the reports.
// Invariant: a file is moved or deleted only when it is saved, and still is what was saved.
import {
  type CheckLine,
  type PollContext,
  type SourceContext,
  type SourceDrop,
  SourceError,
  stopped,
} from './connector.ts'
import { matchesPattern, matchName } from './domain/name-pattern.ts'
import {
  asksForCompanions,
  type Batch,
  completeBatches,
  cursorOf,
  isCompanion,
  savedCompanions,
} from './file-companions.ts'
import { isPlainName, isRestName, pathIn, stampedName } from './file-names.ts'
import type { FileSettings } from './file-settings.ts'

type Poll = PollContext<FileSettings>

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
  /** A file that was listed so. Null when it is not there (any more). */
  open(path: string, listed: FileFacts): Promise<OpenFile | null>
  /** Creates or empties the file, and writes. */
  write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): Promise<void>
  /** Does nothing when the file is not there. */
  remove(path: string): Promise<void>
}

/** How many files a store lists at most; beyond it a directory wants an archive. */
export const maxListedFiles = 100_000

/** How much is asked of a store at once; it may give less. */
const chunkBytes = 256 * 1024
/** No line is slower than this for long: a source that is holds its feed, and is hung up on. */
const slowest = { bytesPerSecond: 1024, afterSeconds: 600 }

/**
 * The `poll` of a connector to files: looks twice, `stabilitySeconds` apart, and yields what did
 * not change, in order, each file as a drop with its companions as further parts. A file that a
 * stop kept from being acknowledged after it was saved is acknowledged now. What is wrong with
 * single files is thrown at the end, after all the others.
 */
export async function* pollFiles(
  context: Poll,
  store: FileStore,
): AsyncGenerator<SourceDrop, void, void> {
  const problems: SourceError[] = []
  const arrived = await listArrived(context, store)
  const known = await findKnown(context, arrived)
  for (const entry of arrived.filter((entry) => known.has(dropKey(entry)))) {
    const batch = { main: entry, companions: savedCompanions(context.cursor, dropKey(entry)) }
    await withoutStopping(problems, () => acknowledge(context, store, batch))
  }
  const fresh = arrived.filter((entry) => !known.has(dropKey(entry)))
  for (const batch of await findRested(context, store, fresh, problems)) {
    if (context.signal.aborted) throw stopped()
    const drop = await withoutStopping(problems, () => handOver(context, store, batch))
    if (drop === null) continue
    try {
      yield drop.given
    } finally {
      await drop.close()
    }
    await withoutStopping(problems, () => acknowledge(context, store, batch))
  }
  const [first, ...others] = problems
  if (first !== undefined) throw summary(first, others)
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
  const isThere = lines.every(({ ok }) => ok)
  const written = new Set([resultsDirectory])
  if (after !== 'leave') written.add(directory)
  if (after === 'move' && archiveDirectory !== undefined) written.add(archiveDirectory)
  for (const place of written) {
    if (place === directory && !isThere) continue // Said once is enough.
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

/** What is done about a directory that cannot be listed. */
export const makeOrCorrect = 'Make it, or correct `directory`; or let the user of the feed list it'

/** Tries something for `check`: a line that is ok, or one with the fault as its remedy. */
async function checkLine(what: string, run: () => Promise<string | void>): Promise<CheckLine> {
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

/** The file that a drop's key names. Throws when the key is none that `dropKey` gave. */
export function fileOf(key: string): FileEntry {
  const [, name = '', size = '', time = ''] = /^([^/]+)\/(\d+)\/([^/]+)$/.exec(key) ?? []
  try {
    if (!isPlainName(name)) throw new RangeError('no plain name')
    return { name, sizeBytes: Number(size), modified: Temporal.Instant.from(time) }
  } catch (cause) {
    const message = 'the key of this drop names no file'
    throw new SourceError('SRC_RESULT', message, { retry: false, cause })
  }
}

/** What may be taken and is wanted, in order, each name once. */
async function listArrived(context: Poll, store: FileStore): Promise<FileEntry[]> {
  const { settings, from } = context
  const listed = await store.list(settings.directory, (name) => isTaken(name, settings))
  const byName = new Map(listed.map((entry) => [entry.name, entry]))
  // A directory may know whole seconds only: the second in which `from` lies is wanted.
  const since = from?.round({ smallestUnit: 'second', roundingMode: 'floor' }) ?? null
  return [...byName.values()]
    .filter(({ modified }) => since === null || Temporal.Instant.compare(modified, since) >= 0)
    .sort((a, b) => Temporal.Instant.compare(a.modified, b.modified) || (a.name < b.name ? -1 : 1))
    .map((entry) => ({ entry, said: matchName(entry.name, settings.pattern) ?? {} }))
    .sort((a, b) => compareSaid(a.said, b.said, settings.orderBy))
    .map(({ entry }) => entry)
}

/** Versions count as numbers where they are: 9 comes before 10. */
const inOrder = new Intl.Collator('en', { numeric: true }).compare

function compareSaid(
  a: Record<string, string>,
  b: Record<string, string>,
  names: readonly string[],
): number {
  for (const name of names) {
    const order = inOrder(a[name] ?? '', b[name] ?? '')
    if (order !== 0) return order
  }
  return 0
}

/** Names are of the source: what is no plain name is never taken, nor is what is half written. */
function isTaken(name: string, settings: FileSettings): boolean {
  const { pattern, resultSuffix, doneMarker } = settings
  if (!isWhole(name) || !matchesPattern(name, pattern) || isCompanion(name, settings)) return false
  return !name.endsWith(resultSuffix) && (doneMarker === undefined || !name.endsWith(doneMarker))
}

function isWhole(name: string): boolean {
  if (!isPlainName(name) || name.startsWith('.') || isRestName(name)) return false
  return !/\.(part|filepart|tmp)$/i.test(name)
}

async function findKnown(context: Poll, entries: FileEntry[]): Promise<Set<string>> {
  const keys = entries.map(dropKey)
  const known = new Set<string>()
  for (let at = 0; at < keys.length; at += 1000) {
    for (const key of await context.known(keys.slice(at, at + 1000))) known.add(key)
  }
  return known
}

/** Those that are whole: marked as done, the same after a wait, within bounds, all there. */
async function findRested(
  context: Poll,
  store: FileStore,
  candidates: FileEntry[],
  problems: SourceError[],
): Promise<Batch[]> {
  const { settings } = context
  const { directory, doneMarker, stabilitySeconds, maxFileBytes, maxFilesPerPoll } = settings
  let entries = candidates
  if (doneMarker !== undefined && entries.length > 0) {
    const markers = await store.list(directory, (name) => name.endsWith(doneMarker))
    const marked = new Set(markers.map(({ name }) => name))
    entries = entries.filter(({ name }) => marked.has(`${name}${doneMarker}`))
  }
  if (entries.length === 0) return []
  let beside: FileEntry[] = []
  if (asksForCompanions(settings)) {
    beside = await store.list(directory, (name) => isWhole(name) && isCompanion(name, settings))
  }
  const moving = new Set<string>()
  if (stabilitySeconds > 0) {
    await context.sleep(stabilitySeconds)
    const before = [...entries, ...beside]
    const names = new Set(before.map(({ name }) => name))
    const again = await store.list(directory, (name) => names.has(name))
    const now = new Map(again.map((entry) => [entry.name, entry]))
    for (const entry of before) if (!isSame(entry, now.get(entry.name))) moving.add(entry.name)
  }
  const resting = entries.filter(({ name }) => !moving.has(name))
  const isWithinBounds = ({ main, companions }: Batch) => {
    const large = [main, ...companions].find(({ sizeBytes }) => sizeBytes > maxFileBytes)
    if (large === undefined) return true
    const { name, sizeBytes } = large
    const message = `${name} has ${sizeBytes} bytes, more than maxFileBytes (${maxFileBytes})`
    problems.push(new SourceError('SRC_FILE_BOUNDS', message, { retry: true }))
    return false
  }
  return completeBatches(context, resting, beside, moving, problems)
    .filter(isWithinBounds)
    .slice(0, maxFilesPerPoll)
}

/** Opens what is to be handed over; null when a file of it is gone: the next poll looks again. */
async function handOver(
  context: Poll,
  store: FileStore,
  { main, companions }: Batch,
): Promise<{ given: SourceDrop; close(): Promise<void> } | null> {
  const open = (entry: FileEntry) =>
    store.open(pathIn(context.settings.directory, entry.name), entry)
  for (const entry of companions) {
    const file = await open(entry)
    if (file === null) return null
    await file.close() // Servers bound how many may be open: each is opened again when it is read.
  }
  const file = await open(main)
  if (file === null) return null
  async function* readLater(entry: FileEntry) {
    const companion = await open(entry)
    if (companion === null) throw changed(entry)
    try {
      yield* readWhole(context, companion, entry)
    } finally {
      await companion.close()
    }
  }
  const partOf = ({ name }: FileEntry, bytes: AsyncIterable<Uint8Array>) => ({
    name,
    mediaType: 'application/octet-stream',
    bytes,
  })
  const key = dropKey(main)
  const parts = [
    partOf(main, readWhole(context, file, main)),
    ...companions.map((entry) => partOf(entry, readLater(entry))),
  ]
  const cursor = cursorOf(key, companions)
  return { given: { key, parts, ...(cursor && { cursor }) }, close: () => file.close() }
}

/** The bytes of a file, which must be those that were listed: as many, and not written since. */
export async function* readWhole(
  { signal, now }: Pick<Poll, 'signal' | 'now'>,
  file: OpenFile,
  listed: FileEntry,
): AsyncGenerator<Uint8Array, void, void> {
  let offset = 0
  let waitedSeconds = 0
  while (offset <= listed.sizeBytes) {
    if (signal.aborted) throw stopped()
    const asked = now()
    const chunk = await file.read(offset, chunkBytes)
    if (chunk.length === 0) break
    offset += chunk.length
    waitedSeconds += now().since(asked).total('seconds') // Not what saving the chunks takes.
    if (waitedSeconds > slowest.afterSeconds && offset < waitedSeconds * slowest.bytesPerSecond) {
      throw tooSlow(listed, offset, waitedSeconds)
    }
    yield chunk
  }
  if (offset === listed.sizeBytes && isSame(listed, await file.facts())) return
  throw changed(listed)
}

function tooSlow({ name }: FileEntry, bytes: number, seconds: number): SourceError {
  const message = `${name} came too slowly: ${bytes} bytes in ${Math.round(seconds)} seconds`
  return new SourceError('SRC_CONNECTION_LOST', message, { retry: true })
}

function changed({ name }: FileEntry): SourceError {
  const message = `${name} changed while it was read; nothing of it was kept`
  return new SourceError('SRC_FILE_CHANGED', message, { retry: true })
}

/** The file itself goes last: a stop before it leaves what the next poll makes good. */
async function acknowledge(context: Poll, store: FileStore, batch: Batch): Promise<void> {
  if (context.settings.after === 'leave') return
  for (const entry of [...batch.companions, batch.main]) await putAway(context, store, entry)
}

/** Moves or deletes a saved file. One that was replaced meanwhile is another drop: it stays. */
async function putAway(context: Poll, store: FileStore, entry: FileEntry): Promise<void> {
  const { directory, doneMarker, after, archiveDirectory } = context.settings
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
  return pathIn(archive, stampedName(entry))
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

/** Whether a file still is what it was. */
export function isSame(a: FileFacts, b: FileFacts | null | undefined): boolean {
  return b != null && a.sizeBytes === b.sizeBytes && a.modified.equals(b.modified)
}
