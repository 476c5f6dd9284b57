// What an installation that stands open consists of, as the composition hands it to its own parts.
// Nothing here opens or closes: `app.ts` does, in order.
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from './config/config.ts'
import type { Log } from './log.ts'
import type { Pool } from './store/database.ts'
import type { Store } from './store/store.ts'
import type { Vault } from './store/vault.ts'

export interface Parts {
  config: Config
  pool: Pool
  vault: Vault
  store: Store
  log: Log
  dataDirectory: string
  /** The time by which everything is decided: the machine’s, or that of a rehearsal. */
  now(): Temporal.Instant
  /** Somebody else moves the time: no clock can be asked whether it is right. */
  isTimeGiven: boolean
  onClose(close: () => Promise<void> | void): void
}

/** Clock, waiting and log, as every stage that asks for them gets them. */
export function ambient({ log, now }: Parts) {
  return {
    now,
    monotonic: () => performance.now(),
    sleep: (seconds: number, signal: AbortSignal) => delay(seconds * 1000, undefined, { signal }),
    log,
  }
}
