// HTTP of the sandbox: requests become calls, answers become responses, faults come between.
// Invariant: a body over the limit is refused, and of what follows only so much is read.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyLimitBytes } from '../domain/json-body.ts'
import { gateway } from './answers.ts'
import { answerControl, controlPath, type Switches } from './control.ts'
import { applyFault, type SandboxFault } from './fault.ts'
import { basePath, type GatewayAnswer, type SandboxCall } from './gateway.ts'

/** What is read of a body that is refused for its size, so that its sender hears why. */
const drainLimitBytes = 16 * bodyLimitBytes

/** `dateNow` gives the time for the answers, or null where the system's is right. */
export function listenToCalls(
  answer: (call: SandboxCall) => GatewayAnswer,
  faultOf: (call: SandboxCall) => SandboxFault | null,
  switches: Switches,
  dateNow: () => Date | null,
) {
  let number = 0
  const tooLarge = { answer: gateway(413, 'Request body too large'), rateRemaining: null }
  const respond = (response: ServerResponse, answered: GatewayAnswer) =>
    write(response, answered, dateNow())

  const take = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const { method = '', url = '' } = request
    if (url.startsWith(controlPath)) {
      const said = answerControl(method, pathOf(url), body, switches, response)
      if (said !== null) respond(response, { answer: said, rateRemaining: null })
      return
    }
    number += 1
    const call = callOf(request, body, number)
    const fault = faultOf(call)
    if (fault === null) return respond(response, answer(call))
    applyFault(response, fault, () => {
      const answered = answer(call)
      return () => respond(response, answered)
    })
  }

  return (request: IncomingMessage, response: ServerResponse) => {
    readBody(request, (body) => {
      if (body === null) respond(response, tooLarge)
      else take(request, response, body)
    })
  }
}

function callOf(request: IncomingMessage, body: string, number: number): SandboxCall {
  const key = request.headers['ocp-apim-subscription-key']
  const path = pathOf(request.url ?? '')
  return {
    number,
    method: request.method ?? '',
    path: path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : '',
    key: typeof key === 'string' ? key : '',
    body,
    address: request.socket.remoteAddress ?? '',
  }
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

/** Gives the whole body as text, or null over the limit. */
function readBody(request: IncomingMessage, done: (body: string | null) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bodyLimitBytes) chunks.push(chunk)
    else if (bytes > drainLimitBytes) request.destroy()
  })
  request.on('end', () => {
    done(bytes > bodyLimitBytes ? null : textOf(chunks))
  })
}

function textOf(chunks: Buffer[]): string {
  if (chunks.length === 0) return ''
  return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')
}

const functionHeaders = [
  'content-security-policy',
  "default-src 'none'; upgrade-insecure-requests",
  'cross-origin-embedder-policy',
  'require-corp',
  'cross-origin-opener-policy',
  'same-origin',
  'cross-origin-resource-policy',
  'same-origin',
  'origin-agent-cluster',
  '?1',
  'referrer-policy',
  'no-referrer',
  'strict-transport-security',
  'max-age=15552000; includeSubDomains',
  'x-content-type-options',
  'nosniff',
  'x-dns-prefetch-control',
  'off',
  'x-download-options',
  'noopen',
  'x-frame-options',
  'DENY',
  'x-permitted-cross-domain-policies',
  'none',
  'x-xss-protection',
  '0',
]

/** Without a date the clock is right, and Node writes it. */
function write(response: ServerResponse, answered: GatewayAnswer, date: Date | null): void {
  const { answer, rateRemaining } = answered
  const headers = ['content-type', answer.contentType]
  headers.push('content-length', String(Buffer.byteLength(answer.body)))
  headers.push('access-control-allow-origin', '*')
  if (date !== null) headers.push('date', date.toUTCString())
  if (rateRemaining !== null) headers.push('x-rate-limit-remaining', String(rateRemaining))
  if (answer.retryAfterSeconds !== undefined) {
    headers.push('x-rate-limit-retry-after', String(answer.retryAfterSeconds))
  }
  if (answer.location !== undefined) headers.push('location', answer.location)
  if (answer.fromFunctions) headers.push(...functionHeaders)
  if (answer.reason === undefined) response.writeHead(answer.status, headers)
  else response.writeHead(answer.status, answer.reason, headers)
  response.end(answer.body)
}
