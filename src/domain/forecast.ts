// How fast a flow is sent, and when it will have been: from the calls that a record costs and from
// what has been seen of it. Pure arithmetic over the store's counts, so that it survives restarts.
// Source of the formula: one profile for each record, one message for those who can be reached.
import { FOLLOWING_ONE_OF, USED_SHARE } from './pace.ts'

/** First messages of a flow, counted. */
export interface SendingProgress {
  /** They wait, or are leaving. */
  remaining: number
  /** IO was asked about them, and they ended; of these so many could be reached. */
  ended: number
  reached: number
  /** Of the ended ones those of the last `recentSeconds`; 0 seconds: it is not being sent. */
  recent: number
  recentSeconds: number
  /** First messages of other released flows that are due on the same account. */
  others: number
}

export interface SendingRate {
  /** 0: no limit. */
  callsPerWindow: number
  windowSeconds: number
  /** False where the subscriptions feed tells who can be reached. */
  asksProfiles: boolean
}

export interface Forecast {
  remaining: number
  /** Between 0 and 1: who can be reached, as far as is known. */
  reachableShare: number
  callsPerRecord: number
  /** Records a second: observed while there is enough to see, else expected. Null: unknown. */
  recordsPerSecond: number | null
  /** Until every first message has been tried. */
  sendingSeconds: number | null
  /** Until IO has also been asked once what became of each. */
  followingSeconds: number | null
}

/** Before a flow has shown its own share, it counts as so many records of a usual one. */
const USUAL = { reachableShare: 0.6, records: 50 }
/** Fewer records than these say nothing of the speed. */
const ENOUGH_RECENT = 30

/**
 * What is still to be sent of a flow, at what speed and for how long, in records and seconds. Until
 * the flow has shown a speed of its own, the account's rate tells it.
 */
export function forecast(progress: SendingProgress, rate: SendingRate): Forecast {
  const { remaining, ended, reached, recent, recentSeconds, others } = progress
  const usual = USUAL.reachableShare * USUAL.records
  const reachableShare = (reached + usual) / (ended + USUAL.records)
  const callsPerRecord = (rate.asksProfiles ? 1 : 0) + reachableShare
  const perSecond = callsPerSecond(rate)
  const sendingShare = 1 - 1 / FOLLOWING_ONE_OF
  // Others on the account have their part of it for as long as both last.
  const ownShare = remaining / Math.max(1, remaining + others)
  const expected =
    perSecond === null ? null : (perSecond * sendingShare * ownShare) / callsPerRecord
  const isSeen = recent >= ENOUGH_RECENT && recentSeconds > 0
  const recordsPerSecond = isSeen ? recent / recentSeconds : expected
  const sendingSeconds = secondsFor(remaining, recordsPerSecond)
  const checks = (ended + remaining) * reachableShare
  const followingSeconds =
    sendingSeconds === null || perSecond === null ? null : sendingSeconds + checks / perSecond
  return {
    remaining,
    reachableShare,
    callsPerRecord,
    recordsPerSecond,
    sendingSeconds,
    followingSeconds,
  }
}

function secondsFor(records: number, perSecond: number | null): number | null {
  if (records === 0) return 0
  return perSecond === null || perSecond === 0 ? null : records / perSecond
}

/** Null: the account has no limit, and only what is seen tells. */
function callsPerSecond({ callsPerWindow, windowSeconds }: SendingRate): number | null {
  return callsPerWindow === 0 ? null : (callsPerWindow / windowSeconds) * USED_SHARE
}
