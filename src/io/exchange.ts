// One HTTP exchange with IO: a request goes out once, a reply comes back or is lost.
// No retries, no redirects, no environment variables, no HTTP/2 (refused streams are sent again).
// Invariant: `left` is false only when not one byte of the request was written to a connection.
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici'

export interface ExchangeOptions {
  /** Connections to each origin; each carries one request at a time. */
  connections: number
  /** `http://[user:password@]host:port`; used for every origin. */
  proxy?: string
  /** PEM certificates trusted besides the usual ones, by IO's connections and by the proxy's. */
  certificateAuthorities?: string[]
  connectTimeoutSeconds: number
  headersTimeoutSeconds: number
  bodyTimeoutSeconds: number
  /** Hears the `Date` of every answer, in the words of its header. */
  onDate?(date: string): void
  /** Longer bodies are not read: the reply has a null body. */
  bodyLimitBytes: number
}

export interface OutgoingRequest {
  origin: string
  path: string
  method: 'GET' | 'POST'
  /** Names and values in turn. */
  headers: string[]
  body: string | null
  /** For this call instead of the client's own bound. */
  bodyLimitBytes?: number
}

/** `body` is null when it was cut short or is over the limit. */
export interface Reply {
  kind: 'reply'
  status: number
  headers: IncomingHttpHeaders
  body: string | null
}

/** No status line came. `reason` is an error code, safe to show. */
export interface Silence {
  kind: 'silence'
  /** Whether the request may have reached IO. */
  left: boolean
  reason: string
}

export interface Exchanger {
  /** Never rejects. Ends within the sum of the three timeouts, whatever the other side does. */
  exchange(request: OutgoingRequest): Promise<Reply | Silence>
  /** Waits for what is in flight, a second at most; then it is cut: its fate stays unknown. */
  close(): Promise<void>
}

const CLOSING_MILLISECONDS = 1000

export function createExchanger(options: ExchangeOptions): Exchanger {
  const dispatcher = createDispatcher(options)
  const underWay = new Set<GiveUp>()
  const deadlineMilliseconds =
    1000 *
    (options.connectTimeoutSeconds + options.headersTimeoutSeconds + options.bodyTimeoutSeconds)
  return {
    exchange(request) {
      const bodyLimitBytes = request.bodyLimitBytes ?? options.bodyLimitBytes
      return new Promise((resolve) => {
        const ended = (exchanged: Reply | Silence) => {
          if (exchanged.kind === 'reply') options.onDate?.(String(exchanged.headers.date))
          resolve(exchanged)
        }
        const limits = { bodyLimitBytes, deadlineMilliseconds }
        dispatcher.dispatch(request, createHandler(limits, underWay, ended))
      })
    },
    async close() {
      const patience = new AbortController()
      const late = delay(CLOSING_MILLISECONDS, undefined, { signal: patience.signal })
      // undici's own `destroy` leaves alone what is in flight once it is closing.
      const cut = late.then(
        () => {
          for (const giveUp of [...underWay]) giveUp('CLOSED')
        },
        () => {},
      )
      await dispatcher.close()
      patience.abort()
      await cut
    },
  }
}

/** One pool an origin, directly or through the proxy. */
function createDispatcher(options: ExchangeOptions): Dispatcher {
  const timeout = Math.round(options.connectTimeoutSeconds * 1000)
  const own = options.certificateAuthorities ?? []
  // `ca` replaces the usual authorities, so they are named again.
  const tls = {
    timeout,
    allowH2: false,
    ...(own.length > 0 && { ca: [...getCACertificates('default'), ...own] }),
  }
  const limits = {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: Math.round(options.headersTimeoutSeconds * 1000),
    bodyTimeout: Math.round(options.bodyTimeoutSeconds * 1000),
  }
  // The proxy agent makes its pools with nothing but a connector; this gives them our limits.
  const factory = (origin: string | URL, given: object) => new Pool(origin, { ...given, ...limits })
  if (options.proxy === undefined) return new Agent({ factory, connect: tls })
  return new ProxyAgent({
    uri: options.proxy,
    factory,
    clientFactory: factory,
    requestTls: tls,
    proxyTls: tls,
  })
}

type GiveUp = (reason: string) => void

interface Limits {
  bodyLimitBytes: number
  deadlineMilliseconds: number
}

/** Collects one reply. undici calls `onRequestStart` just before it writes the first byte. */
function createHandler(
  { bodyLimitBytes, deadlineMilliseconds }: Limits,
  underWay: Set<GiveUp>,
  resolve: (exchanged: Reply | Silence) => void,
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | undefined
  let settled = false
  let status = 0
  let headers: IncomingHttpHeaders = {}
  let bytes = 0
  const chunks: Buffer[] = []

  const settle = (exchanged: Reply | Silence) => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    underWay.delete(giveUp)
    resolve(exchanged)
  }
  const lose = (reason: string) => {
    if (status === 0) settle({ kind: 'silence', left: controller !== undefined, reason })
    else settle({ kind: 'reply', status, headers, body: null })
  }
  const giveUp = (reason: string) => {
    lose(reason)
    controller?.abort(new Error(reason))
  }
  const timer = setTimeout(() => giveUp('DEADLINE'), deadlineMilliseconds)
  underWay.add(giveUp)

  return {
    onRequestStart(starting) {
      // Given up while it queued, or begun twice: aborting here keeps it from being written.
      if (settled || controller !== undefined) starting.abort(new Error('ENDED'))
      else controller = starting
    },
    onResponseStart(_controller, statusCode, answered) {
      if (statusCode < 200) return
      status = statusCode
      headers = answered
    },
    onResponseData(_controller, chunk) {
      bytes += chunk.length
      if (bytes > bodyLimitBytes) giveUp('BODY_LIMIT')
      else chunks.push(chunk)
    },
    onResponseEnd() {
      settle({ kind: 'reply', status, headers, body: Buffer.concat(chunks).toString('utf8') })
    },
    onResponseError(_controller, error) {
      lose(codeOf(error))
    },
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
