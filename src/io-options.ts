// What the configuration says of the way to IO, as its client wants it: proxy, authorities, bounds.
// A part of the compositions that call IO: the daemon's, and that of `check --online`.
import { readFileSync } from 'node:fs'
import type { Config } from './config/config.ts'
import type { IoClientOptions } from './io/client.ts'

/** Throws when a file of certificate authorities cannot be read. */
export function ioOptions(config: Config): IoClientOptions {
  const { accounts, outbound } = config.installation
  const { proxy, certificateAuthorities } = outbound
  const all = Object.values(accounts)
  // Accounts share the pools: sending and following of each have connections of their own, so that
  // no call waits for one after its turn has come.
  const connections = all.reduce((sum, account) => sum + 2 * account.connections, 1)
  const timeoutSeconds = all.reduce((most, account) => Math.max(most, account.timeoutSeconds), 1)
  const read = (reference: string) => readFileSync(reference.slice('file:'.length), 'utf8')
  return {
    connections,
    ...(proxy ? { proxy: typeof proxy === 'string' ? proxy : proxy.reveal() } : {}),
    certificateAuthorities: certificateAuthorities.map(read),
    connectTimeoutSeconds: 10,
    headersTimeoutSeconds: timeoutSeconds,
    bodyTimeoutSeconds: timeoutSeconds,
    bodyLimitBytes: 1024 * 1024,
  }
}
