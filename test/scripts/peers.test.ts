// How the real servers of `npm run test:peers` are started and stopped, shown with small programs
// in their place.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort, type Ground, groundFor, prepare, start } from '../../scripts/peers/server.ts'

let root: string
let ground: Ground
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'staffetta-peers-test-'))
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()]
  ground = groundFor('small', root, { uid, gid, switched: false })
})
afterAll(() => rm(root, { recursive: true }))

const startProgram = async (text: string) => {
  const port = await freePort()
  const args = ['-e', text.replace('PORT', String(port))]
  return { port, ...(await start(ground, { program: process.execPath, args, port })) }
}
const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })

it('a server answers when it is started, and no longer when it is stopped', async () => {
  const listen = `require('node:net').createServer().listen(PORT, '127.0.0.1')`
  const server = await startProgram(listen)
  expect(await answers(server.port)).toBe(true)
  await server.stop()
  expect(await answers(server.port)).toBe(false)
  await server.stop() // Once more does no harm.
})

it('a server that ends before it answers is told of with its last words', async () => {
  const failing = `console.error('no such setting'); process.exit(3)`
  await expect(startProgram(failing)).rejects.toThrow(
    /did not answer on port \d+:\n.*no such setting/s,
  )
})

it('a program that is not there is told of', async () => {
  const command = { program: join(root, 'missing'), args: [], port: await freePort() }
  await expect(start(ground, command)).rejects.toThrow(/ENOENT/)
})

it('a preparation runs in the directory of its server, and tells why it failed', async () => {
  const write = `require('node:fs').writeFileSync('made', 'x')`
  prepare(ground, process.execPath, ['-e', write])
  expect(await readFile(join(root, 'small', 'made'), 'utf8')).toBe('x')
  const fail = `console.error('the disk is full'); process.exit(1)`
  expect(() => prepare(ground, process.execPath, ['-e', fail])).toThrow('the disk is full')
})

it('a port is free for whoever asks', async () => {
  expect(await answers(await freePort())).toBe(false)
})
