// What offices write as the stage `map` sees it: a feed that the configuration does not have, with
// the mapping that was composed, or the built-in one. A part of `app.ts` and of this desk.
import { createHash } from 'node:crypto'
import { calendarOf } from '../config/calendar.ts'
import { getInstitution, getService } from '../config/config.ts'
import { compileKept } from '../config/mapping-version.ts'
import { canonicalJson } from '../mapping/canonical.ts'
import { WRITTEN_SERIES, writtenSpec } from '../mapping/written-mapping.ts'
import type { Parts } from '../parts.ts'
import type { MapFeed, MappingVersion } from '../pipeline/map.ts'
import type { Writing, WritingKind } from '../store/writings.ts'

/** Under which names the drops of writings stand: no feed can be called so. */
export const writtenFeeds: Record<WritingKind, string> = { message: '@messages', lot: '@lots' }

/** Whether a drop of this feed was written here. */
export function kindOfWritten(feed: string): WritingKind | null {
  if (feed === writtenFeeds.message) return 'message'
  return feed === writtenFeeds.lot ? 'lot' : null
}

/** Throws when the configuration no longer has the service, or the version cannot be read. */
export async function writtenFeedOf(
  { config, store }: Parts,
  writing: Writing,
  feed: string,
): Promise<MapFeed> {
  const { institution, service, mappingVersionId, leavesAt } = writing
  const { notify, testers } = getInstitution(config, institution)
  const { account } = getService(config, institution, service)
  const { name, spec } = await store.versions.get(mappingVersionId)
  const mapping = compileKept(name, spec)
  if (mapping === null) throw new Error(`the mapping version ${mappingVersionId} cannot be read`)
  const { limits } = config.installation
  return {
    ...{ institution, feed, service, account, notify, mapping },
    ...{ elsewhere: null, reminders: 'ours', from: 'all', tells: [], companions: [] },
    references: [],
    calendar: calendarOf(config, institution, undefined),
    testers: new Set(testers.map(({ fiscalCode }) => fiscalCode)),
    version: versionOf(name, spec as { mapping: object }),
    batchRecords: limits.mapBatchRecords,
    maximumRecords: limits.maximumRecordsPerDrop,
    firstAt: leavesAt,
  }
}

/** The version of the built-in mapping of single messages. */
export function writtenVersion(): MappingVersion {
  return versionOf(WRITTEN_SERIES, { mapping: writtenSpec })
}

/** A composed mapping as it is kept for years: it looks nothing up. */
export function versionOf(name: string, { mapping }: { mapping: object }): MappingVersion {
  const sha256 = createHash('sha256').update(canonicalJson(mapping)).digest('hex')
  return { name, sha256, spec: { mapping, references: {} } }
}
