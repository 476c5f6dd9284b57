// Refused records of a flow, mapped again: a flow of their own, with its notices and messages, in
// one transaction under the lock of its series. Invariants: the records of the other flow keep
// their fate, so that both accounts close; each becomes a record of at most one such flow; what is
// refused again stays open where it was.
import type { Asked } from '../domain/decision.ts'
import { addUnplanned } from '../domain/unplanned.ts'
import type { WantedRecord } from '../pipeline/map/corrected.ts'
import type { LotRecord, MapLot } from '../pipeline/map/lot.ts'
import { addFlowAct } from './acts.ts'
import { type ChangedMessages, voidApprovals } from './approval-voids.ts'
import { openCorrection } from './corrections.ts'
import type { Client, Pool } from './database.ts'
import { keepAmounts } from './emissions.ts'
import { recloseIncomplete } from './flow-ends.ts'
import { type Institutions, lockSeries } from './institutions.ts'
import { createWriter, rollBack } from './lots.ts'
import { standingPorts } from './standing.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

/** What is mapped again, and as what. */
export interface CorrectionTarget {
  institution: string
  /** The flow whose records they are. */
  aboutFlowId: number
  feed: string
  dropId: number
  service: string
  account: string
  zone: string
  calendarVersion: string
  /** Of the mapping of now. */
  series: string
  mappingVersionId: number
  /** As they were seen; `edition` 0: as it came. */
  records: readonly { record: number; edition: number }[]
}

export interface CorrectionLot extends MapLot {
  flowId: number
  wanted: WantedRecord[]
  /** Those that were refused again, once they have been added: they are no records of this flow. */
  again: null
  refused(): readonly LotRecord[]
  /** How many are records of it now. */
  taken(): number
}

/** Null: one of them is not open any more, or not as it was seen; or its flow was replaced. */
export type OpenCorrectionLot = (
  target: CorrectionTarget,
  asked: Asked,
  now: Temporal.Instant,
) => Promise<CorrectionLot | null>

export function createCorrectionLots(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
): OpenCorrectionLot {
  return async (target, asked, now) => {
    const institutionId = await institutions.idOf(target.institution)
    const seriesId = await institutions.seriesIdOf(target.institution, target.series)
    const client = await pool.connect()
    try {
      await client.query('begin')
      await lockSeries(client, seriesId)
      const flowId = await openFlow(client, target, asked, now)
      const wanted = flowId === null ? null : await claim(client, vault, target, flowId, asked, now)
      if (flowId !== null && wanted !== null) {
        const place = { ...target, institutionId, seriesId, flowId }
        return lotOf(client, vault, enqueue, { place, wanted, asked })
      }
      await rollBack(client)
      return null
    } catch (error) {
      await rollBack(client)
      throw error
    }
  }
}

interface Opened {
  place: CorrectionTarget & { institutionId: number; seriesId: number; flowId: number }
  wanted: WantedRecord[]
  asked: Asked
}

function lotOf(
  client: Client,
  vault: Vault,
  enqueue: Enqueue,
  { place, wanted, asked }: Opened,
): CorrectionLot {
  const { flowId } = place
  const silenced = new Set<number>()
  const changed: ChangedMessages = new Map()
  // What came later, or was made by anybody since, is not theirs to change.
  const standing = { ...place, again: { isOvertaken: true } }
  const write = createWriter(client, vault, standing, { silenced, changed })
  const { find, ...others } = standingPorts(client, vault, standing, silenced)
  const refused: LotRecord[] = []
  const taken: number[] = []
  return {
    ...{ flowId, wanted, again: null },
    refused: () => refused,
    taken: () => taken.length,
    hash: (use, text) => vault.hash(use, text),
    ...others,
    /** A key that another record of that file has told is repeated, as it would be in one flow. */
    async find(keys) {
      const found = await find(keys)
      for (const [key, one] of found) {
        if (one.flowId === place.aboutFlowId) found.set(key, { ...one, flowId })
      }
      return found
    },
    // A record that waits came later, or goes on by itself.
    supersede: async () => {},
    async add(notices, records, now) {
      const good = records.filter(({ fate }) => fate !== 'refused')
      refused.push(...records.filter(({ fate }) => fate === 'refused'))
      for (const one of [...notices.filter(({ silent }) => !silent), ...good]) {
        taken.push(one.record)
      }
      await write(notices, good, now)
    },
    async commit(summary) {
      const { now } = summary
      if (taken.length === 0) return rollBack(client)
      await giveBack(client, place, taken)
      await finishFlow(client, place, summary)
      await keepAmounts(client, flowId)
      await tell(client, place, taken, asked, now)
      await enqueue(client, 'release', String(flowId))
      await recloseIncomplete(client, silenced, now)
      await voidApprovals(client, enqueue, changed, null, now)
      await client.query('commit')
      client.release()
    },
    rollback: () => rollBack(client),
  }
}

/**
 * Who asks has prepared it, and so have all who corrected what is in it. Null: the flow that it is
 * about was mapped again meanwhile, or is not of this institution.
 */
async function openFlow(
  client: Client,
  target: CorrectionTarget,
  { actor }: Asked,
  now: Temporal.Instant,
): Promise<number | null> {
  const { aboutFlowId, feed, service, account, zone, calendarVersion, mappingVersionId } = target
  const { rows } = await client.query<{ id: number }>(
    `insert into flows (institution_id, feed, origin, service, account, state, reason, zone,
       calendar_version, created_at, prepared_by, about_flow_id, mapping_version_id)
     select f.institution_id, $3, 'correction', $4, $5, 'inactive', 'loading', $6, $7, $8,
       array(select distinct who from (select $9::text as who union all
         select c.actor from corrections c where c.flow_id = f.id and c.record = any($10)
           and c.state = 'corrected') those order by who), f.id, $11
     from flows f join institutions i on i.id = f.institution_id
     where f.id = $1 and i.name = $2 and f.replaced_by is null returning id`,
    [
      ...[aboutFlowId, target.institution, feed, service, account, zone, calendarVersion],
      ...[now.toString(), actor, target.records.map(({ record }) => record), mappingVersionId],
    ],
  )
  return rows[0]?.id ?? null
}

/** Takes every record for this flow, so that no other has it; null: not all are there to take. */
async function claim(
  client: Client,
  vault: Vault,
  { aboutFlowId, records }: CorrectionTarget,
  flowId: number,
  { actor, note }: Asked,
  now: Temporal.Instant,
): Promise<WantedRecord[] | null> {
  const { rows } = await client.query<ClaimedRow>(CLAIM, [
    ...[aboutFlowId, records.map(({ record }) => record), records.map(({ edition }) => edition)],
    ...[flowId, actor, note, now.toString()],
  ])
  if (rows.length !== records.length) return null
  return rows.map(({ record, line, sealed }) => ({
    ...{ record, line },
    correction: openCorrection(vault, { flowId: aboutFlowId, record }, sealed),
  }))
}

interface ClaimedRow {
  record: number
  line: number
  sealed: Buffer | null
}

/** Who corrected it stays named: an act says who mapped it again. */
const CLAIM = `
  with claimed as (
    insert into corrections as c
      (flow_id, record, institution_id, state, note, actor, at, made_flow_id)
    select r.flow_id, r.record, r.institution_id, 'reworked', $6, $5, $7, $4
    from unnest($2::integer[], $3::integer[]) named (record, edition)
      join source_records r on r.flow_id = $1 and r.record = named.record and r.fate = 'refused'
    order by r.record
    on conflict (flow_id, record) do update set state = 'reworked', made_flow_id = excluded.made_flow_id
    where c.state = 'corrected' and (c.record, c.edition) in (
      select * from unnest($2::integer[], $3::integer[]))
    returning record, edition, sealed)
  select c.record, r.line, c.sealed from claimed c
    join unnest($2::integer[], $3::integer[]) named (record, edition)
      on named.record = c.record and named.edition = c.edition
    join source_records r on r.flow_id = $1 and r.record = c.record
  order by c.record`

/** What was not taken is open again, as it was. */
async function giveBack(
  client: Client,
  { aboutFlowId, flowId }: Opened['place'],
  taken: readonly number[],
): Promise<void> {
  const values = [aboutFlowId, flowId, taken]
  await client.query(
    `delete from corrections where flow_id = $1 and made_flow_id = $2 and record <> all($3::integer[])
       and sealed is null`,
    values,
  )
  await client.query(
    `update corrections set state = 'corrected', made_flow_id = null
     where flow_id = $1 and made_flow_id = $2 and record <> all($3::integer[])`,
    values,
  )
}

async function finishFlow(
  client: Client,
  { flowId, mappingVersionId }: Opened['place'],
  { contentHash, unplanned = {}, texts = null }: Parameters<MapLot['commit']>[0],
): Promise<void> {
  await client.query(
    `update flows set state = 'active', reason = 'awaiting-approval', content_hash = $2,
       mapping_version_id = $3, unplanned = $4, texts = $5 where id = $1`,
    [flowId, contentHash, mappingVersionId, addUnplanned({}, unplanned), texts],
  )
}

/** Both flows say in their history what was done, to how many records. */
async function tell(
  client: Client,
  { aboutFlowId, flowId }: Opened['place'],
  records: readonly number[],
  { actor, origin, note }: Asked,
  now: Temporal.Instant,
): Promise<void> {
  const n = records.length
  const said = note === null ? {} : { note }
  const who = { actor, origin }
  const about = { ...who, flowId: aboutFlowId, verb: `reworked ${n} refused as flow ${flowId}` }
  await addFlowAct(client, { ...about, detail: { ...said, records } }, now)
  const verb = `reworks ${n} refused of flow ${aboutFlowId}`
  await addFlowAct(client, { ...who, flowId, verb, detail: said }, now)
}
