// message → outcome. Sends the due messages of one account while its lease is held: profile check,
// pacing, write-ahead attempt, submit. An attempt is durable before its first byte leaves, and its
// outcome after; whoever takes the account over finds what was in flight and calls it uncertain.
import { createPace, type Pace } from '../domain/pace.ts'
import type { IoPort, SendService, TextMapping } from './send/one.ts'
import {
  type ClaimedMessage,
  type MessageEnd,
  type SendHand,
  type SendLog,
  sendOne,
} from './send/one.ts'

export interface SendAccount {
  name: string
  /** 0: no limit. */
  callsPerWindow: number
  windowSeconds: number
  /** Calls under way at once. */
  connections: number
  firstStatusCheckSeconds: number
}

export interface Lease {
  name: string
  token: number
  lost: AbortSignal
}

/** What the stages that talk to IO for one account share while its lease is held. */
export interface AccountSession {
  account: SendAccount
  lease: Lease
  pace: Pace
  /** Services that IO refused in this round: what is claimed of them goes back untried. */
  refused: Set<string>
  signal: AbortSignal
}

/** A feed of an institution. */
export interface FeedName {
  institution: string
  feed: string
}

export interface SendPorts {
  hold<T>(name: string, work: (lease: Lease) => Promise<T>): Promise<T | null>
  messages: {
    recover(
      account: string,
      lease: Lease,
      resending: readonly FeedName[],
      now: Temporal.Instant,
    ): Promise<object>
    claim(
      account: string,
      lease: Lease,
      limit: number,
      now: Temporal.Instant,
    ): Promise<ClaimedMessage[]>
  }
  openLog(account: string, lease: Lease): SendLog
  flows: {
    sending(ids: number[], now: Temporal.Instant): Promise<void>
    closeEnded(account: string, now: Temporal.Instant): Promise<number[]>
  }
  io: IoPort
  service(institution: string, service: string): SendService | null
  /** Feeds that say `whenUncertain: resend`. */
  resending: readonly FeedName[]
  /** Null when the kept version can no longer be compiled. */
  mapping(versionId: number): Promise<TextMapping | null>
  textHash(text: string): Uint8Array
  pauseService(service: SendService, code: string, detail: string): Promise<void>
  /** Uses what the sending leaves of the account's rate: asks IO about accepted messages. */
  spare(session: AccountSession, limit: number): Promise<number>
  now(): Temporal.Instant
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
  log: { info(fields: object, message: string): void }
}

export interface SendSummary {
  /** Messages taken in hand, whatever became of them. */
  messages: number
  tracked: number
}

/** Messages claimed at once: a second's worth, so that a suspension takes effect soon. */
const CLAIM_SECONDS = 1
const LARGEST_CLAIM = 1000
/** Claims between two looks at flows that have ended and at deliveries. */
const CLAIMS_PER_ROUND = 10
/**
 * Deliveries asked for in a round that also sends: this share of its messages, but a few at least.
 */
const TRACKED_SHARE = 0.05
const TRACKED_LEAST = 10
const TRACKED_MOST = 1000

/** Sends and follows until nothing is due. Null when another process holds the account. */
export async function sendAccount(
  account: SendAccount,
  ports: SendPorts,
  stop: AbortSignal,
): Promise<SendSummary | null> {
  return ports.hold(`account/${account.name}`, async (lease) => {
    const pace = createPace(account.callsPerWindow, account.windowSeconds)
    const signal = AbortSignal.any([stop, lease.lost])
    const session = { account, lease, pace, refused: new Set<string>(), signal }
    const { resending } = ports
    const recovered = await ports.messages.recover(account.name, lease, resending, ports.now())
    ports.log.info({ account: account.name, token: lease.token, ...recovered }, 'account taken')
    const summary = { messages: 0, tracked: 0 }
    while (!signal.aborted) {
      const messages = await sendRound(session, ports)
      await ports.flows.closeEnded(account.name, ports.now())
      const share = Math.max(TRACKED_LEAST, Math.floor(messages * TRACKED_SHARE))
      const tracked = await ports.spare(session, messages > 0 ? share : TRACKED_MOST)
      summary.messages += messages
      summary.tracked += tracked
      if (messages === 0 && tracked === 0) break
    }
    return summary
  })
}

/** A bounded number of claims, sent by as many workers as the account has connections. */
async function sendRound(session: AccountSession, ports: SendPorts): Promise<number> {
  const { account, lease, signal } = session
  const log = ports.openLog(account.name, lease)
  session.refused.clear()
  let messages = 0
  let claims = 0
  let ready: ClaimedMessage[] = []
  let filling: Promise<void> | null = null
  const enough = claimSize(account) / 2

  async function fill(): Promise<void> {
    if (claims >= CLAIMS_PER_ROUND) return
    claims += 1
    const claimed = await ports.messages.claim(account.name, lease, claimSize(account), ports.now())
    if (claimed.length === 0) claims = CLAIMS_PER_ROUND
    await ports.flows.sending([...new Set(claimed.map((message) => message.flowId))], ports.now())
    messages += claimed.length
    ready = ready.concat(claimed)
  }

  /** The next message; the claim after it is asked for while half of the last one is left. */
  async function next(): Promise<ClaimedMessage | null> {
    for (;;) {
      if (signal.aborted) return null
      if (ready.length <= enough && filling === null && claims < CLAIMS_PER_ROUND) {
        filling = fill().finally(() => {
          filling = null
        })
        // Nobody may be waiting when it fails; whoever finds no message left asks again.
        filling.catch(() => {})
      }
      const message = ready.shift()
      if (message) return message
      if (filling === null) return null
      await filling
    }
  }

  async function work(): Promise<void> {
    const hand: SendHand = { recorded: Promise.resolve() }
    for (let message = await next(); message; message = await next()) {
      await sendOne(message, session, hand, log, ports)
    }
    await hand.recorded
  }
  await allSettledOrThrow(Array.from({ length: account.connections }, work))
  const unsent: MessageEnd[] = ready.map((message) => giveBack(message))
  await Promise.all(unsent.map((end) => log.end(end)))
  return messages
}

/** Waits for every worker even when one fails: what is in flight must write its outcome. */
async function allSettledOrThrow(workers: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(workers)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

function claimSize(account: SendAccount): number {
  if (account.callsPerWindow === 0) return LARGEST_CLAIM
  const perSecond = account.callsPerWindow / account.windowSeconds
  const wanted = Math.max(perSecond * CLAIM_SECONDS, account.connections * 2)
  return Math.min(LARGEST_CLAIM, Math.ceil(wanted))
}

function giveBack(message: ClaimedMessage): MessageEnd {
  return { id: message.id, state: 'waiting', code: null, detail: null, sendAt: null }
}
