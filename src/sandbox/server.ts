// The sandbox: app IO's service side on a loopback port, as faithful as its sources allow.
// Here are its HTTP server and the switches for tests; gateway and functions stand beside it.
// Invariant: the same seed, clock and calls give the same answers; nothing else is random.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gateway } from './answers.ts'
import { applyFault, type SandboxFault } from './fault.ts'
import {
  basePath,
  createGateway,
  type GatewayAnswer,
  type SandboxCall,
  type SandboxCalls,
} from './gateway.ts'
import { type AcceptedMessage, createMessages, type MessageStatus } from './messages.ts'
import { type Citizen, createPopulation, type PopulationShares } from './population.ts'
import { createServices, type SandboxService } from './services.ts'

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number
  /** For each account; 150 by default, 0 is no limit (and no `x-rate-limit-remaining`). */
  callsPerWindow?: number
  windowSeconds?: number
  /** Key → service. */
  keys?: Readonly<Record<string, SandboxService>>
  /** Any other key that is not empty becomes a service of its own, on the account `sandbox`. */
  anyKey?: boolean
  seed?: number
  population?: Partial<PopulationShares>
  /** Between the 201 and the end of processing; 1,000 by default. */
  processingDelayMilliseconds?: number
  /** Remote-content configurations: id → owning account. */
  configurations?: Readonly<Record<string, string>>
  /** Epoch milliseconds; the system's clock by default. */
  now?: () => number
  /** Asked about every call before anything else happens to it. */
  fault?: (call: SandboxCall) => SandboxFault | null
}

export interface Sandbox {
  /** The base URL for a service: `http://127.0.0.1:PORT/api/v1`. */
  url: string
  port: number
  /** Closes every connection and the port. */
  stop(): Promise<void>
  truth: SandboxTruth
  /** Makes a citizen as stated from now on; messages already due keep their end. */
  stateCitizen(fiscalCode: string, citizen: Partial<Citizen>): void
  /** pagoPA knows this notice as paid from now on. */
  pay(noticeNumber: string): void
  /** Ends one message otherwise: `ACCEPTED` is stuck for ever. */
  forceStatus(id: string, status: MessageStatus): void
}

/** What IO really did, whatever the callers were told. */
export interface SandboxTruth {
  /** Messages accepted with a 201, told or not. */
  acceptedCount(): number
  accepted(): IterableIterator<AcceptedMessage>
  /** How often each was accepted, by `FISCALCODE NOTICENUMBER`; without a notice, content hash. */
  acceptedCounts(): Map<string, number>
  calls: Readonly<SandboxCalls>
}

const bodyLimitBytes = 1_048_576
/** Longer than clients keep an idle connection, so that none is closed under a request. */
const keepAliveMilliseconds = 60_000

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const seed = options.seed ?? 1
  const now = options.now ?? Date.now
  const population = createPopulation(seed, options.population ?? {})
  const processingDelayMilliseconds = options.processingDelayMilliseconds ?? 1_000
  const messages = createMessages({ seed, population, processingDelayMilliseconds, now })
  const paid = new Set<string>()
  const calls: SandboxCalls = { total: 0, profile: 0, submit: 0, status: 0, limited: 0 }
  const answer = createGateway({
    messages,
    population,
    seed,
    paid,
    calls,
    now,
    findCaller: createServices(options.keys ?? {}, options.anyKey ?? false),
    configurations: options.configurations ?? {},
    callsPerWindow: options.callsPerWindow ?? 150,
    windowSeconds: options.windowSeconds ?? 5,
  })
  const server = createServer(listenToCalls(answer, options.fault))
  server.keepAliveTimeout = keepAliveMilliseconds
  const port = await listen(server, options.port ?? 0)

  return {
    url: `http://127.0.0.1:${port}${basePath}`,
    port,
    stop: () => stop(server),
    truth: {
      acceptedCount: messages.count,
      accepted: messages.all,
      acceptedCounts: () => countSubjects(messages.all()),
      calls,
    },
    stateCitizen(fiscalCode, citizen) {
      messages.settle(fiscalCode)
      population.state(fiscalCode, citizen)
    },
    pay(noticeNumber) {
      paid.add(noticeNumber)
    },
    forceStatus: messages.force,
  }
}

function listenToCalls(
  answer: (call: SandboxCall) => GatewayAnswer,
  faultOf: SandboxOptions['fault'],
) {
  let number = 0
  return (request: IncomingMessage, response: ServerResponse) => {
    readBody(request, (body) => {
      if (body === null) {
        respond(response, { answer: gateway(413, 'Request body too large'), rateRemaining: null })
        return
      }
      number += 1
      const call = callOf(request, body, number)
      const fault = faultOf?.(call) ?? null
      if (fault === null) respond(response, answer(call))
      else {
        applyFault(response, fault, () => {
          const answered = answer(call)
          return () => respond(response, answered)
        })
      }
    })
  }
}

function callOf(request: IncomingMessage, body: string, number: number): SandboxCall {
  const key = request.headers['ocp-apim-subscription-key']
  const url = request.url ?? ''
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  return {
    number,
    method: request.method ?? '',
    path: path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : '',
    key: typeof key === 'string' ? key : '',
    body,
  }
}

/** Gives the whole body as text, or null over the limit. */
function readBody(request: IncomingMessage, done: (body: string | null) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bodyLimitBytes) chunks.push(chunk)
  })
  request.on('end', () => {
    done(bytes > bodyLimitBytes ? null : Buffer.concat(chunks).toString('utf8'))
  })
}

const functionHeaders = [
  'content-security-policy',
  "default-src 'none'; upgrade-insecure-requests",
  'strict-transport-security',
  'max-age=15552000; includeSubDomains',
  'x-content-type-options',
  'nosniff',
  'x-frame-options',
  'DENY',
]

function respond(response: ServerResponse, { answer, rateRemaining }: GatewayAnswer): void {
  const headers = ['content-type', answer.contentType]
  headers.push('content-length', String(Buffer.byteLength(answer.body)))
  if (rateRemaining !== null) headers.push('x-rate-limit-remaining', String(rateRemaining))
  if (answer.retryAfterSeconds !== undefined) {
    headers.push('x-rate-limit-retry-after', String(answer.retryAfterSeconds))
  }
  if (answer.location !== undefined) headers.push('location', answer.location)
  if (answer.fromFunctions) headers.push(...functionHeaders)
  response.writeHead(answer.status, headers)
  response.end(answer.body)
}

function countSubjects(messages: Iterable<AcceptedMessage>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { fiscalCode, noticeNumber, contentHash } of messages) {
    const subject = `${fiscalCode} ${noticeNumber ?? contentHash.toString(16)}`
    counts.set(subject, (counts.get(subject) ?? 0) + 1)
  }
  return counts
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
