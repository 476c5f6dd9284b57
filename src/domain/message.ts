// A message: one sending of a notice on IO. Its states, who sets each, and the legal moves.
// A message that has ended never moves again, but for `sent`, which IO may still reject.

export type Purpose = 'first' | 'reminder' | 'campaign' | 'errata' | 'test'

export type MessageState =
  /** Planned; leaves when its flow is released and its instant has come. Set by `plan`. */
  | 'waiting'
  /** Taken by the sender that holds the account's lease; nothing has left. Set by `send`. */
  | 'claimed'
  /** An attempt is written and its first byte may have left. Set by `send`. */
  | 'sending'
  /** IO answered 201. Final for sending; `track` sets the delivery. */
  | 'sent'
  /** Not on IO, or the service is switched off, or IO rejected it after accepting. Final. */
  | 'undeliverable'
  /** IO refuses the payload or the recipient. Final. */
  | 'rejected'
  /** A person must decide; `holdReason` says what. */
  | 'held'
  /** The answer was lost. A person must decide, unless the feed says `whenUncertain: resend`. */
  | 'uncertain'
  /** Settled, superseded, stopped, or kept back by a system’s answer before it left. Final. */
  | 'cancelled'
  /** Dry-run: what would have been sent was recorded. Final; never leaves later. */
  | 'recorded'

const moves: Record<MessageState, readonly MessageState[]> = {
  waiting: ['claimed', 'sent', 'held', 'cancelled'],
  claimed: ['waiting', 'sending', 'undeliverable', 'rejected', 'held', 'recorded', 'cancelled'],
  sending: ['sent', 'undeliverable', 'rejected', 'waiting', 'held', 'uncertain', 'cancelled'],
  sent: ['undeliverable'],
  undeliverable: [],
  rejected: [],
  held: ['waiting', 'cancelled'],
  uncertain: ['sent', 'waiting', 'cancelled'],
  cancelled: [],
  recorded: [],
}

export const messageStates = Object.keys(moves) as MessageState[]

/**
 * Whether a message may go from one state to another. `uncertain → sent` is the late acceptance
 * that wins; `waiting → sent` the same, after somebody has decided to send it again. `sending →
 * cancelled`: IO did not take it, and its flow was stopped meanwhile.
 */
export function mayMove(from: MessageState, to: MessageState): boolean {
  return moves[from].includes(to)
}

/** States in which nothing more will happen to the sending of a message by itself. */
export function isClosed(state: MessageState): boolean {
  return ['sent', 'undeliverable', 'rejected', 'cancelled', 'recorded'].includes(state)
}

/** What IO says of an accepted message since. */
export type Delivery =
  | 'accepted'
  | 'processed'
  | 'rejected'
  | 'failed'
  /** A word that we do not know; it is kept. */
  | 'unknown'
  /** A day of answers that said nothing more: a person must look. */
  | 'stuck'
