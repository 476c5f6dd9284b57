// A service whose citizens are told by somebody else too: what Staffetta then leaves to them.
// Notices are kept all the same, so that nothing is sent late once the other one stops.

export interface NotifiedElsewhere {
  /** Who tells them, as operators know it: `Piattaforma Unitaria`. */
  by: string
  /** `first`: the first message; reminders are ours. `all`: every message. */
  messages: 'first' | 'all'
}

/** Why a record gives no first message, in Italian, as reports say it. */
export function elsewhereReason({ by, messages }: NotifiedElsewhere): string {
  return messages === 'first' ? `il primo avviso lo manda ${by}` : `gli avvisi li manda ${by}`
}
