// How flows begin and end in the simulation's tables, by the rules of `src/store/flow-ends.ts`, and
// what people decide of their life, by those of `flow-life.ts`; see `tables.ts` for how that is
// made sure of.
import { type LifeAct, stoppedState, whyNot } from '../../src/domain/flow-moves.ts'
import { type FlowRow, move, type Tables } from './tables.ts'

/** Suspends, resumes or stops; answers why not, or null. */
export function decideLife(tables: Tables, flow: FlowRow, act: LifeAct): string | null {
  const { state, isSuspended, isStopped } = flow
  const ofFlow = [...tables.messages.values()].filter(({ flowId }) => flowId === flow.id)
  const open = ['waiting', 'held', 'claimed', 'sending']
  const isOpen = ofFlow.some((message) => open.includes(message.state))
  const standing = { state, reason: null, isSuspended, isStopped, isOpen, isApprovalOver: false }
  const refusal = whyNot(act, standing)
  if (refusal !== null) return refusal
  flow.isSuspended = act === 'suspend'
  if (act !== 'stop') return null
  flow.isStopped = true
  flow.state = stoppedState(state) as FlowRow['state']
  flow.reason = 'stopped'
  for (const message of ofFlow) {
    if (message.state !== 'waiting' && message.state !== 'held') continue
    move(tables, message, 'cancelled')
    message.code = 'stopped'
  }
  return null
}

export function markSending(tables: Tables, ids: number[]): void {
  for (const id of ids) {
    const flow = tables.flows.get(id) as FlowRow
    if (flow.state !== 'active') continue
    flow.state = 'sending'
    flow.reason = null
  }
}

export function closeEnded(tables: Tables, account: string): number[] {
  return [...tables.flows.values()]
    .filter((flow) => flow.account === account && endIfOver(tables, flow))
    .map(({ id }) => id)
}

/** Messages of it were cancelled: what was held of it may have made it incomplete. */
export function recloseIncomplete(tables: Tables, flow: FlowRow): void {
  if (flow.state !== 'incomplete' || flow.isStopped) return
  flow.state = 'sending'
  flow.reason = null
  endIfOver(tables, flow)
}

function endIfOver(tables: Tables, flow: FlowRow): boolean {
  if (flow.state !== 'active' && flow.state !== 'sending') return false
  const states = firstStates(tables, flow.id)
  if (['waiting', 'claimed', 'sending'].some((state) => states.has(state))) return false
  const isUncertain = states.has('uncertain')
  const hasErrors = states.has('rejected') || states.has('held')
  flow.state = isUncertain || hasErrors ? 'incomplete' : 'sent'
  flow.reason = states.has('recorded') ? 'recorded' : null
  if (hasErrors) flow.reason = 'errors'
  if (isUncertain) flow.reason = 'uncertain'
  return true
}

function firstStates(tables: Tables, flowId: number): Set<string> {
  const firsts = [...tables.messages.values()].filter(
    (message) => message.flowId === flowId && message.purpose !== 'reminder',
  )
  return new Set(firsts.map(({ state }) => state))
}
