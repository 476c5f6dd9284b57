// What an outcome makes of its message: where it goes, and when it is looked at again.
// The rules of design "Outcomes, and what is promised", as a table in code.
import type { MessageState } from './message.ts'
import type { Outcome } from './outcome.ts'

export interface OutcomeContext {
  now: Temporal.Instant
  /** Attempts that have counted so far, this one included. */
  attempts: number
  whenUncertain: 'hold' | 'resend'
  /** How long after acceptance IO is first asked what became of it. */
  firstStatusCheckSeconds: number
}

export interface AfterOutcome {
  state: Extract<
    MessageState,
    'sent' | 'undeliverable' | 'rejected' | 'waiting' | 'held' | 'uncertain'
  >
  /** For `waiting`: not before; null: as it was. */
  sendAt: Temporal.Instant | null
  /** For `sent`: when to ask IO first. */
  trackAt: Temporal.Instant | null
  /** False: IO refused before its backend, and the attempt is given back. */
  counts: boolean
}

/** Seconds until the next try after the first, second … attempt that counted. */
const FIRST_RETRY_SECONDS = 10
const LONGEST_RETRY_SECONDS = 3600
/** IO's window: what a refusal that names no time waits at least. */
const WINDOW_SECONDS = 5

/** The legal move of a message that was being sent, for each outcome. */
export function afterOutcome(outcome: Outcome, context: OutcomeContext): AfterOutcome {
  const { now } = context
  const ended = { sendAt: null, trackAt: null, counts: true }
  switch (outcome.kind) {
    case 'accepted':
      return {
        ...ended,
        state: 'sent',
        trackAt: now.add({ seconds: context.firstStatusCheckSeconds }),
      }
    case 'undeliverable':
    case 'rejected':
      return { ...ended, state: outcome.kind }
    case 'uncertain':
      return context.whenUncertain === 'resend'
        ? {
            ...ended,
            state: 'waiting',
            sendAt: now.add({ seconds: retrySeconds(context.attempts) }),
          }
        : { ...ended, state: 'uncertain' }
    case 'deferred': {
      const { counts } = outcome
      if (outcome.scope === 'feature') return { ...ended, state: 'held', counts }
      // The account's pace holds everybody back; the message keeps its place among them.
      if (outcome.scope === 'account') return { ...ended, state: 'waiting', counts }
      const seconds =
        outcome.retryAfterSeconds ??
        (outcome.scope === 'message' ? retrySeconds(context.attempts) : WINDOW_SECONDS)
      return {
        ...ended,
        state: 'waiting',
        sendAt: now.add({ seconds: Math.ceil(seconds) }),
        counts,
      }
    }
  }
}

function retrySeconds(attempts: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.max(0, attempts - 1), LONGEST_RETRY_SECONDS)
}
