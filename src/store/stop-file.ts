// The file `stopped` in the data directory: while it lies there, no process with that directory
// calls IO. It needs no database, so that everything can be stopped while that is down; whoever
// can only make an empty file of that name stops everything too.
// Invariant: that the file is there is what counts, never what stands in it.
import { lstatSync, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Who has stopped everything, when and why. Kept in clear: no person’s data. */
export interface Stop {
  /** Tells one stop from another. */
  id: string
  at: Temporal.Instant
  actor: string
  because: string
}

export interface StopFile {
  path: string
  /** Cheap: asked before every call to IO. */
  isThere(): boolean
  /** Null: everything may go. One that says nothing readable stops all the same. */
  read(): Stop | null
  /** False: somebody has stopped everything before; theirs stays. Throws what the disk says. */
  write(stop: Stop): Promise<boolean>
  /** In the place of whatever lies there; nothing leaves meanwhile. */
  replace(stop: Stop): Promise<void>
  /** The one of this `id`, where it still lies there: another's stays. */
  remove(id: string): Promise<void>
}

export function stopFileOf(dataDirectory: string): StopFile {
  const path = join(dataDirectory, 'stopped')
  return {
    path,
    isThere: () => isThere(path),
    read: () => (isThere(path) ? readStop(path) : null),
    write: (stop) => writeStop(path, stop),
    async replace(stop) {
      const written = `${path}-${stop.id}`
      await writeStop(written, stop)
      await rename(written, path)
    },
    async remove(id) {
      if (isThere(path) && readStop(path)?.id === id) await rm(path, { force: true })
    },
  }
}

/** A link that leads nowhere is there too. What cannot be looked at is not: it never throws. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/** Who sends may be another user than who has stopped it, and must be able to read it. */
const READABLE = 0o644

async function writeStop(path: string, stop: Stop): Promise<boolean> {
  const file = await open(path, 'wx', READABLE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null
    throw error
  })
  if (file === null) return false
  try {
    await file.writeFile(`${JSON.stringify(stop)}\n`)
    await file.sync()
  } catch {
    // On a full disk it is empty, and stops all the same.
  } finally {
    await file.close()
  }
  return true
}

function readStop(path: string): Stop | null {
  const unread = unreadable(path)
  try {
    const said = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const text = (name: string, otherwise: string) => {
      const value = said[name]
      return typeof value === 'string' && value !== '' ? value.slice(0, 500) : otherwise
    }
    const at = Temporal.Instant.from(text('at', unread?.at.toString() ?? ''))
    return {
      id: text('id', unread?.id ?? ''),
      at,
      actor: text('actor', '?'),
      because: text('because', '?'),
    }
  } catch {
    return unread
  }
}

/** Null: it has been removed meanwhile. */
function unreadable(path: string): Stop | null {
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (file === undefined) return null
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(file.mtimeMs))
  const id = `file-${file.ino}-${Math.floor(file.mtimeMs)}`
  return { id, at, actor: '?', because: `the file ${path} lies there` }
}
