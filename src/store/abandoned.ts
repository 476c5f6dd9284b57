// Clears what killed processes left half-made, and copies that nobody uses any more.
// Only what has been still for ten minutes goes: a process at work on it would have finished.
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const STILL_FOR_MS = 600_000

/** Removes the old ones among the entries of `directory` that `isAbandoned` says are nobody's. */
export async function sweepAbandoned(
  directory: string,
  isAbandoned: (name: string) => boolean,
): Promise<void> {
  for (const name of (await readdir(directory)).filter(isAbandoned)) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => null)
    if (found && Date.now() - found.mtimeMs > STILL_FOR_MS) {
      await rm(path, { recursive: true, force: true })
    }
  }
}
