// Who may approve a flow, and when enough have. An approval is of the texts of all its messages, by
// their digest: what is taken away from a flow leaves it as it is, what is added or changed does
// not. Invariant: where four eyes are wanted, nobody who has prepared a flow lets it go.
import type { DecisionRefusal } from './decision.ts'
import type { FlowReason, FlowState } from './flow.ts'
import { whyNotBefore } from './flow-moves.ts'
import type { Approval, CheckCode } from './release-check.ts'

/** A valid approval of what the flow is now. */
export interface GivenApproval {
  actor: string
  at: Temporal.Instant
  expiresAt: Temporal.Instant
}

/** What decides whether a flow may be approved. */
export interface ApprovalStanding {
  state: FlowState
  reason: FlowReason
  approval: Approval
  /** Until when it may be approved, and once approved, until when it must have begun to leave. */
  approveBy: Temporal.Instant | null
  isReleased: boolean
  isStopped: boolean
  isReplaced: boolean
  /** Everyone who uploaded, corrected, overrode, left out or asked for its check anew. */
  preparedBy: readonly string[]
  /** Of the digest that it has now, and not void; expired ones too. */
  approvals: readonly GivenApproval[]
  /** Findings that keep it back. */
  blocking: readonly CheckCode[]
  /** Messages that came, or changed, after it was approved and had begun: they wait for this. */
  heldMessages: number
  /** Hexadecimal sha256 of its messages as they are now. */
  digest: string
}

/** How many people must approve: two, of a lot that nobody has prepared. */
export function neededApprovers(approval: Approval, preparedBy: readonly string[]): 0 | 1 | 2 {
  if (approval === 'none') return 0
  return approval === 'four-eyes' && preparedBy.length === 0 ? 2 : 1
}

/** The approvals that count now: not expired, and of nobody who may not. */
export function countingApprovals(
  {
    approval,
    preparedBy,
    approvals,
  }: Pick<ApprovalStanding, 'approval' | 'preparedBy' | 'approvals'>,
  now: Temporal.Instant,
): GivenApproval[] {
  return approvals.filter(
    ({ actor, expiresAt }) =>
      Temporal.Instant.compare(now, expiresAt) < 0 &&
      !(approval === 'four-eyes' && preparedBy.includes(actor)),
  )
}

/** How many approvals it lacks; 0: it may go. */
export function missingApprovals(
  standing: Pick<ApprovalStanding, 'approval' | 'preparedBy' | 'approvals'>,
  now: Temporal.Instant,
): number {
  const needed = neededApprovers(standing.approval, standing.preparedBy)
  return Math.max(0, needed - countingApprovals(standing, now).length)
}

type Refused = { because: DecisionRefusal; figures?: Record<string, string | number | null> }

/** Why nobody may approve it as it stands; null: it waits for somebody. */
function whyNotAsked(standing: ApprovalStanding, now: Temporal.Instant): Refused | null {
  const { state, reason, isReleased, isStopped, isReplaced, approval, approveBy } = standing
  const refused = (because: DecisionRefusal, figures?: Refused['figures']): Refused =>
    figures === undefined ? { because } : { because, figures }
  if (isReplaced) return refused('replaced')
  if (isStopped) return refused('stopped')
  if (isReleased && standing.heldMessages > 0) return null
  const because = whyNotBefore({ state, reason })
  if (because !== null) return refused(because)
  if (standing.blocking.length > 0) {
    return refused('blocked', { checks: standing.blocking.join(', ') })
  }
  if (reason === 'blocked') return refused('blocked', { checks: null })
  if (isReleased || reason === 'approved') return refused('approved-already')
  if (approval === 'none' || approveBy === null) return refused('not-asked')
  return Temporal.Instant.compare(now, approveBy) >= 0 ? refused('expired') : null
}

/**
 * Whether this person may approve what they have looked at: `digest` is what they were shown,
 * hexadecimal, or its beginning of at least 12 digits. Null: they may.
 */
export function whyNotApproved(
  standing: ApprovalStanding,
  { actor, digest }: { actor: string; digest: string },
  now: Temporal.Instant,
): Refused | null {
  const refused = whyNotAsked(standing, now)
  if (refused !== null) return refused
  if (standing.approval === 'four-eyes' && standing.preparedBy.includes(actor)) {
    return { because: 'preparer' }
  }
  if (!isDigest(standing.digest, digest)) return { because: 'changed' }
  const own = countingApprovals(standing, now).some((given) => given.actor === actor)
  return own ? { because: 'approved-by-you' } : null
}

/** Hexadecimal digits that people compare and scripts may pass on. */
export const SHORT_DIGEST = 12

/** Whether what was typed stands for the digest: the whole of it, or enough of its beginning. */
export function isDigest(digest: string, typed: string): boolean {
  const said = typed.toLowerCase()
  return said.length >= SHORT_DIGEST && digest.startsWith(said)
}
