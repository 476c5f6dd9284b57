// How the wait for an approval ends without one: who was to approve sends the flow back, or its
// time is over; and how it begins anew. A flow that has begun to leave is none of this.
// Invariant: a flow that is inactive is not released, and has no approval that holds.
import type { FlowInMail } from '../domain/approval-mails.ts'
import { type Asked, BY_ITSELF, type Decided } from '../domain/decision.ts'
import type { FlowReason, FlowState } from '../domain/flow.ts'
import { whyNotBefore, whyNotReopened } from '../domain/flow-moves.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import { addFlowAct } from './acts.ts'
import { addPreparer, endApprovals } from './approval-voids.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { noSuchFlow } from './flows.ts'
import { addStaffMail } from './staff-mails.ts'

/** A flow whose approval ends, or has ended. */
export interface EndingFlow extends FlowInMail {
  institution: string
  institutionId: number
  /** Until when it could be approved, or must have begun. */
  until: Temporal.Instant
  wasApproved: boolean
}

export interface EndingMails {
  expired(flow: EndingFlow): StaffMail
  ending(flow: EndingFlow): StaffMail
}

/** Flows that one look expires or warns of; the next sees the rest. */
const AT_ONCE = 100

export type ApprovalEnds = ReturnType<typeof createApprovalEnds>

export function createApprovalEnds(pool: Pool) {
  return {
    /** Back to who prepares it: nothing of it leaves until it is checked anew, or redone. */
    sendBack(
      id: number,
      { actor, origin, note }: Asked,
      mailOf: (flow: FlowInMail) => StaffMail,
      now: Temporal.Instant,
    ): Promise<Decided> {
      return transaction(pool, async (tx) => {
        const flow = await lock(tx, id)
        const because = whyNotBefore(flow)
        if (because !== null) return { kind: 'refused', because, state: flow.state }
        await deactivate(tx, id, 'sent-back', now)
        const detail = note === null ? {} : { note }
        await addFlowAct(tx, { flowId: id, actor, origin, verb: 'sent back', detail }, now)
        await addStaffMail(tx, flow.institutionId, mailOf(flow), now)
        return { kind: 'done' }
      })
    },

    /**
     * A flow that has expired, or was sent back, may be checked and asked for anew; who does that
     * has prepared it. The caller has it checked then.
     */
    reopen(id: number, { actor, origin, note }: Asked, now: Temporal.Instant): Promise<Decided> {
      return transaction(pool, async (tx) => {
        const flow = await lock(tx, id)
        const because = whyNotReopened(flow)
        if (because !== null) return { kind: 'refused', because, state: flow.state }
        await tx.query(
          `update flows set state = 'active', reason = 'awaiting-approval', approve_by = null
           where id = $1`,
          [id],
        )
        await addPreparer(tx, id, actor)
        const detail = { was: flow.reason, ...(note !== null && { note }) }
        await addFlowAct(tx, { flowId: id, actor, origin, verb: 'rechecked', detail }, now)
        return { kind: 'done' }
      })
    },

    /**
     * Expires the flows whose approval is over, and warns of those that are soon; one mail each.
     * Answers how many of both.
     */
    async expire(mails: EndingMails, now: Temporal.Instant) {
      return transaction(pool, async (tx) => {
        const { rows: over } = await tx.query<EndingFlow>(endingSql(OVER), [now.toString()])
        for (const flow of over) {
          await deactivate(tx, flow.id, 'expired', now)
          const act = { ...BY_ITSELF, verb: 'expired' }
          await addFlowAct(tx, { ...act, flowId: flow.id }, now)
          await addStaffMail(tx, flow.institutionId, mails.expired(flow), now)
        }
        const { rows: soon } = await tx.query<EndingFlow>(endingSql(SOON), [now.toString()])
        for (const flow of soon) await addStaffMail(tx, flow.institutionId, mails.ending(flow), now)
        await tx.query('update flows set approval_warned_at = $2 where id = any($1)', [
          soon.map(({ id }) => id),
          now.toString(),
        ])
        return { expired: over.length, warned: soon.length }
      })
    },
  }
}

interface LockedFlow extends FlowInMail {
  institutionId: number
  state: FlowState
  reason: FlowReason
}

/** SQL: of the flow `f`, what a mail says of it: of what would leave now. */
const IN_MAIL = `f.id, f.feed, f.campaign, f.zone, f.institution_id as "institutionId",
  (select count(*) from messages m where m.flow_id = f.id
    and m.state = 'waiting' and m.purpose <> 'reminder') as messages,
  (select sum(n.amount_cents)::bigint from messages m join notices n on n.id = m.notice_id
    where m.flow_id = f.id and m.state = 'waiting' and m.purpose <> 'reminder') as "totalCents"`

async function lock(tx: Client, id: number): Promise<LockedFlow> {
  const { rows } = await tx.query<LockedFlow>(
    `select ${IN_MAIL}, f.state, f.reason from flows f where f.id = $1 for update`,
    [id],
  )
  const flow = rows[0]
  if (!flow) throw noSuchFlow(id)
  return flow
}

async function deactivate(
  tx: Client,
  id: number,
  reason: 'expired' | 'sent-back',
  now: Temporal.Instant,
): Promise<void> {
  await endApprovals(tx, id, reason, now)
  await tx.query(
    `update flows set state = 'inactive', reason = $2, released_at = null, release_at = null,
       approve_by = null, approved_by = '{}', problem = null where id = $1`,
    [id, reason],
  )
}

/** One of which nothing waits any more ends by itself, whoever has approved it. */
const OVER = `f.approve_by <= $1 and exists (select from messages m
  where m.flow_id = f.id and m.state in ('waiting', 'claimed'))`

/** See `warnsAt`. */
const SOON = `f.approve_by > $1 and f.approval_warned_at is null and f.approval_hours > 1
  and f.approve_by <= $1::timestamptz
    + greatest(interval '1 hour', f.approval_hours * interval '15 minutes')`

const endingSql = (which: string) => `
  select ${IN_MAIL}, i.name as institution, f.approve_by as until,
    f.released_at is not null or f.release_at is not null as "wasApproved"
  from flows f join institutions i on i.id = f.institution_id
  where f.state = 'active' and f.reason in ('awaiting-approval', 'approved')
    and f.approve_by is not null and f.stopped_at is null and ${which}
  order by f.approve_by limit ${AT_ONCE} for update of f skip locked`
