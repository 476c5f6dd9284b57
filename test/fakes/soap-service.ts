// Web services of the tests, on loopback: one made by the `soap` package from a WSDL, so that
// another implementation than ours reads our requests, and one that answers whatever a test says.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type IServices, listen } from 'soap'
import { afterEach } from 'vitest'

/** A request as it came. */
export interface Received {
  method: string
  /** With the query. */
  path: string
  headers: IncomingMessage['headers']
  body: string
}

export interface SoapService {
  url: string
  received: Received[]
  stop(): Promise<void>
}

export async function startPackageService(
  wsdlFile: string,
  services: IServices,
): Promise<SoapService> {
  const received: Received[] = []
  const server = createServer((_request, response) => response.writeHead(404).end())
  const url = await start(server)
  const xml = readFileSync(wsdlFile, 'utf8')
  const soap = listen(server, { path: '/ws', services, xml, uri: wsdlFile })
  soap.log = (type, data, request) => {
    if (type !== 'received') return
    const { method = '', url: path = '', headers = {} } = request ?? {}
    received.push({ method, path, headers, body: String(data) })
  }
  return { url: `${url}/ws`, received, stop: () => stop(server) }
}

export type Handler = (
  request: Received,
  response: ServerResponse,
  count: number,
) => string | Buffer | undefined

/** What the handler returns is the answer, as text/xml; with undefined it answers by itself. */
export async function startRawService(handle: Handler): Promise<SoapService> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, body: Buffer.concat(chunks).toString() }
    received.push(one)
    const answer = handle(one, response, received.length)
    if (answer === undefined) return
    if (!response.hasHeader('content-type')) {
      response.setHeader('content-type', 'text/xml; charset=utf-8')
    }
    response.end(answer)
  })
  const url = await start(server)
  return { url: `${url}/ws`, received, stop: () => stop(server) }
}

/** Answers JSON, or this text as if it were, with a state of HTTP. */
export function json(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
    return undefined
  }
}

/** Services that end with the test that started them; called where the tests are declared. */
export function endingServices() {
  const services: SoapService[] = []
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop()
  })
  const keep = async (starting: Promise<SoapService>) => {
    const service = await starting
    services.push(service)
    return service
  }
  return { keep, serve: (handle: Handler) => keep(startRawService(handle)) }
}

/** An envelope of SOAP 1.1 around this body. */
export function envelope(body: string): string {
  return (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">' +
    `<s:Body>${body}</s:Body></s:Envelope>`
  )
}

async function start(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
