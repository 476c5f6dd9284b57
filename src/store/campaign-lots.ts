// A campaign run, written: the row that says it was answered, its flow, its records and messages,
// in one transaction. Of two nodes the second waits for the row of the first, and finds it there.
// Invariant: the series is locked meanwhile, so that a notice is not paid between being picked and
// having its message; what is paid later cancels the message, as for any flow.
import type {
  CampaignEnd,
  CampaignLot,
  CampaignPlan,
  CampaignPorts,
  CampaignRecord,
  CampaignRunTarget,
  CampaignTime,
} from '../pipeline/plan/campaign.ts'
import { addFlowAct } from './acts.ts'
import { countSelection, readSelection } from './campaign-selection.ts'
import type { Client, Pool } from './database.ts'
import { keepAmounts } from './emissions.ts'
import { type Institutions, lockSeries } from './institutions.ts'
import { rollBack } from './lots.ts'
import { addStaffMail } from './staff-mails.ts'
import { type StandingRecord, standingWriter } from './standing-messages.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

export type OpenRun = CampaignPorts['open']

interface Run {
  institutionId: number
  runId: number
  mappingVersionId: number
  plan: CampaignPlan
  target: CampaignRunTarget
  time: CampaignTime
}

export function createCampaignLots(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
): OpenRun {
  return async (plan, target, { mappingVersionId, time }, now) => {
    const institutionId = await institutions.idOf(plan.institution)
    const seriesId = await institutions.seriesIdOf(plan.institution, plan.series)
    const client = await pool.connect()
    try {
      await client.query('begin')
      const runId = await answer(client, institutionId, plan, target, now)
      if (runId === null) {
        await rollBack(client)
        return null
      }
      await lockSeries(client, seriesId)
      const run = { institutionId, runId, mappingVersionId, plan, target, time }
      return openLot(client, vault, enqueue, run, now)
    } catch (error) {
      await rollBack(client)
      throw error
    }
  }
}

/** The row of the run; null when there is one of that instant. */
async function answer(
  client: Client,
  institutionId: number,
  { campaign }: CampaignPlan,
  { at, actor }: CampaignRunTarget,
  now: Temporal.Instant,
): Promise<number | null> {
  const { rows } = await client.query<{ id: number }>(
    `insert into campaign_runs (institution_id, campaign, at, ran_at, actor, state)
     values ($1, $2, $3, $4, $5, 'empty')
     on conflict (institution_id, campaign, at) do nothing returning id`,
    [institutionId, campaign, at.toString(), now.toString(), actor],
  )
  return rows[0]?.id ?? null
}

function openLot(
  client: Client,
  vault: Vault,
  enqueue: Enqueue,
  run: Run,
  now: Temporal.Instant,
): CampaignLot {
  const { institutionId } = run
  let flowId: number | null = null
  let write: ReturnType<typeof standingWriter>
  return {
    count: (query) => countSelection(client, institutionId, query),
    chosen: (query) => readSelection(client, vault, institutionId, query),
    hash: (use, text) => vault.hash(use, text),
    async add(records) {
      if (flowId === null) {
        flowId = await openFlow(client, run, now)
        write = standingWriter(client, vault, { institutionId, flowId })
      }
      await write(
        records.map((record) => recordOf(run, record)),
        now,
      )
    },
    async commit(end) {
      if (end.state === 'made' && flowId !== null) await finishFlow(client, flowId, run, end)
      await client.query(
        'update campaign_runs set state = $2, flow_id = $3, counts = $4 where id = $1',
        [run.runId, end.state, flowId, JSON.stringify(end.counts)],
      )
      if (end.mail) await addStaffMail(client, institutionId, end.mail, end.now)
      if (flowId !== null) await enqueue(client, 'release', String(flowId))
      await client.query('commit')
      client.release()
      return flowId
    },
    rollback: () => rollBack(client),
  }
}

async function openFlow(client: Client, run: Run, now: Temporal.Instant): Promise<number> {
  const { institutionId, mappingVersionId, plan } = run
  const { campaign, service, account, calendar } = plan
  const { rows } = await client.query<{ id: number }>(
    `insert into flows (institution_id, origin, campaign, service, account, state, reason, zone,
       calendar_version, created_at, mapping_version_id)
     values ($1, 'campaign', $2, $3, $4, 'inactive', 'loading', $5, $6, $7, $8) returning id`,
    [
      ...[institutionId, campaign, service, account, calendar.zone, calendar.version],
      ...[now.toString(), mappingVersionId],
    ],
  )
  return (rows[0] as { id: number }).id
}

async function finishFlow(client: Client, flowId: number, run: Run, end: CampaignEnd) {
  const { actor, origin } = run.target
  await client.query(
    `update flows set state = 'active', reason = 'awaiting-approval', content_hash = $2,
       prepared_by = $3, texts = $4 where id = $1`,
    [flowId, end.contentHash, origin === 'daemon' ? [] : [actor], end.texts],
  )
  await keepAmounts(client, flowId)
  const verb = `ran campaign ${run.plan.campaign}`
  await addFlowAct(client, { flowId, actor, origin, verb, detail: { ...end.counts } }, end.now)
}

/** What the stage gives, as it is written. */
function recordOf(
  { time, mappingVersionId }: Run,
  { line, noticeId, ...record }: CampaignRecord,
): StandingRecord {
  const place = { record: line, line, noticeId }
  if (record.fate !== 'message') return { ...place, ...record }
  const { textHash, dueAt } = record
  const told = { purpose: 'campaign', mappingVersionId, textHash, dueAt, isOneADay: true } as const
  return { ...place, fate: 'message', message: { ...told, ...time } }
}
