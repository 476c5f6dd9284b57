// Replies of IO → what they mean: one reader each for profile, submit and status.
// A reply that proves nothing makes a profile or a status wait, and a submit uncertain.
// Source of the cases: IO's handlers and gateway; a 404 is told by its shape, a 403 by its texts.
import type { Delivery } from '../domain/message.ts'
import type { NewMessage } from '../domain/new-message.ts'
import type { Deferred, Outcome } from '../domain/outcome.ts'
import type { Reply, Silence } from './exchange.ts'
import { safeDetail, safeTitle } from './safe-detail.ts'
import {
  GatewayAnswer,
  MessageCreated,
  MessageFound,
  ProblemAnswer,
  ProfileFound,
  readAs,
} from './wire.ts'

interface Answer {
  /** Calls left in the account's window, as IO says; null when it does not. */
  rateRemaining: number | null
}

export type ProfileAnswer = Answer &
  ({ allowed: true; languages: string[] } | { allowed: false; outcome: Outcome })

/** `httpStatus` is null when no status line came. */
export type SubmitAnswer = Answer & { outcome: Outcome; httpStatus: number | null }

export interface DeliveryFound {
  delivery: Delivery
  /** The status in IO's own word; it is shown where `delivery` is `unknown`. */
  ioStatus: string
  /** Sent as ADVANCED. */
  premium: boolean
  /** Premium messages only; `unavailable` when the citizen does not share it. */
  read: 'read' | 'unread' | 'unavailable' | null
  /** Premium payments only. True: pagoPA says already paid, by whatever way. */
  paid: boolean | null
}

export type StatusAnswer = Answer & (DeliveryFound | { deferred: Deferred })

type Exchanged = Reply | Silence

/** A profile question may be repeated: whatever proves nothing about the citizen is deferred. */
export function readProfile(exchanged: Exchanged): ProfileAnswer {
  const rateRemaining = rateRemainingOf(exchanged)
  const found = replied(exchanged, 200) ? readAs(ProfileFound, exchanged.body) : null
  if (found?.sender_allowed) {
    return { allowed: true, languages: found.preferred_languages, rateRemaining }
  }
  const outcome: Outcome = found
    ? { kind: 'undeliverable', code: 'sender-blocked' }
    : (readNoProfile(exchanged) ??
      readRefusal(exchanged) ??
      deferred('IO_PROFILE_FAULT', exchanged, { scope: faultScope(exchanged), counts: true }))
  return { allowed: false, outcome, rateRemaining }
}

/** Only what proves that IO took nothing is deferred or rejected; the rest is uncertain. */
export function readSubmit(exchanged: Exchanged, message: NewMessage): SubmitAnswer {
  return {
    outcome: submitOutcome(exchanged, message),
    httpStatus: exchanged.kind === 'reply' ? exchanged.status : null,
    rateRemaining: rateRemainingOf(exchanged),
  }
}

/** A status question may be repeated: whatever is not a status is deferred. */
export function readStatus(exchanged: Exchanged): StatusAnswer {
  const rateRemaining = rateRemainingOf(exchanged)
  const found = replied(exchanged, 200) ? readAs(MessageFound, exchanged.body) : null
  if (found) {
    return {
      delivery: deliveries[found.status] ?? 'unknown',
      ioStatus: found.status,
      premium: found.message?.feature_level_type === 'ADVANCED',
      read: reads[found.read_status ?? ''] ?? null,
      paid: payments[found.payment_status ?? ''] ?? null,
      rateRemaining,
    }
  }
  if (problemOf(exchanged, 404)?.title === 'Message not found') {
    const nothing = { premium: false, read: null, paid: null }
    return { delivery: 'unknown', ioStatus: 'NOT_FOUND', ...nothing, rateRemaining }
  }
  const refusal = readRefusal(exchanged)
  // A 403 concerns this reading (a sibling service sent the message), never the right to send.
  const usable = refusal?.kind === 'deferred' && !replied(exchanged, 403) ? refusal : null
  const fault = replied(exchanged, 403) ? 'IO_FORBIDDEN' : 'IO_STATUS_FAULT'
  const waiting = deferred(fault, exchanged, { scope: 'message', counts: true })
  return { deferred: usable ?? waiting, rateRemaining }
}

function submitOutcome(exchanged: Exchanged, message: NewMessage): Outcome {
  if (exchanged.kind === 'silence' && exchanged.left) return uncertain('IO_ANSWER_LOST', exchanged)
  const created = replied(exchanged, 201) ? readAs(MessageCreated, exchanged.body) : null
  if (created) return { kind: 'accepted', ioId: created.id }
  const refusal = readCeiling(exchanged, message) ?? readRefusal(exchanged)
  if (refusal) return refusal
  if (exchanged.kind === 'reply') {
    if (exchanged.status >= 500) return uncertain('IO_SUBMIT_FAULT', exchanged)
    if (exchanged.body === null) return uncertain('IO_ANSWER_LOST', exchanged)
  }
  return uncertain('IO_ANSWER_ODD', exchanged)
}

function readNoProfile(exchanged: Exchanged): Outcome | null {
  if (problemOf(exchanged, 404)?.title !== 'Profile not found') return null
  return { kind: 'undeliverable', code: 'no-profile' }
}

/** The refusals that profile, submit and status share; null when the reply is none of them. */
export function readRefusal(exchanged: Exchanged): Outcome | null {
  if (exchanged.kind === 'silence') {
    if (exchanged.left) return null
    return deferred('IO_UNREACHABLE', exchanged, { scope: 'account', counts: false })
  }
  switch (exchanged.status) {
    case 400:
      return problemOf(exchanged, 400) && rejected('IO_PAYLOAD', exchanged)
    case 401:
      return deferred('IO_KEY', exchanged, { scope: 'service', counts: false })
    case 403:
      return readForbidden(exchanged)
    case 404:
      return readMissing(exchanged)
    case 429:
      return deferred('IO_RATE', exchanged, { scope: 'account', counts: false })
    default:
      return null
  }
}

/** 400 above what the service may ask: only messages above the ceiling are concerned. */
function readCeiling(exchanged: Exchanged, message: NewMessage): Outcome | null {
  const problem = problemOf(exchanged, 400)
  const amount = message.content.payment_data?.amount
  if (problem?.title !== 'Error while sending payment metadata' || amount === undefined) return null
  const said = /maximum allowed for this service \((\d{1,10}) cents\)/.exec(problem.detail)
  // Whatever is said, this amount is above the ceiling: otherwise it would be sent again at once.
  const maximumCents = Math.min(said === null ? amount - 1 : Number(said[1]), amount - 1)
  return deferred('IO_AMOUNT_CEILING', exchanged, {
    scope: 'feature',
    counts: true,
    feature: { name: 'amount', maximumCents },
  })
}

function readForbidden(reply: Reply): Outcome | null {
  const problem = problemOf(reply, 403)
  if (problem === null) {
    // The gateway's own: an empty body (client certificates) or its format. HTML proves nothing.
    const ofGateway = reply.body === '' || readAs(GatewayAnswer, reply.body) !== null
    if (!ofGateway) return null
    return deferred('IO_FORBIDDEN', reply, { scope: 'service', counts: false })
  }
  const feature = Object.entries(featureDetails).find(([part]) =>
    problem.detail.endsWith(part),
  )?.[1]
  if (feature !== undefined) {
    return deferred('IO_FEATURE', reply, {
      scope: 'feature',
      counts: true,
      feature: { name: feature },
    })
  }
  switch (problem.title) {
    case 'Recipient forbidden':
      return rejected('IO_RECIPIENT_FORBIDDEN', reply)
    case 'No configuration id for remote content':
    case 'Attachments call forbidden':
      return rejected('IO_PAYLOAD', reply)
    case 'Not your configuration':
      return deferred('IO_CONFIGURATION', reply, { scope: 'service', counts: false })
    default:
      return deferred('IO_FORBIDDEN', reply, { scope: 'service', counts: false })
  }
}

function readMissing(reply: Reply): Outcome | null {
  if (readAs(GatewayAnswer, reply.body) !== null) {
    return deferred('IO_PATH', reply, { scope: 'service', counts: false })
  }
  if (problemOf(reply, 404)?.title !== 'Remote Content Configuration NOT FOUND') return null
  return deferred('IO_CONFIGURATION', reply, { scope: 'service', counts: false })
}

const featureDetails: Record<string, 'payee' | 'premium' | 'third-party'> = {
  'permissions to send a payment message with payee': 'payee',
  'permissions to send a Premium message': 'premium',
  'permissions to send a third party message': 'third-party',
}

const deliveries: Record<string, Delivery> = {
  ACCEPTED: 'accepted',
  PROCESSED: 'processed',
  REJECTED: 'rejected',
  FAILED: 'failed',
}

const reads: Record<string, 'read' | 'unread' | 'unavailable'> = {
  READ: 'read',
  UNREAD: 'unread',
  UNAVAILABLE: 'unavailable',
}

const payments: Record<string, boolean> = { PAID: true, NOT_PAID: false }

function replied(exchanged: Exchanged, status: number): exchanged is Reply {
  return exchanged.kind === 'reply' && exchanged.status === status
}

export function problemOf(exchanged: Exchanged, status: number) {
  return replied(exchanged, status) ? readAs(ProblemAnswer, exchanged.body) : null
}

/** A silent or failing gateway concerns everybody; a 500 may be about this citizen alone. */
function faultScope(exchanged: Exchanged): 'message' | 'account' {
  if (exchanged.kind === 'silence') return 'account'
  return exchanged.status > 500 ? 'account' : 'message'
}

export function deferred(
  code: string,
  exchanged: Exchanged,
  rest: Pick<Deferred, 'scope' | 'counts' | 'feature'>,
): Deferred {
  const retryAfterSeconds = exchanged.kind === 'reply' ? retryAfterOf(exchanged) : null
  return { kind: 'deferred', code, detail: describe(exchanged), retryAfterSeconds, ...rest }
}

function rejected(code: string, reply: Reply): Outcome {
  return { kind: 'rejected', code, detail: describe(reply) }
}

function uncertain(code: string, exchanged: Exchanged): Outcome {
  return { kind: 'uncertain', code, detail: describe(exchanged) }
}

/** Without personal data: a status, IO's fixed title, the names of the offending fields. */
function describe(exchanged: Exchanged): string {
  if (exchanged.kind === 'silence') return `no answer (${exchanged.reason})`
  const problem = readAs(ProblemAnswer, exchanged.body)
  const title = problem === null ? '' : safeTitle(problem.title)
  const detail = problem === null ? '' : safeDetail(problem.detail)
  return `HTTP ${exchanged.status}${title && `: ${title}`}${detail && `: ${detail}`}`
}

const maximumRetryAfterSeconds = 3_600

/** IO's gateway replaces the standard header by its own; both are honoured, as whole seconds. */
function retryAfterOf(reply: Reply): number | null {
  const text = reply.headers['x-rate-limit-retry-after'] ?? reply.headers['retry-after']
  if (typeof text !== 'string' || !/^\d{1,9}(\.\d+)?$/.test(text)) return null
  return Math.min(Math.ceil(Number(text)), maximumRetryAfterSeconds)
}

export function rateRemainingOf(exchanged: Exchanged): number | null {
  if (exchanged.kind === 'silence') return null
  const text = exchanged.headers['x-rate-limit-remaining']
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : null
}
