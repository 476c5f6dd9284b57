// The files of a rehearsal: what lies in a directory of real files, which feed each belongs to, and
// when it came. Files of the feed lie at the top, those of others in folders of their names.
// Invariant: every file is either used or named with the reason why not; nothing is written.
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Feed, Institution } from '../config/config.ts'
import type { SourceDrop } from '../connector.ts'
import { findNamedArrival, readArrival } from '../domain/arrival.ts'
import { instantAt } from '../domain/civil-date.ts'
import { matchName } from '../domain/name-pattern.ts'
import { isRestName } from '../file-names.ts'

/** A file that comes on a day of the rehearsal, with those that come in the same drop. */
export interface RehearsedFile {
  feed: string
  /** Below the directory. */
  name: string
  sizeBytes: number
  arrivesAt: Temporal.Instant
  /** What says so: `arrivals.csv`, the file's name, or the time that the directory gives it. */
  saidBy: 'list' | 'name' | 'directory'
  /** Below the directory. */
  companions: readonly string[]
}

export interface LeftFile {
  /** Below the directory; of a folder, with a `/` at the end. */
  name: string
  because: 'no-feed' | 'pattern' | 'another-year' | 'result' | 'no-main'
}

export interface RehearsedFiles {
  /** In the order in which they come. */
  files: RehearsedFile[]
  left: LeftFile[]
}

/** When a file comes whose name says the day alone. */
export const TIME_OF_DAY = Temporal.PlainTime.from('07:00')
export const LIST = 'arrivals.csv'
/** Files of one folder at most. */
const MOST_FILES = 10_000
const MOST_LIST_BYTES = 10_000_000

/** Null year: whatever there is. Throws what the file system says, or what the list has wrong. */
export async function listRehearsed(
  institution: Institution,
  feed: Feed,
  directory: string,
  year: number | null,
): Promise<RehearsedFiles> {
  const list = await readList(directory, institution.timeZone)
  const left: LeftFile[] = []
  const files = await listFeed(directory, '', feed, institution, list, left)
  for (const entry of await entriesOf(directory)) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue
    const other = institution.feeds.find(({ id }) => id === entry.name)
    if (!other || other.id === feed.id) left.push({ name: `${entry.name}/`, because: 'no-feed' })
    else files.push(...(await listFeed(directory, entry.name, other, institution, list, left)))
  }
  const unknown = [...list.keys()].find((name) => !isListed(name, files, left))
  if (unknown !== undefined) throw new Error(`${LIST} names ${unknown}, which is not there`)
  return inOrder(files, left, institution, year)
}

/** The parts of a drop, read from the disk while it is saved. */
export function dropOf(directory: string, file: RehearsedFile): SourceDrop {
  const at = file.arrivesAt.round({ smallestUnit: 'second', roundingMode: 'floor' })
  const parts = [file.name, ...file.companions].map((name) => ({
    name: name.replace(/^.*\//, ''),
    mediaType: 'application/octet-stream',
    bytes: bytesOf(join(directory, name)),
  }))
  return { key: `${parts[0]?.name}/${file.sizeBytes}/${at}`, parts }
}

/** Opened when it is read, which a drop that is known never is. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}

type Arrivals = ReadonlyMap<string, Temporal.Instant>

async function listFeed(
  directory: string,
  folder: string,
  feed: Feed,
  { timeZone }: Institution,
  list: Arrivals,
  left: LeftFile[],
): Promise<RehearsedFile[]> {
  const names = (await entriesOf(join(directory, folder)))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => folder !== '' || name !== LIST)
  const { mains, companionsOf } = sortOut(names, feed, folder, left)
  const files: RehearsedFile[] = []
  for (const name of mains) {
    const path = pathOf(folder, name)
    const { size, mtimeMs } = await lstat(join(directory, path))
    files.push({
      feed: feed.id,
      name: path,
      sizeBytes: size,
      ...arrivalOf(path, name, feed, mtimeMs, list, timeZone),
      companions: companionsOf(name).map((one) => pathOf(folder, one)),
    })
  }
  return files
}

function arrivalOf(
  path: string,
  name: string,
  feed: Feed,
  modified: number,
  list: Arrivals,
  zone: string,
): Pick<RehearsedFile, 'arrivesAt' | 'saidBy'> {
  const listed = list.get(path)
  if (listed) return { arrivesAt: listed, saidBy: 'list' }
  const named = findNamedArrival(name, patternOf(feed))
  if (named) {
    const civil = named.date.toPlainDateTime(named.time ?? TIME_OF_DAY)
    return { arrivesAt: instantAt(civil, zone), saidBy: 'name' }
  }
  const arrivesAt = Temporal.Instant.fromEpochMilliseconds(Math.floor(modified))
  return { arrivesAt, saidBy: 'directory' }
}

/** Which files make a drop each, which come with them, and which the feed would never take. */
function sortOut(names: readonly string[], feed: Feed, folder: string, left: LeftFile[]) {
  const leave = (name: string, because: LeftFile['because']) => {
    left.push({ name: pathOf(folder, name), because })
    return []
  }
  const pattern = patternOf(feed)
  const companions = textsOf(feed.settings['companions'])
  const suffix = feed.settings['resultSuffix']
  const marker = feed.settings['doneMarker']
  const isCompanion = (name: string) => companions.some((one) => matchName(name, one) !== null)
  const mains = names.flatMap((name) => {
    if (typeof marker === 'string' && name.endsWith(marker)) return []
    if (isRestName(name) || (typeof suffix === 'string' && name.endsWith(suffix))) {
      return leave(name, 'result')
    }
    if (isCompanion(name)) return []
    if (pattern !== null && matchName(name, pattern) === null) return leave(name, 'pattern')
    return [name]
  })
  const beside = names.filter(isCompanion)
  const companionsOf = (main: string) => {
    const said = matchName(main, pattern ?? '*') ?? {}
    return beside.filter((name) => companions.some((one) => matchName(name, one, said) !== null))
  }
  const taken = new Set(mains.flatMap(companionsOf))
  for (const name of beside) if (!taken.has(name)) leave(name, 'no-main')
  return { mains, companionsOf }
}

function inOrder(
  files: readonly RehearsedFile[],
  left: readonly LeftFile[],
  institution: Institution,
  year: number | null,
): RehearsedFiles {
  const isOfYear = ({ arrivesAt }: RehearsedFile) =>
    year === null || arrivesAt.toZonedDateTimeISO(institution.timeZone).year === year
  const others = files.filter((file) => !isOfYear(file))
  return {
    files: files
      .filter(isOfYear)
      .sort(
        (a, b) =>
          Temporal.Instant.compare(a.arrivesAt, b.arrivesAt) ||
          rankOf(institution, a) - rankOf(institution, b) ||
          byName(a.name, b.name),
      ),
    left: [...left, ...others.map(({ name }) => ({ name, because: 'another-year' as const }))].sort(
      (a, b) => byName(a.name, b.name),
    ),
  }
}

/** Of what comes at one instant, contacts and payments are there before the bills. */
function rankOf({ feeds, mappings }: Institution, file: RehearsedFile): number {
  const mapping = feeds.find(({ id }) => id === file.feed)?.mapping
  const shape = mappings.find(({ name }) => name === mapping)?.spec.shape
  return shape === 'reference' ? 0 : shape === 'settlement' ? 1 : 2
}

const byName = new Intl.Collator('en', { numeric: true }).compare

/** By path below the directory. */
async function readList(directory: string, zone: string): Promise<Arrivals> {
  const arrivals = new Map<string, Temporal.Instant>()
  const path = join(directory, LIST)
  const found = await lstat(path).catch(() => null)
  if (!found?.isFile()) return arrivals
  if (found.size > MOST_LIST_BYTES) throw new Error(`${path} is larger than a list of arrivals`)
  const lines = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || (index === 0 && /^file[;,]/i.test(line))) continue
    const [, name, text] = /^"?([^"]*?)"?[;,]"?([^";,]*)"?$/.exec(line.trim()) ?? []
    const at = text === undefined ? null : readArrival(text, zone, TIME_OF_DAY)
    if (name === undefined || at === null) {
      const wanted = '`file;2025-03-01T06:30`, or `file;2025-03-01`'
      throw new Error(`${path}:${index + 1} is no arrival: write ${wanted}`)
    }
    arrivals.set(name, at)
  }
  return arrivals
}

function isListed(name: string, files: readonly RehearsedFile[], left: readonly LeftFile[]) {
  return (
    files.some((file) => file.name === name || file.companions.includes(name)) ||
    left.some((file) => file.name === name)
  )
}

async function entriesOf(directory: string) {
  const entries = await readdir(directory, { withFileTypes: true })
  if (entries.length <= MOST_FILES) return entries
  throw new Error(`${directory} has more than ${MOST_FILES} entries: rehearse a year at a time`)
}

function pathOf(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** Sources of other kinds than files have no pattern: each file is what one poll handed over. */
function patternOf(feed: Feed): string | null {
  const { pattern } = feed.settings
  return typeof pattern === 'string' ? pattern : null
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
