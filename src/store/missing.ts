// What a snapshot no longer names: counted and closed at the end of its lot, or later by a person.
// A record names a notice by the id in its row, whatever became of the record.
// Invariant: only open notices of the snapshot's own feed and series are closed, never newer ones.
import { BY_ITSELF } from '../domain/decision.ts'
import type { EndedBy } from '../domain/notice.ts'
import type { SettledState } from '../pipeline/map/lot.ts'
import type { MissingReport } from '../pipeline/map/missing.ts'
import { addFlowAct, type FlowAct } from './acts.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import { recloseIncomplete } from './flow-ends.ts'
import { OF_DROP } from './flow-relations.ts'
import { lockSeries } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'

export interface SnapshotPlace {
  institutionId: number
  seriesId: number
  flowId: number
}

/** Open notices that another flow of the same feed made, with whether this flow names them. */
const STANDING = `
  from notices n join flows f on f.id = n.flow_id
    join flows snapshot on snapshot.id = $3
    left join (select distinct notice_id from source_records where flow_id = $3) named
      on named.notice_id = n.id
  where n.institution_id = $1 and n.series_id = $2 and n.state in ('open', 'expired')
    and f.institution_id = $1 and f.feed = snapshot.feed and f.id < snapshot.id`

/** To be called once all records of the flow have been added. */
export async function countMissing(
  tx: Queryable,
  { institutionId, seriesId, flowId }: SnapshotPlace,
): Promise<{ standing: number; missing: number }> {
  await joinByHash(tx)
  const { rows } = await tx.query<{ standing: number; missing: number }>(
    `select count(*) as standing, count(*) filter (where named.notice_id is null) as missing
     ${STANDING}`,
    [institutionId, seriesId, flowId],
  )
  return rows[0] ?? { standing: 0, missing: 0 }
}

/**
 * Ends what the flow does not name and cancels what has not left. Answers how many notices, and the
 * flows of what was cancelled: for `recloseIncomplete`.
 */
export async function closeMissing(
  tx: Queryable,
  { institutionId, seriesId, flowId }: SnapshotPlace,
  as: SettledState,
  now: Temporal.Instant,
): Promise<{ closed: number; flows: readonly number[] }> {
  await joinByHash(tx)
  const endedBy: EndedBy = 'missing'
  const { rows } = await tx.query<{ closed: number; flows: number[] | null }>(
    `with missing as (select n.id ${STANDING} and named.notice_id is null),
     ended as (
       update notices n set state = $4, ended_at = $5, ended_by = $6 from missing
       where n.id = missing.id returning n.id),
     silenced as (
       update messages m set state = 'cancelled', code = $4, detail = null, closed_at = $5 from ended
       where m.notice_id = ended.id and m.state in ('waiting', 'held') and m.purpose <> 'errata'
       returning m.flow_id)
     select (select count(*) from ended) as closed,
       (select array_agg(distinct flow_id) from silenced) as flows`,
    [institutionId, seriesId, flowId, as, now.toString(), endedBy],
  )
  return { closed: rows[0]?.closed ?? 0, flows: rows[0]?.flows ?? [] }
}

/**
 * The rows of this transaction have no statistics yet: by what the planner believes of them it
 * would look through all records once for each notice.
 */
async function joinByHash(tx: Queryable): Promise<void> {
  await tx.query('set local enable_nestloop = off')
}

/** Keeps with the drop what was missing, and tells people where nothing could be closed. */
export async function keepMissing(
  tx: Queryable,
  place: SnapshotPlace & { dropId: number },
  { mail, ...report }: MissingReport,
  now: Temporal.Instant,
): Promise<void> {
  const { problem, closed } = report
  await tx.query('update drops set missing = $2 where id = $1', [
    place.dropId,
    JSON.stringify(report),
  ])
  if (problem === null && closed === 0) return
  const { flowId } = place
  const act = { flowId, ...BY_ITSELF }
  const note = problem?.detail ?? `Chiuse ${closed} comunicazioni che il file non nomina più.`
  const verb = problem === null ? 'closed-missing' : 'kept-missing'
  await addFlowAct(tx, { ...act, verb, detail: { note, code: problem?.code } }, now)
  if (mail !== null) await addStaffMail(tx, place.institutionId, mail, now)
}

export type Missing = ReturnType<typeof createMissing>

export function createMissing(pool: Pool) {
  return {
    /**
     * A person lets a snapshot close what it does not name after all. Answers how many notices
     * ended; null when nothing of the drop waits for that, or a newer drop has been mapped since.
     */
    async close(
      dropId: number,
      act: Omit<FlowAct, 'flowId' | 'verb'>,
      now: Temporal.Instant,
    ): Promise<number | null> {
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ series_id: number }>(
          `select s.id as series_id from drops d join mapping_versions v on v.id = d.mapping_version_id
             join series s on s.institution_id = d.institution_id
               and s.name = v.spec->'mapping'->>'series'
           where d.id = $1`,
          [dropId],
        )
        const seriesId = rows[0]?.series_id
        if (seriesId === undefined) return null
        await lockSeries(client, seriesId)
        const waiting = await client.query<{
          institutionId: number
          flowId: number
          missing: Omit<MissingReport, 'mail'>
        }>(WAITING, [dropId])
        const row = waiting.rows[0]
        if (row === undefined) return null
        const { missing, ...made } = row
        const place = { ...made, seriesId }
        const { closed, flows } = await closeMissing(client, place, missing.as, now)
        await client.query('update drops set missing = $2 where id = $1', [
          dropId,
          JSON.stringify({ ...missing, closed, problem: null }),
        ])
        await addFlowAct(client, { ...act, flowId: place.flowId, verb: 'closed-missing' }, now)
        await recloseIncomplete(client, new Set(flows), now)
        return closed
      })
    },
  }
}

const WAITING = `
  select d.institution_id as "institutionId", f.id as "flowId", d.missing
  from drops d join flows f on f.drop_id = d.id and ${OF_DROP}
  where d.id = $1 and d.missing->'problem' <> 'null'
    and not exists (select from drops newer where newer.institution_id = d.institution_id
      and newer.feed = d.feed and newer.id > d.id and newer.state = 'mapped')`
