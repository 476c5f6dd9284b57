// A time lapse: the whole app on a throw-away database, against the sandbox, with a clock that is
// moved from one instant at which something is due to the next, so that a year takes minutes. The
// stages are the daemon's own; nothing here decides anything.
// Invariant: nothing of a time lapse reaches IO, a mail server or the installation's own data.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, openApp } from './app.ts'
import { type Clockwork, createClockwork } from './clockwork.ts'
import type { Config, Service } from './config/config.ts'
import { openRegistry } from './config/registry.ts'
import { Secret, type SourceDrop } from './connector.ts'
import { featureGroups, ordinaryGroups } from './domain/io-groups.ts'
import { type AppOptions, requireConfig } from './opening.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox/server.ts'
import type { SandboxService } from './sandbox/services.ts'
import type { Connection } from './store/database.ts'
import { openEmbedded } from './store/embedded.ts'

export interface TimeLapseOptions {
  configDirectory: string
  /** Where the clock stands at first. */
  from: Temporal.Instant
  /** An empty database of its own; absent: an embedded one, which is thrown away. */
  databaseUrl?: string
  sandbox?: Omit<SandboxOptions, 'now' | 'keys' | 'anyKey'>
  /** Also tells sources and systems how records ended. Default false. */
  writesBack?: boolean
  /** Changes the configuration further, once addresses and keys are the sandbox’s. */
  arrange?: (config: Config) => Config
  /** In place of the connectors that are installed. */
  connectors?: AppOptions['connectors']
  logLevel?: string
}

export interface TimeLapse extends Clockwork {
  app: App
  /** Its services are called `INSTITUTION/SERVICE`. */
  sandbox: Sandbox
  /**
   * What a source hands over at this instant, saved as its feed would save it and mapped when the
   * clock moves. Answers the drop’s id; null when its key is known, or when a poll found nothing.
   */
  receive(institution: string, feed: string, drop: SourceDrop | null): Promise<number | null>
  close(): Promise<void>
}

/** Nobody is to take anything over, however busy the machine is. */
const LEASE_SECONDS = 300

/** Many, so that what is written of them is written together: a time lapse says nothing of pace. */
const CONNECTIONS = 64

/** Throws `ConfigError`, `StoreFault`, or what the database says. */
export async function openTimeLapse(options: TimeLapseOptions): Promise<TimeLapse> {
  const clock = { now: options.from }
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one().catch(() => {})
  }
  try {
    const { configDirectory } = options
    const keys = sandboxServices(await requireConfig(configDirectory, await openRegistry()))
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-lapse-'))
    closers.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
    // As root the database runs as another user, who must pass through.
    await chmod(directory, 0o711)
    const sandbox = await startSandbox({
      processingDelayMilliseconds: 0,
      ...options.sandbox,
      callsPerWindow: 0,
      keys,
      now: () => clock.now.epochMilliseconds,
    })
    closers.push(() => sandbox.stop())
    const app = await openApp({
      configDirectory,
      logLevel: options.logLevel ?? 'silent',
      connection: await openDatabase(options.databaseUrl, directory, closers),
      now: () => clock.now,
      arrange(read) {
        const config = arrange(read, sandbox.url, join(directory, 'data'))
        return options.arrange?.(config) ?? config
      },
      ...(options.connectors && { connectors: options.connectors }),
    })
    closers.push(() => app.close())
    const clockwork = createClockwork(app, clock, { writesBack: options.writesBack ?? false })
    return { app, sandbox, ...clockwork, receive: receiveWith(app, () => clock.now), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openDatabase(
  url: string | undefined,
  directory: string,
  closers: (() => Promise<unknown>)[],
): Promise<Connection> {
  if (url) return { url }
  const embedded = await openEmbedded({ dataDirectory: directory, durable: false })
  closers.push(() => embedded.stop())
  return embedded.connection
}

const keyOf = ({ institution, name }: Service) => `${institution}/${name}`

/** Each service may do whatever IO lets any service do, and ask any amount. */
function sandboxServices({ institutions }: Config): Record<string, SandboxService> {
  const groups = [...ordinaryGroups, ...featureGroups]
  const maxAllowedPaymentAmount = 9_999_999_999
  const services = institutions.flatMap((institution) =>
    institution.services.map((service): [string, SandboxService] => {
      const { fiscalCode: organizationFiscalCode } = institution
      const name = { service: keyOf(service), account: service.account }
      return [keyOf(service), { ...name, groups, maxAllowedPaymentAmount, organizationFiscalCode }]
    }),
  )
  return Object.fromEntries(services)
}

/** Everything is live, and everything is here: the addresses, the keys, the data. */
function arrange(config: Config, baseUrl: string, dataDirectory: string): Config {
  const { mail: _, ...installation } = config.installation
  const accounts = Object.entries(installation.accounts).map(([name, account]) => [
    name,
    { ...account, baseUrl, callsPerWindow: 0, connections: CONNECTIONS, subscriptionsFeed: false },
  ])
  return {
    ...config,
    installation: {
      ...installation,
      dataDirectory,
      accounts: Object.fromEntries(accounts),
      outbound: { certificateAuthorities: [] },
      encryption: { keys: [] },
      limits: { ...installation.limits, minimumFreeBytes: 0, leaseSeconds: LEASE_SECONDS },
    },
    institutions: config.institutions.map((institution) => ({
      ...institution,
      services: institution.services.map((service) => ({
        ...service,
        mode: 'live',
        key: new Secret('lapse', () => keyOf(service)),
      })),
    })),
  }
}

function receiveWith({ config, store }: App, now: () => Temporal.Instant): TimeLapse['receive'] {
  const { maximumDropBytes } = config.installation.limits
  return async (institution, feed, drop) => {
    await store.feeds.open(institution, feed, now())
    const target = { institution, feed, maximumDropBytes, notify: [] }
    const saved = drop && (await store.drops.save(target, drop, now()))
    await store.feeds.polled(target, now())
    return saved?.id ?? null
  }
}
