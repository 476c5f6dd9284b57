// The ways out of a town hall: a proxy, a private authority; the environment changes nothing.
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createIoClient, type IoClientOptions } from '../../src/io/client.ts'
import { authority, certificate, privateKey } from './certificates.ts'
import { clientOptions, message, serviceAt } from './given.ts'
import { startRawServer } from './raw-server.ts'

const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function listen(server: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function accept(_: IncomingMessage, response: { end(body: string): void; statusCode: number }) {
  response.statusCode = 201
  response.end('{"id":"01J"}')
}

const startIo = () => listen(createServer(accept))
const startIoOverTls = () => listen(createTlsServer({ cert: certificate, key: privateKey }, accept))

interface Proxy {
  url: string
  /** `CONNECT io.example:443`, `POST http://…`. */
  asked: string[]
  authorizations: (string | undefined)[]
}

/** Forwards everything to one port, whatever host was asked for; or answers with this status. */
async function startProxy(target: number, refusal?: number): Promise<Proxy> {
  const asked: string[] = []
  const authorizations: (string | undefined)[] = []
  const note = (incoming: IncomingMessage) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    authorizations.push(incoming.headers['proxy-authorization'])
  }
  const proxy = createServer((incoming, response) => {
    note(incoming)
    const { method, headers } = incoming
    const path = new URL(incoming.url ?? '').pathname
    const onward = httpRequest({ port: target, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
  proxy.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(incoming)
    socket.on('error', () => {})
    if (refusal) return socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`)
    const onward = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    return onward
  })
  const port = await listen(proxy)
  return { url: `http://127.0.0.1:${port}`, asked, authorizations }
}

async function submitWith(over: Partial<IoClientOptions>, baseUrl: string) {
  const client = createIoClient({ ...clientOptions, ...over })
  open.push(() => client.close())
  return (await client.submit(serviceAt(baseUrl), message)).outcome
}

const accepted = { kind: 'accepted', ioId: '01J' }
const unreachable = { kind: 'deferred', code: 'IO_UNREACHABLE', counts: false }

describe('an authority of one’s own', () => {
  test('makes a private certificate trusted', async () => {
    const url = `https://localhost:${await startIoOverTls()}/api/v1`
    expect(await submitWith({ certificateAuthorities: [authority] }, url)).toEqual(accepted)
  })

  test('is needed: without it nothing is sent', async () => {
    const url = `https://localhost:${await startIoOverTls()}/api/v1`
    expect(await submitWith({}, url)).toMatchObject({
      ...unreachable,
      detail: 'no answer (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    })
  })

  test('does not excuse a wrong name', async () => {
    const url = `https://127.0.0.1:${await startIoOverTls()}/api/v1`
    expect(await submitWith({ certificateAuthorities: [authority] }, url)).toMatchObject({
      ...unreachable,
      detail: 'no answer (ERR_TLS_CERT_ALTNAME_INVALID)',
    })
  })
})

test('HTTP/2, which sends refused requests again by itself, is never spoken', async () => {
  const versions: string[] = []
  const server = createSecureServer(
    { cert: certificate, key: privateKey, allowHTTP1: true },
    (request, response) => {
      versions.push(request.httpVersion)
      response.writeHead(201, { connection: 'close' }).end('{"id":"01J"}')
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => new Promise((resolve) => server.close(resolve)))
  const port = (server.address() as AddressInfo).port
  const over = { certificateAuthorities: [authority] }
  expect(await submitWith(over, `https://localhost:${port}/api/v1`)).toEqual(accepted)
  const proxy = (await startProxy(port)).url
  expect(await submitWith({ ...over, proxy }, 'https://io.example/api/v1')).toEqual(accepted)
  expect(versions).toEqual(['1.1', '1.1'])
})

describe('a proxy', () => {
  test('tunnels to an https origin, with its credentials and the private authority', async () => {
    const proxy = await startProxy(await startIoOverTls())
    const credentials = proxy.url.replace('//', '//ced:p%40ss@')
    const over = { proxy: credentials, certificateAuthorities: [authority] }
    expect(await submitWith(over, 'https://io.example/api/v1')).toEqual(accepted)
    expect(proxy.asked).toEqual(['CONNECT io.example:443'])
    expect(proxy.authorizations).toEqual([`Basic ${btoa('ced:p@ss')}`])
  })

  test('forwards to an http origin', async () => {
    const proxy = await startProxy(await startIo())
    const outcome = await submitWith({ proxy: proxy.url }, 'http://io.example/api/v1')
    expect(outcome).toEqual(accepted)
    expect(proxy.asked).toEqual(['POST http://io.example/api/v1/messages'])
  })

  test.each([403, 407, 502])(
    'that refuses the tunnel with %i lets nothing leave',
    async (status) => {
      const proxy = await startProxy(await startIoOverTls(), status)
      const over = { proxy: proxy.url, certificateAuthorities: [authority] }
      expect(await submitWith(over, 'https://io.example/api/v1')).toMatchObject(unreachable)
    },
  )

  test('that is down, or silent, or cuts the tunnel lets nothing leave', async () => {
    const down = await startRawServer({})
    await down.stop()
    const silent = await startRawServer({})
    const cutting = await startRawServer({ onRequest: (socket) => void socket.resetAndDestroy() })
    open.push(silent.stop, cutting.stop)
    for (const { port } of [down, silent, cutting]) {
      const over = { proxy: `http://127.0.0.1:${port}` }
      expect(await submitWith(over, 'https://io.example/api/v1')).toMatchObject(unreachable)
    }
  })

  test('of the environment is ignored', async () => {
    const proxy = await startProxy(await startIo())
    const before = process.env['HTTP_PROXY']
    process.env['HTTP_PROXY'] = proxy.url
    try {
      const url = `http://127.0.0.1:${await startIo()}/api/v1`
      expect(await submitWith({}, url)).toEqual(accepted)
      expect(proxy.asked).toEqual([])
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY']
      else process.env['HTTP_PROXY'] = before
    }
  })
})
