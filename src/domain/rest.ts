// The rest of a flow: the records whose recipients no message reached, which go by post. And what
// the letters that were not needed would have cost. Invariant: what may still be sent, or was
// reached before, is no rest: nobody is told twice.
import type { AccountTerm, FlowAccount } from './flow-account.ts'

/** What goes by post unless the feed says otherwise: a dry run sends nothing, so all of it. */
export const restTerms: readonly AccountTerm[] = [
  'undeliverable',
  'rejected',
  'refused',
  'uncertain',
  'recorded',
]

/**
 * Whether a record belongs to the rest. `earlier` is where the first message of a duplicate stands,
 * null when nobody knows any more, and it is none.
 */
export function isRest(
  term: AccountTerm,
  earlier: AccountTerm | null,
  wanted: ReadonlySet<AccountTerm>,
): boolean {
  if (wanted.has(term)) return true
  return term === 'duplicate' && earlier !== null && wanted.has(earlier)
}

/** How many records may still become messages: a rest made now is not the last. */
export function openRecords(account: FlowAccount): number {
  return account.waiting + account.held
}

export interface LettersSaved {
  letters: number
  /** Integer cents. */
  valueCents: number
}

/** The letters that a flow made needless; null where nobody says what one costs. */
export function lettersSaved(
  { sent }: Pick<FlowAccount, 'sent'>,
  letterCents: number | null,
): LettersSaved | null {
  return letterCents === null ? null : { letters: sent, valueCents: sent * letterCents }
}
