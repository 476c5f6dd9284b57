// The connector to SFTP against OpenSSH: the contract of every connector, and what only a real
// server shows. A proxy stands between the two, so that the line can be cut.
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { filesIn } from '../../test/contract/file-rig.ts'
import { reportOf } from '../../test/contract/report.ts'
import sftp, { type SftpSettings } from './index.ts'

const peer = new URL(process.env['STAFFETTA_PEER_SSH'] ?? 'sftp://not-there')
const option = (name: string) => peer.searchParams.get(name) ?? ''
process.env['STAFFETTA_TEST_PEER_PASSPHRASE'] = option('passphrase')
process.env['STAFFETTA_TEST_PEER_PASSWORD'] = 'wrong'

interface PeerRig extends Rig<SftpSettings> {
  root: string
  line: Line
}

async function startRig(): Promise<PeerRig> {
  const root = await mkdtemp(join(peer.pathname, 'rig-'))
  await chmod(root, 0o755)
  for (const name of ['in', 'archive', 'results']) {
    await mkdir(join(root, name))
    await chmod(join(root, name), 0o777) // The server runs as another user than the tests.
  }
  const line = await startLine(Number(peer.port))
  return {
    root,
    line,
    connector: sftp,
    settings: {
      host: '127.0.0.1',
      port: line.port,
      username: peer.username,
      privateKey: `file:${option('privateKey')}`,
      hostKeys: [option('hostKey')],
      directory: join(root, 'in'),
      pattern: '*',
      after: 'move',
      archiveDirectory: join(root, 'archive'),
      resultsDirectory: join(root, 'results'),
    },
    secrets: [await readFile(option('privateKey'), 'utf8')],
    ...filesIn(join(root, 'in'), join(root, 'results')),
    async cut() {
      line.refuse(true)
      line.cut()
      return async () => line.refuse(false)
    },
    async stop() {
      await line.stop()
      await rm(root, { recursive: true })
    },
  }
}

connectorContract({ name: 'sftp', against: 'OpenSSH', start: startRig })

describe('the connector sftp, against OpenSSH', () => {
  let rig: PeerRig
  beforeEach(async () => {
    rig = await startRig()
    Object.assign(rig.settings, { stabilitySeconds: 0 })
  })
  afterEach(() => rig.stop())
  const poll = () => collect(sftp, contextFor(sftp, rig.settings))

  it('refuses a host key that is not pinned, and shows the one that it saw', async () => {
    rig.settings['hostKeys'] = [`SHA256:${'A'.repeat(43)}`]
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_HOST_KEY', false])
    expect(error.message).toContain(option('hostKey'))
  })

  it('opens a locked key with its passphrase, and says when it cannot', async () => {
    rig.settings['privateKey'] = `file:${option('lockedKey')}`
    rig.settings['passphrase'] = 'env:STAFFETTA_TEST_PEER_PASSPHRASE'
    expect(await poll()).toEqual([])
    rig.settings['passphrase'] = 'env:STAFFETTA_TEST_PEER_PASSWORD'
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
  })

  it('says that credentials are refused', async () => {
    delete rig.settings['privateKey']
    rig.settings['password'] = 'env:STAFFETTA_TEST_PEER_PASSWORD'
    const error = await sourceErrorOf(poll())
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
    expect(await sftp.check(contextFor(sftp, rig.settings))).toMatchObject([{ ok: false }])
  })

  it('reads half a gigabyte whole, though the line is cut in its midst', async () => {
    const sha256 = await putLarge(join(rig.root, 'in', 'large.bin'), 500_000_000)
    rig.line.cutAfter(250_000_000)
    const waits: number[] = []
    const context = contextFor(sftp, rig.settings, {
      duringSleep: (seconds) => void waits.push(seconds),
    })
    const digest = createHash('sha256')
    for await (const { parts } of sftp.poll(context)) {
      for await (const chunk of parts[0]!.bytes) digest.update(chunk)
    }
    expect(waits).toEqual([1])
    expect(digest.digest('hex')).toBe(sha256)
    expect(await rig.isWaiting('large.bin')).toBe(false)
    // Nothing was read twice but what was under way when the line was cut.
    expect(rig.line.passedBytes()).toBeLessThan(510_000_000)
  })

  it('keeps nothing of a file that became shorter while the line was cut', async () => {
    await rig.put('long.bin', randomBytes(8_000_000))
    rig.line.cutAfter(4_000_000)
    const duringSleep = () => rig.put('long.bin', randomBytes(7_000_000))
    const error = await sourceErrorOf(
      collect(sftp, contextFor(sftp, rig.settings, { duringSleep })),
    )
    expect([error.code, error.retry]).toEqual(['SRC_FILE_CHANGED', true])
    expect(await readdir(join(rig.root, 'archive'))).toEqual([])
  })

  it('never takes a file that grows by a byte each second, and then takes it whole', async () => {
    Object.assign(rig.settings, { stabilitySeconds: 1 })
    await rig.put('slow.csv', Buffer.from('0'))
    const saved = { keys: new Set<string>() }
    for (let second = 1; second <= 30; second++) {
      const duringSleep = () => rig.grow?.('slow.csv', Buffer.from(String(second % 10)))
      const context = contextFor(sftp, rig.settings, { saved, duringSleep })
      expect(await collect(sftp, context, saved)).toEqual([])
    }
    const [drop, ...others] = await poll()
    expect(drop?.bytes.toString()).toBe('0123456789'.repeat(3).concat('0'))
    expect(others).toEqual([])
    expect(await poll()).toEqual([])
  })

  it('takes nothing that is not marked as done, and the mark goes with its file', async () => {
    Object.assign(rig.settings, { doneMarker: '.done', pattern: '*.csv' })
    for (const name of ['a.csv', 'b.csv']) await rig.put(name, Buffer.from(name))
    expect(await poll()).toEqual([])
    await rig.put('b.csv.done', Buffer.alloc(0))
    expect((await poll()).map(({ name }) => name)).toEqual(['b.csv'])
    expect(await readdir(join(rig.root, 'in'))).toEqual(['a.csv'])
  })

  it('writes the results of two files of one name, and neither is lost', async () => {
    const keys = ['one.csv/1/2026-03-01T10:00:00Z', 'one.csv/2/2026-03-02T10:00:00Z']
    for (const key of [...keys, ...keys]) {
      await sftp.writeBack!(contextFor(sftp, rig.settings), reportOf(key, `of ${key}`))
    }
    expect(await rig.results!()).toEqual(
      new Map([
        ['one.csv.20260302T100000Z-2.esiti.csv', `of ${keys[1]}`],
        ['one.esiti.csv', `of ${keys[0]}`],
      ]),
    )
  })

  it('takes a file that is renamed into place once, and its companion with it', async () => {
    const settings = { pattern: 'b-{mese:yyyyMM}.csv', companions: ['c-{mese:yyyyMM}.csv'] }
    Object.assign(rig.settings, settings)
    for (const name of ['b-202603.csv.part', 'c-202603.csv']) await rig.put(name, Buffer.from('1'))
    expect(await poll()).toEqual([])
    const place = (name: string) => join(rig.root, 'in', name)
    await rename(place('b-202603.csv.part'), place('b-202603.csv'))
    const names: string[][] = []
    for await (const { parts } of sftp.poll(contextFor(sftp, rig.settings))) {
      names.push(parts.map(({ name }) => name))
      for (const { bytes } of parts) expect(await Array.fromAsync(bytes)).toHaveLength(1)
    }
    expect(names).toEqual([['b-202603.csv', 'c-202603.csv']])
    expect(await readdir(join(rig.root, 'in'))).toEqual([])
  })

  it('tells of a directory that may not be written, and of one that is not there', async () => {
    rig.settings['resultsDirectory'] = join(rig.root, 'missing')
    await chmod(join(rig.root, 'archive'), 0o555)
    const lines = await sftp.check(contextFor(sftp, rig.settings))
    expect(lines.map(({ ok }) => ok)).toEqual([true, true, true, false, true, false])
    const key = 'one.csv/1/2026-03-01T10:00:00Z'
    const error = await sourceErrorOf(
      sftp.writeBack!(contextFor(sftp, rig.settings), reportOf(key, 'text')),
    )
    expect([error.code, error.retry]).toEqual(['SRC_RESULT', true])
  })
})

/** A TCP line to the server that is cut when it should be. */
interface Line {
  port: number
  cut(): void
  /** Cuts once, when so many bytes came from the server. */
  cutAfter(bytes: number): void
  /** Bytes that came from the server. */
  passedBytes(): number
  refuse(isRefusing: boolean): void
  stop(): Promise<void>
}

async function startLine(serverPort: number): Promise<Line> {
  const sockets = new Set<Socket>()
  let refusing = false
  let passed = 0
  let cutAt = Number.POSITIVE_INFINITY
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true })
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
    }
    if (refusing) client.destroy()
    client.pipe(server)
    server.on('data', (chunk) => {
      passed += chunk.length
      if (passed < cutAt) return
      cutAt = Number.POSITIVE_INFINITY
      cut()
    })
    server.pipe(client)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return {
    port: (listener.address() as AddressInfo).port,
    cut,
    cutAfter(bytes) {
      cutAt = passed + bytes
    },
    passedBytes: () => passed,
    refuse(isRefusing) {
      refusing = isRefusing
    },
    stop() {
      cut()
      return new Promise((resolve) => listener.close(() => resolve()))
    },
  }
}

/** Writes a file of bytes that differ from block to block; gives its digest. */
async function putLarge(path: string, sizeBytes: number): Promise<string> {
  await using file = await open(path, 'w')
  const block = randomBytes(1_000_000)
  const digest = createHash('sha256')
  for (let left = sizeBytes, number = 0; left > 0; left -= block.length, number++) {
    block.writeUInt32BE(number)
    const bytes = block.subarray(0, Math.min(left, block.length))
    await file.write(bytes)
    digest.update(bytes)
  }
  return digest.digest('hex')
}
