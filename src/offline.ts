// The composition for commands that need no database: the configuration is read, and
// `check --online` reaches the sources and IO with it. Changes nothing anywhere.
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from './config/config.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { openRegistry } from './config/registry.ts'
import { allFeeds, findSendService } from './config/stage-views.ts'
import type { CheckLine } from './connector.ts'
import { createIoClient } from './io/client.ts'
import { ioOptions } from './io-options.ts'
import { openLog } from './log.ts'

/** Reads and checks the configuration, without opening anything. */
export async function readConfig(directory: string): Promise<LoadedConfig> {
  return loadConfig(directory, await openRegistry())
}

/** The sources of a configuration, each with its connector's check. Opens nothing yet. */
export async function sourceChecks(
  config: Config,
): Promise<{ feed: string; check(signal: AbortSignal): Promise<CheckLine[]> }[]> {
  const registry = await openRegistry()
  const log = openLog('silent')
  return Promise.all(
    allFeeds(config).map(async (feed) => ({
      feed: `${feed.institution}/${feed.id}`,
      async check(signal: AbortSignal) {
        const connector = await registry.connectors(feed.connector)
        const sleep = (seconds: number) => delay(seconds * 1000, undefined, { signal })
        const now = () => Temporal.Now.instant()
        const { settings } = feed
        return (await connector?.check({ settings, signal, log, now, sleep })) ?? []
      },
    })),
  )
}

/** The services of a configuration, each with a call that asks IO about its key. Opens nothing. */
export function serviceChecks(
  config: Config,
): { service: string; check(): Promise<CheckLine[]> }[] {
  return config.institutions.flatMap(({ id, services }) =>
    services.map(({ name }) => ({
      service: `${id}/${name}`,
      async check() {
        const service = findSendService(config, id, name)
        if (service === null) return []
        const io = createIoClient(ioOptions(config))
        const refusal = await io.tryKey(service).finally(() => io.close())
        const what = `key of ${name} at ${service.baseUrl} (mode ${service.mode})`
        if (refusal === null) return [{ ok: true, what }]
        const remedy = keyRemedies[refusal.code] ?? unreachable
        return [{ ok: false, what: `${what}: ${refusal.code}, ${refusal.detail}`, remedy }]
      },
    })),
  )
}

const keyRemedies: Record<string, string> = {
  IO_KEY: 'Set the variable or the file that `key` refers to; or make a new key on the portal.',
  IO_PATH: 'Correct `baseUrl` of the account in staffetta.yaml.',
  IO_FORBIDDEN: 'See on the portal whether the service may be called from this network.',
  IO_RATE: 'The account is at its limit just now: try again in a few seconds.',
}
const unreachable = 'See whether this machine reaches IO; `outbound` has proxy and authorities.'
