// What a person may do to a flow, and when: suspend it, let it go on, stop it for good, send it
// back, ask for it anew, make it again. Approving has rules of its own, in `approval.ts`. One table
// for the command line and the console; whoever carries it out holds the flow's row.
import type { DecisionRefusal } from './decision.ts'
import type { FlowOrigin, FlowReason, FlowState } from './flow.ts'

export type LifeAct = 'suspend' | 'resume' | 'stop'

/** A flow as it stands, as far as its life is concerned. */
export interface LifeStanding {
  state: FlowState
  /** Its own, not the suspension’s. */
  reason: FlowReason
  isSuspended: boolean
  isStopped: boolean
  /** Something of it may still leave: a message waits, is held or claimed, or a record waits. */
  isOpen: boolean
  /** It was approved, has not begun, and the approval’s time is over. */
  isApprovalOver: boolean
}

/** Reasons of an inactive flow that has messages, and waits for who asks for it anew. */
const shelved: readonly FlowReason[] = ['expired', 'sent-back']

/** Why the act is refused; null: it may be done. */
export function whyNot(act: LifeAct, flow: LifeStanding): DecisionRefusal | null {
  if (flow.isStopped) return 'stopped'
  if (act === 'resume') return whyNotResumed(flow)
  if (flow.state === 'inactive') return whyNotInactive(act, flow.reason)
  if (act === 'suspend' && flow.isSuspended) return 'suspended-already'
  const hasEnded = flow.state === 'sent' || flow.state === 'incomplete'
  return hasEnded && !flow.isOpen ? 'ended' : null
}

function whyNotResumed({ isSuspended, isApprovalOver }: LifeStanding): DecisionRefusal | null {
  if (!isSuspended) return 'not-suspended'
  return isApprovalOver ? 'expired' : null
}

function whyNotInactive(act: LifeAct, reason: FlowReason): DecisionRefusal | null {
  return act === 'stop' && shelved.includes(reason) ? null : whyInactive(reason)
}

function whyInactive(reason: FlowReason): DecisionRefusal {
  return reason === 'replaced' || reason === 'expired' || reason === 'sent-back'
    ? reason
    : 'not-ready'
}

/** Where stopping leaves a flow: one that had sent all, and had only reminders left, stays sent. */
export function stoppedState(state: FlowState): FlowState {
  return state === 'sent' ? 'sent' : 'incomplete'
}

/** What is decided only before a flow begins to leave: why it is not now; null: it is. */
export function whyNotBefore({
  state,
  reason,
}: {
  state: FlowState
  reason: FlowReason
}): DecisionRefusal | null {
  switch (state) {
    case 'active':
      return null
    case 'inactive':
      return whyInactive(reason)
    case 'sending':
      return 'leaving'
    default:
      return reason === 'stopped' ? 'stopped' : 'ended'
  }
}

/** Why it is not checked and asked for anew: only what has expired, or was sent back, is. */
export function whyNotReopened(flow: {
  state: FlowState
  reason: FlowReason
}): DecisionRefusal | null {
  if (flow.state === 'active') return 'not-asked'
  const isShelved = flow.state === 'inactive' && shelved.includes(flow.reason)
  return isShelved ? null : whyNotBefore(flow)
}

/** A flow whose drop is to be mapped again. */
export interface RedoStanding {
  state: FlowState
  origin: FlowOrigin
  /** Null: no drop made it. */
  dropState: 'received' | 'mapped' | 'failed' | null
  /** The bytes of its drop are still kept. */
  isKept: boolean
  isStopped: boolean
  isReplaced: boolean
  /** Something of it is on its way at this moment. */
  isInFlight: boolean
}

/** Why its drop is not mapped again: only of what was never let go, or is stopped, it is. */
export function whyNotRedone(flow: RedoStanding): DecisionRefusal | null {
  const { state, origin, dropState, isStopped } = flow
  if (flow.isReplaced) return 'replaced'
  if (dropState === null || origin === 'errata' || origin === 'test') return 'not-of-drop'
  if (dropState === 'received') return 'not-ready'
  if (!flow.isKept) return 'drop-gone'
  if (flow.isInFlight) return 'leaving'
  if (isStopped || state === 'inactive' || state === 'active') return null
  return state === 'sending' ? 'leaving' : 'ended'
}
