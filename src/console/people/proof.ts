// Whether somebody has shown a short while ago that it is they: what weighs much asks for it again,
// so that a desk that was left open decides nothing.
import type { Answer, Asking, Visit } from '../visit.ts'

/**
 * Null: they proved it within these minutes. Else the answer that sends them to prove it and back
 * to `path`, a page of this institution: `/approvals/12`. What was sent is lost, so ask before.
 */
export function requireProof(
  { visitor, now, place, toRoot }: Visit,
  minutes: number,
  path: string,
): Answer | null {
  if (now.since(visitor.provedAt).total('minutes') <= minutes) return null
  const at = place.id === '' ? path : `/${place.id}${path}`
  return { kind: 'redirect', to: toRoot(proofPath(at)) }
}

/** The same of a page before the sign-in, and of who came to it without a session. */
export function isProved({ signedIn, now }: Asking, minutes: number): boolean {
  return signedIn !== null && now.since(signedIn.provedAt).total('minutes') <= minutes
}

/** `path` without the proxy’s prefix. */
export function proofPath(path: string): string {
  return `/prove?to=${encodeURIComponent(path)}`
}
