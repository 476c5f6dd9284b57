// A configuration read from files that stood still meanwhile, with the fingerprint of exactly
// those; and a mark of the program itself, which a process cannot exchange while it runs.
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprintOf } from './fingerprint.ts'
import { type LoadedConfig, loadConfig } from './load.ts'
import type { ConnectorRegistry } from './registry.ts'

/** Files that change while they are read are read again, so often at most. */
const MOST_READINGS = 5
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** What a process loads parts of as it needs them. */
const PROGRAM = ['package.json', 'src', 'connectors']

/** The configuration of a directory, with the fingerprint of the files that were read. */
export async function readSettled(
  directory: string,
  registry: ConnectorRegistry,
): Promise<{ loaded: LoadedConfig; fingerprint: string }> {
  for (let reading = 1; ; reading += 1) {
    const fingerprint = await fingerprintOf(directory)
    const loaded = await loadConfig(directory, registry)
    const isSettled = (await fingerprintOf(directory)) === fingerprint
    if (isSettled || reading === MOST_READINGS) return { loaded, fingerprint }
  }
}

/** The same as long as no file of the program has been replaced: names, sizes and times. */
export async function programMark(): Promise<string> {
  const whole = createHash('sha256')
  for (const name of PROGRAM) await addBelow(name, whole)
  return whole.digest('hex')
}

async function addBelow(name: string, whole: ReturnType<typeof createHash>): Promise<void> {
  const path = join(ROOT, name)
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory()) {
    for (const inside of (await readdir(path)).sort()) await addBelow(join(name, inside), whole)
  } else if (found) whole.update(`${name}\0${found.size}\0${found.mtimeMs}\0`)
}
