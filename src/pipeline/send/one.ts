// One claimed message on its way: mode, text, profile, attempt, submit, outcome.
// Invariants: nothing leaves without a durable attempt; what leaves is what was checked; the key,
// the account and the institution of a request belong together.
import { type AfterOutcome, afterOutcome } from '../../domain/after-outcome.ts'
import { isOpenAt } from '../../domain/calendar.ts'
import { dayAt } from '../../domain/civil-date.ts'
import type { Language } from '../../domain/language.ts'
import type { Purpose } from '../../domain/message.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { NoticeData } from '../../domain/notice.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { findExceeded, holdCodeOf, type ServiceLimit } from '../../domain/service-limit.ts'
import { withTitle } from '../../domain/title-prefix.ts'
import type { AccountSession, SendPorts } from '../send.ts'
import { type Call, heed, serviceName } from './heed.ts'
import { askKeptBack } from './kept-back.ts'
import { reachOf } from './reach.ts'
import { inTurn } from './turn.ts'

export interface ClaimedMessage {
  id: number
  institutionId: number
  institution: string
  flowId: number
  /** Null when no feed brought it. */
  feed: string | null
  service: string
  mappingVersionId: number
  template: number
  /** Why it is sent: `first`, `reminder`, `campaign`, … */
  purpose: Purpose
  /** The campaign that it belongs to, if any. */
  campaign: string | null
  /**
   * The notice’s due date; null: it has none, or a person has let the message go in spite of it.
   */
  dueAt: Temporal.Instant | null
  /** At most one such message a recipient, institution and day. */
  isOneADay: boolean
  textHash: Uint8Array
  attempts: number
  data: NoticeData
  /** What the service may not send, as far as it is known. */
  limits: readonly ServiceLimit[]
  /** Let through to find out whether the pause, or the limit, of its service still stands. */
  trial: 'pause' | 'limit' | null
  /** A person has let it go, whatever systems answer or do not. */
  isLetGo: boolean
  /** When it was to leave; null where nobody knows. */
  plannedAt: Temporal.Instant | null
  /** Holds that a person has let it pass. */
  waived: readonly string[]
  /** The day on which it first found that its recipient had had another; null: it has not. */
  crowdedSince: Temporal.PlainDate | null
  /** Its recipient’s day that it has taken; it leaves on no other. */
  day?: Temporal.PlainDate
}

/** What made a message: a feed, a campaign, or neither. */
export type MessageOrigin = Pick<ClaimedMessage, 'institution' | 'feed' | 'campaign'>

/** A service with its key, mode and testers, as the client of IO wants it. */
export interface SendService {
  institution: string
  service: string
  account: string
  /** `https://api.io.pagopa.it/api/v1`; no query. */
  baseUrl: string
  key: { reveal(): string }
  /** `dry-run`: nobody · `testers`: only `testers` · `live`: everybody. */
  mode: 'dry-run' | 'testers' | 'live'
  testers: ReadonlySet<string>
}

type Answered = { rateRemaining: number | null }

export interface IoPort {
  profile(
    service: SendService,
    fiscalCode: string,
  ): Promise<
    Answered & ({ allowed: true; languages: string[] } | { allowed: false; outcome: Outcome })
  >
  submit(
    service: SendService,
    message: NewMessage,
  ): Promise<Answered & { outcome: Outcome; httpStatus: number | null }>
}

/** The texts of a mapping's version: the same pure function that `map` checked. */
export interface TextMapping {
  /** The payload in every language that the mapping has. */
  payloads(data: NoticeData, template: number): Partial<Record<Language, NewMessage>>
}

/** What became of a claimed message that did not come to an attempt. */
export interface MessageEnd {
  id: number
  state: 'waiting' | 'undeliverable' | 'rejected' | 'held' | 'recorded' | 'cancelled'
  code: string | null
  detail: string | null
  sendAt: Temporal.Instant | null
  /** Why `sendAt` is later than its plan says. */
  moved?: 'closed' | 'crowded'
  /** The civil time that it is planned for from now on; absent: as before. */
  civilAt?: Temporal.PlainDateTime
  /** The day on which it first found its recipient’s day taken. */
  crowdedSince?: Temporal.PlainDate
}

export interface AttemptTarget {
  messageId: number
  institutionId: number
  flowId: number
  service: string
}

/** The durable log of sending; each call resolves once its row is committed. */
export interface SendLog {
  /**
   * The attempt's id. Null: nothing may leave, since the claim is no longer ours, or somebody has
   * kept the flow back, closed the notice or changed it meanwhile.
   */
  begin(target: AttemptTarget): Promise<number | null>
  finish(end: AttemptEnd): Promise<void>
  end(end: MessageEnd): Promise<void>
}

/** What an outcome makes of its message. */
export interface AttemptEnd extends AfterOutcome {
  attemptId: number
  messageId: number
  institutionId: number
  outcome: Outcome
  httpStatus: number | null
  at: Temporal.Instant
}

/** One worker's hand: what it sent last may still be on its way into the database. */
export interface SendHand {
  recorded: Promise<void>
}

/**
 * Brings one message as far as it comes now. Throws only when the database does. Its outcome is
 * written while the hand takes up the next message, whose attempt waits for it: so a crash leaves
 * no more uncertain than there are hands.
 */
export async function sendOne(
  message: ClaimedMessage,
  session: AccountSession,
  hand: SendHand,
  log: SendLog,
  ports: SendPorts,
): Promise<void> {
  const end = (state: MessageEnd['state'], code: string | null) =>
    log.end({ id: message.id, state, code, detail: null, sendAt: null })
  const follow = session.brake.follow(message)
  const hold = (code: string) => end('held', code).then(() => follow({ kind: 'held', code }))

  // What was claimed of a flow before it was suspended or stopped: nobody is asked about it.
  if (session.keptBack.has(message.flowId)) return end('waiting', null)
  const service = findMatchingService(message, session, ports)
  if (service === null) return hold('HOLD_SERVICE')
  if (session.refused.has(serviceName(service))) return end('waiting', null)
  const payloads = await payloadsOf(message, ports)
  if (!isChecked(payloads, message, ports)) return hold('HOLD_TEXT_CHANGED')
  if (!mayAddress(service, message.data.fiscalCode)) return end('recorded', null)
  const limit = findKnownLimit(message, service, payloads, session)
  if (limit) return end('held', holdCodeOf(limit))

  const { fiscalCode } = message.data
  const languages = Object.keys(payloads).length
  const asking = { message, service, askedAt: ports.now() }
  const reach = await reachOf(service, fiscalCode, languages, session, ports)
  if (reach === null) return end('waiting', null)
  if (!reach.allowed) {
    await endWithoutAttempt(reach.outcome, message, asking, session, log, ports)
    return follow(reach.outcome)
  }
  // What others have learnt of the service meanwhile.
  if (session.refused.has(serviceName(service))) return end('waiting', null)
  const learnt = findKnownLimit(message, service, payloads, session)
  if (learnt) return end('held', holdCodeOf(learnt))

  const payload = inLanguageOf(reach.languages, payloads)
  const { id: messageId, institutionId, flowId } = message
  const target = { messageId, institutionId, flowId, service: message.service }
  const submitted = await inTurn(session, ports, async () => {
    await hand.recorded
    // It may have waited long for its turn: the next claim says when it is its time.
    const goes = isTime(message, ports) && !session.brake.isOn(flowId)
    const attemptId = goes ? await log.begin(target) : null
    const askedAt = ports.now()
    const answer = attemptId === null ? null : await submit(service, payload, session, ports)
    return { attemptId, answer, askedAt, rateRemaining: answer?.rateRemaining ?? null }
  })
  if (submitted === null) return end('waiting', null)
  const { attemptId, answer, askedAt } = submitted
  if (attemptId === null || answer === null) return giveBack(message, session, log, ports)
  const { outcome, httpStatus } = answer
  const at = ports.now()
  const after = afterOutcome(outcome, outcomeContext(message, 1, session, ports, at))
  const ended = { attemptId, messageId, institutionId, outcome, httpStatus, at, ...after }
  hand.recorded = log.finish(ended)
  // Whoever waits for it next hears of its fault; until then nobody may.
  hand.recorded.catch(() => {})
  await follow(outcome)
  if (outcome.kind !== 'deferred' && message.trial === null) return
  await hand.recorded
  await heed(outcome, httpStatus !== null, { message, service, askedAt }, session, ports)
}

/** What it says in each language; nothing where its mapping can no longer be compiled. */
async function payloadsOf(message: ClaimedMessage, ports: Pick<SendPorts, 'mapping'>) {
  const mapping = await ports.mapping(message.mappingVersionId)
  const rendered = mapping?.payloads(message.data, message.template) ?? {}
  return withTitle(rendered, message.purpose)
}

/** Nothing left; where its flow was kept back, the others that were claimed of it go back too. */
async function giveBack(
  { id, flowId }: ClaimedMessage,
  session: AccountSession,
  log: SendLog,
  ports: SendPorts,
): Promise<void> {
  await askKeptBack([flowId], session, ports)
  return log.end({ id, state: 'waiting', code: null, detail: null, sendAt: null })
}

/** Whether it is open for messages of its origin at this moment, and its day still is. */
function isTime(message: ClaimedMessage, { timing, now }: SendPorts): boolean {
  const calendar = timing.calendar(message)
  if (calendar === null) return true
  const { day } = message
  const isItsDay = day?.equals(dayAt(now(), calendar.zone)) ?? true
  return isItsDay && isOpenAt(calendar, now())
}

/** A process that was stopped since the attempt was written may have lost its account meanwhile. */
async function submit(
  service: SendService,
  payload: NewMessage,
  session: AccountSession,
  ports: SendPorts,
): ReturnType<IoPort['submit']> {
  if (session.lease.isHeld()) return ports.io.submit(service, payload)
  return { outcome: notSent, httpStatus: null, rateRemaining: null }
}

const notSent: Outcome = {
  kind: 'deferred',
  code: 'IO_NOT_SENT',
  detail: 'the lease of the account ran out before the first byte left',
  scope: 'message',
  retryAfterSeconds: null,
  counts: false,
}

/**
 * Checked at the moment of sending: a message must never leave with another institution's key, or
 * through another account's rate. Null: the service is gone, or has moved to another account.
 */
function findMatchingService(
  message: ClaimedMessage,
  session: AccountSession,
  ports: SendPorts,
): SendService | null {
  const service = ports.service(message.institution, message.service)
  const matches =
    service?.institution === message.institution &&
    service.service === message.service &&
    service.account === session.account.name
  return matches ? service : null
}

/** IO would refuse it for what the service may not: it is held before any call. */
function findKnownLimit(
  message: ClaimedMessage,
  service: SendService,
  { it: payload }: Partial<Record<Language, NewMessage>>,
  session: AccountSession,
): ServiceLimit | null {
  if (payload === undefined) return null
  // One on trial was claimed without the limit that it is to try.
  const isTrial = message.trial === 'limit'
  const learnt = isTrial ? [] : (session.learnt.get(serviceName(service)) ?? [])
  return findExceeded([...message.limits, ...learnt], payload)
}

/** Whether what a message says now is what `map` has rendered and checked. */
export function isChecked(
  payloads: object,
  message: Pick<ClaimedMessage, 'textHash'>,
  ports: Pick<SendPorts, 'textHash'>,
): boolean {
  return Buffer.compare(ports.textHash(JSON.stringify(payloads)), message.textHash) === 0
}

/** Whether the mode of the service lets this citizen be named to IO. */
export function mayAddress(service: SendService, fiscalCode: string): boolean {
  if (service.mode === 'live') return true
  return service.mode === 'testers' && service.testers.has(fiscalCode)
}

/** IO names languages `it_IT`, `en_GB`, `de_DE` …; Italian is always there. */
function inLanguageOf(
  preferred: string[],
  payloads: Partial<Record<Language, NewMessage>>,
): NewMessage {
  for (const name of preferred) {
    const payload = payloads[name.slice(0, 2) as Language]
    if (payload) return payload
  }
  return payloads.it as NewMessage
}

async function endWithoutAttempt(
  outcome: Outcome,
  message: ClaimedMessage,
  asking: Call,
  session: AccountSession,
  log: SendLog,
  ports: SendPorts,
): Promise<void> {
  if (outcome.kind === 'accepted' || outcome.kind === 'uncertain') {
    throw new Error(`a profile cannot be ${outcome.kind}`)
  }
  const { state, sendAt } = afterOutcome(
    outcome,
    outcomeContext(message, 0, session, ports, ports.now()),
  )
  const detail = 'detail' in outcome ? outcome.detail : null
  await log.end({
    id: message.id,
    state: state as MessageEnd['state'],
    code: outcome.code,
    detail,
    sendAt,
  })
  // Where a message must prove that its service is mended, a profile does not.
  await heed(outcome, false, asking, session, ports)
}

function outcomeContext(
  message: ClaimedMessage,
  thisAttempt: number,
  session: AccountSession,
  ports: SendPorts,
  now: Temporal.Instant,
) {
  const { firstStatusCheckSeconds } = session.account
  const attempts = message.attempts + thisAttempt
  const resends = ports.resending.some(
    ({ institution, feed }) => institution === message.institution && feed === message.feed,
  )
  const whenUncertain = resends ? ('resend' as const) : ('hold' as const)
  return { now, attempts, whenUncertain, firstStatusCheckSeconds }
}
