// A TCP server that speaks whatever bytes a test wants: IO's answers at their worst.
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface RawServer {
  url: string
  port: number
  /** Each whole request, head and body, as it was received. */
  requests: string[]
  connections(): number
  stop(): Promise<void>
}

export interface RawScript {
  /** Called when a connection opens. */
  onOpen?(socket: Socket): void
  /** Called when a whole request was received. */
  onRequest?(socket: Socket, request: string): void
}

export async function startRawServer(script: RawScript): Promise<RawServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    script.onOpen?.(socket)
    let received = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? 0)
      if (received.length < headEnd + 4 + length) return
      requests.push(received)
      script.onRequest?.(socket, received)
      received = ''
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    port,
    requests,
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A whole HTTP/1.1 answer. */
export function httpAnswer(status: number, body: string, headers: Record<string, string> = {}) {
  const lines = Object.entries({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n${body}`
}
