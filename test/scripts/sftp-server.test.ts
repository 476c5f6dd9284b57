// The SFTP server of the demo and the tests, asked by a client as strict as OpenSSH's.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SFTPWrapper } from 'ssh2'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SftpServer, startSftpServer } from '../../scripts/sftp-server.ts'

const { NO_SUCH_FILE, PERMISSION_DENIED, FAILURE } = ssh2.utils.sftp.STATUS_CODE

let root: string
let server: SftpServer
let client: InstanceType<typeof ssh2.Client>
let sftp: SFTPWrapper

async function connect(readOnly = false): Promise<void> {
  const login = { username: 'demo', password: 'demo' }
  server = await startSftpServer({ directory: join(root, 'shown'), ...login, readOnly })
  client = new ssh2.Client()
  sftp = await new Promise((resolve, reject) => {
    client.on('error', reject)
    client.on('ready', () => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))))
    client.connect({ host: '127.0.0.1', port: server.port, ...login })
  })
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staffetta-server-'))
  await mkdir(join(root, 'shown'))
  await writeFile(join(root, 'hidden'), 'hidden')
  await writeFile(join(root, 'shown', 'a'), 'a')
})
afterEach(async () => {
  client.end()
  await server.stop()
  await rm(root, { recursive: true })
})

describe('the SFTP server', () => {
  it('writes, reads, lists, renames and removes', async () => {
    await connect()
    await promisify(sftp.writeFile.bind(sftp))('/b', 'written')
    expect(String(await promisify(sftp.readFile.bind(sftp))('/b'))).toBe('written')
    const entries = await promisify(sftp.readdir.bind(sftp))('/')
    expect(entries.map(({ filename }) => filename).sort()).toEqual(['a', 'b'])
    const rename = promisify(sftp.rename.bind(sftp))
    await expect(rename('/b', '/a')).rejects.toMatchObject({ code: FAILURE })
    await promisify(sftp.ext_openssh_rename.bind(sftp))('/b', '/a')
    expect(await readFile(join(root, 'shown', 'a'), 'utf8')).toBe('written')
    await promisify(sftp.mkdir.bind(sftp))('/d')
    await rename('/a', '/d/a')
    await promisify(sftp.unlink.bind(sftp))('/d/a')
    await promisify(sftp.rmdir.bind(sftp))('/d')
    expect(await promisify(sftp.readdir.bind(sftp))('/')).toEqual([])
  })

  it('shows nothing outside its directory, by dots or by links', async () => {
    await connect()
    await symlink('../hidden', join(root, 'shown', 'link'))
    await symlink('..', join(root, 'shown', 'up'))
    const read = promisify((path: string, done: (error?: Error, bytes?: Buffer) => void) =>
      sftp.readFile(path, done),
    )
    await expect(read('../hidden')).rejects.toMatchObject({ code: NO_SUCH_FILE })
    await expect(read('/../../hidden')).rejects.toMatchObject({ code: NO_SUCH_FILE })
    await expect(read('/link')).rejects.toMatchObject({ code: FAILURE })
    await expect(read('/up/hidden')).rejects.toMatchObject({ code: PERMISSION_DENIED })
    expect(await promisify(sftp.realpath.bind(sftp))('..')).toBe('/')
  })

  it('changes nothing when it is read-only', async () => {
    await connect(true)
    const refused = { code: PERMISSION_DENIED }
    await expect(promisify(sftp.unlink.bind(sftp))('/a')).rejects.toMatchObject(refused)
    await expect(promisify(sftp.mkdir.bind(sftp))('/d')).rejects.toMatchObject(refused)
    await expect(promisify(sftp.rename.bind(sftp))('/a', '/b')).rejects.toMatchObject(refused)
    expect(await readFile(join(root, 'shown', 'a'), 'utf8')).toBe('a')
  })
})
