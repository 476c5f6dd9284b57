// The send journal: append-only files beside the database that name each attempt before its first
// byte leaves, so that a database restored from an older copy can learn what it has forgotten.
// One line an attempt: `installation attempt message mark`, space-separated; fsync with the group
// commit. No line tells anything of a person.
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Pool } from './database.ts'
import { StoreFault } from './fault.ts'
import { MARK_BYTES } from './message-mark.ts'

export interface JournalLine {
  attemptId: number
  messageId: number
  /** What the message is known by without its id; null in lines of older versions. */
  mark: Uint8Array | null
}

export interface SendJournal {
  /** Durable when it resolves. */
  append(lines: JournalLine[]): Promise<void>
  close(): Promise<void>
}

export interface JournalBounds {
  /** A file this long is put aside, and another begun. */
  segmentBytes: number
  /** So many are kept beside the one that is written. */
  segments: number
}

/** What this directory held of the installation: its lines, those of another only, or nothing. */
export type JournalFound = 'own' | 'foreign' | 'none'

const FILE = 'send-journal.log'
const ASIDE = /^send-journal-(\d{6})-[0-9a-f]{4}\.log$/
const LINE = /^(\S+) (\d+) (\d+)(?: ([\w-]{22}))?$/
/** About 50 million attempts in all: further back than any copy that one would restore. */
const BOUNDS: JournalBounds = { segmentBytes: 64 * 1024 * 1024, segments: 64 }
/** What is read of a file to see whose it is, and how far it goes: some 11,000 lines. */
export const TAIL_BYTES = 1024 * 1024

/**
 * Opens the journal of the installation that the database is. Several processes may append at once.
 * A journal without a line of it gets a first one: where it begins. Throws `StoreFault`
 * `STORE_JOURNAL` when the directory cannot be written.
 */
export async function openSendJournal(
  pool: Pool,
  directory: string,
  bounds: JournalBounds = BOUNDS,
): Promise<SendJournal & { found: JournalFound; lastAttempt: number }> {
  const { installation, lastAttempt } = await whoSends(pool)
  try {
    await mkdir(directory, { recursive: true })
    const found = await lookInto(directory, installation)
    const journal = appender(directory, installation, await openSegment(directory), bounds)
    if (found !== 'own') {
      await journal.append([{ attemptId: lastAttempt, messageId: 0, mark: null }])
    }
    return { ...journal, found, lastAttempt }
  } catch (error) {
    throw error instanceof StoreFault ? error : journalFault('written', error)
  }
}

/** Throws `StoreFault` `STORE_JOURNAL` when there is a journal that cannot be read. */
export async function demandReadable(directory: string): Promise<void> {
  await lookInto(directory, '')
}

/** The journal's files, newest first; none where there is no such directory yet. */
export async function segmentsOf(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw journalFault('read', error)
  })
  const aside = names.filter((name) => ASIDE.test(name)).sort()
  const all = names.includes(FILE) ? [...aside, FILE] : aside
  return all.reverse().map((name) => join(directory, name))
}

/**
 * The lines of one installation in a file, in batches; `from`: only those after so many bytes, or
 * so many before its end where it is negative.
 */
export async function* journalLines(
  path: string,
  installation: string,
  size: number,
  from = 0,
): AsyncGenerator<JournalLine[]> {
  let batch: JournalLine[] = []
  for await (const text of textLines(path, from)) {
    const line = readLine(text, installation)
    if (line === null) continue
    batch.push(line)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

export async function whoSends(pool: Pool): Promise<{ installation: string; lastAttempt: number }> {
  const { rows } = await pool.query<{ installation: string; lastAttempt: number }>(
    `select id as installation, (select coalesce(max(id), 0) from attempts) as "lastAttempt"
     from installation`,
  )
  return rows[0] as { installation: string; lastAttempt: number }
}

async function lookInto(directory: string, installation: string): Promise<JournalFound> {
  let found: JournalFound = 'none'
  for (const path of (await segmentsOf(directory)).slice(0, 2)) {
    for await (const text of textLines(path, -TAIL_BYTES)) {
      if (readLine(text, installation) !== null) return 'own'
      if (LINE.test(text)) found = 'foreign'
    }
  }
  return found
}

async function* textLines(path: string, from: number): AsyncGenerator<string> {
  try {
    await using file = await open(path, 'r')
    const start = from < 0 ? Math.max(0, (await file.stat()).size + from) : from
    let torn = start > 0
    for await (const text of createInterface({ input: file.createReadStream({ start }) })) {
      if (!torn) yield text
      torn = false
    }
  } catch (error) {
    throw journalFault('read', error)
  }
}

function journalFault(what: 'read' | 'written', error: unknown): StoreFault {
  const { message } = error as Error
  return new StoreFault('STORE_JOURNAL', `the send journal cannot be ${what}: ${message}`, {
    cause: error,
  })
}

function readLine(text: string, installation: string): JournalLine | null {
  const [, owner, attempt, message, mark] = LINE.exec(text) ?? []
  if (owner !== installation) return null
  return {
    attemptId: Number(attempt),
    messageId: Number(message),
    mark: mark === undefined ? null : Buffer.from(mark, 'base64url').subarray(0, MARK_BYTES),
  }
}

function writeLine(installation: string, { attemptId, messageId, mark }: JournalLine): string {
  const known = mark === null ? '' : ` ${Buffer.from(mark).toString('base64url')}`
  return `${installation} ${attemptId} ${messageId}${known}\n`
}

/** Ends half a line so that nobody takes it for a whole one. */
const TORN = ' torn\n'

/** A file that is being written, and how many writes of ours are under way. */
interface Segment {
  file: FileHandle
  writing: number
  retired: boolean
  /** A write failed, on a full disk for example: the next one must not go on in its line. */
  torn: boolean
}

function appender(
  directory: string,
  installation: string,
  first: Segment,
  bounds: JournalBounds,
): SendJournal {
  let current = first
  let rotating: Promise<void> | null = null

  async function rotate(): Promise<void> {
    await putAside(directory, current.file, bounds.segments)
    const full = current
    current = await openSegment(directory)
    full.retired = true
    await closeUnused(full)
  }

  return {
    async append(lines) {
      const text = lines.map((line) => writeLine(installation, line)).join('')
      const { size, nlink } = await current.file.stat()
      if (size >= bounds.segmentBytes || nlink === 0) {
        rotating ??= rotate().finally(() => {
          rotating = null
        })
      }
      await rotating
      const segment = current
      segment.writing += 1
      try {
        await segment.file.appendFile(segment.torn ? `${TORN}${text}` : text)
        await segment.file.datasync()
        segment.torn = false
      } catch (error) {
        segment.torn = true
        throw error
      } finally {
        segment.writing -= 1
        await closeUnused(segment)
      }
    },
    close: () => current.file.close(),
  }
}

async function closeUnused({ file, writing, retired }: Segment): Promise<void> {
  if (retired && writing === 0) await file.close()
}

async function openSegment(directory: string): Promise<Segment> {
  const path = join(directory, FILE)
  const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
  await endTornLine(file)
  await syncDirectory(directory)
  return { file, writing: 0, retired: false, torn: false }
}

/**
 * A power cut may leave half a line, which must not swallow the one that comes after it. Nothing of
 * its attempt has left, since it was never synced.
 */
async function endTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  if (size === 0) return
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer[0] !== 0x0a) await file.appendFile(TORN)
}

/**
 * Gives the full file a number, unless another process has done so, and drops what is beyond the
 * bound. One that still writes to a file put aside notices at its next line.
 */
async function putAside(directory: string, file: FileHandle, kept: number): Promise<void> {
  const path = join(directory, FILE)
  const there = await stat(path).catch(() => null)
  if (there?.ino !== (await file.stat()).ino) return
  const names = (await readdir(directory)).filter((name) => ASIDE.test(name)).sort()
  const number = Number(ASIDE.exec(names.at(-1) ?? '')?.[1] ?? 0) + 1
  const salt = crypto.getRandomValues(Buffer.alloc(2)).toString('hex')
  const name = `send-journal-${String(number).padStart(6, '0')}-${salt}.log`
  await rename(path, join(directory, name))
  for (const old of names.slice(0, Math.max(0, names.length + 1 - kept))) {
    await rm(join(directory, old), { force: true })
  }
}

/** A new name is safe from a power cut once its directory is on disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
