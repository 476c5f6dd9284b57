// What the tables know of services: pauses and learnt limits, and the messages that are let through
// to find out whether they still stand. By the rules of `src/store/service-pauses.ts` and
// `src/store/service-limits.ts`; see `tables.ts` for how that is made sure of.
import { holdCodeOf, nextLimitTry, type ServiceLimit } from '../../src/domain/service-limit.ts'
import { nextPauseTry, proofOf } from '../../src/domain/service-pause.ts'
import { type FlowRow, flowOf, type MessageRow, move, type Tables } from './tables.ts'

export interface ServiceName {
  institution: string
  service: string
}

export interface PauseRow extends ServiceName {
  code: string
  tries: number
  tryAt: number
  trialId: number | null
}

export interface LimitRow extends ServiceName, ServiceLimit {
  tries: number
  tryAt: number | null
  trialId: number | null
}

/** `askedAt`: a refusal from before the service was resumed last is stale. */
export function pause(
  tables: Tables,
  paused: ServiceName & { code: string },
  now: number,
  askedAt: number,
) {
  const { institution, service, code } = paused
  const resumedAt = tables.resumedAt.get(nameOf(paused)) ?? Number.NEGATIVE_INFINITY
  if (resumedAt > askedAt || findPause(tables, paused) !== undefined) return false
  const tryAt = inMilliseconds(nextPauseTry(code, 0, instantOf(now)))
  tables.pauses.push({ institution, service, code, tries: 0, tryAt, trialId: null })
  return true
}

export function postpone(
  tables: Tables,
  paused: ServiceName & { code: string },
  now: number,
): void {
  const row = findPause(tables, paused)
  if (row === undefined) return
  row.tries = row.code === paused.code ? row.tries + 1 : 0
  row.code = paused.code
  row.tryAt = inMilliseconds(nextPauseTry(row.code, row.tries, instantOf(now)))
  row.trialId = null
}

export function resume(tables: Tables, resumed: ServiceName, now: number): boolean {
  if (findPause(tables, resumed) === undefined) return false
  tables.pauses = tables.pauses.filter((one) => nameOf(one) !== nameOf(resumed))
  tables.resumedAt.set(nameOf(resumed), now)
  return true
}

export function pausesDue(tables: Tables, now: number): PauseRow[] {
  return tables.pauses.filter(({ tryAt }) => tryAt <= now)
}

/** Until the message that was let through has been looked after. */
const AGAIN_MILLISECONDS = 60_000

/** False: one is on its way, or nothing of the service is due. */
export function choosePauseTrial(
  tables: Tables,
  { institution, service }: ServiceName,
  now: number,
) {
  const row = findPause(tables, { institution, service })
  if (row === undefined || isUnderWay(tables, row.trialId, now)) return false
  const [first] = [...tables.messages.values()]
    .filter(({ state, sendAt }) => state === 'waiting' && sendAt <= now)
    .filter((message) => isGoing(flowOf(tables, message), { institution, service }))
    .sort((one, other) => one.sendAt - other.sendAt)
  if (first === undefined) return false
  row.trialId = first.id
  row.tryAt = now + AGAIN_MILLISECONDS
  return true
}

export function learn(tables: Tables, learnt: ServiceName & ServiceLimit, now: number): void {
  const { institution, service, feature, maximumCents } = learnt
  const known = limitsOf(tables, learnt).find((limit) => limit.feature === feature)
  if (known !== undefined) {
    known.trialId = null
    if (known.maximumCents !== null && maximumCents !== null) {
      known.maximumCents = Math.min(known.maximumCents, maximumCents)
    }
    return
  }
  const tryAt = feature === 'amount' ? inMilliseconds(nextLimitTry(0, instantOf(now))) : null
  tables.limits.push({
    institution,
    service,
    feature,
    maximumCents,
    tries: 0,
    tryAt,
    trialId: null,
  })
}

/** Null: all that was learnt of the service. Answers how many messages wait again. */
export function forget(
  tables: Tables,
  forgotten: ServiceName,
  feature: ServiceLimit['feature'] | null,
) {
  const gone = limitsOf(tables, forgotten).filter(
    (one) => feature === null || one.feature === feature,
  )
  tables.limits = tables.limits.filter((limit) => !gone.includes(limit))
  const codes = new Set<string | null>(gone.map(holdCodeOf))
  const held = heldOf(tables, forgotten).filter(({ code }) => codes.has(code))
  for (const message of held) {
    release(tables, message)
    message.code = null
  }
  return held.length
}

export function startLimitTrials(tables: Tables, now: number): number {
  const due = tables.limits.filter(({ tryAt }) => tryAt !== null && tryAt <= now)
  for (const limit of due) {
    const [smallest] = heldOf(tables, limit)
      .filter(({ code }) => code === 'IO_AMOUNT_CEILING')
      .sort((one, other) => amountOf(one) - amountOf(other))
    limit.tries += 1
    limit.tryAt = inMilliseconds(nextLimitTry(limit.tries, instantOf(now)))
    limit.trialId = smallest?.id ?? null
    if (smallest === undefined) continue
    release(tables, smallest)
    smallest.sendAt = now
  }
  return due.length
}

export function findPause(tables: Tables, named: ServiceName): PauseRow | undefined {
  return tables.pauses.find((one) => nameOf(one) === nameOf(named))
}

/** Whether a try can be made: a question about nobody, or one of its own messages that waits. */
export function isTriable(tables: Tables, paused: PauseRow): boolean {
  if (proofOf(paused.code) === 'profile') return true
  return [...tables.messages.values()].some((message) => {
    const flow = flowOf(tables, message)
    return nameOf(flow) === nameOf(paused) && !flow.isStopped && message.state === 'waiting'
  })
}

export function limitsOf(tables: Tables, named: ServiceName): LimitRow[] {
  return tables.limits.filter((one) => nameOf(one) === nameOf(named))
}

/** Whether a flow of this service was released and nobody keeps it back. */
function isGoing(flow: FlowRow, named: ServiceName): boolean {
  return nameOf(flow) === nameOf(named) && !flow.isSuspended && !flow.isStopped
}

function isUnderWay(tables: Tables, id: number | null, now: number): boolean {
  const trial = id === null ? undefined : tables.messages.get(id)
  if (trial?.state === 'waiting') return trial.sendAt <= now
  return trial?.state === 'claimed' || trial?.state === 'sending'
}

/** Messages of this service that a person must decide about. */
export function heldOf(tables: Tables, named: ServiceName): MessageRow[] {
  return [...tables.messages.values()].filter(
    (one) => one.state === 'held' && nameOf(flowOf(tables, one)) === nameOf(named),
  )
}

function release(tables: Tables, message: MessageRow): void {
  move(tables, message, 'waiting')
  const flow = flowOf(tables, message)
  if (flow.state !== 'incomplete' || flow.isStopped) return
  flow.state = 'sending'
  flow.reason = null
}

function amountOf({ told }: MessageRow): number {
  return told.data.payment?.amountCents ?? 0
}

function nameOf({ institution, service }: ServiceName): string {
  return `${institution}/${service}`
}

function instantOf(milliseconds: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(milliseconds)
}

function inMilliseconds(instant: Temporal.Instant): number {
  return instant.epochMilliseconds
}
