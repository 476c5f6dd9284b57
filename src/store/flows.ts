// Flows: their life, and the account that closes at every moment. The account is counted, never
// kept: each source record is either final since mapping, or stands where its first message stands.
import type { Braked } from '../domain/brake.ts'
import type { FlowOrigin, FlowReason, FlowState } from '../domain/flow.ts'
import { emptyAccount, type FlowAccount, type RecordFate, termOf } from '../domain/flow-account.ts'
import type { MessageState } from '../domain/message.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Approval, CheckFinding } from '../domain/release-check.ts'
import type { UnplannedCounts } from '../domain/unplanned.ts'
import type { DropProblem, FlowFailure, NewFlow } from '../pipeline/map.ts'
import type { FlowApproval } from '../pipeline/release.ts'
import { addFlowAct } from './acts.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import { emissionOf } from './emissions.ts'
import { endFlows, OWN } from './flow-ends.ts'
import type { Institutions } from './institutions.ts'
import { recordContext } from './lot-rows.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

export interface FlowRow {
  id: number
  institution: string
  feed: string | null
  /** The flow that it tests, corrects or replaces. */
  aboutFlowId: number | null
  /** Whose run it is; null unless its origin is `campaign`. */
  campaign: string | null
  dropId: number | null
  dropKey: string | null
  /** In which its drop was read; null without a drop, and while that is not read. */
  encoding: string | null
  origin: FlowOrigin
  service: string
  account: string
  /** Who is told how its records end: what its feed said when it was made. */
  tells: string[]
  state: FlowState
  reason: FlowReason
  /** `braked`: it has suspended itself, and why; `findings`: of the checks that keep it back. */
  problem: (DropProblem & { braked?: Braked; findings?: CheckFinding[] }) | null
  approval: Approval
  /** Until when it may be approved, or, approved, must have begun to leave. */
  approveBy: Temporal.Instant | null
  /** It is approved, and leaves no sooner. */
  releaseAt: Temporal.Instant | null
  preparedBy: string[]
  /** In which its hours are told. */
  zone: string
  /** Of the mapping that made it, hexadecimal; null: it was never mapped. */
  mappingHash: string | null
  createdAt: Temporal.Instant
  releasedAt: Temporal.Instant | null
  endedAt: Temporal.Instant | null
}

export interface RefusedRecord {
  line: number
  key: string | null
  refusals: Refusal[]
}

/** What is odd in records that go all the same: of how many, and the first of them. */
export interface FlowWarnings {
  records: number
  first: { line: number; key: string; warnings: Refusal[] }[]
}

/** Counts of messages by why they did not leave when the plan said. */
export interface OffPlan {
  /** Left on a later day, and how many days late the last of them was. */
  late: number
  mostDaysLate: number
  /** Waited for an opening, for a day of their recipient, or as a person said. */
  movedClosed: number
  movedCrowded: number
  movedPostponed: number
  /** Never left: too late by their rule, no day was left before the next, or that one left. */
  skippedLate: number
  skippedCrowded: number
  overtaken: number
}

export type Flows = ReturnType<typeof createFlows>

/** SQL: a `FlowRow`, of `FLOW_TABLES`. */
export const FLOW_FIELDS = `f.id, i.name as institution, f.feed, f.campaign, f.drop_id as "dropId", d.key as "dropKey",
  d.encoding, f.origin, f.service, f.account, f.tells, f.state,
  case when f.suspended_at is null then f.reason else f.suspended_because end as reason, f.problem,
  f.about_flow_id as "aboutFlowId", f.approval, f.approve_by as "approveBy", f.zone,
  f.release_at as "releaseAt", f.prepared_by as "preparedBy", encode(v.sha256, 'hex') as "mappingHash",
  f.created_at as "createdAt", f.released_at as "releasedAt", f.ended_at as "endedAt"`

/** SQL: `f` the flow, `i` its institution, `d` its drop, `v` the version of its mapping. */
export const FLOW_TABLES = `flows f join institutions i on i.id = f.institution_id left join drops d on d.id = f.drop_id
    left join mapping_versions v on v.id = f.mapping_version_id`

const FLOW_COLUMNS = `${FLOW_FIELDS} from ${FLOW_TABLES}`

export function createFlows(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
) {
  return {
    /**
     * The flow of a drop: made now, or the one in which it is mapped again, or that an interrupted
     * mapping left behind, as it is: another may have finished it meanwhile.
     */
    async openForDrop(flow: NewFlow, now: Temporal.Instant): Promise<number> {
      const { rows } = await pool.query<{ id: number }>(
        `with again as (
           select id from flows where drop_id = $3 and origin = 'replay' and replaced_by is null),
         made as (
           insert into flows (institution_id, feed, drop_id, origin, service, account, state,
             reason, zone, calendar_version, created_at, tells, telling, prepared_by)
           select $1::integer, $2, $3::bigint, 'drop', $4, $5, 'inactive', 'loading', $6, $7,
             $8::timestamptz, $9::text[], $9::text[],
             coalesce((select prepared_by from drops where id = $3), '{}')
           where not exists (select from again)
           on conflict (drop_id) where origin = 'drop' do update set drop_id = excluded.drop_id
           returning id)
         select id from again union all select id from made`,
        [
          await institutions.idOf(flow.institution),
          flow.feed,
          flow.dropId,
          flow.service,
          flow.account,
          flow.zone,
          flow.calendarVersion,
          now.toString(),
          flow.tells,
        ],
      )
      return (rows[0] as { id: number }).id
    },

    /**
     * The drop could not be read to its end: the flow stays inactive and says why. Nothing happens
     * to a drop that has been mapped, or has failed, meanwhile.
     */
    async fail(failure: FlowFailure, now: Temporal.Instant): Promise<void> {
      const { flowId, dropId, problem, mail } = failure
      await transaction(pool, async (client) => {
        const { rows } = await client.query<{ institution_id: number }>(
          `update drops set state = 'failed', mapped_at = $3, problem = $2
           where id = $1 and state = 'received' returning institution_id`,
          [dropId, JSON.stringify(problem), now.toString()],
        )
        const institutionId = rows[0]?.institution_id
        if (institutionId === undefined) return
        await client.query(
          `update flows set state = 'inactive', reason = 'with-errors', problem = $2 where id = $1`,
          [flowId, JSON.stringify(problem)],
        )
        await addStaffMail(client, institutionId, mail, now)
      })
    },

    async get(id: number): Promise<FlowRow> {
      const { rows } = await pool.query<FlowRow>(`select ${FLOW_COLUMNS} where f.id = $1`, [id])
      const row = rows[0]
      if (!row) throw noSuchFlow(id)
      return row
    },

    /** Newest first. Null filters mean all. */
    async list(filter: {
      institution: string | null
      feed: string | null
      state: FlowState | null
      limit: number
      /** With those that carry test messages; absent: without. */
      tests?: boolean
    }): Promise<FlowRow[]> {
      const { rows } = await pool.query<FlowRow>(
        `select ${FLOW_COLUMNS}
         where ($1::text is null or i.name = $1) and ($2::text is null or f.feed = $2)
           and ($3::text is null or f.state = $3) and ($5 or f.origin <> 'test')
         order by f.id desc limit $4`,
        [filter.institution, filter.feed, filter.state, filter.limit, filter.tests ?? false],
      )
      return rows
    },

    /** Counts every record of the flow into its term; in one snapshot, so that it always closes. */
    async account(id: number): Promise<FlowAccount> {
      const { rows } = await pool.query<AccountRow>(ACCOUNT, [id])
      const account = emptyAccount()
      for (const { fate, state, n } of rows) {
        if (fate === 'read') account.read += n
        else account[termOf(fate, state)] += n
      }
      return account
    },

    /** Reminders have counters of their own: state → how many. */
    async reminders(id: number): Promise<Partial<Record<MessageState, number>>> {
      const { rows } = await pool.query<{ state: MessageState; n: number }>(
        `select state, count(*) as n from messages
         where flow_id = $1 and purpose = 'reminder' group by state`,
        [id],
      )
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
    },

    /** What did not leave when the plan said, of its reminders or of its campaign’s messages. */
    async offPlan(id: number): Promise<OffPlan> {
      const { rows } = await pool.query<OffPlan>(OFF_PLAN, [id])
      return rows[0] as OffPlan
    },

    /** Reminders that its notices do not get, since their records were read so. */
    async unplanned(id: number): Promise<UnplannedCounts> {
      const sql = 'select unplanned from flows where id = $1'
      const { rows } = await pool.query<{ unplanned: UnplannedCounts }>(sql, [id])
      return rows[0]?.unplanned ?? {}
    },

    /** The first refused records of a flow, with their refusals. */
    async refusals(id: number, limit: number): Promise<RefusedRecord[]> {
      const { rows } = await pool.query<SealedRecord>(
        `select record, line, sealed from source_records
         where flow_id = $1 and fate = 'refused' order by record limit $2`,
        [id, limit],
      )
      return rows.map(({ record, line, sealed }) => ({
        line,
        ...JSON.parse(vault.open(recordContext(id, record), sealed).toString('utf8')),
      }))
    },

    /** The records that go with a warning. */
    async warnings(id: number, limit: number): Promise<FlowWarnings> {
      const { rows } = await pool.query<SealedRecord & { n: number }>(
        `select record, line, sealed, count(*) over () as n from source_records
         where flow_id = $1 and warnings is not null order by record limit $2`,
        [id, limit],
      )
      const first = rows.map(({ record, line, sealed }) => {
        const clear = vault.open(recordContext(id, record), sealed).toString('utf8')
        const { key, warnings } = JSON.parse(clear)
        return { line, key, warnings }
      })
      return { records: rows[0]?.n ?? 0, first }
    },

    /** The amounts of its payments, and of the emission of its feed that was let go before it. */
    emission: (id: number) => emissionOf(pool, id),

    /**
     * Lets a flow go, with the act of who let it: wakes the sender now and at each instant of its
     * plan. False: it had already gone, or is not as it was seen.
     */
    async release(id: number, { seen, ...act }: FlowApproval, now: Temporal.Instant) {
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ account: string }>(
          `update flows set released_at = $2, approved_by = $3, reason = 'approved', problem = null,
             approval = 'none', approve_by = null, release_at = null
           where id = $1 and state = 'active' and released_at is null and leaving_out is null
             and case when $4 then reason is not distinct from $5
               and content_hash is not distinct from decode($6, 'hex')
               else reason is distinct from 'blocked' end
           returning account`,
          [
            ...[id, now.toString(), [act.actor]],
            ...[seen !== undefined, seen?.reason ?? null, seen?.contentHash ?? null],
          ],
        )
        const account = rows[0]?.account
        if (account === undefined) return false
        await addFlowAct(client, { ...act, flowId: id }, now)
        await wakeFlow(client, enqueue, id, account)
        return true
      })
    },

    /** Flows that wait for `release`, and that nobody has looked at. */
    async awaitingRelease(limit: number): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(
        `select id from flows where state = 'active' and released_at is null
           and reason is distinct from 'blocked' and approve_by is null order by id limit $1`,
        [limit],
      )
      return rows.map((row) => row.id)
    },

    /** The first message of the flow is being sent. */
    async sending(ids: number[], now: Temporal.Instant): Promise<void> {
      if (ids.length === 0) return
      await pool.query(
        `update flows set state = 'sending', reason = null, sending_at = coalesce(sending_at, $2)
         where id = any($1) and state = 'active' and released_at is not null`,
        [ids, now.toString()],
      )
    },

    /** See `endFlows`. */
    closeEnded: (account: string, now: Temporal.Instant) => endFlows(pool, account, now),
  }
}

/** What is thrown where a person names a flow that is none. */
export function noSuchFlow(id: number): Error {
  return new Error(`there is no flow ${id}; \`staffetta flows list\` shows them`)
}

/** Wakes the sender at each instant of a released flow's plan, in the caller's transaction. */
export async function wakeFlow(
  tx: Queryable,
  enqueue: Enqueue,
  id: number,
  account: string,
): Promise<void> {
  await tx.query(FIRST_WAKE, [id])
  const { rows } = await tx.query<{ at: Temporal.Instant }>(PLAN_INSTANTS, [id])
  const instants = rows.map(({ at }) => at)
  await enqueue(tx, 'send', account, instants)
}

interface SealedRecord {
  record: number
  line: number
  sealed: Buffer
}

interface AccountRow {
  fate: RecordFate | 'read'
  state: MessageState | null
  n: number
}

/**
 * Records that were read, those that ended at mapping, and the first messages of the others: three
 * counts of their own, so that a record without its message shows as a difference. The messages of
 * a test come of no record: each counts as one that was read.
 */
const ACCOUNT = `
  select 'read' as fate, null as state, count(*) as n from source_records where flow_id = $1
  union all
  select 'read', null, count(*) from messages
    where flow_id = $1 and purpose = 'test' and (select origin = 'test' from flows where id = $1)
  union all
  select fate, null, count(*) from source_records
    where flow_id = $1 and fate <> 'message' group by fate
  union all
  select 'message', state, count(*) from messages
    where flow_id = $1 and purpose in ${OWN} group by state`

/** In days of the flow's zone; one that was moved was planned for the day it was moved to. */
const OFF_PLAN = `
  select count(*) filter (where days > 0) as late, greatest(coalesce(max(days), 0), 0) as "mostDaysLate",
    count(*) filter (where moved = 'closed') as "movedClosed",
    count(*) filter (where moved = 'crowded') as "movedCrowded",
    count(*) filter (where moved = 'postponed') as "movedPostponed",
    count(*) filter (where state = 'cancelled' and code = 'late') as "skippedLate",
    count(*) filter (where state = 'cancelled' and code = 'crowded') as "skippedCrowded",
    count(*) filter (where state = 'cancelled' and code = 'overtaken') as overtaken
  from (select m.state, m.code, m.moved,
      (m.sent_at at time zone f.zone)::date - m.civil_at::date as days
    from messages m join flows f on f.id = m.flow_id
    where m.flow_id = $1 and m.purpose in ('reminder', 'campaign')) planned`

/** The sender finds a released flow by its wakes; the later ones follow from the claim. */
const FIRST_WAKE = `
  insert into flow_wakes (flow_id, account, at)
  select f.id, f.account, m.send_at from flows f cross join lateral (
    select send_at from messages where flow_id = f.id and state = 'waiting'
    order by send_at limit 1) m
  where f.id = $1`

/**
 * The distinct instants of a flow's plan, by skipping through the index instead of reading every
 * message.
 */
const PLAN_INSTANTS = `
  with recursive instants (at) as (
    (select send_at from messages where flow_id = $1 and state = 'waiting' order by send_at limit 1)
    union all
    select (select send_at from messages
            where flow_id = $1 and state = 'waiting' and send_at > instants.at order by send_at limit 1)
    from instants where instants.at is not null)
  select at from instants where at is not null`
