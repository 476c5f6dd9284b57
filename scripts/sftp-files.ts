// What the SFTP server of `sftp-server.ts` answers to the requests about files.
// Invariant: every path is taken below the root, and every request gets at most one answer.
import { constants } from 'node:fs'
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  truncate,
  utimes,
} from 'node:fs/promises'
import { dirname, join, posix, sep } from 'node:path'
import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2'
import ssh2 from 'ssh2'
import type { SftpServerOptions } from './sftp-server.ts'

export interface Serving
  extends Pick<SftpServerOptions, 'readOnly' | 'posixRename' | 'onRead' | 'onList'> {
  /** Ends the connection without a goodbye. */
  cut(): void
}

/** What a handle stands for: an open file, or the entries of a directory not yet given. */
type Opened = { path: string; file: FileHandle } | { path: string; entries: FileEntry[] }

/** One SFTP channel: its handles, its paths and how its requests are answered. */
interface Channel {
  sftp: SFTPWrapper
  options: Serving
  handles: Map<number, Opened>
  /** The local path, which is below the root; refuses where that cannot be. */
  local(path: string): Promise<string>
  /** The same, for requests that change something. */
  writable(path: string): Promise<string>
  /** Runs an answer: what it throws becomes a status; when it gives nothing else, that is OK. */
  on<A extends unknown[]>(request: string, run: Answer<A>): void
}

type Answer<A extends unknown[]> = (id: number, ...args: A) => Promise<'answered' | void>

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp
const posixRename = 'posix-rename@openssh.com'
const entriesPerPage = 100
const maxReadBytes = 256 * 1024

class Refused extends Error {
  readonly status: number

  constructor(status: number) {
    super(`SFTP status ${status}`)
    this.status = status
  }
}

/** Answers the requests of one SFTP channel until it ends. `root` is a real path. */
export function serveFiles(sftp: SFTPWrapper, root: string, options: Serving): void {
  const channel: Channel = {
    sftp,
    options,
    handles: new Map(),
    local: (path) => pathBelow(root, path),
    writable(path) {
      if (options.readOnly) throw new Refused(STATUS_CODE.PERMISSION_DENIED)
      return pathBelow(root, path)
    },
    on<A extends unknown[]>(request: string, run: Answer<A>) {
      sftp.on(request, (id: number, ...args: unknown[]) => {
        const answer = async () =>
          (await run(id, ...(args as A))) ?? sftp.status(id, STATUS_CODE.OK)
        answer().catch((error) => sftp.status(id, statusOf(error)))
      })
    },
  }
  if (options.posixRename !== false) announce(sftp, posixRename)
  answerAboutHandles(channel)
  answerAboutPaths(channel)
  sftp.on('error', () => {})
  sftp.on('close', () => {
    for (const opened of channel.handles.values()) closeQuietly(opened)
  })
}

function answerAboutHandles({ sftp, options, handles, local, writable, on }: Channel): void {
  let lastHandle = 0
  const keep = (id: number, opened: Opened): 'answered' => {
    const handle = Buffer.alloc(4)
    handle.writeUInt32BE(++lastHandle)
    handles.set(lastHandle, opened)
    sftp.handle(id, handle)
    return 'answered'
  }
  const find = (handle: Buffer): Opened => {
    const opened = handle.length === 4 ? handles.get(handle.readUInt32BE()) : undefined
    if (opened === undefined) throw new Refused(STATUS_CODE.FAILURE)
    return opened
  }
  const fileOf = (handle: Buffer): FileHandle => {
    const opened = find(handle)
    if (!('file' in opened)) throw new Refused(STATUS_CODE.FAILURE)
    return opened.file
  }
  on('OPEN', async (id, path: string, flags: number) => {
    const isRead = (flags & ~OPEN_MODE.READ) === 0
    const place = await (isRead ? local(path) : writable(path))
    return keep(id, { path, file: await open(place, nodeFlags(flags)) })
  })
  on('READ', async (id, handle: Buffer, offset: number, length: number) => {
    const file = fileOf(handle)
    const what = options.onRead?.(find(handle).path, offset) ?? 'answer'
    if (what === 'ignore') return 'answered'
    if (what === 'cut') options.cut()
    const wantedBytes = what === 'half' ? Math.ceil(length / 2) : length
    const buffer = Buffer.alloc(Math.min(wantedBytes, maxReadBytes))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
    if (bytesRead === 0 || what === 'end of file') throw new Refused(STATUS_CODE.EOF)
    sftp.data(id, buffer.subarray(0, bytesRead))
    return 'answered'
  })
  on('WRITE', async (_id, handle: Buffer, offset: number, data: Buffer) => {
    await fileOf(handle).write(data, 0, data.length, offset)
  })
  on('FSTAT', async (id, handle: Buffer) => {
    sftp.attrs(id, attributesOf(await fileOf(handle).stat()))
    return 'answered'
  })
  on('FSETSTAT', async (_id, handle: Buffer, attributes: Attributes) => {
    fileOf(handle)
    await setAttributes(await writable(find(handle).path), attributes)
  })
  on('OPENDIR', async (id, path: string) => {
    const entries = await entriesOf(await local(path))
    return keep(id, { path, entries: options.onList?.(entries) ?? entries })
  })
  on('READDIR', async (id, handle: Buffer) => {
    const opened = find(handle)
    if (!('entries' in opened)) throw new Refused(STATUS_CODE.FAILURE)
    const page = opened.entries.splice(0, entriesPerPage)
    if (page.length === 0) throw new Refused(STATUS_CODE.EOF)
    sftp.name(id, page)
    return 'answered'
  })
  on('CLOSE', async (_id, handle: Buffer) => {
    const opened = find(handle)
    handles.delete(handle.readUInt32BE())
    if ('file' in opened) await opened.file.close()
  })
}

function answerAboutPaths({ sftp, options, local, writable, on }: Channel): void {
  const tellAttributes = async (id: number, path: string): Promise<'answered'> => {
    sftp.attrs(id, attributesOf(await lstat(await local(path))))
    return 'answered'
  }
  on('STAT', tellAttributes)
  on('LSTAT', tellAttributes)
  on('SETSTAT', async (_id, path: string, attributes: Attributes) => {
    await setAttributes(await writable(path), attributes)
  })
  on('REALPATH', async (id, path: string) => {
    const filename = posix.resolve('/', path)
    sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }])
    return 'answered'
  })
  on('REMOVE', async (_id, path: string) => rm(await writable(path)))
  on('MKDIR', async (_id, path: string) => mkdir(await writable(path)))
  on('RMDIR', async (_id, path: string) => rmdir(await writable(path)))
  on('RENAME', async (_id, from: string, to: string) => {
    const target = await writable(to)
    const isTaken = await lstat(target).then(Boolean, () => false)
    if (isTaken) throw new Refused(STATUS_CODE.FAILURE) // As OpenSSH does.
    await rename(await writable(from), target)
  })
  on('EXTENDED', async (_id, name: string, data: Buffer) => {
    if (name !== posixRename || options.posixRename === false) {
      throw new Refused(STATUS_CODE.OP_UNSUPPORTED)
    }
    const fromBytes = data.readUInt32BE(0)
    const from = data.toString('utf8', 4, 4 + fromBytes)
    const to = data.toString('utf8', 8 + fromBytes)
    await rename(await writable(from), await writable(to))
  })
}

/** Where a client's path lies on this machine: below the root, with no symbolic link on the way. */
async function pathBelow(root: string, path: string): Promise<string> {
  const place = join(root, posix.resolve('/', path))
  if (place === root || place === `${root}${sep}`) return root
  const parent = await realpath(dirname(place))
  if (parent === root || parent.startsWith(`${root}${sep}`)) return place
  throw new Refused(STATUS_CODE.PERMISSION_DENIED)
}

async function entriesOf(directory: string): Promise<FileEntry[]> {
  const entries: FileEntry[] = []
  for (const filename of await readdir(directory)) {
    const stats = await lstat(join(directory, filename)).catch(() => null)
    if (stats === null) continue // Gone since the listing.
    const longname = `${stats.isDirectory() ? 'd' : '-'}rw-r--r-- ${stats.size} ${filename}`
    entries.push({ filename, longname, attrs: attributesOf(stats) })
  }
  return entries
}

function attributesOf(stats: Awaited<ReturnType<typeof lstat>>): Attributes {
  const { mode, uid, gid, size } = stats
  const [atime, mtime] = [stats.atimeMs, stats.mtimeMs].map((ms) => Math.floor(Number(ms) / 1000))
  return { mode, uid, gid, size, atime, mtime } as Attributes
}

/** What a client does not set is absent, whatever the types say. */
async function setAttributes(path: string, attributes: Partial<Attributes>): Promise<void> {
  const { mode, size, atime, mtime } = attributes
  if ((await lstat(path)).isSymbolicLink()) throw new Refused(STATUS_CODE.PERMISSION_DENIED)
  if (mode !== undefined) await chmod(path, mode & 0o777)
  if (size !== undefined) await truncate(path, size)
  if (atime !== undefined && mtime !== undefined) await utimes(path, atime, mtime)
}

function nodeFlags(flags: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL, O_NOFOLLOW } = constants
  const has = (flag: number) => (flags & flag) !== 0
  const access = !has(OPEN_MODE.WRITE) ? O_RDONLY : has(OPEN_MODE.READ) ? O_RDWR : O_WRONLY
  return (
    access |
    O_NOFOLLOW |
    (has(OPEN_MODE.APPEND) ? O_APPEND : 0) |
    (has(OPEN_MODE.CREAT) ? O_CREAT : 0) |
    (has(OPEN_MODE.TRUNC) ? O_TRUNC : 0) |
    (has(OPEN_MODE.EXCL) ? O_EXCL : 0)
  )
}

function statusOf(error: unknown): number {
  if (error instanceof Refused) return error.status
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE
  if (code === 'EACCES' || code === 'EPERM') return STATUS_CODE.PERMISSION_DENIED
  return STATUS_CODE.FAILURE
}

function closeQuietly(opened: Opened): void {
  if ('file' in opened) opened.file.close().catch(() => {})
}

/**
 * Makes the server announce an extension, without which clients do not use it: ssh2 answers to
 * them, but sends a greeting without any. The greeting is the first thing a channel sends.
 */
function announce(sftp: SFTPWrapper, extension: string): void {
  type Sending = { channelData(id: number, data: Buffer): void }
  const inner = sftp as unknown as { _protocol: Sending }
  const protocol = inner._protocol
  const text = (value: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(value.length)
    return Buffer.concat([length, Buffer.from(value)])
  }
  const pair = Buffer.concat([text(extension), text('1')])
  inner._protocol = Object.create(protocol, {
    channelData: {
      value(id: number, greeting: Buffer) {
        const longer = Buffer.concat([greeting, pair])
        longer.writeUInt32BE(greeting.readUInt32BE(0) + pair.length, 0)
        inner._protocol = protocol
        protocol.channelData(id, longer)
      },
    },
  })
}
