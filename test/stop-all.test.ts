// Everything is stopped, with real processes: the daemon, its PostgreSQL killed under it, and the
// command as a person runs it then. And how a stop comes to other nodes, and is lifted there.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openPlayground, type Playground } from '../scripts/playground.ts'
import type { Config } from '../src/config/config.ts'
import type { Parts } from '../src/parts.ts'
import { openStopAll } from '../src/releasing/stop-all.ts'
import { findPostmaster } from '../src/store/postmaster.ts'
import { stopFileOf } from '../src/store/stop-file.ts'
import { run, type Started, start } from './cli/run-command.ts'
import { children, leaveCanteenFile } from './installation.ts'
import { type GivenStore, givenStore, now } from './store/given.ts'

const MESSAGES = 200
const CONNECTIONS = 4
const patience = { timeout: 60_000, interval: 50 }

describe('with the database killed', () => {
  let directory: string
  let server: { child: ChildProcess; url: string } | null = null
  let playground: Playground | null = null
  let daemon: Started | null = null

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'staffetta-stopped-'))
    await chmod(directory, 0o755)
  })

  afterAll(async () => {
    daemon?.child.kill('SIGKILL')
    await daemon?.ended
    await playground?.stop()
    await killServer()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })

  const cluster = () => join(directory, 'data', 'postgres', 'cluster')

  async function startServer(): Promise<string> {
    const program = join(import.meta.dirname, 'store/hold-embedded.ts')
    const child = spawn(process.execPath, [program, join(directory, 'data')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const { url } = JSON.parse(line) as { url: string }
    server = { child, url }
    return url
  }

  /** As when its machine goes: nobody is told, and nobody starts it again. */
  async function killServer(): Promise<void> {
    const pid = findPostmaster(cluster())?.pid
    if (server === null || pid === undefined) return
    const ended = once(server.child, 'close')
    server.child.kill('SIGKILL')
    await ended
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(findPostmaster(cluster())?.alive).toBe(false), patience)
    server = null
  }

  async function ask<R extends object>(url: string, sql: string): Promise<R[]> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return client.query<R>(sql).then(
      ({ rows }) => client.end().then(() => rows),
      () => client.end().then(() => []),
    )
  }

  test('nothing leaves until a person resumes, though it is back; then all does', async () => {
    const url = await startServer()
    playground = await openPlayground({
      databaseUrl: url,
      stabilitySeconds: 0,
      account: { callsPerWindow: 0, connections: CONNECTIONS },
      sandbox: {
        callsPerWindow: 0,
        population: { notOnIo: 0, serviceOff: 0, english: 0, german: 0 },
        fault: ({ path }) => (path === '/messages' ? { delayMilliseconds: 60 } : null),
      },
    })
    const { canteen, configDirectory, sandbox, mails } = playground
    const accepted = () => sandbox.truth.acceptedCount()
    const staffetta = (...argv: string[]) => run([...argv, '--config', configDirectory])
    await leaveCanteenFile(canteen, children(MESSAGES), 'mensa-2026-03.csv')
    daemon = start(['run', '--config', configDirectory])
    await vi.waitFor(() => expect(accepted()).toBeGreaterThan(30), patience)
    await killServer()

    const stopped = await staffetta('stop-all', '--because', 'importi sbagliati')
    expect(stopped.err).toBe('')
    expect(stopped.code).toBe(0)
    expect(stopped.out).toContain('THE DATABASE DOES NOT ANSWER')
    const atStop = accepted()

    expect(await startServer()).toBe(url)
    await daemon.printed('everything stopped')
    const paused = 'select paused_because as because from installation'
    await vi.waitFor(async () => {
      expect(await ask(url, paused)).toEqual([{ because: expect.stringMatching(/importi/) }])
    }, patience)
    // Whatever the daemon does, it has done once more by the time that the mail is here.
    const told = () => mails.filter(({ subject }) => subject.startsWith('Tutto fermo'))
    await vi.waitFor(() => expect(told()).toHaveLength(1), patience)
    expect(accepted()).toBeLessThanOrEqual(atStop + CONNECTIONS)
    const before = accepted()
    expect((await staffetta('flows', 'list')).out).toContain('EVERYTHING IS STOPPED')
    expect((await staffetta('resume')).out).toContain('importi sbagliati')
    expect(accepted()).toBe(before)
    expect(daemon.child.exitCode).toBe(null)

    expect((await staffetta('resume', 'installation')).code).toBe(0)
    const open = `select count(*)::int as n from messages
      where purpose = 'first' and state in ('waiting', 'claimed', 'sending')`
    await vi.waitFor(async () => expect(await ask(url, open)).toEqual([{ n: 0 }]), patience)
    const states = await ask<{ state: string; n: number }>(
      url,
      `select state, count(*)::int as n from messages where purpose = 'first' group by state`,
    )
    const {
      sent = 0,
      uncertain = 0,
      ...rest
    } = Object.fromEntries(states.map(({ state, n }) => [state, n]))
    expect(rest).toEqual({})
    expect(sent + uncertain).toBe(MESSAGES)
    expect(uncertain).toBeLessThanOrEqual(CONNECTIONS)
    expect(Math.max(...sandbox.truth.acceptedCounts().values())).toBe(1)
    expect(told()).toHaveLength(1)
    expect(existsSync(join(playground.directory, 'data', 'stopped'))).toBe(false)
  }, 180_000)

  test('where the file cannot be written the database stops everything alone', async () => {
    const { configDirectory, directory: place } = playground as Playground
    const data = join(place, 'data')
    const blocked = join(place, 'blocked')
    await writeFile(blocked, '')
    const env = { STAFFETTA_DATA: join(blocked, 'data') }
    const argv = ['stop-all', '--because', 'disco', '--config', configDirectory]
    const { code, out, err } = await run(argv, { env })
    expect([code, existsSync(join(data, 'stopped'))]).toEqual([0, false])
    expect(out).toContain('Stopped by the database alone')
    expect(err).toContain('could not be written')
    expect((await run(['resume', '--config', configDirectory])).out).toContain('root: disco')
    expect((await run(['resume', 'installation', '--config', configDirectory])).code).toBe(0)
  }, 60_000)

  test('it is stopped also where the configuration has errors', async () => {
    const { configDirectory, directory: place } = playground as Playground
    await writeFile(join(configDirectory, 'comune-di-esempio', 'institution.yaml'), 'name: [')
    const stopped = await run(['stop-all', '--because', 'prova', '--config', configDirectory])
    expect(stopped.code).toBe(0)
    const said = JSON.parse(await readFile(join(place, 'data', 'stopped'), 'utf8'))
    expect(said).toMatchObject({ because: 'prova' })
    const again = await run(['stop-all', '--because', 'ancora', '--config', configDirectory])
    expect(again.out).toMatch(/^Stopped already, since .*: prova$/m)
  }, 60_000)
})

describe('nodes on other machines', () => {
  let given: GivenStore
  let directory: string
  beforeAll(async () => {
    given = await givenStore()
    directory = await mkdtemp(join(tmpdir(), 'staffetta-stopped-'))
    await given.store.feeds.schedule('comune', 'tari', now)
  })
  afterAll(async () => {
    await given.close()
    await rm(directory, { recursive: true })
  })
  afterEach(async () => {
    await node('a').resume(by)
    await node('b').resume(by)
    await node('b').tell()
  })

  const by = { actor: 'root', origin: 'cli' }
  const config = { institutions: [{ id: 'comune', notify: ['ced@comune.example'] }] }

  function node(name: string) {
    const dataDirectory = join(directory, name)
    const parts = { config: config as unknown as Config, dataDirectory, now: () => now }
    return openStopAll({ ...parts, pool: given.pool, store: given.store } as Parts)
  }

  async function paused(): Promise<string | null> {
    return (await given.store.installation.status()).pausedBecause
  }

  test('hear of a stop through the database, once however many tell it', async () => {
    await mkdir(join(directory, 'a'), { recursive: true })
    await node('a').stop({ ...by, note: 'importi sbagliati' })
    await node('a').tell()
    await node('a').tell()
    expect(await paused()).toBe('stopped by root: importi sbagliati')
    const waiting = await given.store.mails.waiting(10)
    expect(waiting.map(({ subject }) => subject)).toEqual(['Tutto fermo: nessun messaggio parte'])
  })

  test('remove their own file once a person has resumed everything on another', async () => {
    for (const name of ['a', 'b']) {
      await mkdir(join(directory, name), { recursive: true })
      await node(name).stop({ ...by, note: `da ${name}` })
    }
    expect(await paused()).toBe('stopped by root: da a; stopped by root: da b')
    expect(await node('a').resume(by)).toBe(true)
    expect(await paused()).toBeNull()
    expect(node('b').standing()).not.toBeNull()
    expect(await node('b').tell()).toBe('lifted')
    expect(node('b').standing()).toBeNull()
    expect(await paused()).toBeNull()
  })

  test('a stop beside who resumes at that moment holds', async () => {
    await mkdir(join(directory, 'a'), { recursive: true })
    await node('a').stop({ ...by, note: 'prima' })
    // Resumed on another machine; the file here is still the one of before.
    expect(await given.store.installation.resume({ ...by, at: now })).toBe(true)
    expect(await node('a').stop({ ...by, note: 'di nuovo' })).toMatchObject({ isNew: true })
    expect(await node('a').tell()).toBe('standing')
    expect(node('a').standing()).toMatchObject({ because: 'di nuovo' })
    expect(await paused()).toBe('stopped by root: di nuovo')
  })

  test('who resumes removes the file that they have seen, and no later one', async () => {
    await mkdir(join(directory, 'a'), { recursive: true })
    const file = stopFileOf(join(directory, 'a'))
    await node('a').stop({ ...by, note: 'prima' })
    const seen = file.read()?.id ?? ''
    await file.replace({ id: 'later', at: now, actor: 'root', because: 'dopo' })
    await file.remove(seen)
    expect(file.read()).toMatchObject({ id: 'later' })
  })

  test('stop everything for a file of their own, be it empty, until it is lifted', async () => {
    await mkdir(join(directory, 'b'), { recursive: true })
    await node('a').resume(by)
    await writeFile(join(directory, 'b', 'stopped'), '')
    expect(await node('b').tell()).toBe('told')
    expect(await node('b').tell()).toBe('standing')
    expect(await paused()).toContain('stopped by ?')
  })
})
