// The composition for commands that need no database: the configuration is read, and
// `check --online` reaches the sources and IO with it. Changes nothing anywhere. What only
// `--online` needs is loaded only then.
import { setTimeout as delay } from 'node:timers/promises'
import type { Config, Feed, System } from './config/config.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { openRegistry } from './config/registry.ts'
import { allFeeds, findSendService } from './config/stage-views.ts'
import type { CheckLine, Connector } from './connector.ts'

/** Reads and checks the configuration, without opening anything. */
export async function readConfig(directory: string): Promise<LoadedConfig> {
  return loadConfig(directory, await openRegistry())
}

/** A feed's source or a system, with its connector's check. */
export interface SourceCheck {
  name: { feed: string } | { system: string }
  check(signal: AbortSignal): Promise<CheckLine[]>
}

/**
 * The sources of a configuration, then its other systems. Opens nothing yet. Each may take so many
 * seconds to be looked at.
 */
export async function sourceChecks(config: Config, seconds = 30): Promise<SourceCheck[]> {
  const registry = await openRegistry()
  const nameOf = ({ institution, id }: Feed | System) => `${institution}/${id}`
  const all = [
    ...allFeeds(config).map((feed) => ({ source: feed, name: { feed: nameOf(feed) } })),
    ...config.institutions
      .flatMap(({ systems }) => systems)
      .map((system) => ({ source: system, name: { system: nameOf(system) } })),
  ]
  return all.map(({ source, name }) => ({
    name,
    async check(signal) {
      const connector = await registry.connectors(source.connector)
      return connector === null ? [] : checkSource(connector, source.settings, signal, seconds)
    },
  }))
}

/** What the connector says; whatever it throws is a line too, so that the others are said. */
async function checkSource(
  connector: Connector,
  settings: unknown,
  stop: AbortSignal,
  seconds: number,
): Promise<CheckLine[]> {
  const { openLog } = await import('./log.ts')
  const late = AbortSignal.timeout(seconds * 1000)
  const tooLate = `It did not answer within ${seconds} seconds: see whether it is up.`
  const signal = AbortSignal.any([stop, late])
  const sleep = (pause: number) => delay(pause * 1000, undefined, { signal })
  const now = () => Temporal.Now.instant()
  try {
    const lines = await connector.check({ settings, signal, log: openLog('silent'), now, sleep })
    // A connector that was stopped says so, and not why.
    return late.aborted ? lines.map((one) => (one.ok ? one : { ...one, remedy: tooLate })) : lines
  } catch (error) {
    stop.throwIfAborted()
    const remedy = late.aborted ? tooLate : String(error)
    return [{ ok: false, what: 'look at the source', remedy }]
  }
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
        const { createIoClient } = await import('./io/client.ts')
        const { ioOptions } = await import('./io-options.ts')
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
