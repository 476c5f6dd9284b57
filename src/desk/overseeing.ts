// The installation as whoever runs it sees it: sources, services, the system itself. Composed of
// the configuration, the store and the machine; only trying a connection leaves this machine, and
// only when a person asks. Invariant: no secret and nobody's data is in anything that is answered.
import { statfs } from 'node:fs/promises'
import type { Config, Feed, Service } from '../config/config.ts'
import { type CheckLine, Secret } from '../connector.ts'
import { type FeedRhythm, rhythmOf } from '../domain/feed-silence.ts'
import type { Parts } from '../parts.ts'
import type { BroughtDrop } from '../store/feed-news.ts'
import type { FeedRow } from '../store/feeds.ts'

export interface SeenFeed {
  feed: Pick<Feed, 'id' | 'connector' | 'schedule' | 'mapping' | 'service'>
  /** Where it is read: `sftp.example:22 /out`; nothing secret. */
  address: string
  /** Null: it has never been polled. */
  state: FeedRow | null
  /** The newest first. */
  drops: readonly BroughtDrop[]
  rhythm: FeedRhythm
}

/** One setting of a feed, as its file says it; of a secret, where it is kept. */
export interface SeenSetting {
  name: string
  value: string
  isSecret: boolean
}

export interface SeenService {
  service: Pick<Service, 'name' | 'serviceId' | 'account' | 'mode' | 'plan'>
  /** `env:NAME` or `file:PATH`: where its key is. */
  keyReference: string
  /** Whether there is anything. */
  hasKey: boolean
  account: { callsPerWindow: number; windowSeconds: number; connections: number } | null
  /** Services that share the account's speed, of all institutions. */
  sharing: number
}

export interface SeenDisk {
  path: string
  freeBytes: number
  totalBytes: number
  /** Below it nothing new is taken. */
  leastBytes: number
}

/** How long a person waits for a source, or for IO, in seconds. */
const CHECK_SECONDS = 30

export function openOverseeing(parts: Parts) {
  const { config, store, dataDirectory } = parts
  const feedsOf = (institution: string, services: readonly string[] | null) =>
    (config.institutions.find(({ id }) => id === institution)?.feeds ?? []).filter(({ service }) =>
      services === null ? true : service !== undefined && services.includes(service),
    )
  return {
    /** Of services null: all, also feeds that have none. */
    async feeds(
      institution: string,
      services: readonly string[] | null,
      now: Temporal.Instant,
    ): Promise<SeenFeed[]> {
      const feeds = feedsOf(institution, services)
      const [states, drops] = await Promise.all([
        store.feeds.list(),
        store.feedNews.last(
          institution,
          feeds.map(({ id }) => id),
        ),
      ])
      return feeds.map((feed) => {
        const own = drops.filter((drop) => drop.feed === feed.id)
        const state = states.find((row) => row.institution === institution && row.name === feed.id)
        const rhythm = rhythmOf(
          own.map(({ receivedAt }) => receivedAt),
          now,
        )
        return { feed, address: addressOf(feed), state: state ?? null, drops: own, rhythm }
      })
    },

    /** As the file says them, secrets by their place. Null: there is none, or not theirs. */
    settings(
      institution: string,
      id: string,
      services: readonly string[] | null,
    ): SeenSetting[] | null {
      const feed = feedsOf(institution, services).find((one) => one.id === id)
      return feed === undefined ? null : settingsOf(feed.settings)
    },

    /** Reaches the source, as `check --online` does: what works, line by line. */
    async tryFeed(institution: string, id: string): Promise<CheckLine[]> {
      const { sourceChecks } = await import('../offline.ts')
      const all = await sourceChecks(config, CHECK_SECONDS)
      const wanted = all.find(({ name }) => 'feed' in name && name.feed === `${institution}/${id}`)
      return wanted?.check(new AbortController().signal) ?? []
    },

    /** Asks IO whether it knows the key of a service; it names nobody. */
    async tryService(institution: string, name: string): Promise<CheckLine[]> {
      const { serviceChecks } = await import('../offline.ts')
      const wanted = serviceChecks(config).find(
        ({ service }) => service === `${institution}/${name}`,
      )
      return wanted?.check() ?? []
    },

    services(institution: string, services: readonly string[] | null): SeenService[] {
      const all = config.institutions.find(({ id }) => id === institution)?.services ?? []
      return all
        .filter(({ name }) => services === null || services.includes(name))
        .map((service) => seenService(config, service))
    },

    async disk(): Promise<SeenDisk> {
      const { bavail, blocks, bsize } = await statfs(dataDirectory)
      return {
        path: dataDirectory,
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        leastBytes: config.installation.limits.minimumFreeBytes,
      }
    },
  }
}

function seenService(config: Config, service: Service): SeenService {
  const { name, serviceId, account: accountName, mode, plan, key } = service
  const account = config.installation.accounts[accountName] ?? null
  const sharing = config.institutions
    .flatMap((one) => one.services)
    .filter((one) => one.account === accountName).length
  return {
    service: { name, serviceId, account: accountName, mode, plan },
    keyReference: key.reference,
    hasKey: canRead(key),
    account: account && {
      callsPerWindow: account.callsPerWindow,
      windowSeconds: account.windowSeconds,
      connections: account.connections,
    },
    sharing,
  }
}

function canRead(key: Secret): boolean {
  try {
    return key.reveal() !== ''
  } catch {
    return false
  }
}

/** Settings that say where a source is, in the order in which people say it. */
const PLACES = ['host', 'url', 'wsdl', 'endpoint', 'directory', 'mailbox', 'folder', 'path', 'view']

function addressOf({ settings }: Pick<Feed, 'settings'>): string {
  const said = (name: string) => {
    const value = settings[name]
    if (value instanceof Secret) return value.reference
    return typeof value === 'string' ? withoutLogin(value) : null
  }
  const port = settings['port']
  const places = PLACES.flatMap((name) => {
    const value = said(name)
    if (value === null) return []
    return name === 'host' && typeof port === 'number' ? `${value}:${port}` : value
  })
  return places.slice(0, 2).join(' ')
}

/** Characters of one value that are shown. */
const MOST_CHARACTERS = 300

function settingsOf(settings: Readonly<Record<string, unknown>>): SeenSetting[] {
  return Object.entries(settings).flatMap(([name, value]): SeenSetting[] => {
    if (value === undefined) return []
    if (value instanceof Secret) return [{ name, value: value.reference, isSecret: true }]
    // A secret that lies deeper says `[secret]` by itself.
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return [{ name, value: withoutLogin(text).slice(0, MOST_CHARACTERS), isSecret: false }]
  })
}

/** `https://user:word@host` loses what stands before the `@`. */
function withoutLogin(text: string): string {
  return text.replace(/\/\/[^/@\s"]*@/g, '//')
}
