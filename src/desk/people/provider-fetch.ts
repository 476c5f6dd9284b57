// Calls to the provider of OpenID Connect: through the proxy and with the authorities of
// `outbound`, each within bounds. Nothing else of the console calls anybody.
import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, fetch as fetchBy, ProxyAgent } from 'undici'
import type { Config } from '../../config/config.ts'

export const CALL_SECONDS = 10
/** The provider's answer and its metadata. */
const BODY_BYTES = 1024 * 1024
const CONNECTIONS = 4

export interface ProviderFetch {
  fetch: typeof globalThis.fetch
  close(): Promise<void>
}

/** Throws when a file of certificate authorities cannot be read. */
export function openProviderFetch({ installation }: Config): ProviderFetch {
  const { proxy, certificateAuthorities } = installation.outbound
  const own = certificateAuthorities.map((one) => readFileSync(one.slice('file:'.length), 'utf8'))
  const connect = {
    timeout: CALL_SECONDS * 1000,
    // `ca` replaces the usual authorities, so they are named again.
    ...(own.length > 0 && { ca: [...getCACertificates('default'), ...own] }),
  }
  const bounds = {
    ...{ connections: CONNECTIONS, maxResponseSize: BODY_BYTES },
    ...{ headersTimeout: CALL_SECONDS * 1000, bodyTimeout: CALL_SECONDS * 1000 },
  }
  const uri = typeof proxy === 'string' ? proxy : proxy?.reveal()
  const isDirect = uri === undefined || installation.console?.oidc?.viaProxy === false
  const dispatcher: Dispatcher = isDirect
    ? new Agent({ connect, ...bounds })
    : new ProxyAgent({ uri, requestTls: connect, proxyTls: connect, ...bounds })
  const call = (to: string, options: object) => fetchBy(to, { ...options, dispatcher })
  return {
    // undici's own types and those of Node differ in name alone.
    fetch: call as unknown as typeof globalThis.fetch,
    close: () => dispatcher.close(),
  }
}
