// The configuration as each stage wants to see it: small plain values made from feeds and services.
// What a stage does not need to know does not reach it.
import type { Connector } from '../connector.ts'
import type { AccountTerm } from '../domain/flow-account.ts'
import { SOURCE } from '../domain/receipt.ts'
import { restTerms } from '../domain/rest.ts'
import type { CompiledReference } from '../mapping/mapping.ts'
import type { CollectFeed } from '../pipeline/collect.ts'
import type { MapFeed } from '../pipeline/map.ts'
import type { SendService } from '../pipeline/send/one.ts'
import type { FeedName, SendAccount } from '../pipeline/send.ts'
import type { ReportTarget } from '../pipeline/write-back.ts'
import { calendarOf } from './calendar.ts'
import {
  type Config,
  type Feed,
  findInstitution,
  getInstitution,
  getMapping,
  getService,
  getSystem,
  type Institution,
} from './config.ts'
import { ReportSpec } from './feed.ts'
import { mappingVersion } from './mapping-version.ts'

/** Every feed of every institution. */
export function allFeeds(config: Config): Feed[] {
  return config.institutions.flatMap((institution) => institution.feeds)
}

export function collectFeedOf(config: Config, feed: Feed, connector: Connector): CollectFeed {
  const { timeZone, notify } = getInstitution(config, feed.institution)
  const day = (date: string) => Temporal.PlainDate.from(date).toZonedDateTime(timeZone).toInstant()
  return {
    institution: feed.institution,
    feed: feed.id,
    connector,
    settings: feed.settings,
    from: feed.from === 'now' || feed.from === 'all' ? feed.from : day(feed.from),
    maximumDropBytes: config.installation.limits.maximumDropBytes,
    notify,
  }
}

export function mapFeedOf(config: Config, feed: Feed): MapFeed {
  const institution = getInstitution(config, feed.institution)
  const mapping = getMapping(config, feed.institution, feed.mapping)
  const { limits } = config.installation
  const service = feed.service ? getService(config, feed.institution, feed.service) : null
  return {
    institution: feed.institution,
    feed: feed.id,
    service: feed.service ?? null,
    account: service?.account ?? null,
    elsewhere: service?.notifiedElsewhere ?? null,
    reminders: feed.reminders,
    calendar: calendarOf(config, feed.institution, feed.window),
    from: feed.from,
    notify: institution.notify,
    tells: reportsOf(feed).map(({ to }) => to),
    testers: testersOf(institution),
    mapping: mapping.compiled,
    version: mappingVersion(mapping, institution),
    companions: feed.companions,
    references: feed.references.map(({ mapping, member }) => ({
      mapping: getMapping(config, feed.institution, mapping).compiled as CompiledReference,
      member,
    })),
    batchRecords: limits.mapBatchRecords,
    maximumRecords: limits.maximumRecordsPerDrop,
  }
}

/** Whom a feed tells how its records ended, and how they are reached. */
export async function reportTargetsOf(
  config: Config,
  feed: Feed,
  connectorOf: (of: Pick<Feed, 'connector'>) => Promise<Connector>,
): Promise<ReportTarget[]> {
  const { institution, id, reportAfterHours } = feed
  const { notify } = getInstitution(config, institution)
  const told = reportsOf(feed).map(async ({ to, fates = null, rest, retryHours }) => {
    const reached = to === SOURCE ? feed : getSystem(config, institution, to)
    const connector = await connectorOf(reached)
    return {
      ...{ institution, feed: id, target: to, connector, settings: reached.settings },
      ...{ reportAfterHours, retryHours, fates, rest: restOf(rest), notify },
    }
  })
  return Promise.all(told)
}

/** The terms whose records go back in the format of the drop; null: none do. */
function restOf(rest: ReportSpec['rest']): readonly AccountTerm[] | null {
  if (typeof rest === 'object') return rest.fates
  return rest ? restTerms : null
}

/** The records that the rest of a feed's drops consists of, whoever asks for one. */
export function feedRestTerms(feed: Pick<Feed, 'writeBack'>): readonly AccountTerm[] {
  const said = reportsOf(feed).flatMap(({ rest }) => restOf(rest) ?? [])
  return said.length === 0 ? restTerms : said
}

/** What the feed says of its reports, `true` spelt out. */
export function reportsOf({ writeBack }: Pick<Feed, 'writeBack'>): readonly ReportSpec[] {
  if (typeof writeBack !== 'boolean') return writeBack
  return writeBack ? [ReportSpec.parse({ to: SOURCE })] : []
}

/** Null when the configuration no longer has the service: nothing of it can leave. */
export function findSendService(
  config: Config,
  institution: string,
  name: string,
): SendService | null {
  const owner = findInstitution(config, institution)
  const service = owner?.services.find((one) => one.name === name)
  const account = service && config.installation.accounts[service.account]
  if (!owner || !service || !account) return null
  return {
    institution,
    service: name,
    account: service.account,
    baseUrl: account.baseUrl,
    key: service.key,
    mode: service.mode,
    testers: testersOf(owner),
  }
}

/** Who of an institution is told by mail; nobody where the configuration no longer has it. */
export function toldOf(config: Config, institution: string): readonly string[] {
  return findInstitution(config, institution)?.notify ?? []
}

/** The services of accounts that have the subscriptions feed, whatever their mode. */
export function servicesWithFeed(config: Config): SendService[] {
  return config.institutions.flatMap(({ id, services }) =>
    services.flatMap(({ name, account }) => {
      if (!config.installation.accounts[account]?.subscriptionsFeed) return []
      return findSendService(config, id, name) ?? []
    }),
  )
}

/** The feeds whose messages are sent again when IO's answer is lost. */
export function resendingFeeds(config: Config): FeedName[] {
  return allFeeds(config)
    .filter((feed) => feed.whenUncertain === 'resend')
    .map(({ institution, id }) => ({ institution, feed: id }))
}

/** Throws when there is no such account. */
export function getSendAccount(config: Config, name: string): SendAccount {
  const account = config.installation.accounts[name]
  if (!account) throw new Error(`the configuration has no account ${name}`)
  const { callsPerWindow, windowSeconds, connections } = account
  const { firstStatusCheckSeconds, premiumFollowDays } = account
  const following = { firstStatusCheckSeconds, premiumFollowDays }
  return { name, callsPerWindow, windowSeconds, connections, ...following }
}

function testersOf(institution: Institution): ReadonlySet<string> {
  return new Set(institution.testers.map((tester) => tester.fiscalCode))
}
