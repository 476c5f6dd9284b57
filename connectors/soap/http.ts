// One request over HTTP and its whole answer, both bounded. No redirect is followed, no proxy of
// the environment is used, only the one that the settings name, no certificate is excused.
// Invariant: an answer ends within `totalTimeoutSeconds` and holds `maximumAnswerBytes` at most,
// or it is an error.
import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import { SourceError, stopped } from '../../src/connector.ts'
import type { SoapSettings } from './settings.ts'

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

type Method = (typeof methods)[number]

export interface HttpRequest {
  url: string
  method: Method
  headers: Record<string, string>
  body?: string | Buffer
}

export interface HttpAnswer {
  status: number
  contentType: string
  /** By their names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
}

export interface HttpClient extends AsyncDisposable {
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Until when the certificate is good that was shown last; null when none was. */
  certificateEnd(): Temporal.Instant | null
}

type Bounds = SoapSettings['limits']

const certificateCodes = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_)/

/** Throws `SRC_CREDENTIALS` when a key or a certificate cannot be read. */
export function openHttp(settings: SoapSettings, signal: AbortSignal): HttpClient {
  const { limits } = settings
  let certificateEnd: Temporal.Instant | null = null
  const agent = dispatcherOf(settings, (end) => {
    certificateEnd = end
  })
  return {
    certificateEnd: () => certificateEnd,
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
        const bytes = unzipped(answer.headers, await readBounded(answer.body, limits), limits)
        const contentType = String(answer.headers['content-type'] ?? '')
        const { statusCode: status, headers: received } = answer
        return { status, contentType, headers: received, body: bytes }
      } catch (cause) {
        if (cause instanceof SourceError) throw cause
        if (signal.aborted) throw stopped()
        throw failed(url, cause as Error, total.aborted, settings)
      }
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy()
    },
  }
}

function dispatcherOf(
  settings: SoapSettings,
  onCertificate: (end: Temporal.Instant) => void,
): Dispatcher {
  const { limits, proxy } = settings
  const connect = {
    ...tlsOf(settings),
    checkServerIdentity(name: string, shown: PeerCertificate) {
      onCertificate(Temporal.Instant.fromEpochMilliseconds(Date.parse(shown.valid_to)))
      return checkServerIdentity(name, shown)
    },
    timeout: limits.connectTimeoutSeconds * 1000,
  }
  const bounds = {
    headersTimeout: limits.readTimeoutSeconds * 1000,
    bodyTimeout: limits.readTimeoutSeconds * 1000,
    connections: 16,
  }
  if (proxy === undefined) return new Agent({ ...bounds, connect })
  const { url, username, password } = proxy
  const pair = `${username ?? ''}:${(password && revealOne(() => password.reveal())) ?? ''}`
  return new ProxyAgent({
    ...bounds,
    uri: url,
    proxyTunnel: true,
    requestTls: connect,
    connectTimeout: connect.timeout,
    ...(username && { token: `Basic ${Buffer.from(pair).toString('base64')}` }),
  })
}

/** Throws `SRC_CREDENTIALS` when a secret cannot be read. */
export function revealOne<T>(reveal: () => T): T {
  try {
    return reveal()
  } catch (cause) {
    const message = `the credentials cannot be used: ${(cause as Error).message}`
    throw new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
}

function tlsOf({ tls }: SoapSettings): Record<string, unknown> {
  // Said here, no variable of the environment can switch it off.
  const strict = { minVersion: 'TLSv1.2', rejectUnauthorized: true } as const
  if (tls === undefined) return strict
  try {
    const options = {
      ...strict,
      ...(tls.ca && { ca: tls.ca.reveal() }),
      ...(tls.certificate && { cert: tls.certificate.reveal() }),
      ...(tls.key && { key: tls.key.reveal() }),
      ...(tls.pkcs12 !== undefined && { pfx: readFileSync(tls.pkcs12) }),
      ...(tls.passphrase && { passphrase: tls.passphrase.reveal() }),
    }
    createSecureContext(options) // A wrong passphrase or another's key is found out here.
    return options
  } catch (cause) {
    const message =
      `the key or certificate of \`tls\` cannot be used: ${(cause as Error).message}. See ` +
      'whether they belong together, and whether the `passphrase` is right'
    throw new SourceError('SRC_CREDENTIALS', message, { retry: false, cause })
  }
}

/** We ask for no compression; proxies before a service give it all the same. */
function unzipped(headers: IncomingHttpHeaders, body: Buffer, limits: Bounds): Buffer {
  if (!/^(x-)?gzip$/i.test(String(headers['content-encoding'] ?? ''))) return body
  try {
    return gunzipSync(body, { maxOutputLength: limits.maximumAnswerBytes })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limits)
    const message = 'the answer says that it is compressed, and cannot be unpacked'
    throw new SourceError('SRC_ANSWER', message, { retry: true, cause })
  }
}

async function readBounded(body: AsyncIterable<Buffer>, limits: Bounds): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limits.maximumAnswerBytes) throw tooLarge(limits)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge({ maximumAnswerBytes }: Bounds): SourceError {
  const message =
    `the answer is larger than ${maximumAnswerBytes} bytes: ask for less at once ` +
    '(`paging`), or raise `limits.maximumAnswerBytes`'
  return new SourceError('SRC_ANSWER_BOUNDS', message, { retry: true })
}

function failed(
  url: string,
  cause: Error,
  isTotal: boolean,
  { limits, proxy }: SoapSettings,
): SourceError {
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
  const refusal = /^Proxy response \((\d+)\)/.exec(cause.message)?.[1]
  const by = proxy === undefined ? '' : ` by the proxy ${new URL(proxy.url).host}`
  if (refusal === '407') {
    return wrong('SRC_CREDENTIALS', `the proxy wants another user and password (\`proxy\`)`, false)
  }
  if (refusal !== undefined) {
    return wrong('SRC_UNREACHABLE', `${host} was refused${by}: HTTP ${refusal}`)
  }
  if (certificateCodes.test(code)) {
    const remedy =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'It is for another name: write the `endpoint` as the certificate has it'
        : 'Have it renewed, or put the authority that signed it under `tls.ca`'
    return wrong(
      'SRC_TLS',
      `the certificate of ${host} is not trusted (${code}); nothing was sent. ${remedy}`,
      false,
    )
  }
  if (/^(ERR_SSL_|ERR_OSSL_|EPROTO)/.test(code)) {
    return wrong('SRC_TLS', `TLS with ${host} failed (${code})`, false)
  }
  if (['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(code)) {
    return wrong('SRC_CONNECTION_LOST', `the connection to ${host} was lost: ${cause.message}`)
  }
  return wrong(
    'SRC_UNREACHABLE',
    `${host} could not be reached${by}: ${code || cause.message}. See whether it is up, and ` +
      'whether `endpoint`, `proxy` and firewalls are right',
  )
}
