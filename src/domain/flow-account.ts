// The account of a flow: every source record in exactly one term, at every moment.
// design: "The account of a flow"; it closes when the terms sum to `read`.
import type { MessageState } from './message.ts'

/** The terms, in the order in which they are shown. */
export const accountTerms = [
  'sent',
  'undeliverable',
  'rejected',
  'refused',
  'duplicate',
  'skipped',
  'waiting',
  'held',
  'uncertain',
  'cancelled',
  'recorded',
] as const

export type AccountTerm = (typeof accountTerms)[number]

/** Counts of records: one for each term. */
export type FlowAccount = { read: number } & Record<AccountTerm, number>

/**
 * What `map` makes of a record; `message` means that its first message decides, `waiting` that it
 * is mapped again when a row that it looks up has come, or the time for that is over, `cancelled`
 * that it ended a notice.
 */
export type RecordFate = 'message' | 'refused' | 'duplicate' | 'skipped' | 'waiting' | 'cancelled'

/** Where a record stands, from what `map` made of it and the state of its first message. */
export function termOf(fate: RecordFate, first: MessageState | null): AccountTerm {
  if (fate !== 'message') return fate
  if (first === null) throw new Error('a record with fate "message" has no first message')
  return first === 'claimed' || first === 'sending' ? 'waiting' : first
}

/** An account of nothing, to add to. */
export function emptyAccount(): FlowAccount {
  const terms = Object.fromEntries(accountTerms.map((term) => [term, 0]))
  return { read: 0, ...terms } as FlowAccount
}

/** read − the sum of the terms: 0 when the account closes. */
export function difference(account: FlowAccount): number {
  return account.read - accountTerms.reduce((sum, term) => sum + account[term], 0)
}

/** Whether every first message has ended: nothing waits, is held or uncertain. */
export function isSettled(account: FlowAccount): boolean {
  return account.waiting === 0 && account.held === 0 && account.uncertain === 0
}
