// The files of an SFTP server, as the rules of `file-drops.ts` want them.
// Invariant: what the server refuses about one file is `SRC_FILE_ACCESS`, about a directory
// `SRC_DIRECTORY`; all else is the end of the connection, and passes through as it is.
import { Readable } from 'node:stream'
import { SourceError } from '../../src/connector.ts'
import {
  type FileEntry,
  type FileFacts,
  type FileStore,
  isSame,
  makeOrCorrect,
  maxListedFiles,
  type OpenFile,
} from '../../src/file-drops.ts'
import { pathIn } from '../../src/file-names.ts'
import type { Line } from './line.ts'
import { openToRead, type Reading } from './read-ahead.ts'
import { isRefusal, type Session } from './session.ts'

/** SSH_FX_… of draft-ietf-secsh-filexfer-02, section 7. */
const status = { noSuchFile: 2, permissionDenied: 3, unsupported: 8 }

/** How a line of `ls -l` begins: the only place where the library looks for a file's type. */
const longListing = /^[-a-z]([-r][-w][-a-z]){3}/i

/** Without a mode the server's umask holds; the library's own would open the file to everyone. */
const newFile = { writeStreamOptions: { mode: null as never } }

/** The facts of no file: to the rules, one that was taken away while it was read has changed. */
const gone: FileFacts = { sizeBytes: -1, modified: Temporal.Instant.fromEpochMilliseconds(0) }

/** What is left to read of a file that was replaced while the connection was gone. */
const nothing = { next: async (): Promise<Uint8Array> => Buffer.alloc(0) }

/** The store that a line reaches. Its methods throw as `FileStore` says. */
export function remoteFiles(line: Line): FileStore {
  const { ask } = line
  const find = async (path: string) => {
    const stats = await ask(({ client }) => client.lstat(path)).catch(orNull(path))
    return stats?.isFile ? factsOf(stats) : null
  }
  const remove = async (path: string) => {
    await ask(({ client }) => client.delete(path, true)).catch(orRefused(path))
  }
  return {
    find,
    remove,
    open: (path, listed) => openFile(line, path, listed, () => find(path)),
    async list(directory, isWanted) {
      const listed = await ask(({ client }) => client.list(directory)).catch(orNotListed(directory))
      if (listed.length > maxListedFiles) {
        const message = `a directory has more than ${maxListedFiles} entries: let old ones be archived`
        throw new SourceError('SRC_DIRECTORY_BOUNDS', message, { retry: true })
      }
      const entries: FileEntry[] = []
      for (const item of listed.filter(({ name }) => isWanted(name))) {
        const isTold = longListing.test(item.longname)
        if (isTold && item.type !== '-') continue
        const facts = isTold ? factsOf(item) : await find(pathIn(directory, item.name))
        if (facts !== null) entries.push({ name: item.name, ...facts })
      }
      return entries
    },
    async write(path, bytes) {
      let sizeBytes = 0
      const faults: unknown[] = []
      async function* untilFault(goOn: () => void) {
        try {
          for await (const chunk of bytes) {
            goOn()
            sizeBytes += chunk.length
            yield chunk
          }
        } catch (fault) {
          faults.push(fault) // Ours, not the server's: the file is closed first, as any other.
        }
      }
      await ask(async ({ client }, goOn) => {
        const source = Readable.from(untilFault(goOn))
        await client.put(source, path, newFile).finally(() => source.destroy())
      }).catch(orRefused(path))
      if (faults.length > 0) throw faults[0]
      // The library does not tell of writes that the server refused, as on a full disk.
      const writtenBytes = (await find(path))?.sizeBytes ?? 0
      if (writtenBytes === sizeBytes) return
      const message = `${path}: ${writtenBytes} bytes of ${sizeBytes} were written`
      throw new SourceError('SRC_FILE_ACCESS', message, { retry: true })
    },
    async rename(from, to) {
      const replacing = ({ client }: Session) =>
        client.posixRename(from, to).then(() => true, orUnsupported)
      if (await ask(replacing).catch(orRefused(from))) return
      // Plain SFTP never replaces: for an instant there is no file of that name.
      await remove(to)
      await ask(({ client }) => client.rename(from, to)).catch(orRefused(from))
    },
  }
}

/**
 * A file that is read from its beginning on; null when it is not there. A transfer that is cut goes
 * on where it stopped, on another connection, as long as the file is what was listed.
 */
async function openFile(
  line: Line,
  path: string,
  listed: FileFacts,
  find: () => Promise<FileFacts | null>,
): Promise<OpenFile | null> {
  const begin = (offset: number) =>
    line.ask(({ client }) => openToRead(client.sftp, path, offset, listed.sizeBytes))
  let reading: Reading | null = await begin(0).catch(orNull(path))
  if (reading === null) return null
  const resume = async (offset: number): Promise<Reading | null> => {
    return isSame(listed, await find()) ? begin(offset) : null
  }
  const forget = () => {
    reading = null
  }
  const readOn = async (offset: number) => {
    reading ??= await resume(offset)
    return line.ask((reading ?? nothing).next)
  }
  return {
    read: (offset) => line.retry(() => readOn(offset), forget).catch(orRefused(path)),
    facts: () => line.retry(async () => (await find()) ?? gone, forget),
    async close() {
      reading?.close()
    },
  }
}

/** SFTP knows whole seconds. A server that leaves size or time out cannot be served safely. */
function factsOf({ size, modifyTime }: { size: number; modifyTime: number }): FileFacts {
  if (Number.isSafeInteger(size) && Number.isSafeInteger(modifyTime)) {
    return { sizeBytes: size, modified: Temporal.Instant.fromEpochMilliseconds(modifyTime) }
  }
  const message = 'the server does not say the size and the time of its files'
  throw new SourceError('SRC_DIRECTORY', message, { retry: false })
}

function orRefused(path: string): (error: unknown) => never {
  return (error) => {
    if (!isRefusal(error)) throw error
    const message = `${path}: ${wordsOf(error, path)}`
    throw new SourceError('SRC_FILE_ACCESS', message, { retry: true, cause: error })
  }
}

function orNull(path: string): (error: unknown) => null {
  return (error) => {
    const isAbsent = isRefusal(error) && [status.noSuchFile, 'ENOENT'].includes(error.code)
    return isAbsent ? null : orRefused(path)(error)
  }
}

function orNotListed(directory: string): (error: unknown) => never {
  return (error) => {
    if (!isRefusal(error)) throw error
    const words = wordsOf(error, directory)
    const message = `the directory ${directory} cannot be listed: ${words}. ${makeOrCorrect}`
    // A directory may appear by itself, when a disk is mounted; a permission does not.
    const retry = error.code !== status.permissionDenied
    throw new SourceError('SRC_DIRECTORY', message, { retry, cause: error })
  }
}

/** The library throws when the server did not announce the request; some only then refuse it. */
function orUnsupported(error: Error & { code?: unknown }): false {
  if (error.code === status.unsupported || /does not support/.test(error.message)) return false
  throw error
}

/** What the server said. The library puts its own method before, and the paths behind. */
function wordsOf({ message }: Error, path: string): string {
  return message
    .replace(/^(list|delete|_\w+): (Write stream error: )?/, '')
    .replace(/ From: .*$/s, '')
    .replace(` ${path}`, '')
}
