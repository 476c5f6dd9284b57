// Approvals of flows: who has approved what, until when, and letting a flow go when enough have.
// Everything is decided under the lock of the flow's row, so that of two people who act at once the
// second sees what the first has done. Invariant: a flow that needs an approval is released only
// with the digest that was approved, counted in the transaction that releases it.
import {
  type ApprovalStanding,
  countingApprovals,
  type GivenApproval,
  missingApprovals,
  whyNotApproved,
} from '../domain/approval.ts'
import { type Asked, BY_ITSELF, type Decided } from '../domain/decision.ts'
import type { FlowReason, FlowState } from '../domain/flow.ts'
import type { Approval } from '../domain/release-check.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import type { ApprovalTerms, Approved, Approving } from '../pipeline/release/approve.ts'
import { addFlowAct } from './acts.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { recloseFlows } from './flow-ends.ts'
import { noSuchFlow, wakeFlow } from './flows.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Enqueue } from './wake.ts'

/** An approval as people see it, void ones too. */
export interface ApprovalRow extends GivenApproval {
  /** Of what they approved, hexadecimal. */
  digest: string
  note: string | null
  voidedAt: Temporal.Instant | null
  voidedBecause: string | null
}

export type Approvals = ReturnType<typeof createApprovals>

export function createApprovals(pool: Pool, enqueue: Enqueue) {
  return {
    /** The flow as who is to approve sees it; `digest` is counted now. */
    standing: (id: number): Promise<FlowToApprove> => standingOf(pool, id),

    /** All approvals of a flow, oldest first. */
    async ofFlow(id: number): Promise<ApprovalRow[]> {
      const { rows } = await pool.query<ApprovalRow>(
        `select actor, at, encode(digest, 'hex') as digest, expires_at as "expiresAt", note,
           voided_at as "voidedAt", voided_because as "voidedBecause"
         from flow_approvals where flow_id = $1 order by id`,
        [id],
      )
      return rows
    },

    /** The flows that wait for an approval, those that end soonest first. Null filters mean all. */
    async waiting(filter: {
      institution: string | null
      feed: string | null
      limit: number
      /** Those of these services; absent or null: of all. */
      services?: readonly string[] | null
    }): Promise<WaitingFlow[]> {
      const { rows } = await pool.query<WaitingFlow>(WAITING, [
        ...[filter.institution, filter.feed, filter.limit, filter.services ?? null],
      ])
      return rows
    },

    /**
     * Makes a flow wait for its approval, with an act and a mail, once; lets it go where enough
     * people have approved what it is now. Answers whether it is released.
     */
    ask(
      id: number,
      terms: ApprovalTerms,
      mailOf: (approveBy: Temporal.Instant, preparedBy: readonly string[]) => StaffMail,
      now: Temporal.Instant,
    ): Promise<boolean> {
      return transaction(pool, async (tx) => {
        const flow = await lockFlow(tx, id, terms)
        const { isReleased, isStopped, isReplaced, approveBy, releaseAt } = flow
        const isOver = isReleased || isStopped || isReplaced
        if (flow.state !== 'active' || isOver || flow.isLeavingOut) return false
        const isEnough = flow.approvals.length > 0 && missingApprovals(flow, now) === 0
        if (isEnough) {
          const isDue = releaseAt === null || Temporal.Instant.compare(releaseAt, now) <= 0
          if (isDue) await letGo(tx, enqueue, flow, terms, now)
          return isDue
        }
        // One that was asked for already, and is not to be checked anew.
        if (flow.reason === 'awaiting-approval' && approveBy !== null) return false
        const until = now.add({ hours: terms.approvalHours })
        await tx.query(ASK, [id, terms.approval, terms.approvalHours, until.toString()])
        const detail = { until: until.toString(), digest: flow.digest }
        const act = { ...BY_ITSELF, verb: 'asked for approval', detail }
        await addFlowAct(tx, { ...act, flowId: id }, now)
        await addStaffMail(tx, flow.institutionId, mailOf(until, flow.preparedBy), now)
        return false
      })
    },

    /** A person approves what they have looked at; with the last that it needs it may go. */
    approve(id: number, approving: Approving, now: Temporal.Instant): Promise<Decided<Approved>> {
      return transaction(pool, async (tx) => {
        const locked = await lockFlow(tx, id, approving.terms)
        const flow = { ...locked, blocking: approving.blocking }
        const refused = whyNotApproved(flow, approving, now)
        if (refused !== null) return { kind: 'refused', state: flow.state, ...refused }
        const expiresAt = now.add({ hours: approving.terms.approvalHours })
        await addApproval(tx, flow, approving, expiresAt, now)
        const approvals = [...flow.approvals, { actor: approving.actor, at: now, expiresAt }]
        const approved = { ...flow, approvals }
        const missing = missingApprovals(approved, now)
        const given = { digest: flow.digest, missing, expiresAt, leavesAt: null, letGo: 0 }
        if (missing > 0) {
          await addStaffMail(tx, flow.institutionId, approving.mailOfMore, now)
          return { kind: 'done', ...given }
        }
        if (flow.isReleased) {
          const letGo = await letHeldGo(tx, enqueue, flow, now)
          return { kind: 'done', ...given, letGo, leavesAt: now }
        }
        const { notBefore, terms } = approving
        const isLater = notBefore !== null && Temporal.Instant.compare(notBefore, now) > 0
        const left = isLater
          ? await planRelease(tx, approved, terms, notBefore)
          : await letGo(tx, enqueue, approved, terms, now)
        return { kind: 'done', ...given, ...left }
      })
    },

    /** Lets flows go that are approved and whose planned hour has come; answers how many. */
    async releaseDue(now: Temporal.Instant): Promise<number> {
      const { rows } = await pool.query<DueRow>(DUE, [now.toString(), DUE_AT_ONCE])
      let released = 0
      for (const { id, ...terms } of rows) {
        const isGone = await transaction(pool, async (tx) => {
          const flow = await lockFlow(tx, id, terms)
          const isStill = flow.state === 'active' && flow.reason === 'approved' && !flow.isReleased
          if (!isStill || flow.isStopped || missingApprovals(flow, now) > 0) return false
          await letGo(tx, enqueue, flow, terms, now)
          return true
        })
        if (isGone) released += 1
      }
      return released
    },
  }
}

/** A flow in the list of those that wait for an approval. */
export interface WaitingFlow {
  id: number
  institution: string
  feed: string | null
  campaign: string | null
  /** Of the drop that it came of. */
  dropKey: string | null
  service: string
  createdAt: Temporal.Instant
  approval: Approval
  approveBy: Temporal.Instant | null
  /** It has begun to leave, and these messages were held since. */
  isHeld: boolean
  preparedBy: string[]
  approvedBy: string[]
  /** That would leave, and what their payments ask for in cents; null: for nothing. */
  messages: number
  totalCents: number | null
  zone: string
}

/** $1 institution, $2 feed, $3 how many, $4 services. */
const WAITING = `
  with waiting as (
    select id, false as held from flows where state = 'active' and reason = 'awaiting-approval'
      and released_at is null and approve_by is not null
    union all
    select distinct flow_id, true from messages
      where state = 'held' and code = 'HOLD_NOT_APPROVED')
  select f.id, i.name as institution, f.feed, f.campaign, f.service, f.approval,
    (select d.key from drops d where d.id = f.drop_id) as "dropKey", f.created_at as "createdAt", f.approve_by as "approveBy", w.held as "isHeld",
    f.prepared_by as "preparedBy", f.zone, array(
      select actor from flow_approvals a where a.flow_id = f.id and a.voided_at is null
      order by a.id) as "approvedBy", c.messages, c.total as "totalCents"
  from waiting w join flows f on f.id = w.id join institutions i on i.id = f.institution_id
    cross join lateral (
      select count(*) as messages, sum(n.amount_cents)::bigint as total
      from messages m join notices n on n.id = m.notice_id
      where m.flow_id = f.id and case when w.held
        then m.state = 'held' and m.code = 'HOLD_NOT_APPROVED'
        else m.state = 'waiting' and m.purpose <> 'reminder' end) c
  where ($1::text is null or i.name = $1) and ($2::text is null or f.feed = $2)
    and ($4::text[] is null or f.service = any($4))
    and f.stopped_at is null and f.replaced_by is null
  order by f.approve_by nulls first, f.id limit $3`

/** A flow under the judgement of who may approve it. */
export interface FlowToApprove extends ApprovalStanding {
  id: number
  institutionId: number
  institution: string
  feed: string | null
  campaign: string | null
  account: string
  releaseAt: Temporal.Instant | null
  /** In which its hours are told. */
  zone: string
  /** Of the mapping that made it, hexadecimal; null: it was never mapped. */
  mappingHash: string | null
  /** Somebody is leaving out some of it: it is looked at anew once all of that is. */
  isLeavingOut: boolean
  /** Its own messages that wait, and those of its reminders. */
  waitingMessages: number
  waitingReminders: number
  /** Of what waits; null: nothing does. */
  leavesAt: Temporal.Instant | null
}

type DueRow = ApprovalTerms & { id: number }

/** Flows that one look lets go; the next sees the rest. */
const DUE_AT_ONCE = 100

const DUE = `
  select id, approval, approval_hours as "approvalHours" from flows
  where state = 'active' and approve_by is not null and reason = 'approved'
    and released_at is null and release_at <= $1
  order by release_at limit $2`

interface StandingRow extends Omit<FlowToApprove, 'approvals' | 'blocking' | 'digest'> {
  state: FlowState
  reason: FlowReason
  digest: Buffer
}

/**
 * SQL: the digest of the messages `m` of a flow: sha256 over the id and the keyed hash of the text
 * of each, whatever its state, by id. 40 bytes a message while it is counted: a million are 40 MB
 * of the server's memory, and about a second.
 */
const DIGESTED = `sha256(coalesce(
  string_agg(int8send(m.id) || m.text_hash, ''::bytea order by m.id), ''::bytea))`

/** SQL: that of the flow `f`. */
export const DIGEST = `(select ${DIGESTED} from messages m where m.flow_id = f.id)`

/** Its messages are read once: digest and counts together. Held: they came after its approval. */
const STANDING = `
  select f.id, f.institution_id as "institutionId", i.name as institution, f.feed, f.campaign,
    f.account, f.zone, f.state, f.reason, f.approval, encode(v.sha256, 'hex') as "mappingHash", f.approve_by as "approveBy",
    f.release_at as "releaseAt", f.released_at is not null as "isReleased",
    f.stopped_at is not null as "isStopped", f.replaced_by is not null as "isReplaced",
    f.leaving_out is not null as "isLeavingOut", f.prepared_by as "preparedBy", m.*
  from flows f join institutions i on i.id = f.institution_id
    left join mapping_versions v on v.id = f.mapping_version_id cross join lateral (
    select ${DIGESTED} as digest,
      count(*) filter (where state = 'waiting' and purpose <> 'reminder') as "waitingMessages",
      count(*) filter (where state = 'waiting' and purpose = 'reminder') as "waitingReminders",
      min(send_at) filter (where state = 'waiting') as "leavesAt",
      count(*) filter (where state = 'held' and code = 'HOLD_NOT_APPROVED') as "heldMessages"
    from messages m where flow_id = f.id) m
  where f.id = $1`

const VALID = `
  select actor, at, expires_at as "expiresAt" from flow_approvals
  where flow_id = $1 and digest = $2 and voided_at is null order by id`

async function standingOf(db: Queryable, id: number): Promise<FlowToApprove> {
  const { rows } = await db.query<StandingRow>(STANDING, [id])
  const row = rows[0]
  if (!row) throw noSuchFlow(id)
  const { rows: approvals } = await db.query<GivenApproval>(VALID, [id, row.digest])
  return { ...row, digest: row.digest.toString('hex'), approvals, blocking: [] }
}

/** The flow as it stands, by the rules of now, until the end of the transaction. */
async function lockFlow(tx: Client, id: number, terms: ApprovalTerms): Promise<FlowToApprove> {
  await tx.query('select from flows where id = $1 for update', [id])
  return { ...(await standingOf(tx, id)), approval: terms.approval }
}

const ASK = `
  update flows set reason = 'awaiting-approval', approval = $2, approval_hours = $3,
    approve_by = $4, approval_warned_at = null, problem = null where id = $1`

async function addApproval(
  tx: Client,
  { id, institutionId, digest, waitingMessages, heldMessages, isReleased }: FlowToApprove,
  { actor, origin, note }: Asked,
  expiresAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  // What they approved before was of another digest, or has ended.
  await tx.query(
    `update flow_approvals set voided_at = $3,
       voided_because = case when expires_at <= $3 then 'expired' else 'changed' end
     where flow_id = $1 and actor = $2 and voided_at is null`,
    [id, actor, now.toString()],
  )
  await tx.query(
    `insert into flow_approvals (institution_id, flow_id, at, actor, origin, note, digest, expires_at)
     values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8)`,
    [institutionId, id, now.toString(), actor, origin, note, digest, expiresAt.toString()],
  )
  const messages = isReleased ? heldMessages : waitingMessages
  const detail = { digest, messages, ...(note !== null && { note }) }
  await addFlowAct(tx, { flowId: id, actor, origin, verb: 'approved', detail }, now)
}

type Left = Pick<Approved, 'expiresAt' | 'leavesAt'>

/**
 * The approval holds until so many hours after the first instant of the plan: until then it must
 * have begun to leave.
 */
async function letGo(
  tx: Client,
  enqueue: Enqueue,
  flow: FlowToApprove,
  { approval, approvalHours }: ApprovalTerms,
  now: Temporal.Instant,
): Promise<Left> {
  const leavesAt = laterOf(now, flow.leavesAt)
  const expiresAt = leavesAt.add({ hours: approvalHours })
  const actors = countingApprovals(flow, now).map(({ actor }) => actor)
  await tx.query(
    `update flows set released_at = $2, approved_by = $3, reason = 'approved', problem = null,
       approval = $4, approval_hours = $5, approve_by = $6, approval_warned_at = null
     where id = $1`,
    [flow.id, now.toString(), actors, approval, approvalHours, expiresAt.toString()],
  )
  await wakeFlow(tx, enqueue, flow.id, flow.account)
  return { expiresAt, leavesAt: flow.leavesAt && leavesAt }
}

/** Approved, and released by the sweep when its hour has come. */
async function planRelease(
  tx: Client,
  flow: FlowToApprove,
  { approval, approvalHours }: ApprovalTerms,
  at: Temporal.Instant,
): Promise<Left> {
  const leavesAt = laterOf(at, flow.leavesAt)
  const expiresAt = leavesAt.add({ hours: approvalHours })
  await tx.query(
    `update flows set reason = 'approved', problem = null, release_at = $2, approval = $3,
       approval_hours = $4, approve_by = $5, approval_warned_at = null where id = $1`,
    [flow.id, at.toString(), approval, approvalHours, expiresAt.toString()],
  )
  // The approvals hold as long as what they let go.
  await tx.query(
    'update flow_approvals set expires_at = $2 where flow_id = $1 and voided_at is null',
    [flow.id, expiresAt.toString()],
  )
  return { expiresAt, leavesAt }
}

function laterOf(a: Temporal.Instant, b: Temporal.Instant | null): Temporal.Instant {
  return b !== null && Temporal.Instant.compare(b, a) > 0 ? b : a
}

/**
 * What was held for want of an approval goes. What somebody else is changing at this moment stays
 * held: it waits for an approval of what it will be.
 */
async function letHeldGo(
  tx: Client,
  enqueue: Enqueue,
  { id, account }: FlowToApprove,
  now: Temporal.Instant,
): Promise<number> {
  const { rowCount } = await tx.query(
    `update messages set state = 'waiting', code = null, detail = null where id in (
       select id from messages where flow_id = $1 and state = 'held'
         and code = 'HOLD_NOT_APPROVED' for update skip locked)`,
    [id],
  )
  await recloseFlows(tx, [id], now)
  await wakeFlow(tx, enqueue, id, account)
  return rowCount ?? 0
}
