// One request over HTTP and its whole answer, both bounded. No redirect is followed, no proxy of
// the environment is used, no certificate is excused.
// Invariant: an answer ends within `totalTimeoutSeconds` and holds `maximumAnswerBytes` at most,
// or it is an error.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { SourceError } from '../../src/connector.ts'
import type { SoapSettings } from './settings.ts'

export interface HttpRequest {
  url: string
  method: 'POST' | 'GET'
  headers: Record<string, string>
  body?: string
}

export interface HttpAnswer {
  status: number
  contentType: string
  body: Buffer
}

export interface HttpClient extends AsyncDisposable {
  send(request: HttpRequest): Promise<HttpAnswer>
}

type Bounds = SoapSettings['limits']

const certificateCodes = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_)/

/** Throws `SRC_CREDENTIALS` when a key or a certificate cannot be read. */
export function openHttp(settings: SoapSettings, signal: AbortSignal): HttpClient {
  const { limits } = settings
  const agent = new Agent({
    connect: { ...tlsOf(settings), timeout: limits.connectTimeoutSeconds * 1000 },
    headersTimeout: limits.readTimeoutSeconds * 1000,
    bodyTimeout: limits.readTimeoutSeconds * 1000,
    connections: 16,
  })
  return {
    async send({ url, method, headers, body }) {
      const total = AbortSignal.timeout(limits.totalTimeoutSeconds * 1000)
      try {
        const answer = await request(url, {
          method,
          headers,
          body: body ?? null,
          dispatcher: agent,
          signal: AbortSignal.any([signal, total]),
        })
        const bytes = await readBounded(answer.body, limits)
        const contentType = String(answer.headers['content-type'] ?? '')
        return { status: answer.statusCode, contentType, body: bytes }
      } catch (cause) {
        if (cause instanceof SourceError) throw cause
        if (signal.aborted) throw stopped()
        throw failed(url, cause as Error, total.aborted, limits)
      }
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy()
    },
  }
}

export function stopped(): SourceError {
  return new SourceError('SRC_STOPPED', 'Staffetta was stopping', { retry: true })
}

function tlsOf({ tls }: SoapSettings): Record<string, unknown> {
  if (tls === undefined) return { minVersion: 'TLSv1.2' }
  try {
    return {
      minVersion: 'TLSv1.2',
      ...(tls.ca && { ca: tls.ca.reveal() }),
      ...(tls.certificate && { cert: tls.certificate.reveal() }),
      ...(tls.key && { key: tls.key.reveal() }),
      ...(tls.pkcs12 !== undefined && { pfx: readFileSync(tls.pkcs12) }),
      ...(tls.passphrase && { passphrase: tls.passphrase.reveal() }),
    }
  } catch (cause) {
    const message = `the key or certificate cannot be read: ${(cause as Error).message}`
    throw new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
}

async function readBounded(body: AsyncIterable<Buffer>, limits: Bounds): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limits.maximumAnswerBytes) {
      const message =
        `the answer is larger than ${limits.maximumAnswerBytes} bytes: ask for less at once ` +
        '(`paging`), or raise `limits.maximumAnswerBytes`'
      throw new SourceError('SRC_ANSWER_BOUNDS', message, { retry: true })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function failed(url: string, cause: Error, isTotal: boolean, limits: Bounds): SourceError {
  const host = new URL(url).host
  const code = 'code' in cause ? String(cause.code) : ''
  const wrong = (sourceCode: string, message: string, retry = true) =>
    new SourceError(sourceCode, message, { retry, cause })
  if (isTotal) {
    return wrong(
      'SRC_CONNECTION_LOST',
      `${host} did not end its answer within ${limits.totalTimeoutSeconds} seconds`,
    )
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return wrong(
      'SRC_CONNECTION_LOST',
      `${host} was silent for ${limits.readTimeoutSeconds} seconds`,
    )
  }
  if (certificateCodes.test(code)) {
    return wrong(
      'SRC_TLS',
      `the certificate of ${host} is not trusted (${code}); nothing was sent. Have it renewed, ` +
        'or put the authority that signed it under `tls.ca`',
      false,
    )
  }
  if (/^(ERR_SSL_|ERR_OSSL_|EPROTO)/.test(code)) {
    return wrong('SRC_TLS', `TLS with ${host} failed (${code})`, false)
  }
  if (['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(code)) {
    return wrong('SRC_CONNECTION_LOST', `the connection to ${host} was lost: ${cause.message}`)
  }
  return wrong('SRC_UNREACHABLE', `${host} could not be reached: ${code || cause.message}`)
}
