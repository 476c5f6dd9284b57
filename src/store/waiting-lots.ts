// The lot of a flow, open again for records that waited: they leave their fate `waiting` and are
// written anew, in one transaction under the lock of their series. Whatever has happened to the
// flow meanwhile holds for them too: sent is open again, suspended keeps them, stopped cancels.
import { BY_ITSELF } from '../domain/decision.ts'
import { addTexts } from '../domain/lot-texts.ts'
import type { LotTexts } from '../domain/release-check.ts'
import { addUnplanned, type UnplannedCounts } from '../domain/unplanned.ts'
import type { MapLot } from '../pipeline/map/lot.ts'
import type { WaitingLot } from '../pipeline/map/waiting.ts'
import { addFlowAct } from './acts.ts'
import { type ChangedMessages, voidApprovals } from './approval-voids.ts'
import type { Client, Pool } from './database.ts'
import { keepAmounts } from './emissions.ts'
import { voidOverrides } from './flow-checks.ts'
import { recloseFlows, recloseIncomplete } from './flow-ends.ts'
import { wakeFlow } from './flows.ts'
import { lockSeries } from './institutions.ts'
import type { WriteTarget } from './lot-rows.ts'
import { createWriter, rollBack } from './lots.ts'
import { standingPorts } from './standing.ts'
import type { Vault } from './vault.ts'
import { CAN_GO_ON, wakeAtEnds } from './waits.ts'
import type { Enqueue } from './wake.ts'

/** Null: no record of the drop can go on now. */
export type OpenWaiting = (dropId: number, now: Temporal.Instant) => Promise<WaitingLot | null>

export function createWaitingLots(pool: Pool, vault: Vault, enqueue: Enqueue): OpenWaiting {
  return async (dropId, now) => {
    const flow = await findFlow(pool, dropId, now)
    if (flow === null) return null
    const client = await pool.connect()
    try {
      await client.query('begin')
      await lockSeries(client, flow.seriesId)
      const records = await wantedRecords(client, flow.flowId, now)
      if (records.length > 0) return openLot(client, vault, enqueue, flow, records)
      await rollBack(client)
      return null
    } catch (error) {
      await rollBack(client)
      throw error
    }
  }
}

interface WaitingFlow extends WriteTarget {
  again: { isOvertaken: boolean } | null
  since: Temporal.Instant
}

/** The flow of a drop, if any record of it can go on. */
async function findFlow(
  pool: Pool,
  dropId: number,
  now: Temporal.Instant,
): Promise<WaitingFlow | null> {
  const { rows } = await pool.query<WaitingFlow>(
    `select f.id as "flowId", w.drop_id as "dropId", i.name as institution, f.service,
       f.institution_id as "institutionId", w.series_id as "seriesId", s.name as series,
       f.mapping_version_id as "mappingVersionId", f.created_at as since,
       case when f.origin = 'replay' then '{"isOvertaken": false}'::jsonb end as again
     from record_waits w join flows f on f.id = w.flow_id
       join institutions i on i.id = f.institution_id join series s on s.id = w.series_id
     where w.drop_id = $2 and ${CAN_GO_ON} limit 1`,
    [now.toString(), dropId],
  )
  return rows[0] ?? null
}

/** Read under the lock: nobody else takes them meanwhile. */
async function wantedRecords(client: Client, flowId: number, now: Temporal.Instant) {
  const { rows } = await client.query<{ record: number }>(
    `select distinct record from record_waits w where flow_id = $2 and ${CAN_GO_ON}`,
    [now.toString(), flowId],
  )
  return Int32Array.from(rows, ({ record }) => record)
}

function openLot(
  client: Client,
  vault: Vault,
  enqueue: Enqueue,
  flow: WaitingFlow,
  records: Int32Array,
): WaitingLot {
  const { flowId, mappingVersionId, since } = flow
  const silenced = new Set<number>()
  const changed: ChangedMessages = new Map()
  const write = createWriter(client, vault, flow, { silenced, changed }, true)
  return {
    ...{ flowId, mappingVersionId, since, records },
    hash: (use, text) => vault.hash(use, text),
    ...standingPorts(client, vault, flow, silenced),
    // A newer record under the same key has ended the wait of this one already.
    supersede: async () => {},
    async add(notices, ended, now) {
      const taken = [...notices.filter(({ silent }) => !silent), ...ended]
      await forget(client, flowId, [...new Set(taken.map(({ record }) => record))])
      await write(notices, ended, now)
    },
    async commit(summary) {
      const adds = (changed.get(flowId)?.length ?? 0) > 0
      await joinFlow(client, vault, enqueue, { ...flow, adds }, summary)
      await recloseIncomplete(client, silenced, summary.now)
      await voidApprovals(client, enqueue, changed, null, summary.now)
      await client.query('commit')
      client.release()
    },
    rollback: () => rollBack(client),
  }
}

/** What is written anew does not wait any more; what goes on waiting is written anew too. */
async function forget(client: Client, flowId: number, records: number[]): Promise<void> {
  await client.query('delete from record_waits where flow_id = $1 and record = any($2)', [
    flowId,
    records,
  ])
  await client.query(
    `delete from source_records where flow_id = $1 and record = any($2) and fate = 'waiting'`,
    [flowId, records],
  )
}

/**
 * The flow with what has joined it, `adds`: messages too; its row is locked for these few
 * statements only.
 */
async function joinFlow(
  client: Client,
  vault: Vault,
  enqueue: Enqueue,
  flow: WaitingFlow & { adds: boolean },
  { records, contentHash, unplanned = {}, texts = null, now }: Parameters<MapLot['commit']>[0],
): Promise<void> {
  const { flowId } = flow
  const { rows } = await client.query<JoinedFlow>(
    `select account, content_hash as hash, unplanned, texts, released_at is not null as released,
       stopped_at is not null as stopped from flows where id = $1 for update`,
    [flowId],
  )
  const { account, hash, released, stopped, ...before } = rows[0] as JoinedFlow
  const joined = `${hash?.toString('hex')} ${Buffer.from(contentHash).toString('hex')}`
  await client.query(
    'update flows set content_hash = $2, unplanned = $3, texts = $4 where id = $1',
    [
      ...[flowId, vault.hash('content', joined), addUnplanned(before.unplanned, unplanned)],
      addTexts(before.texts, texts),
    ],
  )
  if (flow.adds) await voidOverrides(client, flowId, now)
  if (stopped) await client.query(CANCEL, [flowId, now.toString()])
  await keepAmounts(client, flowId)
  const act = { ...BY_ITSELF, verb: `mapped ${records} that waited` }
  await addFlowAct(client, { ...act, flowId }, now)
  await wakeAtEnds(client, enqueue, flow)
  if (stopped) return
  const isAnew = flow.adds && (await client.query(CHECK_ANEW, [flowId])).rowCount === 1
  // With its instant: the job that mapping wrote has the id without one.
  if (isAnew) return void (await enqueue(client, 'release', String(flowId), now))
  if (!released) return
  await recloseFlows(client, [flowId], now)
  await wakeFlow(client, enqueue, flowId, account)
}

interface JoinedFlow {
  account: string
  hash: Buffer | null
  unplanned: UnplannedCounts
  texts: LotTexts | null
  released: boolean
  stopped: boolean
}

/** What has not begun to leave is looked at with what has joined it; what is blocked stays so. */
const CHECK_ANEW = `
  update flows set released_at = null, approve_by = null, reason = 'awaiting-approval'
  where id = $1 and state = 'active' and approval = 'none' and reason is distinct from 'blocked'
    and sending_at is null`

const CANCEL = `
  update messages set state = 'cancelled', code = 'stopped', closed_at = $2
  where flow_id = $1 and state = 'waiting'`
