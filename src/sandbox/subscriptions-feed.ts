// `GET /subscriptions-feed/{YYYY-MM-DD}` of the sandbox: who came to the service that day, or left.
// A day is available from the next midnight in UTC; codes are told as hashes.
import { createHash } from 'node:crypto'
import { refuseAddress, refuseCaller } from './admission.ts'
import { problem, refusedParameter, type SandboxAnswer, success } from './answers.ts'
import type { Caller } from './services.ts'

/** Hashes of fiscal codes. */
export interface Changes {
  subscriptions: readonly string[]
  unsubscriptions: readonly string[]
}

const dayMilliseconds = 86_400_000
/** IO's pattern is not anchored. */
const shortDate = /\d\d\d\d-\d\d-\d\d/

export interface FeedContext {
  now(): number
  changesOn(date: string, service: string): Changes
}

export function answerFeed(
  caller: Caller,
  date: string,
  address: string,
  context: FeedContext,
): SandboxAnswer {
  const refusal =
    refuseCaller(caller, ['ApiSubscriptionsFeedRead']) ??
    refuseDate(date) ??
    refuseAddress(caller, address)
  if (refusal !== null) return refusal
  const availableSince = new Date(`${date}T00:00:00Z`).getTime() + dayMilliseconds
  if (context.now() < availableSince) {
    const since = new Date(availableSince).toUTCString()
    return problem(
      404,
      'Data not available yet',
      `Subscription data for ${date} will be available from ${since}`,
    )
  }
  const { subscriptions, unsubscriptions } = context.changesOn(date, caller.service)
  return success(200, { dateUTC: date, subscriptions, unsubscriptions })
}

/** The hash by which the feed names a citizen: SHA-256 in hexadecimal. */
export function feedHash(fiscalCode: string): string {
  return createHash('sha256').update(fiscalCode.toUpperCase()).digest('hex')
}

/** Days that do not exist pass where JavaScript lets them roll over. */
function refuseDate(date: string): SandboxAnswer | null {
  if (shortDate.test(date) && !Number.isNaN(Date.parse(date))) return null
  return refusedParameter(date, 'ShortDateString')
}
