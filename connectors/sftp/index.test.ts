// The connector to SFTP, against a real SFTP server: the contract of every connector, then what
// the network and the server may do to it.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileEntry, ParsedKey } from 'ssh2'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  newHostKey,
  type SftpServer,
  type SftpServerOptions,
  startSftpServer,
} from '../../scripts/sftp-server.ts'
import {
  bytesOf,
  type ContextOptions,
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { filesIn } from '../../test/contract/file-rig.ts'
import { reportOf } from '../../test/contract/report.ts'
import sftp, { type SftpSettings } from './index.ts'

const password = 'not-a-real-password'
const key = 'one.csv/1/2026-03-01T10:00:00Z'
process.env['STAFFETTA_TEST_SFTP_PASSWORD'] = password
process.env['STAFFETTA_TEST_SFTP_WRONG'] = 'another-password'

interface SftpRig extends Rig<SftpSettings> {
  server: SftpServer
  /** The directory that the server shows as `/`. */
  root: string
}

async function startRig(options: Partial<SftpServerOptions> = {}): Promise<SftpRig> {
  const root = await mkdtemp(join(tmpdir(), 'staffetta-sftp-'))
  for (const directory of ['in', 'archive', 'results']) await mkdir(join(root, directory))
  const server = await startSftpServer({ directory: root, username: 'tari', password, ...options })
  return {
    server,
    root,
    connector: sftp,
    settings: {
      host: '127.0.0.1',
      port: server.port,
      username: 'tari',
      password: 'env:STAFFETTA_TEST_SFTP_PASSWORD',
      hostKeys: [server.fingerprint],
      directory: '/in',
      pattern: '*',
      after: 'move',
      archiveDirectory: '/archive',
      resultsDirectory: '/results',
    },
    secrets: [password],
    ...filesIn(join(root, 'in'), join(root, 'results')),
    async cut() {
      server.refuse(true) // Or the transfer would go on, on another connection.
      server.cut()
      return async () => server.refuse(false)
    },
    async stop() {
      await server.idle() // A call that leaves its connection open would hang here.
      await server.stop()
      await rm(root, { recursive: true })
    },
  }
}

connectorContract({ name: 'sftp', start: startRig })
connectorContract({
  name: 'sftp',
  against: 'a server that knows plain SFTP only',
  start: () => startRig({ posixRename: false }),
})

describe('the connector sftp', () => {
  let rig: SftpRig
  const use = async (options: Partial<SftpServerOptions>, settings = {}) => {
    rig = await startRig(options)
    Object.assign(rig.settings, { stabilitySeconds: 0 }, settings)
  }
  const context = (signal = new AbortController().signal) =>
    contextFor(sftp, rig.settings, { signal })
  const poll = () => collect(sftp, context())
  afterEach(() => rig.stop())

  describe('before it trusts the server', () => {
    const other = `SHA256:${'A'.repeat(43)}`
    beforeEach(() => use({}, { hostKeys: [other] }))

    it('refuses a changed host key before any credential leaves, and shows both', async () => {
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_HOST_KEY', false])
      expect(error.message).toContain(rig.server.fingerprint)
      expect(error.message).toContain(other)
      expect(rig.server.attempts).toEqual([])
    })

    it('checks with the key that it saw, for the person who must compare', async () => {
      const [line, ...others] = await sftp.check(context())
      expect(line).toMatchObject({ ok: false, what: `connect to 127.0.0.1:${rig.server.port}` })
      expect(line!.remedy).toContain(rig.server.fingerprint)
      expect(others).toEqual([])
    })

    it('accepts one of several pinned keys, as while a server changes its own', async () => {
      rig.settings['hostKeys'] = [other, rig.server.fingerprint]
      expect(await poll()).toEqual([])
    })
  })

  describe('when it logs in', () => {
    it('tries a wrong password once, and waits for a person', async () => {
      const methods: SftpServerOptions['methods'] = ['password', 'keyboard-interactive']
      await use({ methods }, { password: 'env:STAFFETTA_TEST_SFTP_WRONG' })
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
      expect(error.message).not.toContain('another-password')
      expect(rig.server.attempts).toEqual(['none', 'password'])
      const lines = await sftp.check(context())
      expect(lines).toMatchObject([{ ok: false, what: expect.stringContaining('log in as tari') }])
    })

    it('says which secret is missing', async () => {
      await use({}, { password: 'env:STAFFETTA_TEST_SFTP_MISSING' })
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
      expect(error.message).toContain('STAFFETTA_TEST_SFTP_MISSING')
    })

    it('uses the private key, and needs no password then', async () => {
      const privateKey = newHostKey()
      process.env['STAFFETTA_TEST_SFTP_KEY'] = privateKey
      const parsed = ssh2.utils.parseKey(privateKey) as ParsedKey
      const authorizedKey = `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`
      await use(
        { authorizedKey },
        { privateKey: 'env:STAFFETTA_TEST_SFTP_KEY', password: undefined },
      )
      expect(await poll()).toEqual([])
      expect([...new Set(rig.server.attempts)]).toEqual(['none', 'publickey'])
    })

    it('reports a private key that cannot be read without showing it', async () => {
      process.env['STAFFETTA_TEST_SFTP_KEY'] = 'no key at all'
      await use({}, { privateKey: 'env:STAFFETTA_TEST_SFTP_KEY' })
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
      expect(error.message).not.toContain('no key at all')
      expect(rig.server.attempts).toEqual([])
    })

    it('answers with the password where the server only prompts for it', async () => {
      await use({ methods: ['keyboard-interactive'] })
      expect(await poll()).toEqual([])
    })

    it('wants a password or a key', async () => {
      await use({})
      const { password: _, ...settings } = rig.settings
      expect(sftp.settings.safeParse(settings).success).toBe(false)
    })
  })

  describe('when the server fails', () => {
    it('says that a server is not there, and tries again', async () => {
      await use({})
      await rig.server.stop()
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_UNREACHABLE', true])
    })

    it.each([
      ['cuts the connection', 'cut', 'SRC_CONNECTION_LOST'],
      ['is silent', 'ignore', 'SRC_CONNECTION_LOST'],
      ['gives less than it listed', 'end of file', 'SRC_FILE_CHANGED'],
    ] as const)('saves nothing and tries again when it %s', async (_, answer, code) => {
      const onRead = (_path: string, offset: number) => (offset === 0 ? 'answer' : answer)
      await use({ onRead }, { answerTimeoutSeconds: 1 })
      await rig.put('long.bin', Buffer.alloc(1_000_000))
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual([code, true])
      expect(await rig.isWaiting('long.bin')).toBe(true)
    })

    it('keeps nothing of a file that was taken away while it was read', async () => {
      await use({
        onRead() {
          rmSync(join(rig.root, 'in', 'one.csv'), { force: true })
          return 'answer'
        },
      })
      await rig.put('one.csv', Buffer.from('1'))
      expect((await sourceErrorOf(poll())).code).toBe('SRC_FILE_CHANGED')
    })

    it('prints nothing, which the library does by itself', async () => {
      const printers = (['log', 'info', 'warn', 'error'] as const).map((name) =>
        vi.spyOn(console, name).mockImplementation(() => {}),
      )
      await use({ onRead: () => 'cut' })
      await rig.put('one.csv', Buffer.from('1'))
      await sourceErrorOf(poll())
      const printed = printers.flatMap((printer) => printer.mock.calls)
      for (const printer of printers) printer.mockRestore()
      expect(printed).toEqual([])
    })

    it('stops at once when Staffetta does, though the server is silent', async () => {
      const stop = new AbortController()
      await use({
        onRead() {
          stop.abort()
          return 'ignore'
        },
      })
      await rig.put('one.csv', Buffer.from('1'))
      const error = await sourceErrorOf(collect(sftp, context(stop.signal)))
      expect(error.code).toBe('SRC_STOPPED')
    })

    it('goes on with the other files when one cannot be opened, and then tells', async () => {
      const asFile = { mode: 0o100644, uid: 0, gid: 0, size: 1, atime: 0, mtime: 0 }
      const longname = '-rw-r--r--    1 tari     tari            1 Jan  1  1970 link.csv'
      const link = { filename: 'link.csv', longname, attrs: asFile }
      await use({
        onList: (entries) => [...entries.filter((e) => e.filename !== 'link.csv'), link],
      })
      await symlink('elsewhere', join(rig.root, 'in', 'link.csv'))
      await rig.put('one.csv', Buffer.from('1'))
      const saved = { keys: new Set<string>() }
      const error = await sourceErrorOf(collect(sftp, context(), saved))
      expect([error.code, error.retry]).toEqual(['SRC_FILE_ACCESS', true])
      expect(error.message).toContain('link.csv')
      expect([...saved.keys][0]).toMatch(/^one\.csv\//)
    })

    it('takes no links and no directories from a listing in a form of its own', async () => {
      const onList = (entries: FileEntry[]) =>
        entries.map((entry) => ({ ...entry, longname: entry.filename }))
      await use({ onList })
      await rig.put('dati.csv', Buffer.from('1'))
      await mkdir(join(rig.root, 'in', 'other.csv'))
      await symlink('dati.csv', join(rig.root, 'in', 'link.csv'))
      expect((await poll()).map(({ name }) => name)).toEqual(['dati.csv'])
    })

    it('takes nothing from a directory with too many files', async () => {
      const onList = ([entry]: FileEntry[]) => Array<FileEntry>(100_001).fill(entry!)
      await use({ onList })
      await rig.put('one.csv', Buffer.from('1'))
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_DIRECTORY_BOUNDS', true])
    })

    it('takes no name that leads out of the directory, or twice', async () => {
      const bad = ['../archive/old.csv', '/archive/old.csv', '..', 'a\\b.csv', 'n\0.csv']
      const names = [...bad, 'one.csv', 'one.csv']
      const onList = (entries: FileEntry[]) =>
        entries.flatMap((entry) => names.map((filename) => ({ ...entry, filename })))
      await use({ onList }, { after: 'leave' })
      await rig.put('one.csv', Buffer.from('1'))
      await writeFile(join(rig.root, 'archive', 'old.csv'), '1')
      expect((await poll()).map(({ name }) => name)).toEqual(['one.csv'])
    })

    it.each(['../../etc/cron.d/x/1/2026-03-01T10:00:00Z', '../1/2026-03-01T10:00:00Z', 'one.csv'])(
      'writes no report for the key %s',
      async (key) => {
        await use({})
        const error = await sourceErrorOf(sftp.writeBack!(context(), reportOf(key, 'text')))
        expect([error.code, error.retry]).toEqual(['SRC_RESULT', false])
      },
    )

    it('tells of a report that a full disk cut short, and leaves nothing of it', async () => {
      await use({})
      const file = await open(join(rig.root, 'probe'), 'w')
      const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      const disk = vi.spyOn(Object.getPrototypeOf(file), 'write').mockRejectedValue(full)
      const error = await sourceErrorOf(sftp.writeBack!(context(), reportOf(key, 'text')))
      disk.mockRestore()
      await file.close()
      expect([error.code, error.retry]).toEqual(['SRC_RESULT', true])
      expect(await rig.results!()).toEqual(new Map())
    })

    it('leaves it to the server who may read a report', async () => {
      await use({})
      await sftp.writeBack!(context(), reportOf(key, 'text'))
      const { mode } = await stat(join(rig.root, 'results', 'one.esiti.csv'))
      expect(mode & 0o777).toBe(0o666 & ~process.umask())
    })

    it('checks with the directory that cannot be written', async () => {
      await use({ readOnly: true })
      const lines = await sftp.check(context())
      expect(lines.map(({ ok, what }) => [ok, what]).slice(2)).toEqual([
        [true, 'list /in: 0 files match *'],
        [false, 'write in /results'],
        [false, 'write in /in'],
        [false, 'write in /archive'],
      ])
    })
  })

  describe('when a transfer is cut', () => {
    const bytes = randomBytes(6_000_000)
    const resumed = (duringSleep?: ContextOptions['duringSleep']) =>
      collect(sftp, contextFor(sftp, rig.settings, duringSleep ? { duringSleep } : {}))

    it('goes on where it stopped, on another connection, to the last byte', async () => {
      const asked: number[] = []
      let cuts = 0
      const onRead = (_path: string, offset: number) => {
        asked.push(offset)
        return offset >= 3_000_000 * (cuts + 1) && cuts++ < 2 ? 'cut' : 'answer'
      }
      await use({ onRead })
      await rig.put('long.bin', bytes)
      const waits: number[] = []
      const [drop] = await resumed((seconds) => void waits.push(seconds))
      expect(drop!.bytes.equals(bytes)).toBe(true)
      expect(waits).toEqual([1, 1])
      expect(asked.filter((offset) => offset === 0)).toHaveLength(1)
      expect(await rig.isWaiting('long.bin')).toBe(false)
    })

    it('keeps nothing when the file was replaced meanwhile', async () => {
      let isCut = false
      const onRead = (_path: string, offset: number) => {
        if (offset === 0 || isCut) return 'answer'
        isCut = true
        return 'cut'
      }
      await use({ onRead })
      await rig.put('long.bin', bytes)
      const error = await sourceErrorOf(resumed(() => rig.put('long.bin', bytes.subarray(1))))
      expect([error.code, error.retry]).toEqual(['SRC_FILE_CHANGED', true])
    })

    it('gives up after the third try without another byte', async () => {
      await use({ onRead: () => 'cut' })
      await rig.put('long.bin', bytes)
      const waits: number[] = []
      const error = await sourceErrorOf(resumed((seconds) => void waits.push(seconds)))
      expect([error.code, error.retry]).toEqual(['SRC_CONNECTION_LOST', true])
      expect(waits).toEqual([1, 5, 20])
    })

    it('waits for a server that is away, and for no longer', async () => {
      await use({ onRead: (_path, offset) => (offset === 0 ? 'answer' : 'cut') })
      await rig.put('long.bin', bytes)
      const error = await sourceErrorOf(resumed(() => rig.server.refuse(true)))
      expect([error.code, error.retry]).toEqual(['SRC_UNREACHABLE', true])
    })

    it('tries nothing again that a person must mend', async () => {
      await use({ onRead: () => 'cut' })
      await rig.put('long.bin', bytes)
      const { password } = rig.settings
      const waits: number[] = []
      process.env['STAFFETTA_TEST_SFTP_RENEWED'] = 'not-a-real-password'
      rig.settings['password'] = 'env:STAFFETTA_TEST_SFTP_RENEWED'
      const error = await sourceErrorOf(
        resumed((seconds) => {
          waits.push(seconds)
          process.env['STAFFETTA_TEST_SFTP_RENEWED'] = 'another-password'
        }),
      )
      rig.settings['password'] = password
      expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
      expect(waits).toEqual([1])
    })
  })

  it('asks for many parts of a file before the first one comes', async () => {
    const stop = new AbortController()
    const asked = new Set<number>()
    await use({
      onRead(_path, offset) {
        asked.add(offset)
        if (asked.size === 64) stop.abort()
        return 'ignore'
      },
    })
    await rig.put('long.bin', Buffer.alloc(6_000_000))
    const error = await sourceErrorOf(collect(sftp, context(stop.signal)))
    expect([error.code, asked.size]).toEqual(['SRC_STOPPED', 64])
  })

  it('reads every byte from a server that gives less than it is asked for', async () => {
    const bytes = randomBytes(300_001)
    await use({ onRead: () => 'half' })
    await rig.put('odd.bin', bytes)
    expect((await poll())[0]!.bytes.equals(bytes)).toBe(true)
  })

  it('opens a private key that is locked with its passphrase', async () => {
    const { privateKey: locked } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: {
        type: 'sec1',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'apri',
      },
    })
    const parsed = ssh2.utils.parseKey(locked, 'apri') as ParsedKey
    process.env['STAFFETTA_TEST_SFTP_KEY'] = locked
    process.env['STAFFETTA_TEST_SFTP_PASSPHRASE'] = 'apri'
    await use(
      { authorizedKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` },
      {
        privateKey: 'env:STAFFETTA_TEST_SFTP_KEY',
        passphrase: 'env:STAFFETTA_TEST_SFTP_PASSPHRASE',
        password: undefined,
      },
    )
    expect(await poll()).toEqual([])
    process.env['STAFFETTA_TEST_SFTP_PASSPHRASE'] = 'sbagliata'
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
    expect(error.message).not.toContain('sbagliata')
  })

  it('gives the same key after the server was moved, and takes the oldest first', async () => {
    await use({ hostKey: newHostKey() }, { after: 'leave' })
    for (const [name, hour] of Object.entries({ b: 8, a: 9, c: 7 })) {
      await rig.put(`${name}.csv`, Buffer.from(name))
      const time = new Date(Date.UTC(2026, 2, 1, hour))
      await utimes(join(rig.root, 'in', `${name}.csv`), time, time)
    }
    expect((await poll()).map(({ key }) => key)).toEqual([
      'c.csv/1/2026-03-01T07:00:00Z',
      'b.csv/1/2026-03-01T08:00:00Z',
      'a.csv/1/2026-03-01T09:00:00Z',
    ])
  })

  it('is told of a connection that was lost while a drop was being saved', async () => {
    await use({})
    for (const name of ['one.csv', 'two.csv']) await rig.put(name, Buffer.from(name))
    const drops = sftp.poll(context())
    const first = await drops.next()
    await bytesOf(first.value!)
    rig.server.cut()
    await rig.server.idle()
    expect((await sourceErrorOf(drops.next())).code).toBe('SRC_CONNECTION_LOST')
    expect(await rig.isWaiting('two.csv')).toBe(true)
  })
})
