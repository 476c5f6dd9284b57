// Vitest's global set-up: one throw-away embedded server for the whole run, in a directory of its
// own. The shell has no say: its database and proxy settings leave the environment first.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openQueue } from '../src/queue/queue.ts'
import { openPool } from '../src/store/database.ts'
import { openEmbedded } from '../src/store/embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { guardFlows } from './store/legal-moves.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A role that may create databases; see `freshDatabase`. */
    databaseUrl: string
    /** The name of one to copy, to which nobody connects; see `migratedDatabase`. */
    migratedTemplate: string
  }
}

const PREFIX = 'staffetta-test-'
const TEMPLATE = 'template_migrated'

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
    await makeTemplate(server.url)
    project.provide('databaseUrl', server.url)
    project.provide('migratedTemplate', TEMPLATE)
    return async () => {
      await server.stop()
      rmSync(directory, { recursive: true })
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

/** As the program leaves a database at its first start; flows make legal moves alone in it. */
async function makeTemplate(serverUrl: string): Promise<void> {
  const admin = openPool({ url: serverUrl }, 1)
  await admin.query(`create database ${TEMPLATE}`)
  await admin.end()
  const url = new URL(serverUrl)
  url.pathname = TEMPLATE
  const pool = openPool({ url: url.href }, 1)
  await migrate(pool)
  await guardFlows(pool)
  await pool.end()
  const queue = await openQueue({ url: url.href }, false, () => {})
  await queue.close(1)
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
