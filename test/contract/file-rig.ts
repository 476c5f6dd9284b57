// What the rigs of connectors to files share: a directory where files are laid down, and one where
// results are found.
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Rig } from './connector.ts'

/** Files laid down in `inbox`, and result files read in `results`, on this machine's disk. */
export function filesIn(inbox: string, results: string) {
  const place = (name: string) => join(inbox, name)
  return {
    put: (name, bytes) => writeFile(place(name), bytes),
    isWaiting: (name) => stat(place(name)).then(Boolean, () => false),
    grow: (name, bytes) => appendFile(place(name), bytes),
    async results() {
      const names = (await readdir(results)).sort()
      const texts = names.map((name) => readFile(join(results, name), 'utf8'))
      return new Map((await Promise.all(texts)).map((text, index) => [names[index]!, text]))
    },
  } satisfies Partial<Rig<unknown>>
}
