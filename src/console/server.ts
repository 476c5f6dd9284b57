// The pages in the browser, where testers answer. It listens behind a proxy that speaks
// TLS, on the loopback. Invariants: a GET changes nothing; every answer forbids scripts, other
// sites, caches and indexes; bodies, headers, waits and calls of one address are bounded; no
// address and no token is ever logged.
import cookies from '@fastify/cookie'
import multipart from '@fastify/multipart'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import type { Log } from '../log.ts'
import { addAssets } from './assets.ts'
import { addPages } from './guarded.ts'
import { plainPage, sendPage } from './page.ts'
import { languageOf } from './reader.ts'
import { pageRoutes } from './routes.ts'
import { consoleStyle } from './style.ts'
import { addTestPages, type TestPages } from './test-pages.ts'
import { consoleWords } from './test-words.ts'
import { createThrottle } from './throttle.ts'

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
  close(): Promise<void>
}

const BODY_BYTES = 16 * 1024
/** Of one form. */
const FORM_FIELDS = 500
const FORM_FILES = 10
const REQUEST_MILLISECONDS = 30_000
const KEEP_ALIVE_MILLISECONDS = 5_000
/** Connections at once; what comes beyond is closed. */
const CONNECTIONS = 500
/** Requests of one address in a minute: a whole office may stand behind one. */
const REQUESTS_A_MINUTE = 600
/** Proxies whose word for the address counts: on this machine, or in its own network. */
const PROXIES = 'loopback, uniquelocal'

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

/** Throws when the address is taken, or is not this machine’s. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { log } = options
  const prefix = new URL(options.url).pathname.replace(/\/+$/, '')
  const throttle = createThrottle(REQUESTS_A_MINUTE)
  /** Before anything is read of what is asked; false: it has been answered. */
  function begin(request: FastifyRequest, reply: FastifyReply): boolean {
    reply.headers(headers)
    if (throttle(request.ip, options.now())) return true
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
    requestTimeout: REQUEST_MILLISECONDS,
    connectionTimeout: REQUEST_MILLISECONDS,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    forceCloseConnections: true,
    trustProxy: PROXIES,
    // A proxy may leave its prefix on, or take it off.
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, prefix),
  })
  server.server.maxConnections = CONNECTIONS
  await server.register(cookies)
  await server.register(multipart, {
    limits: { fields: FORM_FIELDS, files: FORM_FILES, fileSize: largestDrop(options.app) },
  })
  readFormsOnly(server)
  server.addHook('onRequest', async (request, reply) => (begin(request, reply) ? undefined : reply))
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
  const origin = new URL(options.url).origin
  addPages(server, pageRoutes, { app: options.app, prefix, origin, now: options.now })
  const url = await server.listen(addressOf(options.listen))
  log.info({ url }, 'console opened')
  return { url, close: () => server.close() }
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
