// What should be of flows that people suspend, resume, stop, approve, send back and edit, and whose
// time to be approved may be over: the promise in a few lines, beside the store. It is told of
// every act, says beforehand whether it is to be done, and judges how the tables look after each
// step. It knows none of the store's rules by their code.
import { isClosed } from '../../src/domain/message.ts'
import type { Approval } from '../../src/domain/release-check.ts'
import type { Seen, SeenMessage } from './town.ts'

export interface ModelFlow {
  approval: Approval
  /** Who has prepared it. */
  prepared: string[]
  /** Who has approved it as it is now, and until when that counts; in seconds since 1970. */
  approvedBy: Map<string, number>
  /** Grows with whatever changes a text; people approve what they have looked at. */
  version: number
  looked: number
  /** Until when it may be approved, or must have begun once it is; null: nobody is asked. */
  until: number | null
  /** Its time was over, or somebody has sent it back: nothing of it goes until it is asked anew. */
  isShelved: boolean
  isReleased: boolean
  isSuspended: boolean
  isStopped: boolean
}

export interface Model {
  flows: Map<number, ModelFlow>
  isHalted: boolean
  closed: Set<number>
  /** Which flow speaks for a notice. */
  owner: Map<number, number>
  /** Messages whose text changed after their flow was approved, and had begun. */
  unapproved: Set<number>
}

export const emptyModel = (): Model => ({
  flows: new Map(),
  isHalted: false,
  closed: new Set(),
  owner: new Map(),
  unapproved: new Set(),
})

export function added(approval: Approval, prepared: string[]): ModelFlow {
  const nothing = { until: null, isShelved: false, isReleased: false }
  const goes = { isSuspended: false, isStopped: false }
  return { approval, prepared, approvedBy: new Map(), version: 0, looked: -1, ...nothing, ...goes }
}

/** How long an approval may be given, and how long it holds then. */
export const APPROVAL_HOURS = 8
const APPROVAL_SECONDS = APPROVAL_HOURS * 3_600

const open = ['waiting', 'held', 'claimed', 'sending']

function messagesOf(seen: Seen, id: number): SeenMessage[] {
  return [...seen.messages.values()].filter(({ flowId }) => flowId === id)
}

function isOpen(seen: Seen, flowId: number): boolean {
  return messagesOf(seen, flowId).some(({ state }) => open.includes(state))
}

function hasEnded(seen: Seen, flowId: number): boolean {
  return ['sent', 'incomplete'].includes(seen.flows.get(flowId)?.state ?? '')
}

function isActive(seen: Seen, flowId: number): boolean {
  return seen.flows.get(flowId)?.state === 'active'
}

/** Whether the act is to be done; false: it is to be refused. */
export function shouldDo(
  model: Model,
  seen: Seen,
  act: 'suspend' | 'resume' | 'stop' | 'send-back' | 'recheck',
  id: number,
  now: number,
): boolean {
  const flow = model.flows.get(id) as ModelFlow
  const { isStopped, isSuspended, isShelved, isReleased, until } = flow
  if (isStopped) return false
  switch (act) {
    case 'resume': {
      const isOver = isReleased && isActive(seen, id) && until !== null && until <= now
      return isSuspended && !isOver
    }
    case 'send-back':
      return isActive(seen, id)
    case 'recheck':
      return isShelved
    case 'suspend':
      if (isSuspended || isShelved) return false
  }
  return !hasEnded(seen, id) || isOpen(seen, id)
}

/** Somebody, or its time, takes it back: who has approved it does so anew. */
export function shelve(flow: ModelFlow): void {
  flow.approvedBy.clear()
  Object.assign(flow, { isShelved: true, isReleased: false, until: null })
}

/** People are asked to approve it; once, and again only after what ends that. */
export function ask(flow: ModelFlow, now: number): void {
  const { approval, isReleased, isStopped, isShelved } = flow
  if (approval === 'none' || isReleased || isStopped || isShelved) return
  flow.until ??= now + APPROVAL_SECONDS
}

/** The flows whose time is over: of one of which nothing waits nobody is to be told. */
export function over(model: Model, seen: Seen, now: number): ModelFlow[] {
  const waits = (id: number) =>
    messagesOf(seen, id).some(({ state }) => ['waiting', 'claimed'].includes(state))
  const flows = [...model.flows].filter(([id, { until, isStopped }]) => {
    const isOver = until !== null && until <= now && !isStopped
    return isOver && isActive(seen, id) && waits(id)
  })
  return flows.map(([, flow]) => flow)
}

/** Whether this person may approve what they have looked at. */
export function shouldApprove(
  model: Model,
  seen: Seen,
  id: number,
  person: string,
  now: number,
): boolean {
  const flow = model.flows.get(id) as ModelFlow
  const { approval, isStopped, isReleased, isShelved, until, prepared } = flow
  if (isStopped || isShelved || approval === 'none') return false
  const mine = messagesOf(seen, id)
  const isHeld = mine.some(({ code, state }) => state === 'held' && code === 'HOLD_NOT_APPROVED')
  if (isReleased ? !isHeld : until === null || until <= now) return false
  if (approval === 'four-eyes' && prepared.includes(person)) return false
  return flow.looked === flow.version && !countsFor(flow, now).includes(person)
}

function countsFor({ approval, prepared, approvedBy }: ModelFlow, now: number): string[] {
  const isPreparer = (person: string) => approval === 'four-eyes' && prepared.includes(person)
  const standing = [...approvedBy].filter(([person, end]) => end > now && !isPreparer(person))
  return standing.map(([person]) => person)
}

/** It is approved: whether that is enough, and then it goes. */
export function approve(
  model: Model,
  seen: Seen,
  id: number,
  person: string,
  now: number,
): boolean {
  const flow = model.flows.get(id) as ModelFlow
  flow.approvedBy.set(person, now + APPROVAL_SECONDS)
  const needed = flow.approval === 'four-eyes' && flow.prepared.length === 0 ? 2 : 1
  if (countsFor(flow, now).length < needed) return false
  const mine = messagesOf(seen, id)
  if (flow.isReleased) for (const message of mine) model.unapproved.delete(message.id)
  else {
    const waiting = mine.filter(({ state }) => state === 'waiting').map(({ sendAt }) => sendAt)
    const first = waiting.length > 0 ? Math.min(...waiting) : now
    flow.until = Math.max(now, first) + APPROVAL_SECONDS
  }
  flow.isReleased = true
  return true
}

/** What messages of it say has changed: who has approved them does so anew. */
export function reword(model: Model, seen: Seen, id: number, messages: number[]): void {
  const flow = model.flows.get(id) as ModelFlow
  const { approval, isStopped, isReleased, approvedBy } = flow
  flow.version += 1
  if (isStopped || approval === 'none') return
  const hasBegun = !['inactive', 'active'].includes(seen.flows.get(id)?.state ?? '')
  if (hasBegun) for (const message of messages) model.unapproved.add(message)
  else if (isReleased || approvedBy.size > 0)
    Object.assign(flow, { isReleased: false, until: null })
  approvedBy.clear()
}

/** Whether an attempt at this message, claimed under this token, may begin. */
export function mayBegin(
  model: Model,
  { flowId, noticeId, ...message }: SeenMessage,
  token: number,
) {
  const { isReleased, isSuspended, isStopped } = model.flows.get(flowId) as ModelFlow
  const goes = isReleased && !isSuspended && !isStopped && !model.isHalted
  const isCurrent = !model.closed.has(noticeId) && model.owner.get(noticeId) === flowId
  return goes && isCurrent && message.state === 'claimed' && message.fence === token
}

/** What is wrong with how the tables look after a step; empty: nothing. `begun`: by that step. */
export function faultsOf(model: Model, before: Seen, after: Seen, begun: number | null): string[] {
  const faults: string[] = []
  for (const [id, flow] of model.flows) {
    const row = after.flows.get(id)
    if (row === undefined) continue
    const { isReleased, isSuspended, isStopped } = flow
    const flags = JSON.stringify({ isReleased, isSuspended, isStopped })
    const stands = { isReleased: row.isReleased, isSuspended: row.isSuspended }
    const said = JSON.stringify({ ...stands, isStopped: row.isStopped })
    if (said !== flags) faults.push(`flow ${id} is ${said} and should be ${flags}`)
    if (row.read !== row.sum) faults.push(`flow ${id} read ${row.read} and accounts for ${row.sum}`)
    if (isStopped && !['sent', 'incomplete'].includes(row.state)) {
      faults.push(`flow ${id} was stopped and is ${row.state}`)
    }
    if (isStopped && row.reason !== 'stopped') faults.push(`flow ${id} forgot that it was stopped`)
  }
  for (const [id, message] of after.messages) {
    const was = before.messages.get(id)
    const flow = model.flows.get(message.flowId) as ModelFlow
    const { isReleased, isSuspended, isStopped } = flow
    const goes = isReleased && !isSuspended && !isStopped && !model.isHalted
    const isNew = was?.state !== message.state
    if (isNew && message.state === 'sending' && (!goes || begun !== id)) {
      faults.push(`message ${id} began, and its flow does not go`)
    }
    if (isNew && message.state === 'claimed' && !goes) {
      faults.push(`message ${id} was claimed, and its flow does not go`)
    }
    if (message.state === 'sending' && isNew && model.unapproved.has(id)) {
      faults.push(`message ${id} began with a text that nobody has approved`)
    }
    if (isStopped && (message.state === 'waiting' || message.state === 'held')) {
      faults.push(`message ${id} of a stopped flow is ${message.state}`)
    }
    if (was && isClosed(was.state) && isNew && was.state !== 'sent') {
      faults.push(`message ${id} had ended as ${was.state} and is ${message.state}`)
    }
  }
  return faults
}
