// The tables of the simulation: what `src/store` keeps of sending, in memory and by the same rules.
// Each function is one transaction: it happens at once, or not at all. A test runs random histories
// here and in PostgreSQL and compares the rows, so that this stands for the real thing.
// Which of the messages due are claimed first is not among its rules: earliest first here.
import { type MessageState, mayMove } from '../../src/domain/message.ts'
import type { NoticeState } from '../../src/domain/notice.ts'
import type {
  AttemptEnd,
  AttemptTarget,
  ClaimedMessage,
  MessageEnd,
} from '../../src/pipeline/send/one.ts'
import type { FeedName } from '../../src/pipeline/send.ts'
import {
  findPause,
  heldOf,
  isTriable,
  type LimitRow,
  limitsOf,
  type PauseRow,
} from './service-tables.ts'

export interface NoticeRow {
  id: number
  state: NoticeState
  flowId: number
}

export interface FlowRow {
  id: number
  institution: string
  feed: string
  service: string
  account: string
  state: 'active' | 'sending' | 'sent' | 'incomplete'
  reason: string | null
  isSuspended: boolean
  isStopped: boolean
}

/** What a claim hands over, and where the message stands. Instants are epoch milliseconds. */
export interface MessageRow {
  readonly told: Omit<
    ClaimedMessage,
    'attempts' | 'limits' | 'trial' | 'plannedAt' | keyof Undecided
  >
  id: number
  flowId: number
  noticeId: number
  purpose: 'first' | 'reminder' | 'errata'
  state: MessageState
  sendAt: number
  /** When it was to leave by the plan, and its notice's due date. */
  plannedAt: number
  dueAt: number | null
  fence: number | null
  attempts: number
  code: string | null
  ioId: string | null
  sentAt: number | null
  delivery: string | null
  trackAt: number | null
  tracked: number
  answers: number
}

export interface AttemptRow {
  id: number
  messageId: number
  fence: number
  outcomes: string[]
}

export interface LeaseRow {
  owner: string
  token: number
  expiresAt: number
}

/** Who claims: checked in every statement that takes a message or begins an attempt. */
export interface Fence {
  name: string
  token: number
}

export interface Tables {
  notices: Map<number, NoticeRow>
  flows: Map<number, FlowRow>
  messages: Map<number, MessageRow>
  attempts: AttemptRow[]
  leases: Map<string, LeaseRow>
  pauses: PauseRow[]
  limits: LimitRow[]
  /** Somebody has stopped everything. */
  isHalted: boolean
  /** When each service was resumed last. */
  resumedAt: Map<string, number>
  /** Told of every move of a message, legal or not. */
  moved: (message: MessageRow, from: MessageState, isLegal: boolean) => void
}

/** Rules of the store that a planted fault breaks. */
export interface BrokenRules {
  /** A take-over calls what was being sent waiting. */
  forgetsUncertain?: boolean
  /** Claims and attempts look at no lease. */
  ignoresFence?: boolean
}

export function emptyTables(): Tables {
  const tables: Tables = {
    notices: new Map(),
    flows: new Map(),
    messages: new Map(),
    attempts: [],
    leases: new Map(),
    pauses: [],
    limits: [],
    isHalted: false,
    resumedAt: new Map(),
    moved: () => {},
  }
  return tables
}

/** A message of this notice that waits, and is due. */
export function waitingMessage(told: MessageRow['told'], noticeId: number): MessageRow {
  return {
    told,
    id: told.id,
    flowId: told.flowId,
    noticeId,
    purpose: told.template === 0 ? 'first' : 'reminder',
    state: 'waiting',
    sendAt: 0,
    plannedAt: 0,
    dueAt: null,
    fence: null,
    attempts: 0,
    code: null,
    ioId: null,
    sentAt: null,
    delivery: null,
    trackAt: null,
    tracked: 0,
    answers: 0,
  }
}

export function takeLease(tables: Tables, name: string, owner: string, until: number, now: number) {
  const held = tables.leases.get(name)
  if (held !== undefined && held.expiresAt >= now) return null
  const token = (held?.token ?? 0) + 1
  tables.leases.set(name, { owner, token, expiresAt: until })
  return token
}

export function renewLease(tables: Tables, { name, token }: Fence, owner: string, until: number) {
  const held = tables.leases.get(name)
  if (held?.owner !== owner || held.token !== token) return false
  held.expiresAt = until
  return true
}

export function releaseLease(tables: Tables, { name, token }: Fence): void {
  const held = tables.leases.get(name)
  if (held?.token === token) held.expiresAt = Number.NEGATIVE_INFINITY
}

/** One whose notice was closed or changed is cancelled; a first one after its due date is held. */
export function claim(
  tables: Tables,
  account: string,
  fence: Fence,
  limit: number,
  dueBy: number,
  now: number,
  broken: BrokenRules = {},
): ClaimedMessage[] {
  if (!isHeld(tables, fence, now) && !broken.ignoresFence) return []
  const due = [...tables.messages.values()]
    .filter((one) => one.state === 'waiting' && one.sendAt <= dueBy)
    .filter((one) => mayLeave(tables, one, account))
    .sort((one, other) => one.sendAt - other.sendAt)
    .slice(0, limit)
  return due.flatMap((message) => {
    const end = endOf(tables, message, dueBy)
    message.fence = fence.token
    move(tables, message, end?.state ?? 'claimed')
    if (end !== null) message.code = end.code
    return end === null ? [claimedOf(tables, message)] : []
  })
}

export function recover(
  tables: Tables,
  account: string,
  fence: Fence,
  resending: readonly FeedName[],
  broken: BrokenRules = {},
) {
  const counts = { waiting: 0, uncertain: 0 }
  for (const message of tables.messages.values()) {
    const was = message.state
    const flow = flowOf(tables, message)
    if (flow.account !== account || (was !== 'claimed' && was !== 'sending')) continue
    if (message.fence === null || message.fence >= fence.token) continue
    const resends = broken.forgetsUncertain || (saysResend(resending, flow) && !flow.isStopped)
    const state = was === 'claimed' || resends ? 'waiting' : 'uncertain'
    if (state === 'waiting' && flow.isStopped) {
      cancelStopped(tables, message)
      continue
    }
    move(tables, message, state)
    counts[state] += 1
    if (was === 'claimed') continue
    message.code = 'HOLD_SENDER_GONE'
    lastAttempt(tables, message.id)?.outcomes.push('uncertain')
  }
  return counts
}

/**
 * The ids of the attempts, or null where the claim is no longer this holder's, or where a person or
 * the source has said meanwhile that it should not leave.
 */
export function begin(
  tables: Tables,
  targets: AttemptTarget[],
  fence: Fence,
  now: number,
  broken: BrokenRules = {},
): (number | null)[] {
  const isOurs = isHeld(tables, fence, now) || broken.ignoresFence
  return targets.map(({ messageId }) => {
    const message = tables.messages.get(messageId) as MessageRow
    const isClaimed =
      message.state === 'claimed' && message.fence === fence.token && goes(tables, message)
    if (!(isOurs && isClaimed) && !broken.ignoresFence) return null
    if (message.state !== 'sending') move(tables, message, 'sending')
    message.attempts += 1
    const id = tables.attempts.length + 1
    tables.attempts.push({ id, messageId, fence: fence.token, outcomes: [] })
    return id
  })
}

/** A late acceptance wins over `uncertain` and `waiting`; nothing else moves what was taken. */
export function finish(tables: Tables, ends: AttemptEnd[], fence: Fence): void {
  for (const end of ends) {
    const { outcome, state, messageId } = end
    const message = tables.messages.get(messageId) as MessageRow
    tables.attempts.find(({ id }) => id === end.attemptId)?.outcomes.push(outcome.kind)
    const isOurs = message.state === 'sending' && message.fence === fence.token
    const isLate = ['uncertain', 'waiting'].includes(message.state) && state === 'sent'
    if (!isOurs && !isLate) continue
    const flow = flowOf(tables, message)
    if (message.state === 'uncertain' && isLate && flow.state === 'incomplete' && !flow.isStopped) {
      flow.state = 'sending'
      flow.reason = null
    }
    const isBack = flow.isStopped && (state === 'waiting' || state === 'held')
    if (isBack && outcome.kind !== 'uncertain') cancelStopped(tables, message)
    else move(tables, message, isBack ? 'uncertain' : state)
    if (message.state !== 'cancelled') {
      message.code = outcome.kind === 'accepted' ? null : outcome.code
    }
    message.ioId = outcome.kind === 'accepted' ? outcome.ioId : null
    message.sendAt = end.sendAt?.epochMilliseconds ?? message.sendAt
    message.attempts -= end.counts ? 0 : 1
    message.sentAt = state === 'sent' ? end.at.epochMilliseconds : null
    message.delivery = state === 'sent' ? 'accepted' : null
    message.trackAt = end.trackAt?.epochMilliseconds ?? null
  }
}

export function endClaimed(tables: Tables, ends: MessageEnd[], fence: Fence): void {
  for (const { id, state, code, sendAt } of ends) {
    const message = tables.messages.get(id) as MessageRow
    if (message.state !== 'claimed' || message.fence !== fence.token) continue
    const { isStopped } = flowOf(tables, message)
    if (isStopped && (state === 'waiting' || state === 'held')) cancelStopped(tables, message)
    else {
      move(tables, message, state)
      message.code = code
    }
    message.sendAt = sendAt?.epochMilliseconds ?? message.sendAt
  }
}

/** When there is something to do next; null: never, as things stand. */
export function nextWorkAt(tables: Tables, account: string): number | null {
  const tries = [
    ...tables.pauses.filter((one) => isTriable(tables, one)),
    ...tables.limits.filter((one) => heldOf(tables, one).length > 0),
  ]
  const instants = tries.flatMap(({ tryAt }) => tryAt ?? [])
  for (const message of tables.messages.values()) {
    const flow = flowOf(tables, message)
    if (flow.account !== account) continue
    const { state, sendAt, trackAt } = message
    if (state === 'claimed' || state === 'sending') instants.push(0)
    if (state === 'waiting' && mayLeave(tables, message, account)) instants.push(sendAt)
    if (trackAt !== null && !isPaused(tables, flow)) instants.push(trackAt)
  }
  return instants.length === 0 ? null : Math.min(...instants)
}

/** It would wait again, or be held, and its flow was stopped meanwhile. */
function cancelStopped(tables: Tables, message: MessageRow): void {
  move(tables, message, 'cancelled')
  message.code = 'stopped'
}

export function move(tables: Tables, message: MessageRow, to: MessageState): void {
  const from = message.state
  message.state = to
  tables.moved(message, from, mayMove(from, to))
}

function isHeld(tables: Tables, { name, token }: Fence, now: number): boolean {
  const held = tables.leases.get(name)
  return held?.token === token && held.expiresAt > now
}

/** Its service is not paused, or it is let through to find out whether the cause is gone. */
function mayLeave(tables: Tables, message: MessageRow, account: string): boolean {
  const flow = flowOf(tables, message)
  if (flow.account !== account || !isLetGo(tables, flow)) return false
  const pause = findPause(tables, flow)
  return pause === undefined || pause.trialId === message.id
}

/** Nobody has suspended or stopped it, nor everything. */
function isLetGo(tables: Tables, { isSuspended, isStopped }: FlowRow): boolean {
  return !isSuspended && !isStopped && !tables.isHalted
}

/** Whether nobody has kept its flow back, nor closed or changed its notice. */
function goes(tables: Tables, message: MessageRow): boolean {
  return isLetGo(tables, flowOf(tables, message)) && closedBy(tables, message) === null
}

/** Where a due message goes that must not leave; null: it may. Of reminders the sender judges. */
function endOf(tables: Tables, message: MessageRow, now: number) {
  const code = closedBy(tables, message)
  if (code !== null) return { state: 'cancelled', code } as const
  const { dueAt, plannedAt, purpose } = message
  const isLate = purpose === 'first' && dueAt !== null && dueAt < now && plannedAt <= dueAt
  return isLate ? ({ state: 'held', code: 'HOLD_DUE_DATE_PASSED' } as const) : null
}

function closedBy(tables: Tables, { noticeId, flowId, purpose }: MessageRow): string | null {
  if (purpose === 'errata') return null
  const { state, flowId: last } = tables.notices.get(noticeId) as NoticeRow
  if (state === 'settled' || state === 'cancelled') return state
  return last === flowId ? null : 'superseded'
}

type Undecided = Pick<ClaimedMessage, 'isLetGo' | 'waived' | 'crowdedSince'>

/** No person has decided about it, and its recipient’s day was never taken. */
const undecided: Undecided = { isLetGo: false, waived: [], crowdedSince: null }

function claimedOf(tables: Tables, message: MessageRow): ClaimedMessage {
  const { id, told, attempts } = message
  const limits = limitsOf(tables, told)
  const isOfPause = tables.pauses.some(({ trialId }) => trialId === id)
  const isOfLimit = tables.limits.some(({ trialId }) => trialId === id)
  const others = limits.filter(({ trialId }) => trialId !== id)
  return {
    ...told,
    attempts,
    plannedAt: Temporal.Instant.fromEpochMilliseconds(message.plannedAt),
    ...undecided,
    limits: others.map(({ feature, maximumCents }) => ({ feature, maximumCents })),
    trial: isOfPause ? 'pause' : isOfLimit ? 'limit' : null,
  }
}

export function isPaused(tables: Tables, flow: FlowRow): boolean {
  return findPause(tables, flow) !== undefined
}

function saysResend(resending: readonly FeedName[], { institution, feed }: FlowRow): boolean {
  return resending.some((one) => one.institution === institution && one.feed === feed)
}

export function flowOf(tables: Tables, { flowId }: MessageRow): FlowRow {
  return tables.flows.get(flowId) as FlowRow
}

function lastAttempt(tables: Tables, messageId: number): AttemptRow | undefined {
  return tables.attempts.findLast((attempt) => attempt.messageId === messageId)
}
