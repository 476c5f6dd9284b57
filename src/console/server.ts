// The pages in the browser, where testers answer. It listens behind a proxy that speaks
// TLS, on the loopback. Invariants: a GET changes nothing; every answer forbids scripts, other
// sites, caches and indexes; bodies, headers, waits and calls of one address are bounded; no
// address and no token is ever logged.
import { BlockList } from 'node:net'
import cookies from '@fastify/cookie'
import multipart from '@fastify/multipart'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import type { Log } from '../log.ts'
import { addApi } from './api/server.ts'
import { addAssets } from './assets.ts'
import { addOwnPages, addPages } from './guarded.ts'
import { addOpenPages } from './open-pages.ts'
import { plainPage, sendPage } from './page.ts'
import { languageOf } from './reader.ts'
import { openRoutes, ownRoutes, pageRoutes } from './routes.ts'
import { PAGE_BODY_BYTES } from './sent.ts'
import { tokenOf } from './session-cookie.ts'
import { consoleStyle } from './style.ts'
import { addTestPages, type TestPages } from './test-pages.ts'
import { consoleWords } from './test-words.ts'
import { createAskers, createThrottle } from './throttle.ts'

export interface ConsoleOptions {
  /** `127.0.0.1:8080`; port 0: any that is free. */
  listen: string
  /** How browsers reach it, with the proxy’s prefix if any. */
  url: string
  tests: TestPages
  /** What the pages show and change. */
  app: App
  log: Pick<Log, 'info' | 'error'>
  now(): Temporal.Instant
}

export interface Console {
  /** Where it listens: `http://127.0.0.1:8080`. */
  url: string
  /** Every route that it answers: `GET /:institution/flows`. */
  routes: readonly string[]
  close(): Promise<void>
}

const BODY_BYTES = 16 * 1024
/** Of one form. */
const FORM_FIELDS = 500
const FORM_FILES = 10
const REQUEST_MILLISECONDS = 30_000
/** Of a form with files: 2 GB by a slow line. */
const UPLOAD_MILLISECONDS = 60 * 60_000
const KEEP_ALIVE_MILLISECONDS = 5_000
/** Connections at once; what comes beyond is closed. */
const CONNECTIONS = 500
/** Requests in a minute of one session, or of all of one address who have none. */
const REQUESTS_A_MINUTE = 600
/** Where a proxy may stand: on this machine, or in its own network. */
const nearby = new BlockList()
for (const [address, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  nearby.addSubnet(address, bits)
}
nearby.addAddress('::1', 'ipv6')
nearby.addSubnet('fc00::', 7, 'ipv6')

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** For two years: where browsers come by TLS, they never come without it. */
const onlyByTls = { 'strict-transport-security': 'max-age=63072000' }

/** Throws when the address is taken, or is not this machine’s. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { log } = options
  const prefix = new URL(options.url).pathname.replace(/\/+$/, '')
  const origin = new URL(options.url).origin
  const throttle = createThrottle(REQUESTS_A_MINUTE)
  const askers = createAskers()
  const sent = { ...headers, ...(origin.startsWith('https:') && onlyByTls) }
  /** Before anything is read of what is asked; false: it has been answered. */
  function begin(request: FastifyRequest, reply: FastifyReply): boolean {
    reply.headers(sent)
    // Programs are counted by their tokens.
    if (request.url.startsWith('/api/')) return true
    // Files of the pages cost nothing and are asked for many at once.
    if (request.url.startsWith('/assets/')) return true
    const asker = askers.askerOf(sessionToken(request, origin), request.ip)
    if (throttle(asker, options.now())) return true
    reply.header('retry-after', '60')
    say(reply, 429, 'tooMany', request.headers['accept-language'])
    return false
  }
  const server = fastify({
    // An address that cannot be read is refused before any hook, and never quoted.
    frameworkErrors: (_, request, reply) => {
      if (begin(request, reply)) {
        say(reply, 404, 'notFound', request.headers['accept-language'])
      }
    },
    bodyLimit: BODY_BYTES,
    requestTimeout: UPLOAD_MILLISECONDS,
    connectionTimeout: REQUEST_MILLISECONDS,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    forceCloseConnections: true,
    // The word of the nearest one alone counts: what was said to it, anybody may have said.
    trustProxy: (address, hop) => hop === 0 && isNearby(address),
    // A proxy may leave its prefix on, or take it off.
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, prefix),
  })
  server.server.maxConnections = CONNECTIONS
  server.server.headersTimeout = REQUEST_MILLISECONDS
  const routes: string[] = []
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`)
  })
  await server.register(cookies)
  await server.register(multipart, {
    // One byte more is read than may be: who takes the file sees by it that it is too large.
    limits: {
      fields: FORM_FIELDS,
      fieldSize: PAGE_BODY_BYTES,
      files: FORM_FILES,
      fileSize: largestDrop(options.app) + 1,
    },
  })
  readFormsOnly(server)
  server.addHook('onRequest', async (request, reply) => {
    if (!begin(request, reply)) return reply
    if (!isWithFiles(request)) arriveInTime(request)
  })
  server.setNotFoundHandler((request, reply) =>
    say(reply, 404, 'notFound', request.headers['accept-language']),
  )
  server.setErrorHandler(
    (error: Error & { statusCode?: number; code?: string }, request, reply) => {
      const status = error.statusCode ?? 500
      if (status >= 500) log.error({ code: error.code ?? error.name }, 'page failed')
      const what = status === 413 ? 'tooLarge' : status < 500 ? 'notUnderstood' : 'failed'
      return say(reply, status, what, request.headers['accept-language'])
    },
  )
  server.get('/console.css', (_, reply) =>
    reply
      .header('cache-control', 'public, max-age=3600')
      .type('text/css; charset=utf-8')
      .send(consoleStyle),
  )
  addTestPages(server, options.tests)
  await addAssets(server)
  await addApi(server, options)
  const { app, now } = options
  const guard = { app, prefix, origin, now, sessionFound: askers.found }
  addOpenPages(server, openRoutes, guard)
  addOwnPages(server, ownRoutes, guard)
  addPages(server, pageRoutes, guard)
  const url = await server.listen(addressOf(options.listen))
  log.info({ url }, 'console opened')
  return { url, routes, close: () => server.close() }
}

/** Cookies are not parsed yet where an address could not be read. */
function sessionToken(request: FastifyRequest, origin: string): string | null {
  return request.cookies ? tokenOf(request, origin) : null
}

function isWithFiles({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.startsWith('multipart/form-data') ?? false
}

function isNearby(address: string): boolean {
  return nearby.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

/** What has no file is short: who lets it trickle holds a connection, and is hung up on. */
function arriveInTime({ raw }: FastifyRequest): void {
  const timer = setTimeout(() => raw.complete || raw.destroy(), REQUEST_MILLISECONDS)
  timer.unref()
  raw.once('close', () => clearTimeout(timer))
}

function largestDrop({ config }: App): number {
  return config.installation.limits.maximumDropBytes
}

/** Forms alone are read, so that no other body is ever parsed. */
function readFormsOnly(server: FastifyInstance): void {
  server.removeContentTypeParser(['application/json', 'text/plain'])
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_, body, done) => done(null, new URLSearchParams(String(body))),
  )
}

function say(
  reply: FastifyReply,
  status: number,
  what: 'tooMany' | 'notFound' | 'tooLarge' | 'notUnderstood' | 'failed',
  accepted: string | undefined,
) {
  const language = languageOf(accepted)
  const { title, text } = consoleWords[language][what]
  return sendPage(reply, status, language, plainPage(language, title, text))
}

function withoutPrefix(url: string, prefix: string): string {
  if (prefix === '' || !url.startsWith(prefix)) return url
  const rest = url.slice(prefix.length)
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest.startsWith('/') ? rest : url
}

/** `[::1]:8080` has its brackets taken off. */
function addressOf(listen: string): { host: string; port: number } {
  const at = listen.lastIndexOf(':')
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) }
}
