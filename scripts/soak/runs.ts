// The soak runs: the folder is the registry. A file `t07-….ts` holds the run T7, and is loaded only
// when it is asked for, so that one which is broken stops no other.
import { readdir } from 'node:fs/promises'
import type { SoakRun } from './run.ts'

const FILE = /^t(\d\d)-[a-z0-9-]+\.ts$/

/** The names of all runs, in their order. */
export async function runNames(): Promise<string[]> {
  return [...(await runFiles()).keys()]
}

/** The run of a name such as `T7`; null when there is none. */
export async function findRun(name: string): Promise<SoakRun | null> {
  const file = (await runFiles()).get(name.toUpperCase())
  if (file === undefined) return null
  const { run } = (await import(new URL(file, import.meta.url).href)) as { run: SoakRun }
  if (run.name !== nameOf(file)) throw new Error(`${file} holds a run called ${run.name}`)
  return run
}

async function runFiles(): Promise<Map<string, string>> {
  const files = await readdir(import.meta.dirname)
  const ofRuns = files.filter((file) => FILE.test(file)).sort()
  return new Map(ofRuns.map((file) => [nameOf(file), file]))
}

function nameOf(file: string): string {
  return `T${Number(FILE.exec(file)?.[1])}`
}
