// Files in a directory of this machine, or one that is mounted on it.
// What is taken, when and how it is acknowledged is in `src/file-drops.ts`.
// Invariant: symbolic links are never followed from the directory, neither to read nor to write.
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, opendir, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { defineConnector, SourceError } from '../../src/connector.ts'
import {
  checkFiles,
  type FileEntry,
  type FileFacts,
  type FileStore,
  makeOrCorrect,
  maxListedFiles,
  type OpenFile,
  pollFiles,
} from '../../src/file-drops.ts'
import { pathIn } from '../../src/file-names.ts'
import { writeResult } from '../../src/file-results.ts'
import { checkFileSettings, fileFields } from '../../src/file-settings.ts'

const settings = z.strictObject(fileFields).superRefine(checkFileSettings)

export type FolderSettings = z.infer<typeof settings>

export default defineConnector<FolderSettings>({
  summary: 'Files that a system leaves in a directory of this machine, or mounted on it.',
  settings,
  check: (context) => checkFiles(context, localFiles),
  poll: (context) => pollFiles(context, localFiles),
  writeBack: (context, report) => writeResult(context, localFiles, report),
  writesRest: true,
})

const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants

const localFiles: FileStore = {
  async list(directory, isWanted) {
    try {
      return await readEntries(directory, isWanted)
    } catch (error) {
      throw asDirectoryError(directory, error)
    }
  },
  find: (path) =>
    orAbsent(path, null, async () => {
      const stats = await lstat(path, { bigint: true })
      return stats.isFile() ? factsOf(stats) : null
    }),
  open: (path) =>
    orAbsent(path, null, async () =>
      // Without waiting: a named pipe that took the file's place would hold the poll for ever.
      openFile(path, await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)),
    ),
  write: (path, bytes) =>
    orRefused(path, async () => {
      await using file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
      await file.writeFile(bytes)
      await file.sync() // Before the rename, or a power cut could leave an empty result.
    }),
  rename: (from, to) => orRefused(from, () => rename(from, to)),
  remove: (path) => orRefused(path, () => rm(path, { force: true })),
}

async function readEntries(
  directory: string,
  isWanted: (name: string) => boolean,
): Promise<FileEntry[]> {
  const entries: FileEntry[] = []
  let seen = 0
  for await (const entry of await opendir(directory)) {
    if (++seen > maxListedFiles) {
      const message = `${directory} has more than ${maxListedFiles} entries: archive the old ones`
      throw new SourceError('SRC_DIRECTORY_BOUNDS', message, { retry: true })
    }
    if (!entry.isFile() || !isWanted(entry.name)) continue
    const facts = await localFiles.find(pathIn(directory, entry.name))
    if (facts !== null) entries.push({ name: entry.name, ...facts })
  }
  return entries
}

function openFile(path: string, file: FileHandle): OpenFile {
  return {
    facts: () => orRefused(path, async () => factsOf(await file.stat({ bigint: true }))),
    read: (offset, lengthBytes) =>
      orRefused(path, async () => {
        const buffer = Buffer.allocUnsafe(lengthBytes)
        const { bytesRead } = await file.read(buffer, 0, lengthBytes, offset)
        return buffer.subarray(0, bytesRead)
      }),
    close: () => file.close().catch(() => {}),
  }
}

function factsOf(stats: { size: bigint; mtimeNs: bigint }): FileFacts {
  return {
    sizeBytes: Number(stats.size),
    modified: Temporal.Instant.fromEpochNanoseconds(stats.mtimeNs),
  }
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
    // A symbolic link is refused as ELOOP: to us it is no file at all.
    if (isSystemError(error) && ['ENOENT', 'ELOOP'].includes(error.code)) return absent
    throw asFileError(path, error)
  }
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

function asFileError(path: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause
  return new SourceError('SRC_FILE_ACCESS', `${path}: ${cause.code}`, { retry: true, cause })
}

function asDirectoryError(directory: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause
  const message = `the directory ${directory} cannot be listed: ${cause.code}. ${makeOrCorrect}`
  // A directory may appear by itself, when a disk is mounted; a permission does not.
  const retry = cause.code !== 'EACCES' && cause.code !== 'EPERM'
  return new SourceError('SRC_DIRECTORY', message, { retry, cause })
}
