// An IO that answers what no contract foresees: by the number of the notice that a call is about,
// one of these oddities or an ordinary answer. On loopback, over real HTTP, since what is put to
// the proof is how the client reads it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { numberOf } from './timeless.ts'

export const oddities = [
  'no-id',
  'id-not-text',
  'html',
  'wrong-json',
  'bomb',
  'flood',
  'redirect',
  'cut',
] as const

export type Oddity = (typeof oddities)[number]

export interface OddIo extends AsyncDisposable {
  baseUrl: string
  /** Submissions by notice, whatever was answered. */
  submitted: Map<number, number>
  /** Requests that came where a redirect pointed. */
  followed(): number
  /** The most bytes of one flood that were taken from us. */
  longestFlood(): number
  inFlightMax(): number
  oddCalls(): number
}

const FLOOD_BYTES = 2 * 1024 ** 3
const BOMB_MEGABYTES = 512
const STRANGE_STATUS = 'SLEEPING'

/** `oddityOf`: how a submission of this notice is answered; null: as it should be. */
export async function startOddIo(oddityOf: (number: number) => Oddity | null): Promise<OddIo> {
  const submitted = new Map<number, number>()
  const asked = new Set<string>()
  const counts = { followed: 0, longestFlood: 0, underWay: 0, most: 0, odd: 0 }
  const bomb = bombOf(BOMB_MEGABYTES)

  function say(oddity: Oddity, response: ServerResponse, status: number): void {
    counts.odd += 1
    const json = { 'content-type': 'application/json' }
    switch (oddity) {
      case 'no-id':
        return void response.writeHead(status, json).end('{}')
      case 'id-not-text':
        return void response.writeHead(status, json).end('{"id":17,"sender_allowed":"yes"}')
      case 'html':
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in')
      case 'wrong-json':
        return void response.writeHead(status, json).end('{"id":"01')
      case 'bomb':
        return void response.writeHead(status, { ...json, 'content-encoding': 'gzip' }).end(bomb)
      case 'redirect':
        return void response.writeHead(307, { location: '/elsewhere' }).end()
      case 'cut':
        response.writeHead(status, { ...json, 'content-length': '100' })
        response.write('{"id":"01')
        return void setImmediate(() => response.destroy())
      case 'flood':
        flood(response, status, (bytes) => {
          counts.longestFlood = Math.max(counts.longestFlood, bytes)
        })
    }
  }

  function answer(path: string, body: string, response: ServerResponse): void {
    if (path.endsWith('/messages')) {
      const { content } = JSON.parse(body) as { content: { subject: string } }
      const number = numberOf(content.subject)
      submitted.set(number, (submitted.get(number) ?? 0) + 1)
      const oddity = oddityOf(number)
      if (oddity !== null) say(oddity, response, 201)
      else reply(response, 201, { id: idOf(number) })
      return
    }
    // A question may be put again: some are answered oddly once, then as they should be.
    const question = path + body
    const oddity = asked.has(question) ? undefined : oddities[asked.size % (oddities.length * 3)]
    asked.add(question)
    if (oddity !== undefined) say(oddity, response, 200)
    else if (path.endsWith('/profiles')) reply(response, 200, reachable)
    else reply(response, 200, { status: STRANGE_STATUS, message: { id: path, created_at: 'x' } })
  }

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/elsewhere') counts.followed += 1
    const isSubmit = path.endsWith('/messages')
    if (isSubmit) counts.underWay += 1
    counts.most = Math.max(counts.most, counts.underWay)
    response.on('close', () => {
      if (isSubmit) counts.underWay -= 1
    })
    readBody(request, (body) => answer(path, body, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/api/v1`,
    submitted,
    followed: () => counts.followed,
    longestFlood: () => counts.longestFlood,
    inFlightMax: () => counts.most,
    oddCalls: () => counts.odd,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const reachable = { sender_allowed: true, preferred_languages: ['it_IT'] }

function reply(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** Blanks before an id, as JSON allows: whoever unpacks them all needs half a gigabyte. */
function bombOf(megabytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(1_048_576, ' '))
  return Buffer.concat(Array.from({ length: megabytes }, () => member))
}

/** Writes as long as somebody reads, up to two gigabytes. */
function flood(response: ServerResponse, status: number, wrote: (bytes: number) => void): void {
  const chunk = Buffer.alloc(65_536, ' ')
  let bytes = 0
  response.writeHead(status, { 'content-type': 'application/json' })
  const write = () => {
    while (bytes < FLOOD_BYTES && !response.destroyed) {
      bytes += chunk.length
      if (!response.write(chunk)) break
    }
    if (bytes >= FLOOD_BYTES) response.end()
  }
  response.on('drain', write)
  response.on('error', () => {})
  response.on('close', () => wrote(bytes))
  write()
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => done(Buffer.concat(pieces).toString('utf8')))
}

/** A ULID as IO makes them. */
function idOf(number: number): string {
  return `01${String(number).padStart(24, '0')}`
}
