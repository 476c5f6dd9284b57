// accepted → delivery. Asks IO, in what the sending leaves of the account's rate, what became of
// the messages that it accepted: processed (visible in the app), rejected, failed; of premium ones
// also read and paid. Asks ever more seldom, and never sends anything again.
import { nextReadCheck, nextStatusCheck, nextTry, type ReadState } from '../domain/following.ts'
import type { Delivery } from '../domain/message.ts'
import type { Deferred } from '../domain/outcome.ts'
import { type ServiceStates, serviceName } from './send/heed.ts'
import { type IoPort, mayAddress, type SendService } from './send/one.ts'
import { inTurn, slowDown } from './send/turn.ts'
import { type AccountSession, allSettledOrThrow } from './send.ts'

export interface TrackedMessage {
  id: number
  institution: string
  service: string
  ioId: string
  fiscalCode: string
  sentAt: Temporal.Instant
  delivery: Delivery
  /** Questions put so far. */
  tracked: number
  /** Answers since its delivery changed last: they said nothing new. */
  answers: number
}

/** What one question taught, and when the next one is due. */
export interface TrackResult {
  id: number
  /** False: nobody asked, since the service may not name this citizen to IO now. */
  asked: boolean
  /** Null: nothing was learnt, and what is known stands. */
  found: Found | null
  answers: number
  /** Null: never again. */
  trackAt: Temporal.Instant | null
}

interface Found {
  delivery: Delivery
  /** IO's own word; null: it said none. */
  ioStatus: string | null
  read: ReadState | null
  paid: boolean
  /** Why it did not arrive, or why a person must look. */
  code: string | null
}

/** IO's answer about one message. */
export interface StatusSaid {
  delivery: Delivery
  ioStatus: string
  /** Sent as ADVANCED: IO goes on to tell of reading and payment. */
  premium: boolean
  read: ReadState | null
  paid: boolean | null
}

export interface TrackPorts {
  deliveries: {
    due(account: string, limit: number, now: Temporal.Instant): Promise<TrackedMessage[]>
    record(results: TrackResult[], now: Temporal.Instant): Promise<void>
  }
  io: Pick<IoPort, 'profile'> & {
    status(
      service: SendService,
      fiscalCode: string,
      ioId: string,
    ): Promise<{ rateRemaining: number | null } & (StatusSaid | { deferred: Deferred })>
  }
  service(institution: string, service: string): SendService | null
  services: Pick<ServiceStates, 'pause'>
  now(): Temporal.Instant
  monotonic(): number
}

/** Questions under way at once, where the account has so many connections. */
const MOST_TOGETHER = 20
/** Results written in one statement. */
const WRITTEN_TOGETHER = 50
/** How long a message waits whose service may not ask about it now. */
const UNASKED_SECONDS = 3600

/** Asks about at most `limit` messages that are due. Answers how many were found due. */
export async function trackDue(
  session: AccountSession,
  limit: number,
  ports: TrackPorts,
): Promise<number> {
  const due = await ports.deliveries.due(session.account.name, limit, ports.now())
  const left = [...due]
  let learnt: TrackResult[] = []
  const write = async () => {
    const results = learnt
    learnt = []
    await ports.deliveries.record(results, ports.now())
  }
  async function work(): Promise<void> {
    for (let message = left.shift(); message; message = left.shift()) {
      if (session.signal.aborted) return
      const result = await trackOne(message, session, ports)
      if (result !== null) learnt.push(result)
      if (learnt.length >= WRITTEN_TOGETHER) await write()
    }
  }
  const workers = Math.min(MOST_TOGETHER, session.account.connections, due.length)
  await allSettledOrThrow(Array.from({ length: workers }, work))
  await write()
  return due.length
}

/** Null: the sending stops, or its service was paused meanwhile; it stays due. */
async function trackOne(
  message: TrackedMessage,
  session: AccountSession,
  ports: TrackPorts,
): Promise<TrackResult | null> {
  const { id, answers, fiscalCode, ioId } = message
  const service = ports.service(message.institution, message.service)
  const isOurs = service?.account === session.account.name
  if (!service || !isOurs || !mayAddress(service, fiscalCode)) {
    return { id, asked: false, found: null, answers, trackAt: after(UNASKED_SECONDS, ports) }
  }
  const name = serviceName(service)
  if (session.refused.has(name)) return null
  const askedAt = ports.now()
  const ask = () => ports.io.status(service, fiscalCode, ioId)
  const answer = await inTurn(session, ports, ask, 'follow')
  if (answer === null) return null
  if (!('deferred' in answer)) return read(answer, message, service, session, ports)
  const { scope, code, detail } = answer.deferred
  if (scope === 'account') slowDown(answer.deferred, session, ports)
  if (scope === 'service') {
    session.refused.add(name)
    await ports.services.pause(service, code, detail, askedAt)
    return null
  }
  return unanswered(message, code, session, ports)
}

/** What is known stands. Only after months without an answer a person must look. */
function unanswered(
  message: TrackedMessage,
  code: string,
  session: AccountSession,
  ports: TrackPorts,
): TrackResult {
  const { id, delivery, tracked, answers, sentAt } = message
  const { firstStatusCheckSeconds, premiumFollowDays } = session.account
  const isInInbox = delivery === 'processed'
  const seconds = isInInbox
    ? nextReadCheck(answers, sentAt, premiumFollowDays, ports.now())
    : nextTry(tracked, firstStatusCheckSeconds, sentAt, ports.now())
  const result = { id, asked: true, found: null, answers }
  if (seconds !== null) return { ...result, trackAt: after(seconds, ports) }
  const found = { delivery: 'stuck' as const, ioStatus: null, read: null, paid: false, code }
  return { ...result, found: isInInbox ? null : found, trackAt: null }
}

async function read(
  said: StatusSaid,
  message: TrackedMessage,
  service: SendService,
  session: AccountSession,
  ports: TrackPorts,
): Promise<TrackResult | null> {
  const { delivery, ioStatus } = said
  const found: Found = { delivery, ioStatus, read: said.read, paid: said.paid === true, code: null }
  const result = { id: message.id, asked: true, found, answers: 0, trackAt: null }
  switch (delivery) {
    case 'processed':
      return { ...result, ...whenToAskForReading(said, message, session, ports) }
    case 'failed':
      return { ...result, found: { ...found, code: 'IO_PROCESSING_FAILED' } }
    case 'rejected': {
      const code = await guessWhyRejected(message, service, session, ports)
      return code === null ? null : { ...result, found: { ...found, code } }
    }
    default: {
      // From the inbox no message comes back: such an answer says nothing.
      if (message.delivery === 'processed') {
        return unanswered(message, 'IO_STATUS_FAULT', session, ports)
      }
      const answers = message.answers + 1
      const seconds = nextStatusCheck(answers, session.account.firstStatusCheckSeconds)
      if (seconds !== null) return { ...result, answers, trackAt: after(seconds, ports) }
      return { ...result, found: { ...found, delivery: 'stuck', code: 'IO_PROCESSING_SILENT' } }
    }
  }
}

/** A message that is not premium is never asked about again once it is in the inbox. */
function whenToAskForReading(
  { premium, read, paid }: StatusSaid,
  message: TrackedMessage,
  session: AccountSession,
  ports: TrackPorts,
): Pick<TrackResult, 'answers' | 'trackAt'> {
  const isFinal = read === 'read' && paid !== false
  if (!premium || isFinal) return { answers: 0, trackAt: null }
  const answers = message.delivery === 'processed' ? message.answers + 1 : 0
  const { premiumFollowDays } = session.account
  const seconds = nextReadCheck(answers, message.sentAt, premiumFollowDays, ports.now())
  return { answers, trackAt: seconds === null ? null : after(seconds, ports) }
}

/** IO does not say why it rejected; how the citizen stands now is the best guess. */
async function guessWhyRejected(
  message: TrackedMessage,
  service: SendService,
  session: AccountSession,
  ports: TrackPorts,
): Promise<string | null> {
  const ask = () => ports.io.profile(service, message.fiscalCode)
  const profile = await inTurn(session, ports, ask, 'follow')
  if (profile === null) return null
  const outcome = profile.allowed ? null : profile.outcome
  if (outcome?.kind !== 'undeliverable') return 'IO_PROCESSING_REJECTED'
  return outcome.code === 'no-profile' ? 'IO_REJECTED_NO_PROFILE' : 'IO_REJECTED_SENDER_BLOCKED'
}

function after(seconds: number, ports: Pick<TrackPorts, 'now'>): Temporal.Instant {
  return ports.now().add({ seconds })
}
