// The checked configuration, as the rest of Staffetta sees it: plain data that nobody changes.
// Everything carries the names that refer to it. It exists only when no file has an error.

import type { CampaignTimes } from '../domain/campaign.ts'
import type { CompiledCampaign } from '../mapping/campaign-mapping.ts'
import type { CaseSpec } from '../mapping/case-spec.ts'
import type { CompiledMapping } from '../mapping/mapping.ts'
import type { MappingSpec } from '../mapping/spec.ts'
import type { MappingVersion } from '../pipeline/map.ts'
import type { CampaignSpec } from './campaign.ts'
import type { FeedSpec } from './feed.ts'
import type { InstallationSpec } from './installation.ts'
import type { InstitutionSpec, ServiceSpec } from './institution.ts'
import type { SystemSpec } from './system.ts'

export interface Config {
  /** The directory it was read from, as given. */
  readonly directory: string
  readonly installation: Readonly<InstallationSpec>
  readonly institutions: readonly Institution[]
}

export interface Institution extends Readonly<Omit<InstitutionSpec, 'services'>> {
  /** The name of its folder. */
  readonly id: string
  readonly services: readonly Service[]
  readonly feeds: readonly Feed[]
  readonly systems: readonly System[]
  readonly mappings: readonly ConfiguredMapping[]
  readonly campaigns: readonly Campaign[]
}

export interface Service extends Readonly<ServiceSpec> {
  /** The id of its institution. */
  readonly institution: string
  readonly name: string
}

export interface Feed extends Readonly<FeedSpec> {
  /** The id of its institution. */
  readonly institution: string
  /** The name of its file. */
  readonly id: string
  /** As the connector's schema parsed them: defaults are in, secrets are `Secret`. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Another system than a feed's source: it is asked by mappings, or told how records ended. */
export interface System extends Readonly<SystemSpec> {
  /** The id of its institution. */
  readonly institution: string
  /** The name of its file. */
  readonly id: string
  /** As the connector's schema parsed them: defaults are in, secrets are `Secret`. */
  readonly settings: Readonly<Record<string, unknown>>
  /** As the user named it. */
  readonly file: string
}

/** Picks open notices of a mapping, on a schedule or once, and has a text for them. */
export interface Campaign extends Readonly<Omit<CampaignSpec, 'service'>> {
  /** The id of its institution. */
  readonly institution: string
  /** The name of its file. */
  readonly id: string
  /** Feeds whose notices it picks. */
  readonly feeds: readonly string[]
  /** The service that sends its messages. */
  readonly service: string
  readonly times: CampaignTimes
  readonly compiled: CompiledCampaign & { readonly version: MappingVersion }
}

/** One version of a mapping. */
export interface ConfiguredMapping {
  /** The id of its institution. */
  readonly institution: string
  /** The name of its file. */
  readonly name: string
  readonly spec: MappingSpec
  readonly compiled: CompiledMapping
  /** The spec as canonical JSON: keys sorted, defaults in. Kept with the version. */
  readonly text: string
  /** SHA-256 of `text`, in hexadecimal. Comments and layout of the file do not change it. */
  readonly sha256: string
  readonly cases: readonly ConfiguredCase[]
  /** The files that say it, as the user named them: what stands in an earlier one holds. */
  readonly files: readonly string[]
  readonly home: MappingHome
}

/** Where the samples and golden files of a mapping stand. */
export interface MappingHome {
  /** Folders with `samples/` and `golden/`, one at least: what is in an earlier one holds. */
  readonly folders: readonly string[]
  /** The mapping of the catalogue that it is, or is written over; null: it is its own. */
  readonly catalogue: string | null
  /** Its cases are the catalogue's: they run in a scene of no institution. */
  readonly isReady: boolean
}

/** One case of a mapping, and where it stands. */
export interface ConfiguredCase {
  readonly spec: CaseSpec
  /** As the user named it. */
  readonly file: string
  readonly line: number | null
}

/** Of a flow, say, whose institution the configuration may no longer have. */
export function findInstitution({ institutions }: Config, id: string): Institution | undefined {
  return institutions.find((institution) => institution.id === id)
}

/** The same of a feed. */
export function findFeed(config: Config, institution: string, feed: string): Feed | undefined {
  return findInstitution(config, institution)?.feeds.find(({ id }) => id === feed)
}

/** What made a message or a flow, as it is configured now: a feed, a campaign, or neither. */
export function findMaker(
  config: Config,
  origin: { institution: string; feed: string | null; campaign: string | null },
): Feed | Campaign | undefined {
  const { institution, feed, campaign } = origin
  if (campaign === null) return feed === null ? undefined : findFeed(config, institution, feed)
  return findInstitution(config, institution)?.campaigns.find(({ id }) => id === campaign)
}

/** The zone of an institution’s days and hours; of one that the configuration has no more, UTC. */
export function zoneOf(config: Config, institution: string): string {
  return findInstitution(config, institution)?.timeZone ?? 'UTC'
}

/** Throws when there is no such institution. */
export function getInstitution(config: Config, id: string): Institution {
  return required(config.institutions, (institution) => institution.id === id, `institution ${id}`)
}

/** Throws when the institution has no such service. */
export function getService(config: Config, institution: string, service: string): Service {
  const { services } = getInstitution(config, institution)
  return required(services, (one) => one.name === service, `service ${service} of ${institution}`)
}

/** Throws when the institution has no such feed. */
export function getFeed(config: Config, institution: string, feed: string): Feed {
  const { feeds } = getInstitution(config, institution)
  return required(feeds, (one) => one.id === feed, `feed ${feed} of ${institution}`)
}

/** Throws when the institution has no such system. */
export function getSystem(config: Config, institution: string, system: string): System {
  const { systems } = getInstitution(config, institution)
  return required(systems, (one) => one.id === system, `system ${system} of ${institution}`)
}

/** Throws when the institution has no such mapping. */
export function getMapping(config: Config, institution: string, name: string): ConfiguredMapping {
  const { mappings } = getInstitution(config, institution)
  return required(mappings, (one) => one.name === name, `mapping ${name} of ${institution}`)
}

function required<T>(list: readonly T[], matches: (one: T) => boolean, what: string): T {
  const found = list.find(matches)
  if (!found) throw new Error(`the configuration has no ${what}`)
  return found
}
