// Whether a password is in a list of those that were stolen: a file of SHA-1 in hexadecimal, one a
// line, sorted, with a count after a colon or without, as public lists have it. It has tens of
// gigabytes, so it is searched by halves; nothing of it is kept and nothing is asked of anybody.
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const HASH_CHARACTERS = 40
/** A line and the beginning of another. */
const WINDOW_BYTES = 256
/** A file of 2^60 bytes is cut in halves no more often. */
const MOST_HALVES = 60

/** Throws where the file cannot be read, or is no such list. */
export async function isBreached(password: string, path: string): Promise<boolean> {
  const wanted = createHash('sha1').update(password.normalize('NFC')).digest('hex').toUpperCase()
  const file = await open(path)
  try {
    const { size } = await file.stat()
    let [low, high] = [0, size]
    for (let halves = 0; low < high && halves < MOST_HALVES; halves += 1) {
      const middle = Math.floor((low + high) / 2)
      const line = await lineFrom(file, middle)
      if (line === null || line.start >= high) {
        if (middle === low) break
        high = middle
        continue
      }
      if (line.hash === wanted) return true
      if (line.hash < wanted) low = line.end
      else high = middle
    }
    // What is left begins in the line that a half cut through.
    const first = await lineFrom(file, low)
    return first?.hash === wanted
  } finally {
    await file.close()
  }
}

/** The first line that begins here or after; null: there is none. */
async function lineFrom(file: FileHandle, at: number) {
  const from = Math.max(0, at - 1)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(WINDOW_BYTES), 0, WINDOW_BYTES, from)
  const text = buffer.toString('latin1', 0, bytesRead)
  const begins = at === 0 ? 0 : text.indexOf('\n') + 1
  if (begins === 0 && at !== 0) return null
  const ends = text.indexOf('\n', begins)
  const line = text.slice(begins, ends === -1 ? undefined : ends)
  if (line === '') return null
  const hash = line.slice(0, HASH_CHARACTERS).toUpperCase()
  if (!/^[0-9A-F]{40}$/.test(hash)) throw new Error('the list of stolen passwords is none')
  const start = from + begins
  return { hash, start, end: start + line.length + 1 }
}
