// message → outcome. Sends the due messages of one account while its lease is held: profile check,
// pacing, write-ahead attempt, submit. An attempt is durable before its first byte leaves, and its
// outcome after; whoever takes the account over finds what was in flight and calls it uncertain.
import { createOutage, createPace, type Outage, type Pace } from '../domain/pace.ts'
import type { ServiceLimit } from '../domain/service-limit.ts'
import { type Brake, type BrakePorts, createBrake } from './send/brake.ts'
import type { ServiceStates } from './send/heed.ts'
import {
  type ClaimedMessage,
  type IoPort,
  type SendHand,
  type SendLog,
  type SendService,
  sendOne,
  type TextMapping,
} from './send/one.ts'
import type { QuestionPorts } from './send/questions.ts'
import type { ReachPorts } from './send/reach.ts'
import { openSupply } from './send/supply.ts'
import type { ClosedOrigin, TimingPorts } from './send/timing.ts'
import { createTurns, type Turns } from './send/turn.ts'

export interface SendAccount {
  name: string
  /** 0: no limit. */
  callsPerWindow: number
  windowSeconds: number
  /** Calls under way at once. */
  connections: number
  firstStatusCheckSeconds: number
  /** How long IO is asked whether a premium message was read and paid. */
  premiumFollowDays: number
}

export interface Lease {
  name: string
  token: number
  lost: AbortSignal
  /** Whether it is ours at this instant; asked of the clocks, just before a byte leaves. */
  isHeld(): boolean
}

/** What the stages that talk to IO for one account share while its lease is held. */
export interface AccountSession {
  account: SendAccount
  lease: Lease
  pace: Pace
  outage: Outage
  turns: Turns
  /** Services that IO refused in this round: what is claimed of them goes back untried. */
  refused: Set<string>
  /** Flows found suspended or stopped in this round: what is claimed of them goes back. */
  keptBack: Set<number>
  /** What this round has learnt of services beyond what its claimed messages know. */
  learnt: Map<string, ServiceLimit[]>
  /** Watches how the messages of each flow end. */
  brake: Brake
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
    /** What is due of these origins waits until they open. */
    deferClosed(
      account: string,
      lease: Lease,
      closed: readonly ClosedOrigin[],
      now: Temporal.Instant,
    ): Promise<number>
  }
  openLog(account: string, lease: Lease): SendLog
  flows: {
    sending(ids: number[], now: Temporal.Instant): Promise<void>
    closeEnded(account: string, now: Temporal.Instant): Promise<number[]>
    /** Of these, those that somebody has suspended or stopped, or all; absent: nobody does. */
    keptBack?(flowIds: readonly number[]): Promise<number[]>
  }
  io: IoPort
  service(institution: string, service: string): SendService | null
  /** Feeds that say `whenUncertain: resend`. */
  resending: readonly FeedName[]
  /** Null when the kept version can no longer be compiled. */
  mapping(versionId: number): Promise<TextMapping | null>
  textHash(text: string): Uint8Array
  services: ServiceStates
  findSubscribed?: NonNullable<ReachPorts['findSubscribed']>
  /**
   * Whether anything may be claimed, or asked about, now: false while the clock cannot be trusted,
   * since it says what is due, and when to look again.
   */
  mayClaim?(session: AccountSession): Promise<boolean>
  /** What is judged of messages as they are due. */
  timing: TimingPorts
  /** What asks systems before messages leave; absent: no mapping names any. */
  questions?: QuestionPorts
  /** What suspends a flow whose messages end badly; absent: nothing does. */
  brake?: BrakePorts
  /** What makes the sending cheaper, before it: reads days of the subscriptions feed. */
  prepare?(session: AccountSession): Promise<void>
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

/** Deliveries read at a time. */
const FOLLOWED_AT_ONCE = 200
/** How soon one who found nothing looks again, while the other still has work. */
const LOOK_AGAIN_MILLISECONDS = 1000

/** Sends and follows until nothing is due. Null when another process holds the account. */
export async function sendAccount(
  account: SendAccount,
  ports: SendPorts,
  stop: AbortSignal,
): Promise<SendSummary | null> {
  return ports.hold(`account/${account.name}`, async (lease) => {
    const signal = AbortSignal.any([stop, lease.lost])
    const pace = createPace(account.callsPerWindow, account.windowSeconds)
    const turns = createTurns(pace, ports, signal)
    const learnt = new Map<string, ServiceLimit[]>()
    const round = { refused: new Set<string>(), keptBack: new Set<number>(), learnt }
    const outage = createOutage()
    const brake = createBrake(ports.brake)
    const session: AccountSession = { account, lease, pace, outage, turns, ...round, brake, signal }
    const { resending } = ports
    const recovered = await ports.messages.recover(account.name, lease, resending, ports.now())
    ports.log.info({ account: account.name, token: lease.token, ...recovered }, 'account taken')
    await ports.prepare?.(session)
    const summary = { messages: 0, tracked: 0 }
    const send = async () => {
      const messages = await sendDue(session, ports)
      await ports.flows.closeEnded(account.name, ports.now())
      summary.messages += messages
      return messages > 0
    }
    const follow = async () => {
      if ((await ports.mayClaim?.(session)) === false) return false
      const tracked = await ports.spare(session, FOLLOWED_AT_ONCE)
      summary.tracked += tracked
      return tracked > 0
    }
    await untilNothingIsFound([send, follow], ports, signal)
    return summary
  })
}

/** Sends what is due by as many workers as the account has connections. Answers how many. */
async function sendDue(session: AccountSession, ports: SendPorts): Promise<number> {
  const log = ports.openLog(session.account.name, session.lease)
  const supply = openSupply(session, log, ports)
  async function work(): Promise<void> {
    const hand: SendHand = { recorded: Promise.resolve() }
    for (let message = await supply.next(); message; message = await supply.next()) {
      await sendOne(message, session, hand, log, ports)
    }
    await hand.recorded
  }
  try {
    await allSettledOrThrow(Array.from({ length: session.account.connections }, work))
  } finally {
    await supply.close()
  }
  return supply.claimed()
}

/**
 * Lets each look again and again beside the others; they end together, when none finds anything.
 * One that fails ends the others after the look that they are at.
 */
async function untilNothingIsFound(
  looks: (() => Promise<boolean>)[],
  ports: Pick<SendPorts, 'sleep'>,
  stop: AbortSignal,
): Promise<void> {
  const busy = new Set(looks)
  const over = new AbortController()
  const signal = AbortSignal.any([stop, over.signal])

  async function repeat(look: () => Promise<boolean>): Promise<void> {
    while (!signal.aborted) {
      busy.add(look)
      if (await look()) continue
      busy.delete(look)
      if (busy.size === 0) over.abort()
      else await ports.sleep(LOOK_AGAIN_MILLISECONDS, signal).catch(() => {})
    }
  }
  await allSettledOrThrow(looks.map((look) => repeat(look).finally(() => over.abort())))
}

/** Waits for all even when one fails: what is in flight must write its outcome. */
export async function allSettledOrThrow(workers: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(workers)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
