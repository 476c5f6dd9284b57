// The campaigns of one institution: each file checked by itself, then against the mapping whose
// notices it is about, their feeds and services. Its text is compiled with the mapping, so that an
// unknown field is an error at the line where it stands.
import { createHash } from 'node:crypto'
import type { ConfigCode } from '../domain/codes.ts'
import type { Problem } from '../domain/problem.ts'
import {
  type CompiledCampaign,
  campaignMapping,
  compileCampaign,
} from '../mapping/campaign-mapping.ts'
import { canonicalJson } from '../mapping/canonical.ts'
import type { NoticeMapping } from '../mapping/spec.ts'
import type { MappingVersion } from '../pipeline/map.ts'
import { checkWindow } from './calendar-check.ts'
import { CampaignSpec, centsOf, daysOf } from './campaign.ts'
import { timesOf } from './campaign-times.ts'
import type { Campaign, ConfiguredMapping, Institution } from './config.ts'
import { checkName, problemAt, problemOfFault } from './cross-check.ts'
import { mappingVersion, tablesOf } from './mapping-version.ts'
import { listYaml, readSpec, type SpecFile } from './spec-file.ts'

/** The institution that a campaign is read for, and the names that its files have, right or not. */
export interface CampaignOwner {
  institution: Omit<Institution, 'campaigns'>
  names: { mappings: readonly string[]; feeds: readonly string[] }
}

export async function readCampaigns(folder: string, problems: Problem[]) {
  const files: SpecFile<CampaignSpec>[] = []
  for (const path of await listYaml(folder, problems)) {
    files.push(await readSpec(path, CampaignSpec, problems))
  }
  return files
}

/** A campaign of a file that need not be among the institution’s; null when it has an error. */
export async function readCampaign(
  path: string,
  institution: Institution,
  problems: Problem[],
): Promise<Campaign | null> {
  const file = await readSpec(path, CampaignSpec, problems)
  const mappings = institution.mappings.map(({ name }) => name)
  const feeds = institution.feeds.map(({ id }) => id)
  return checkCampaign(file, { institution, names: { mappings, feeds } }, problems)
}

/** Null when it has an error; what is wrong is added to `problems`. */
export function checkCampaign(
  source: SpecFile<CampaignSpec>,
  owner: CampaignOwner,
  problems: Problem[],
): Campaign | null {
  const { file, spec } = source
  const found: Problem[] = [
    ...checkName(file, ['mapping'], 'mapping', owner.names.mappings),
    ...checkWindow(file, ['window'], owner.institution.calendar?.quietHours),
    ...(spec?.select.feeds ?? []).flatMap((_, index) =>
      checkName(file, ['select', 'feeds', index], 'feed', owner.names.feeds),
    ),
  ]
  const report: Report = (path, message, hint, code = 'CFG_VALUE') =>
    void found.push(problemAt(file, path, code, 'error', message, hint))
  const campaign = spec && compile(source.id, spec, source, owner, report, found)
  problems.push(...found)
  return found.some(({ severity }) => severity === 'error') ? null : campaign
}

type Report = (
  path: readonly (string | number)[],
  message: string,
  hint: string,
  code?: ConfigCode,
) => void

function compile(
  id: string,
  spec: CampaignSpec,
  { file }: SpecFile<CampaignSpec>,
  { institution }: CampaignOwner,
  report: Report,
  found: Problem[],
): Campaign | null {
  const times = checkTimes(spec, report)
  const mapping = institution.mappings.find(({ name }) => name === spec.mapping)
  // One that is not there, or is wrong itself, is reported where it is: once.
  if (!mapping) return null
  if (mapping.spec.shape !== 'notice') {
    const hint = 'name a mapping of shape notice'
    report(
      ['mapping'],
      `${spec.mapping} makes no notices: its shape is ${mapping.spec.shape}`,
      hint,
    )
    return null
  }
  checkSelection(spec, mapping.spec, report)
  const feeds = feedsOf(spec, institution, report)
  const service = serviceOf(spec, feeds, institution, report)
  const { campaign, version } = compileText(id, spec, mapping, institution, (faults) => {
    found.push(...faults.map((fault) => problemOfFault(file, fault)))
  })
  if (times === null || service === null || campaign === null) return null
  const compiled = { ...campaign, version }
  return { ...spec, institution: institution.id, id, feeds, service, times, compiled }
}

function checkTimes(spec: CampaignSpec, report: Report) {
  if ((spec.schedule === undefined) === (spec.on === undefined)) {
    const hint = 'give one of them: `schedule: 30 9 * * 1#1`, or `on: 2026-12-01 09:30`'
    report(spec.on === undefined ? [] : ['on'], 'one of `schedule` and `on` is needed', hint)
    return null
  }
  const times = timesOf(spec)
  if (times !== null) return times
  const hint = 'give one minute and one hour: `30 9 * * 1#1`'
  report(['schedule'], 'a campaign runs at one time of day', hint)
  return null
}

function checkSelection(
  { select, premium, ...spec }: CampaignSpec,
  mapping: NoticeMapping,
  report: Report,
) {
  const { due, amount, ageDays, unread, unpaid, emission } = select
  const isSaid = (group: object) => Object.values(group).some((value) => value !== undefined)
  if (isSaid(due) && !mapping.notice.dueDate)
    report(['select', 'due'], `the notices of ${spec.mapping} have no due date`, 'remove `due`')
  if ((isSaid(amount) || unpaid) && !mapping.notice.payment) {
    const key = unpaid ? 'unpaid' : 'amount'
    const hint = `remove \`${key}\`, or add \`notice.payment\` to the mapping`
    report(['select', key], `the notices of ${spec.mapping} ask for no payment`, hint)
  }
  if (emission !== undefined && !mapping.facets.emission) {
    const hint = 'add `facets.emission` to the mapping, or remove `emission`'
    report(['select', 'emission'], `the notices of ${spec.mapping} have no emission`, hint)
  }
  if (unread && !mapping.notice.premium) {
    const message = 'IO says only of premium messages whether they were read'
    const hint = `remove \`unread\`, or say \`premium: true\` in ${spec.mapping}`
    report(['select', 'unread'], message, hint)
  }
  const order = (key: string, low: number | null, high: number | null) => {
    if (low === null || high === null || low <= high) return
    report(['select', key], 'it begins after it ends: nothing is chosen', 'turn them round')
  }
  order('ageDays', ageDays.atLeast ?? null, ageDays.atMost ?? null)
  order('amount', centsOf(amount.atLeast ?? ''), centsOf(amount.atMost ?? ''))
  order('due', daysOf(due.from), daysOf(due.to))
}

type Owner = CampaignOwner['institution']

function feedsOf(spec: CampaignSpec, { feeds }: Owner, report: Report): string[] {
  const named = spec.select.feeds
  if (named === undefined) {
    const all = feeds.filter(({ mapping }) => mapping === spec.mapping).map(({ id }) => id)
    if (all.length === 0) {
      const hint = `write a feed with \`mapping: ${spec.mapping}\``
      report(['mapping'], 'no feed brings notices of it', hint)
    }
    return all
  }
  for (const [index, name] of named.entries()) {
    const feed = feeds.find(({ id }) => id === name)
    if (!feed || feed.mapping === spec.mapping) continue
    const message = `the feed ${name} has the mapping ${feed.mapping}`
    report(['select', 'feeds', index], message, `a campaign is about the notices of one mapping`)
  }
  return named
}

function serviceOf(
  spec: CampaignSpec,
  feeds: readonly string[],
  institution: Owner,
  report: Report,
): string | null {
  const known = institution.services.map(({ name }) => name)
  const used = institution.feeds.filter(({ id }) => feeds.includes(id))
  const ofFeeds = [...new Set(used.flatMap(({ service }) => service ?? []))]
  if (spec.service === undefined && ofFeeds.length > 1) {
    const hint = `say which sends: \`service: ${ofFeeds[0]}\``
    report([], `its feeds have several services: ${ofFeeds.join(', ')}`, hint)
    return null
  }
  const name = spec.service ?? ofFeeds[0]
  const service = institution.services.find((one) => one.name === name)
  if (!service) {
    const message = `there is no service "${spec.service}"`
    if (spec.service !== undefined)
      report(['service'], message, `known: ${known.join(', ')}`, 'CFG_UNKNOWN_NAME')
    return null
  }
  if (spec.premium && service.plan !== 'premium') {
    const message = `its messages are premium, and "${service.name}" has no premium plan`
    const hint = 'say `plan: premium` of a service that has the agreement, or take `premium` away'
    report(['premium'], message, hint)
  }
  if (service.notifiedElsewhere?.messages === 'all') {
    const message = `the messages of "${service.name}" are left to ${service.notifiedElsewhere.by}`
    report(spec.service === undefined ? [] : ['service'], message, 'name another service')
  }
  return service.name
}

type Faults = ReturnType<typeof compileCampaign>['faults']

function compileText(
  id: string,
  { message, premium }: CampaignSpec,
  mapping: ConfiguredMapping,
  institution: Owner,
  tell: (faults: Faults) => void,
): { campaign: CompiledCampaign | null; version: MappingVersion } {
  const text = { message, premium }
  const spec = mapping.spec as NoticeMapping
  const { sha256, spec: kept } = mappingVersion(mapping, institution)
  const name = `campaign/${id}`
  const own = { ...kept, mapping: campaignMapping(spec, text) }
  const hash = createHash('sha256').update(sha256).update(canonicalJson(own.mapping))
  const version = { name, sha256: hash.digest('hex'), spec: own }
  const { campaign, faults } = compileCampaign(name, spec, text, tablesOf(spec, institution))
  tell(faults)
  return { campaign, version }
}
