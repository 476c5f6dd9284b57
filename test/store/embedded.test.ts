import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { getBinaries } from '../../src/store/binaries.ts'
import { type Embedded, openEmbedded } from '../../src/store/embedded.ts'
import { findBarrier } from '../../src/store/server-user.ts'

const asRoot = process.getuid?.() === 0
const nobody = { uid: 65534, gid: 65534, switched: true }
const program = fileURLToPath(new URL('hold-embedded.ts', import.meta.url))
/** A clone below a closed home cannot be run as another user. */
const canSwitch = asRoot && findBarrier(program, nobody, 4) === null
const packageDirectory = dirname(getBinaries().directory)

/** A data directory whose cluster is made already, for the tests that are not about making it. */
let stocked: string
let directory: string
let opened: Embedded[]
let children: ChildProcess[]

beforeAll(async () => {
  stocked = mkdtempSync(join(tmpdir(), 'staffetta-embedded-'))
  chmodSync(stocked, 0o755)
  await (await openEmbedded({ dataDirectory: stocked, durable: false })).stop()
})

afterAll(() => rmSync(stocked, { recursive: true }))

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'staffetta-embedded-'))
  chmodSync(directory, 0o755)
  opened = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const server of opened) await server.stop()
  rmSync(directory, { recursive: true })
})

async function open(options: Partial<Parameters<typeof openEmbedded>[0]> = {}): Promise<Embedded> {
  const server = await openEmbedded({ dataDirectory: data(), durable: false, ...options })
  opened.push(server)
  return server
}

function stock(): void {
  execFileSync('cp', ['-a', stocked, data()])
}

interface Holder {
  child: ChildProcess
  said: Record<string, unknown>
  leave(word: 'release' | 'stop'): Promise<unknown>
}

async function hold(
  options: { dataDirectory?: string; uid?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Holder> {
  const { dataDirectory = data(), uid, env = {} } = options
  const child = spawn(process.execPath, [program, dataDirectory], {
    cwd: '/',
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value ?? '{"ended":true}')
  return {
    child,
    said: await next(),
    leave(word) {
      child.stdin.write(`${word}\n`)
      return next()
    },
  }
}

async function kill({ child }: Holder): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const data = () => join(directory, 'data')
const cluster = () => join(data(), 'postgres', 'cluster')
const lockFile = () => join(cluster(), 'postmaster.pid')
const serverPid = () => Number(readFileSync(lockFile(), 'utf8').split('\n')[0])
const code = (name: string) => expect.objectContaining({ code: name })

describe('one process', () => {
  test('a new data directory gets a server in UTF-8, on a private socket alone', async () => {
    const { url, adopted, connection } = await open()
    const [row] = await ask(
      url,
      `select current_setting('server_encoding') as encoding, upper('è') as upper,
        current_setting('listen_addresses') as addresses, usesuper as super
        from pg_user where usename = current_user`,
    )
    expect({ adopted, ...row }).toEqual({
      adopted: false,
      encoding: 'UTF8',
      upper: 'È',
      addresses: '',
      super: false,
    })
    expect(statSync(connection.host).mode & 0o777).toBe(0o700)
  })

  test('its release stops the server, and the next start finds the rows', async () => {
    stock()
    const first = await open({ durable: true })
    await ask(first.url, 'create table kept as select 7 as id')
    await first.release()
    expect(existsSync(lockFile())).toBe(false)
    const second = await open({ durable: true })
    expect(second.adopted).toBe(false)
    expect(await ask(second.url, 'table kept')).toEqual([{ id: 7 }])
    expect(await ask(second.url, 'show fsync')).toEqual([{ fsync: 'on' }])
  })

  test('a server that is killed under it comes back with what was committed', async () => {
    stock()
    const back = Promise.withResolvers<void>()
    const info = (_: object, message: string) => {
      if (message === 'embedded database came back') back.resolve()
    }
    const log = { info, warn: () => {}, error: () => {} }
    const server = await open({ durable: true, log })
    await ask(server.url, 'create table kept as select 7 as id')
    process.kill(serverPid(), 'SIGKILL')
    await back.promise
    expect(await ask(server.url, 'table kept')).toEqual([{ id: 7 }])
  })

  test('its log holds no value of a statement that failed', async () => {
    stock()
    const { url, release } = await open()
    await ask(url, 'create table one (code text primary key)')
    await ask(url, `insert into one values ('RSSMRA80A01H501U')`)
    await expect(ask(url, `insert into one values ('RSSMRA80A01H501U')`)).rejects.toThrow()
    await expect(ask(url, `select 'RSSMRA80A01H501U'::int`)).rejects.toThrow()
    await release()
    const logs = readdirSync(join(cluster(), 'log'))
    const text = logs.map((name) => readFileSync(join(cluster(), 'log', name), 'utf8')).join('')
    expect(text).toContain('ready to accept connections')
    expect(text).not.toContain('RSSMRA80A01H501U')
  })

  test('a path of more than 200 characters works', async () => {
    const dataDirectory = join(directory, 'a'.repeat(100), 'b'.repeat(100), 'data')
    const { url, connection } = await open({ dataDirectory })
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(Buffer.byteLength(connection.host)).toBeLessThan(90)
    await opened[0]?.stop()

    rmSync(connection.host, { recursive: true })
    symlinkSync(directory, connection.host)
    const refused = await open({ dataDirectory }).catch((error) => error)
    rmSync(connection.host)
    expect(refused).toEqual(code('STORE_RUNTIME'))
  })
})

describe('two processes', () => {
  test('a server whose starter was killed is adopted, and a mere release leaves it', async () => {
    stock()
    const starter = await hold()
    const pid = serverPid()
    await kill(starter)
    const command = await open()
    await command.release()
    const daemon = await open()
    expect([command.adopted, daemon.adopted, serverPid()]).toEqual([true, true, pid])
    await daemon.stop()
    expect(existsSync(lockFile())).toBe(false)
  })

  test('a server killed together with its starter is started again with its rows', async () => {
    stock()
    const starter = await hold()
    await ask(String(starter.said['url']), 'create table kept as select 7 as id')
    const pid = serverPid()
    await kill(starter)
    process.kill(pid, 'SIGKILL')
    const { url, adopted } = await open()
    expect(adopted).toBe(false)
    expect(await ask(url, 'table kept')).toEqual([{ id: 7 }])
  })

  test('a lock file whose process id was given again does not block the start', async () => {
    stock()
    const owner = statSync(cluster())
    const other = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid, cwd: '/' })
    children.push(other)
    await once(other, 'spawn')
    writeFileSync(lockFile(), `${other.pid}\n${cluster()}\n1\n5432\n\n`)
    chownSync(lockFile(), owner.uid, owner.gid)
    expect((await open()).adopted).toBe(false)
  })

  test('two that start at once share one server', async () => {
    const holders = await Promise.all([hold(), hold(), hold()])
    expect(holders.map(({ said }) => said['adopted']).sort()).toEqual([false, true, true])
    const started = holders.map(({ said }) =>
      ask(String(said['url']), 'select pg_postmaster_start_time()::text as at'),
    )
    expect(new Set((await Promise.all(started)).map(([row]) => row?.['at'])).size).toBe(1)
    expect(readdirSync(join(data(), 'postgres')).sort()).toEqual(['cluster', 'socket'])
  })

  test('a starter leaves the server to those who use it, and the last may stop it', async () => {
    stock()
    const starter = await hold()
    const { url, stop } = await open()
    expect(await starter.leave('stop')).toEqual({ done: true })
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
    await stop()
    expect(existsSync(lockFile())).toBe(false)
  })

  test('one that comes while the server is being stopped gets a server', async () => {
    stock()
    const first = await open()
    const leaving = first.stop()
    const second = await open()
    await leaving
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('the shell’s locale and PG variables change nothing', async () => {
    const env = { PGHOST: 'nowhere', PGSSLMODE: 'require', PGDATA: '/nowhere', LC_ALL: 'xx_XX' }
    const { said, leave } = await hold({ env })
    expect(said).toMatchObject({ adopted: false })
    await leave('release')
  })
})

describe.runIf(asRoot)('as root', () => {
  test('the server and its files are an unprivileged user’s', async () => {
    stock()
    await open()
    const uid = statSync(cluster()).uid
    expect(uid).not.toBe(0)
    expect(statSync(`/proc/${serverPid()}`).uid).toBe(uid)
  })

  test('a closed directory above the data is named, with what to set', async () => {
    chmodSync(directory, 0o700)
    const error = await open().catch((fault) => fault)
    expect(error).toEqual(code('STORE_DATA'))
    expect(error.message).toContain(`cannot enter ${directory}:`)
    expect(error.message).toContain('STAFFETTA_DATA')
  })

  test('programs below a closed directory are copied to where they can be run', async () => {
    stock()
    const closed = join(directory, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    symlinkSync(packageDirectory, join(closed, 'package'))
    const { url } = await open({ findPackage: () => join(closed, 'package') })
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
    const path = readFileSync(`/proc/${serverPid()}/cmdline`, 'utf8').split('\0')[0]
    expect(path).toMatch(`${data()}/binaries/18.`)
    expect(readdirSync(join(data(), 'binaries'))).toHaveLength(1)
  })

  test.runIf(canSwitch)(
    'an ordinary user starts a server, and root joins it as it is',
    async () => {
      mkdirSync(data())
      chownSync(data(), nobody.uid, nobody.gid)
      const { said, leave } = await hold({ uid: nobody.uid })
      expect(said).toMatchObject({ adopted: false })
      const { adopted } = await open()
      expect(adopted).toBe(true)
      expect(statSync(`/proc/${serverPid()}`).uid).toBe(nobody.uid)
      await leave('release')
      await opened[0]?.stop()
      expect((await open()).adopted).toBe(false)
      expect(statSync(cluster()).uid).toBe(nobody.uid)
    },
  )

  test.runIf(canSwitch)('a user without a name is pointed to DATABASE_URL', async () => {
    const { said } = await hold({ uid: 54_321 })
    expect(said).toMatchObject({ code: 'STORE_USER' })
    expect(said['message']).toContain('DATABASE_URL')
  })

  test.runIf(canSwitch)('another user’s data are refused with the way out', async () => {
    stock()
    const { said } = await hold({ uid: nobody.uid })
    expect(said).toMatchObject({ code: 'STORE_DATA' })
  })
})

describe('what is missing is named with its remedy', () => {
  const fakePackage = () => {
    const place = join(directory, 'package')
    mkdirSync(join(place, 'native', 'bin'), { recursive: true })
    for (const name of ['initdb', 'postgres']) writeFileSync(join(place, 'native', 'bin', name), '')
    writeFileSync(join(place, 'package.json'), '{"version":"18.4.0"}')
    return place
  }

  test('a system without binaries', () => {
    expect(() => getBinaries(undefined, 'sunos-x64')).toThrow(code('STORE_PLATFORM'))
  })

  test('a package that was not installed', async () => {
    const findPackage = () => createRequire(import.meta.url).resolve('@none/such')
    const error = await open({ findPackage }).catch((fault) => fault)
    expect(error).toEqual(code('STORE_BINARIES'))
    expect(error.message).toContain('--omit=optional')
  })

  test('links that the install script did not make', () => {
    const place = fakePackage()
    expect(getBinaries(() => place).version).toBe('18.4.0')
    const links = [{ source: 'native/lib/a.so.1.2', target: 'native/lib/a.so.1' }]
    writeFileSync(join(place, 'native', 'pg-symlinks.json'), JSON.stringify(links))
    expect(() => getBinaries(() => place)).toThrow(/a\.so\.1 is missing.*npm rebuild/)
  })

  test('data of another major version', async () => {
    stock()
    writeFileSync(join(cluster(), 'PG_VERSION'), '17\n')
    const error = await open().catch((fault) => fault)
    expect(error).toEqual(code('STORE_VERSION'))
    expect(error.message).toContain(`${realpathSync(cluster())} was written by PostgreSQL 17`)
  })

  test('a server that cannot start says why', async () => {
    stock()
    rmSync(join(cluster(), 'global', 'pg_control'))
    const error = await open().catch((fault) => fault)
    expect(error).toEqual(code('STORE_START'))
    expect(error.message).toContain('pg_control')
  })
})
