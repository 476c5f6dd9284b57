// A drop that has come already, rendered again beside the mapping that mapped it: what a change of
// the configuration would make of it. The same bytes, references, kept answers and clock for both.
// A part of `app.ts`. Invariants: it only reads; what is asked of no system stays unasked.
import { openRecords } from './archive/open-records.ts'
import {
  type Config,
  type ConfiguredMapping,
  type Feed,
  findFeed,
  getInstitution,
} from './config/config.ts'
import { problemOfFault } from './config/cross-check.ts'
import { compileKept, tablesOf } from './config/mapping-version.ts'
import { readMapping } from './config/overlay.ts'
import * as views from './config/stage-views.ts'
import type { Problem } from './domain/problem.ts'
import type { CompiledNotice } from './mapping/mapping.ts'
import { compileMapping } from './mapping/mapping.ts'
import type { Parts } from './parts.ts'
import { findBeginning } from './pipeline/map/beginning.ts'
import {
  batchRecords,
  type Lookup,
  type OpenedRecords,
  type RecordBatch,
} from './pipeline/map/records.ts'
import { compareRenderings, type ReplayedRecord, renderRecords } from './pipeline/map/replay.ts'
import { planMessages } from './pipeline/plan.ts'
import type { MappedDrop } from './store/mapped-drops.ts'

/** A mapping as it stood, or stands, or is tried. */
interface Side {
  name: string
  /** Hexadecimal; null of a file that is tried. */
  sha256: string | null
}

export type Rerendered =
  | {
      kind: 'open'
      drop: MappedDrop
      before: Side
      after: Side
      /** The clock of both: when the drop was mapped. */
      now: Temporal.Instant
      records: AsyncGenerator<ReplayedRecord>
    }
  | { kind: 'refused'; because: WhyNot; problems: Problem[] }

/** Why a drop cannot be rendered again. */
export type WhyNot =
  | 'no-drop'
  /** No flow came of it, or its mapping broke off. */
  | 'not-mapped'
  /** Its bytes are no longer kept. */
  | 'purged'
  /** This Staffetta cannot read the mapping of then any more. */
  | 'unreadable'
  | 'feed-gone'
  /** The mapping of now makes no notices. */
  | 'not-notices'
  /** The file that was to be tried has errors. */
  | 'wrong-mapping'

const BATCH_RECORDS = 500

/** `mappingFile`: tried in place of the configuration's mapping; null: none is. */
export function openRerendering(parts: Parts) {
  const { config, store } = parts
  return async (dropId: number, mappingFile: string | null): Promise<Rerendered> => {
    const refused = (because: WhyNot, problems: Problem[] = []) =>
      ({ kind: 'refused', because, problems }) as const
    const drop = await store.mappedDrops.find(dropId)
    if (drop === null) return refused('no-drop')
    if (drop.version === null) return refused('not-mapped')
    if (!drop.isKept) return refused('purged')
    const feed = findFeed(config, drop.institution, drop.feed)
    if (feed === undefined) return refused('feed-gone')
    const kept = await store.versions.get(drop.version.id)
    const before = compileKept(kept.name, kept.spec)
    if (before?.shape !== 'notice') return refused('unreadable')
    const now =
      mappingFile === null ? mappingNow(config, feed) : await tried(config, feed, mappingFile)
    if ('problems' in now) return refused('wrong-mapping', now.problems)
    if (now.compiled.shape !== 'notice') return refused('not-notices')
    const at = drop.mappedAt ?? drop.receivedAt
    const render = (mapping: CompiledNotice) => renderingsOf(parts, drop, feed, mapping, at)
    return {
      ...{ kind: 'open', drop, now: at },
      before: { name: kept.name, sha256: drop.version.sha256 },
      after: { name: now.name, sha256: now.sha256 },
      records: compareRenderings(render(before), render(now.compiled)),
    }
  }
}

interface Compiled extends Side {
  compiled: ConfiguredMapping['compiled']
}

function mappingNow(config: Config, feed: Feed): Compiled {
  const { mapping, version } = views.mapFeedOf(config, feed)
  return { name: mapping.name, sha256: version.sha256, compiled: mapping }
}

/** With the references and systems of the configuration, as if it stood in it. */
async function tried(
  config: Config,
  feed: Feed,
  path: string,
): Promise<Compiled | { problems: Problem[] }> {
  const problems: Problem[] = []
  const { id, file, spec } = await readMapping(path, problems)
  if (!spec) return { problems }
  const institution = getInstitution(config, feed.institution)
  const { mapping, faults } = compileMapping(id, spec, tablesOf(spec, institution))
  if (mapping === null) return { problems: faults.map((fault) => problemOfFault(file, fault)) }
  return { name: id, sha256: null, compiled: mapping }
}

/** Calendar, testers and terms are those of now for both: only the mapping differs. */
async function* renderingsOf(
  { config, store }: Parts,
  drop: MappedDrop,
  feed: Feed,
  mapping: CompiledNotice,
  now: Temporal.Instant,
) {
  const { calendar, elsewhere, reminders, testers, from } = views.mapFeedOf(config, feed)
  const { startsOn } = await findBeginning(drop, { from, calendar }, mapping.spec, store)
  const opened = await openRecords(await store.drops.sources(drop.id), mapping.spec.record)
  const plan = planMessages(mapping.spec, calendar, now, { elsewhere, reminders })
  const lookup = keptLookup(config, store, now)
  yield* renderRecords(batchesOf(opened, mapping), mapping, lookup, {
    ...{ institution: drop.institution, plan, zone: calendar.zone },
    context: { testers, startsOn },
  })
  return undefined
}

function batchesOf(opened: OpenedRecords, mapping: CompiledNotice): AsyncIterable<RecordBatch> {
  return batchRecords(opened.bytes, mapping.reader(opened), BATCH_RECORDS)
}

/** References as they are now, and of systems what they have answered and is still kept. */
export function keptLookup(config: Config, store: Parts['store'], now: Temporal.Instant): Lookup {
  return async (institution, table, keys, asked = null) => {
    if (asked === null) return store.references.find(institution, table, keys)
    const { systems } = getInstitution(config, institution)
    const hours = systems.find(({ id }) => id === asked.system)?.lookup?.cacheHours ?? 0
    return store.answers.find(institution, asked, keys, now.subtract({ hours }))
  }
}
