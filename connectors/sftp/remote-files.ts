// The files of an SFTP server, as the rules of `file-drops.ts` want them.
// Invariant: what the server refuses about one file is `SRC_FILE_ACCESS`, about a directory
// `SRC_DIRECTORY`; all else is the end of the connection, and passes through as it is.
import type { FileEntryWithStats, Stats } from 'ssh2'
import ssh2 from 'ssh2'
import { SourceError } from '../../src/connector.ts'
import {
  type FileEntry,
  type FileFacts,
  type FileStore,
  maxListedFiles,
  type OpenFile,
} from '../../src/file-drops.ts'
import { isRefusal, type Session } from './session.ts'

const status = ssh2.utils.sftp.STATUS_CODE

/** The store that an open session reaches. Its methods throw as `FileStore` says. */
export function remoteFiles(session: Session): FileStore {
  const { sftp, ask } = session
  const closeQuietly = (handle: Buffer) =>
    ask<void>((done) => sftp.close(handle, done)).catch(() => {})
  const remove = (path: string) =>
    orAbsent(path, undefined, () => ask<void>((done) => sftp.unlink(path, done)))
  return {
    async list(directory, isWanted) {
      try {
        const handle = await ask<Buffer>((done) => sftp.opendir(directory, done))
        return await readEntries(session, handle, isWanted).finally(() => closeQuietly(handle))
      } catch (error) {
        throw asDirectoryError(directory, error)
      }
    },
    async find(path) {
      const stats = await orAbsent(path, null, () => ask<Stats>((done) => sftp.lstat(path, done)))
      return stats?.isFile() ? factsOf(stats) : null
    },
    async open(path) {
      const handle = await orAbsent(path, null, () =>
        ask<Buffer>((done) => sftp.open(path, 'r', done)),
      )
      return handle && openFile(session, path, handle, () => closeQuietly(handle))
    },
    async write(path, bytes) {
      try {
        const handle = await ask<Buffer>((done) => sftp.open(path, 'w', done))
        await writeAll(session, handle, bytes).catch(async (error) => {
          await closeQuietly(handle)
          throw error
        })
        await ask<void>((done) => sftp.close(handle, done)) // A full disk may be told only here.
      } catch (error) {
        throw asFileError(path, error)
      }
    },
    async rename(from, to) {
      try {
        await ask<void>((done) => sftp.ext_openssh_rename(from, to, done))
      } catch (error) {
        if (!isUnsupported(error)) throw asFileError(from, error)
        // Plain SFTP never replaces: for an instant there is no file of that name.
        await remove(to)
        await orRefused(from, () => ask<void>((done) => sftp.rename(from, to, done)))
      }
    },
    remove,
  }
}

async function readEntries(
  { sftp, ask }: Session,
  handle: Buffer,
  isWanted: (name: string) => boolean,
): Promise<FileEntry[]> {
  const entries: FileEntry[] = []
  for (let seen = 0; seen <= maxListedFiles; ) {
    const page = await ask<FileEntryWithStats[]>((done) => sftp.readdir(handle, done)).catch(
      (error) => {
        if (isRefusal(error) && error.code === status.EOF) return null
        throw error
      },
    )
    if (page === null) return entries
    seen += Math.max(page.length, 1) // A server that sends empty pages for ever is stopped too.
    for (const { filename, attrs } of page) {
      if (isWanted(filename) && attrs.isFile()) entries.push({ name: filename, ...factsOf(attrs) })
    }
  }
  const message = `a directory has more than ${maxListedFiles} entries: let old ones be archived`
  throw new SourceError('SRC_DIRECTORY_BOUNDS', message, { retry: true })
}

function openFile(
  { sftp, ask }: Session,
  path: string,
  handle: Buffer,
  close: () => Promise<void>,
): OpenFile {
  return {
    facts: () =>
      orRefused(path, async () => factsOf(await ask<Stats>((done) => sftp.fstat(handle, done)))),
    read(offset, lengthBytes) {
      const buffer = Buffer.allocUnsafe(lengthBytes)
      return orRefused(path, async () => {
        const count = await ask<number>((done) =>
          sftp.read(handle, buffer, 0, lengthBytes, offset, done),
        )
        return buffer.subarray(0, count)
      })
    },
    close,
  }
}

async function writeAll(
  { sftp, ask }: Session,
  handle: Buffer,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  let offset = 0
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (buffer.length === 0) continue
    await ask<void>((done) => sftp.write(handle, buffer, 0, buffer.length, offset, done))
    offset += buffer.length
  }
}

/** SFTP knows whole seconds. A server that leaves size or time out cannot be served safely. */
function factsOf({ size, mtime }: Stats): FileFacts {
  if (Number.isSafeInteger(size) && Number.isSafeInteger(mtime)) {
    return { sizeBytes: size, modified: Temporal.Instant.fromEpochMilliseconds(mtime * 1000) }
  }
  const message = 'the server does not say the size and the time of its files'
  throw new SourceError('SRC_DIRECTORY', message, { retry: false })
}

async function orRefused<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw asFileError(path, error)
  }
}

async function orAbsent<T, A>(path: string, absent: A, run: () => Promise<T>): Promise<T | A> {
  try {
    return await run()
  } catch (error) {
    if (isRefusal(error) && error.code === status.NO_SUCH_FILE) return absent
    throw asFileError(path, error)
  }
}

function asFileError(path: string, cause: unknown): unknown {
  if (!isRefusal(cause)) return cause
  return new SourceError('SRC_FILE_ACCESS', `${path}: ${cause.message}`, { retry: true, cause })
}

function asDirectoryError(directory: string, cause: unknown): unknown {
  if (!isRefusal(cause)) return cause
  const message = `the directory ${directory} cannot be listed: ${cause.message}`
  // A directory may appear by itself, when a disk is mounted; a permission does not.
  const retry = cause.code !== status.PERMISSION_DENIED
  return new SourceError('SRC_DIRECTORY', message, { retry, cause })
}

/** ssh2 throws when the server did not announce the request; some servers only then refuse it. */
function isUnsupported(error: unknown): boolean {
  if (isRefusal(error)) return error.code === status.OP_UNSUPPORTED
  return !(error instanceof SourceError)
}
