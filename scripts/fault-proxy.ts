// A TCP proxy that fails on demand: in front of a database or of IO it cuts connections, swallows
// what is sent, or goes silent without closing anything, as a dead router does. It understands of
// HTTP only that a request is answered before the next one comes, which is how the client calls.
// Invariant: a connection that was once silent stays so for ever; only new ones pass again.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Where the connections go: a port of this machine, or a socket of it. */
export type Upstream = { port: number } | { path: string }

/**
 * What becomes of one request. `cut-before`: read to its end, never passed on, connection reset.
 * `cut-after`: passed on, and the connection reset when the answer comes.
 */
export type Verdict = 'pass' | 'cut-before' | 'cut-after'

export interface FaultProxyOptions {
  /** Asked at the first bytes of each request with its first line. */
  judge?(line: string): Verdict
  /** The first bytes of an answer are here, and go no further until it resolves. */
  beforeAnswer?(line: string): Promise<void> | void
  /** A request is under way no more: answered, or its connection closed. */
  ended?(line: string): void
}

export interface FaultProxy {
  port: number
  /** From now on nothing goes through, nothing is closed, and new connections get no answer. */
  blackhole(): void
  /** New connections pass. Those of the silence stay silent. */
  pass(): void
  /** Resets all that is open. */
  cut(): void
  stop(): Promise<void>
}

interface Link {
  client: Socket
  upstream: Socket
  silent: boolean
  /** First line of the request under way; null between two. */
  request: string | null
  verdict: Verdict
  /** Bytes of a request that is to be cut before it is passed on. */
  swallowed: Buffer
}

/** Listens on a free port of 127.0.0.1. */
export async function startFaultProxy(
  to: Upstream,
  options: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const links = new Set<Link>()
  let silent = false
  const server = createServer((client) => {
    const link: Link = {
      client,
      upstream: 'path' in to ? connect(to.path) : connect(to.port, '127.0.0.1'),
      silent,
      request: null,
      verdict: 'pass',
      swallowed: Buffer.alloc(0),
    }
    links.add(link)
    join(link, options, () => links.delete(link))
  })
  const port = await listen(server)
  return {
    port,
    blackhole() {
      silent = true
      for (const link of links) link.silent = true
    },
    pass() {
      silent = false
    },
    cut() {
      for (const link of links) reset(link)
    },
    stop() {
      for (const link of links) reset(link)
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function join(link: Link, options: FaultProxyOptions, closed: () => void): void {
  const { client, upstream } = link
  client.setNoDelay(true)
  upstream.setNoDelay(true)
  client.on('data', (bytes: Buffer) => takeRequest(link, bytes, options))
  upstream.on('data', (bytes: Buffer) => void takeAnswer(link, bytes, options))
  const end = () => {
    if (link.request !== null) options.ended?.(link.request)
    link.request = null
    // In a silence neither side hears of the other's end.
    if (link.silent) return
    closed()
    client.destroy()
    upstream.destroy()
  }
  for (const socket of [client, upstream]) {
    // `close` follows each error, and is what is heard.
    socket.on('error', () => {})
    socket.on('close', end)
  }
}

function takeRequest(link: Link, bytes: Buffer, options: FaultProxyOptions): void {
  if (link.silent) return
  if (link.request === null) {
    link.request = bytes.toString('latin1', 0, Math.max(0, bytes.indexOf('\r\n')))
    link.verdict = options.judge?.(link.request) ?? 'pass'
  }
  if (link.verdict !== 'cut-before') {
    link.upstream.write(bytes)
    return
  }
  link.swallowed = Buffer.concat([link.swallowed, bytes])
  if (isWhole(link.swallowed)) reset(link)
}

async function takeAnswer(link: Link, bytes: Buffer, options: FaultProxyOptions): Promise<void> {
  if (link.silent) return
  const { request, client, upstream } = link
  if (request !== null) {
    if (link.verdict === 'cut-after') return reset(link)
    link.request = null
    if (options.beforeAnswer) {
      upstream.pause()
      await options.beforeAnswer(request)
      upstream.resume()
    }
    options.ended?.(request)
  }
  if (!link.silent && !client.destroyed) client.write(bytes)
}

/** Whether a request with a `content-length`, or without a body, is here to its last byte. */
function isWhole(request: Buffer): boolean {
  const head = request.indexOf('\r\n\r\n')
  if (head < 0) return false
  const [, length = '0'] =
    /^content-length: *(\d+)/im.exec(request.toString('latin1', 0, head)) ?? []
  return request.length >= head + 4 + Number(length)
}

/** With RST, as a peer that has crashed answers. */
function reset({ client, upstream }: Link): void {
  client.resetAndDestroy()
  upstream.destroy()
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
