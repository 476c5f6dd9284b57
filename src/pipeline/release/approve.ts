// flow → approved, sent back, or asked for anew: what a person decides once they have looked at it.
// Its checks are made again first, so that nobody approves what has become wrong since; then the
// store decides on the locked row. Invariant: what is approved is what the person has seen, by its
// digest, and nobody approves past a finding that blocks.
import { type ApprovalStanding, neededApprovers, whyNotApproved } from '../../domain/approval.ts'
import {
  approvedByOneMail,
  askedMail,
  type FlowInMail,
  sentBackMail,
} from '../../domain/approval-mails.ts'
import type { Asked, Decided } from '../../domain/decision.ts'
import type { CheckCode, ReleaseReport, ReleaseRules } from '../../domain/release-check.ts'
import { findBlocking } from '../../domain/release-checks.ts'
import type { StaffMail } from '../../domain/staff-mail.ts'
import { type CheckedFlow, checkFlow, type ReleasableFlow, type ReleasePorts } from '../release.ts'

/** How many must approve, and for how long that is waited for and holds. */
export type ApprovalTerms = Pick<ReleaseRules, 'approval' | 'approvalHours'>

/** What a person approves. */
export interface ApprovalAsked extends Asked {
  /** Of what they have looked at: hexadecimal, whole or its first twelve digits. */
  digest: string
  /** How many recipients they have agreed to; null: they have seen the number. */
  recipients: number | null
  /** Not to leave before; null: as it is planned. */
  notBefore: Temporal.Instant | null
}

export interface Approving extends ApprovalAsked {
  /** Findings that keep the flow back, as they are now. */
  blocking: readonly CheckCode[]
  terms: ApprovalTerms
  /** For when another must approve too. */
  mailOfMore: StaffMail
}

export interface Approved {
  digest: string
  /** People who must still approve; 0: it may go. */
  missing: number
  /** Until when it must be approved by them, or have begun to leave. */
  expiresAt: Temporal.Instant
  /** When its first message leaves by the plan; null: another must approve, or nothing waits. */
  leavesAt: Temporal.Instant | null
  /** Messages that were held for it, and go now. */
  letGo: number
}

export interface ApprovePorts extends ReleasePorts {
  approvals: ReleasePorts['approvals'] & {
    /** As it is now, by what it was asked for. */
    standing(id: number): Promise<ApprovalStanding>
    approve(id: number, approving: Approving, now: Temporal.Instant): Promise<Decided<Approved>>
    sendBack(
      id: number,
      asked: Asked,
      mailOf: (flow: FlowInMail) => StaffMail,
      now: Temporal.Instant,
    ): Promise<Decided>
    reopen(id: number, asked: Asked, now: Temporal.Instant): Promise<Decided>
  }
  /** Of an institution’s days and hours. */
  zoneOf(institution: string): string
}

/** A person approves; with the last approval that it needs the flow may go. */
export async function approveFlow(
  id: number,
  approval: ApprovalAsked,
  ports: ApprovePorts,
): Promise<Decided<Approved>> {
  const { report, blocking } = await lookBefore(id, ports)
  const flow = await ports.checks.get(id)
  const terms = ports.rulesOf(flow)
  const until = flow.approveBy ?? ports.now().add({ hours: terms.approvalHours })
  const inMail = flowInMail(flow, report, ports)
  const standing = await ports.approvals.standing(id)
  const recipients = recipientsOf(standing, report)
  if (approval.recipients !== null && approval.recipients !== recipients) {
    const refused = whyNotApproved(
      { ...standing, blocking, approval: terms.approval },
      approval,
      ports.now(),
    )
    const other = { because: 'other-count', figures: { messages: recipients } } as const
    return { kind: 'refused', state: flow.state, ...(refused ?? other) }
  }
  const mailOfMore = {
    recipients: ports.toldOf(flow.institution),
    ...approvedByOneMail(inMail, approval.actor, until),
  }
  return ports.approvals.approve(id, { ...approval, blocking, terms, mailOfMore }, ports.now())
}

/** How many citizens it is approved for: of one that has begun, messages that were held for it. */
export function recipientsOf(
  { isReleased, heldMessages }: Pick<ApprovalStanding, 'isReleased' | 'heldMessages'>,
  report: ReleaseReport | null,
): number {
  return isReleased ? heldMessages : (report?.facts.recipients ?? 0)
}

/** The flow as it is found now, and what keeps it from being approved. */
export async function lookBefore(
  id: number,
  ports: ReleasePorts,
): Promise<{ report: ReleaseReport | null; blocking: CheckCode[] }> {
  const checked = await checkFlow(id, ports)
  if (checked.kind === 'refused') return { report: null, blocking: [] }
  const { report } = checked
  const overrides = await ports.checks.overrides(id)
  const found = findBlocking(report.findings, report.facts, overrides)
  return { report, blocking: found.map(({ code }) => code) }
}

/** Who was to approve it wants it changed: nothing of it leaves. */
export async function sendBackFlow(
  id: number,
  asked: Asked,
  ports: ApprovePorts,
): Promise<Decided> {
  const { institution } = await ports.checks.get(id)
  const mailOf = (flow: FlowInMail) => ({
    recipients: ports.toldOf(institution),
    ...sentBackMail(flow, asked.actor, asked.note),
  })
  return ports.approvals.sendBack(id, asked, mailOf, ports.now())
}

/** One that has expired, or was sent back, is checked and asked for anew. */
export async function recheckFlow(
  id: number,
  asked: Asked,
  ports: ApprovePorts,
): Promise<Decided<CheckedFlow>> {
  const reopened = await ports.approvals.reopen(id, asked, ports.now())
  return reopened.kind === 'refused' ? reopened : checkFlow(id, ports)
}

/** The mail that asks for the approval of a flow. */
export function mailThatAsks(
  flow: ReleasableFlow,
  rules: ReleaseRules,
  report: ReleaseReport,
  preparedBy: readonly string[],
  until: Temporal.Instant,
  ports: Pick<ApprovePorts, 'toldOf' | 'zoneOf'>,
): StaffMail {
  const needed = neededApprovers(rules.approval, preparedBy)
  const recipients = ports.toldOf(flow.institution)
  return { recipients, ...askedMail(flowInMail(flow, report, ports), until, needed) }
}

function flowInMail(
  { id, institution, feed, campaign }: ReleasableFlow,
  report: ReleaseReport | null,
  ports: Pick<ApprovePorts, 'zoneOf'>,
): FlowInMail {
  const { messages = 0, amounts = null } = report?.facts ?? {}
  const totalCents = amounts?.totalCents ?? null
  return { id, feed, campaign, messages, totalCents, zone: ports.zoneOf(institution) }
}
