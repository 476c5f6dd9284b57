// What the files of a configuration say, as one hash: two readings with the same hash have read the
// same. Only YAML counts: samples and golden files change nothing that runs.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Far above any real configuration: beyond it, the first so many stand for all. */
const MOST_FILES = 20_000
/** `INSTITUTION/mappings/NAME.yaml` is two below; deeper is nothing of ours. */
const MOST_DEPTH = 3

/** SHA-256 in hexadecimal over names and content, in the order of the names. */
export async function fingerprintOf(directory: string): Promise<string> {
  const whole = createHash('sha256')
  for (const name of await yamlBelow(directory, MOST_DEPTH)) {
    const content = await readFile(join(directory, name)).catch(unreadAsEmpty)
    whole.update(`${name}\0${content.length}\0`).update(content)
  }
  return whole.digest('hex')
}

async function yamlBelow(directory: string, depth: number, under = ''): Promise<string[]> {
  const entries = await readdir(join(directory, under), { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = under === '' ? entry.name : `${under}/${entry.name}`
    if (found.length >= MOST_FILES) break
    if (entry.name.startsWith('.')) continue
    if (/\.ya?ml$/.test(entry.name)) found.push(name)
    // A folder may be a link to one: what is no folder has nothing in it.
    else if (depth > 1 && !entry.isFile())
      found.push(...(await yamlBelow(directory, depth - 1, name)))
  }
  return found
}

/** Taken away while we looked, or unreadable: who reads the configuration says so. */
function unreadAsEmpty(): Buffer {
  return Buffer.alloc(0)
}
