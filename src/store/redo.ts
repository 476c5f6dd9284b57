// A flow made again: its drop is to be mapped anew, into a flow of its own. What of the old one has
// not left never leaves; its notices end by `replay`, so that their records make them again, unless
// what they say was sent. Invariant: one transaction under the lock of the series, and of a flow
// that is leaving nothing is made again: it is stopped first.
import type { Asked, Decided } from '../domain/decision.ts'
import { type RedoStanding, whyNotRedone } from '../domain/flow-moves.ts'
import type { NewFlow } from '../pipeline/map.ts'
import { addFlowAct } from './acts.ts'
import { endApprovals } from './approval-voids.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { type Institutions, lockSeries } from './institutions.ts'
import type { Vault } from './vault.ts'
import { endWaitsOf } from './waits.ts'

export interface Redone {
  /** The new flow, in which the drop is to be mapped now. */
  flowId: number
  /** Messages of the old one that will not leave. */
  cancelled: number
}

/** As its feed says it now. */
export interface RedoTarget extends NewFlow {
  /** Of the mapping of now. */
  series: string
}

export type Redo = ReturnType<typeof createRedo>

export function createRedo(pool: Pool, vault: Vault, institutions: Institutions) {
  /** Who asks decides why; the flow must be `target`’s, and nobody may be mapping its drop. */
  return async (
    id: number,
    { actor, origin, note }: Asked,
    target: RedoTarget,
    now: Temporal.Instant,
  ): Promise<Decided<Redone>> => {
    const ownSeries = await institutions.seriesIdOf(target.institution, target.series)
    return transaction(pool, async (tx) => {
      for (const series of await seriesOf(tx, id, ownSeries)) await lockSeries(tx, series)
      const old = await lock(tx, id)
      const because = whyNotRedone(old)
      if (because !== null) return { kind: 'refused', because, state: old.state }
      const at = now.toString()
      const cancelled = (await tx.query(CANCEL, [id, at])).rowCount ?? 0
      await tx.query(END_NOTICES, [id, at])
      await endApprovals(tx, id, 'replaced', now)
      const preparedBy = [...new Set([...old.preparedBy, actor])]
      const flowId = await insertFlow(tx, old, target, preparedBy, at)
      await endWaitsOf(tx, vault, id, {
        fate: 'skipped',
        because: `il file è stato letto di nuovo: flusso ${flowId}`,
      })
      await tx.query(REPLACE, [id, flowId])
      await tx.query(READ_AGAIN, [old.dropId])
      await tx.query('delete from drop_askings where drop_id = $1', [old.dropId])
      const who = { actor, origin }
      const said = note === null ? {} : { note }
      await addFlowAct(
        tx,
        { ...who, flowId: id, verb: `redone as flow ${flowId}`, detail: said },
        now,
      )
      await addFlowAct(tx, { ...who, flowId, verb: `redoes flow ${id}`, detail: said }, now)
      return { kind: 'done', flowId, cancelled }
    })
  }
}

interface OldFlow extends RedoStanding {
  dropId: number
  preparedBy: string[]
}

/** Locked in the order of their numbers, as whoever locks several does. */
async function seriesOf(tx: Client, id: number, own: number): Promise<number[]> {
  const { rows } = await tx.query<{ id: number }>(
    `select distinct n.series_id as id from source_records r join notices n on n.id = r.notice_id
     where r.flow_id = $1
     union select series_id from record_waits where flow_id = $1`,
    [id],
  )
  return [...new Set([own, ...rows.map((row) => row.id)])].sort((a, b) => a - b)
}

/** What a person may be deciding at this moment comes first: who decides goes on to the flow. */
async function lock(tx: Client, id: number): Promise<OldFlow> {
  await tx.query(LOCK_DECIDED, [id])
  await tx.query('select from flows where id = $1 for update', [id])
  const { rows } = await tx.query<OldFlow>(LOCKED, [id])
  return rows[0] as OldFlow
}

const LOCK_DECIDED = `
  select from messages where flow_id = $1 and state in ('held', 'uncertain') order by id for update`

const LOCKED = `
  select f.state, f.origin, f.drop_id as "dropId", d.state as "dropState",
    f.stopped_at is not null as "isStopped", f.replaced_by is not null as "isReplaced",
    f.prepared_by as "preparedBy",
    not exists (select from drop_parts p where p.drop_id = d.id and p.chunks > 0)
      or exists (select from drop_chunks c where c.drop_id = d.id) as "isKept",
    exists (select from messages m where m.flow_id = f.id and m.state = 'sending') or (
      f.stopped_at is not null and exists (
        select from messages m where m.flow_id = f.id and m.state = 'claimed')) as "isInFlight"
  from flows f left join drops d on d.id = f.drop_id where f.id = $1`

/** What is claimed is given back by its sender, who finds it cancelled. */
const CANCEL = `
  update messages set state = 'cancelled', code = 'replaced', detail = null, closed_at = $2
  where flow_id = $1 and state in ('waiting', 'held', 'claimed')`

/** Those that a later drop has taken over are its own. */
const END_NOTICES = `
  update notices n set state = 'cancelled', ended_at = $2, ended_by = 'replay'
  from (select distinct notice_id from source_records
    where flow_id = $1 and notice_id is not null) of_flow
  where n.id = of_flow.notice_id and n.flow_id = $1 and n.state in ('open', 'expired')`

async function insertFlow(
  tx: Client,
  { dropId }: OldFlow,
  target: RedoTarget,
  preparedBy: readonly string[],
  at: string,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into flows (institution_id, feed, drop_id, origin, service, account, state, reason,
       zone, calendar_version, created_at, tells, telling, prepared_by)
     select d.institution_id, d.feed, d.id, 'replay', $2, $3, 'inactive', 'loading', $4, $5, $6, $7,
       $7, $8 from drops d where d.id = $1 returning id`,
    [
      ...[dropId, target.service, target.account, target.zone, target.calendarVersion, at],
      ...[target.tells, preparedBy],
    ],
  )
  return (rows[0] as { id: number }).id
}

/**
 * The new flow is about the old one, and tells its targets in its place. What was stopped stays so:
 * some of it has left.
 */
const REPLACE = `
  with made as (update flows set about_flow_id = $1 where id = $2)
  update flows set replaced_by = $2, telling = '{}', approve_by = null, release_at = null,
    suspended_at = null, suspended_because = null,
    state = case when stopped_at is null then 'inactive' else state end,
    reason = case when stopped_at is null then 'replaced' else reason end,
    released_at = case when stopped_at is null then null else released_at end,
    problem = null
  where id = $1`

const READ_AGAIN = `
  update drops set state = 'received', mapped_at = null, map_attempts = 0, progress_bytes = 0,
    problem = null, missing = null where id = $1`
