import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy, type Verdict } from '../../scripts/fault-proxy.ts'

const REQUEST = 'POST /messages HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody'

let server: Server
let port: number
let asked: string[]
let proxy: FaultProxy
let verdict: Verdict
let ended: string[]

/** Answers each request with `answer`. */
beforeEach(async () => {
  asked = []
  ended = []
  verdict = 'pass'
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      asked.push(bytes.toString())
      socket.write('answer')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as { port: number }).port
  proxy = await startFaultProxy(
    { port },
    { judge: () => verdict, ended: (line) => void ended.push(line) },
  )
})

afterEach(async () => {
  await proxy.stop()
  await new Promise((resolve) => server.close(resolve))
})

/** What comes back for one request: its answer, or how the connection ended. */
function ask(socket: Socket): Promise<string> {
  socket.write(REQUEST)
  return heard(socket)
}

function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (bytes) => resolve(bytes.toString()))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
}

it('passes requests and answers, one after another on a connection', async () => {
  const socket = connect(proxy.port, '127.0.0.1')
  expect([await ask(socket), await ask(socket)]).toEqual(['answer', 'answer'])
  expect(ended).toEqual(Array(2).fill('POST /messages HTTP/1.1'))
  socket.destroy()
})

it('cuts a request before the other side hears of it', async () => {
  verdict = 'cut-before'
  expect(await ask(connect(proxy.port, '127.0.0.1'))).toBe('ECONNRESET')
  expect(asked).toEqual([])
})

it('reads a request to its end before it cuts it', async () => {
  verdict = 'cut-before'
  const socket = connect(proxy.port, '127.0.0.1')
  const end = heard(socket)
  socket.write(REQUEST.slice(0, -2))
  await new Promise((resolve) => setImmediate(resolve))
  expect(socket.closed).toBe(false)
  socket.write(REQUEST.slice(-2))
  expect(await end).toBe('ECONNRESET')
})

it('cuts a request that the other side has answered, and lets no answer through', async () => {
  verdict = 'cut-after'
  expect(await ask(connect(proxy.port, '127.0.0.1'))).toBe('ECONNRESET')
  expect(asked).toEqual([REQUEST])
})

it('keeps a connection silent for ever once it was, and lets new ones pass', async () => {
  const old = connect(proxy.port, '127.0.0.1')
  expect(await ask(old)).toBe('answer')
  proxy.blackhole()
  const silent = ask(old)
  proxy.pass()
  expect(await ask(connect(proxy.port, '127.0.0.1'))).toBe('answer')
  expect(asked).toHaveLength(2)
  // Only the end of the proxy ends it.
  proxy.cut()
  expect(await silent).toBe('ECONNRESET')
})
