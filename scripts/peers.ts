// `npm run test:peers`: the connectors against the real servers of their kind. Installs what is
// missing of OpenSSH, Dovecot, MariaDB and PostgreSQL, starts each on loopback in a directory of
// its own, runs `connectors/**/peers.test.ts`, and ends with the code of the tests.
// Invariant: nothing of it outlives the run, and the system's own servers are not touched.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getServerUser } from '../src/store/server-user.ts'
import { startDovecot } from './peers/dovecot.ts'
import { startMariadb } from './peers/mariadb.ts'
import { startOpenssh } from './peers/openssh.ts'
import { getPrograms } from './peers/packages.ts'
import { startPostgres } from './peers/postgres.ts'
import { groundFor, type Peer } from './peers/server.ts'

const root = join(import.meta.dirname, '..')
const say = (line: string) => console.log(`peers: ${line}`)

/** Starts the servers; their addresses, as the tests find them in the environment. */
async function startAll(directory: string, started: Peer[]): Promise<Record<string, string>> {
  const servers = ['sshd', 'dovecot', 'mariadbd', 'mariadbInstall', 'postgres'] as const
  const programs = getPrograms(servers, say)
  const user = getServerUser(directory)
  const ground = (name: string) => groundFor(name, directory, user)
  const starters: [string, string, () => Promise<Peer>][] = [
    ['OpenSSH', 'SSH', () => startOpenssh(ground('openssh'), programs.sshd)],
    ['Dovecot', 'IMAP', () => startDovecot(ground('dovecot'), programs.dovecot)],
    ['MariaDB', 'MARIADB', () => startMariadb(ground('mariadb'), programs)],
    ['PostgreSQL', 'POSTGRES', () => startPostgres(ground('postgres'), programs.postgres)],
  ]
  const environment: Record<string, string> = {}
  for (const [name, variable, start] of starters) {
    const peer = await start()
    started.push(peer)
    environment[`STAFFETTA_PEER_${variable}`] = peer.url
    say(`${name} answers on 127.0.0.1:${new URL(peer.url).port}`)
  }
  return environment
}

/** What the tests end with; 1 when they were killed. */
async function runTests(environment: Record<string, string>, signal: AbortSignal): Promise<number> {
  if (signal.aborted) return 1
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--config', 'vitest.peers.config.ts', ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const [code] = await once(child, 'exit')
  return code ?? 1
}

async function main(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'staffetta-peers-'))
  chmodSync(directory, 0o711) // The servers run as another user, who must pass through.
  const started: Peer[] = []
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort())
  try {
    return await runTests(await startAll(directory, started), interrupted.signal)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    for (const peer of started.reverse()) await peer.stop()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

process.exitCode = await main()
