// accepted → delivery. Asks IO, in what the sending leaves of the account's rate, what became of
// the messages that it accepted: processed (visible in the app), rejected, failed. Asks ever more
// seldom, and after a day says that a person should look; it never sends anything again.
import { nextStatusCheck } from '../domain/after-outcome.ts'
import type { Delivery } from '../domain/message.ts'
import type { Deferred } from '../domain/outcome.ts'
import { inTurn, mayAddress, type SendService } from './send/one.ts'
import type { AccountSession } from './send.ts'

export interface TrackedMessage {
  id: number
  institution: string
  service: string
  ioId: string
  fiscalCode: string
  sentAt: Temporal.Instant
  tracked: number
}

export interface TrackResult {
  id: number
  delivery: Delivery
  trackAt: Temporal.Instant | null
  /** Why it did not arrive, or why nothing more is known. */
  code: string | null
}

export interface TrackPorts {
  messages: {
    toTrack(account: string, limit: number, now: Temporal.Instant): Promise<TrackedMessage[]>
    tracked(results: TrackResult[], now: Temporal.Instant): Promise<void>
  }
  io: {
    status(
      service: SendService,
      fiscalCode: string,
      ioId: string,
    ): Promise<{ delivery: Delivery } | { deferred: Deferred }>
  }
  service(institution: string, service: string): SendService | null
  pauseService(service: SendService, code: string, detail: string): Promise<void>
  now(): Temporal.Instant
  monotonic(): number
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** Questions under way at once; what they learn is written together. */
const TOGETHER = 20

/** Asks about at most `limit` messages that are due. Answers how many were asked about. */
export async function trackDue(
  session: AccountSession,
  limit: number,
  ports: TrackPorts,
): Promise<number> {
  const due = await ports.messages.toTrack(session.account.name, limit, ports.now())
  for (let start = 0; start < due.length && !session.signal.aborted; start += TOGETHER) {
    const group = due.slice(start, start + TOGETHER)
    const results = await Promise.all(group.map((message) => trackOne(message, session, ports)))
    await ports.messages.tracked(
      results.flatMap((result) => result ?? []),
      ports.now(),
    )
  }
  return due.length
}

async function trackOne(
  message: TrackedMessage,
  session: AccountSession,
  ports: TrackPorts,
): Promise<TrackResult | null> {
  const service = ports.service(message.institution, message.service)
  if (!service || !mayAddress(service, message.fiscalCode)) return giveUp(message)
  const { fiscalCode, ioId } = message
  const answer = await inTurn(session, ports, () => ports.io.status(service, fiscalCode, ioId))
  if (answer === null) return null
  if ('deferred' in answer) {
    const { scope, code, detail, retryAfterSeconds } = answer.deferred
    if (scope === 'service') await ports.pauseService(service, code, detail)
    if (scope === 'account') session.pace.pause(ports.monotonic(), (retryAfterSeconds ?? 1) * 1000)
    return askAgain(message, 'accepted', session, ports)
  }
  switch (answer.delivery) {
    case 'processed':
      return { id: message.id, delivery: 'processed', trackAt: null, code: null }
    case 'rejected':
    case 'failed': {
      const code = answer.delivery === 'failed' ? 'IO_PROCESSING_FAILED' : 'IO_PROCESSING_REJECTED'
      return { id: message.id, delivery: answer.delivery, trackAt: null, code }
    }
    case 'accepted':
    case 'unknown':
      return askAgain(message, answer.delivery, session, ports)
  }
}

function askAgain(
  message: TrackedMessage,
  delivery: Delivery,
  session: AccountSession,
  ports: TrackPorts,
): TrackResult {
  const { firstStatusCheckSeconds } = session.account
  const trackAt = nextStatusCheck(
    message.sentAt,
    message.tracked,
    firstStatusCheckSeconds,
    ports.now(),
  )
  if (trackAt === null) return giveUp(message)
  return { id: message.id, delivery, trackAt, code: null }
}

/**
 * IO accepted it and does not say more: it stays sent, and the report says that nothing is known.
 */
function giveUp(message: TrackedMessage): TrackResult {
  return { id: message.id, delivery: 'unknown', trackAt: null, code: 'IO_PROCESSING_SILENT' }
}
