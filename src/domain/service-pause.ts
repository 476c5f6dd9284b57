// A service that is paused until a person mends the cause: how it is found out that the cause is
// gone, and when to try. A try must be able to prove it: where a profile's answer says nothing of
// the right to send, only a message does, and a wrong proof would resume and pause for ever.
import type { Outcome } from './outcome.ts'

/** What can prove that the cause of a pause is gone. */
export type PauseProof = 'profile' | 'message'

/** A refused key and a wrong address show at the gateway, before any right is looked at. */
export function proofOf(code: string): PauseProof {
  return code === 'IO_KEY' || code === 'IO_PATH' ? 'profile' : 'message'
}

const SECONDS: Record<PauseProof, { first: number; longest: number }> = {
  profile: { first: 30, longest: 900 },
  message: { first: 900, longest: 21_600 },
}

/** When to try next, after so many tries that did not help. */
export function nextPauseTry(code: string, tries: number, now: Temporal.Instant): Temporal.Instant {
  const { first, longest } = SECONDS[proofOf(code)]
  return now.add({ seconds: Math.min(first * 2 ** Math.max(0, tries), longest) })
}

/**
 * Whether what IO answered to a submit proves that the service may send: it took the message, or
 * found fault with this one alone. A lost answer or a busy gateway prove nothing.
 */
export function provesService(outcome: Outcome): boolean {
  if (outcome.kind === 'accepted' || outcome.kind === 'rejected') return true
  return outcome.kind === 'deferred' && outcome.scope === 'feature'
}
