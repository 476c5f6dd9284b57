// `GET /subscriptions-feed/{YYYY-MM-DD}`: who can be written to since that day of UTC, who no
// longer.
// A citizen is named by the SHA-256 of the upper-case fiscal code, in hexadecimal of either case.
// Invariant: a day is whole and of this day, or it is not a day.
import { z } from 'zod'
import type { FeedAnswer } from '../pipeline/send/subscriptions.ts'
import { deferred, problemOf, rateRemainingOf, readRefusal } from './answer.ts'
import type { Reply, Silence } from './exchange.ts'
import { readAs } from './wire.ts'

/**
 * A change is 67 bytes: so this is a million of them in one day, of a country of 59 million, while
 * IO's busiest days had some hundred thousand. Other answers keep the client's own bound.
 */
export const FEED_BODY_LIMIT_BYTES = 64 * 1024 * 1024

const hashes = z.array(z.string())

const FeedFound = z.object({
  dateUTC: z.string(),
  subscriptions: hashes,
  unsubscriptions: hashes,
})

/** Below the base URL. */
export function feedPath(day: Temporal.PlainDate): string {
  return `/subscriptions-feed/${day.toString()}`
}

/** What IO said of this day. A feed may be asked again: nothing of it is ever uncertain. */
export function readFeed(exchanged: Reply | Silence, day: Temporal.PlainDate): FeedAnswer {
  const rateRemaining = rateRemainingOf(exchanged)
  if (exchanged.kind === 'silence') return { kind: 'deferred', ...fault(exchanged), rateRemaining }
  switch (exchanged.status) {
    case 200:
      return { ...readDay(exchanged, day), rateRemaining }
    case 403:
      return { kind: 'refused', code: 'IO_FEED_FORBIDDEN', rateRemaining }
    case 404: {
      if (problemOf(exchanged, 404)?.title === 'Data not available yet') {
        return { kind: 'not-yet', rateRemaining }
      }
      return { kind: 'refused', code: 'IO_FEED_ODD', rateRemaining }
    }
    case 401:
    case 429: {
      const refusal = readRefusal(exchanged)
      if (refusal?.kind === 'deferred')
        return { kind: 'deferred', deferred: refusal, rateRemaining }
      break
    }
  }
  if (exchanged.status < 500) return { kind: 'refused', code: 'IO_FEED_ODD', rateRemaining }
  return { kind: 'deferred', ...fault(exchanged), rateRemaining }
}

/** IO's validator of hashes is wrong in its own contract, so ours stands here. */
function readDay(reply: Reply, day: Temporal.PlainDate) {
  const found = readAs(FeedFound, reply.body)
  const isWhole =
    found?.dateUTC === day.toString() &&
    found.subscriptions.every(isHash) &&
    found.unsubscriptions.every(isHash)
  if (!isWhole) return { kind: 'refused', code: 'IO_FEED_ODD' } as const
  const { subscriptions, unsubscriptions } = found
  return { kind: 'day', changes: { subscriptions, unsubscriptions } } as const
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text)
}

function fault(exchanged: Reply | Silence) {
  return { deferred: deferred('IO_FEED_FAULT', exchanged, { scope: 'message', counts: true }) }
}
