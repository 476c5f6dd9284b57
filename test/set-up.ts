// Vitest's global set-up: one throw-away embedded server for the whole run, in a directory of its
// own. The shell has no say: its database and proxy settings leave the environment first.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openEmbedded } from '../src/store/embedded.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A role that may create databases; see `freshDatabase`. */
    databaseUrl: string
  }
}

const PREFIX = 'staffetta-test-'

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  for (const name of Object.keys(process.env)) {
    if (/^(DATABASE_URL|PG[A-Z]+|STAFFETTA_.+|(HTTPS?|ALL|NO)_PROXY)$/i.test(name)) {
      delete process.env[name]
    }
  }
  sweepKilledRuns()
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  chmodSync(directory, 0o711)
  try {
    const server = await openEmbedded({ dataDirectory: directory, durable: false })
    project.provide('databaseUrl', server.url)
    return async () => {
      await server.stop()
      rmSync(directory, { recursive: true })
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

/** A killed run leaves its directory; its server ends within a minute of losing its files. */
function sweepKilledRuns(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const directory = join(tmpdir(), name)
    const owner = statSync(directory, { throwIfNoEntry: false })?.uid
    if (owner !== process.getuid?.() || isAlive(Number.parseInt(name.slice(PREFIX.length), 10))) {
      continue
    }
    rmSync(directory, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
