// The outcome of one attempt to submit a message: what IO's answer means for it.
// design: "Outcomes, and what is promised". Decided at the edge (`io/`), carried as data, acted on
// in `send`.

/** Final for the message, or not: see each. */
export type Outcome =
  /** IO answered 201 with an id. Final; `track` follows it. */
  | { kind: 'accepted'; ioId: string }
  /** The citizen cannot be reached on IO. Final, and nobody's fault. */
  | { kind: 'undeliverable'; code: 'no-profile' | 'sender-blocked' }
  /** The same, by the subscriptions feed, which does not tell the two apart; it says its day. */
  | { kind: 'undeliverable'; code: 'not-subscribed'; detail: string }
  /** IO refuses this payload or this recipient. Final until the data changes. */
  | { kind: 'rejected'; code: string; detail: string }
  /** IO provably did not take it. It goes back to waiting; `scope` says what pauses meanwhile. */
  | {
      kind: 'deferred'
      code: string
      detail: string
      /** `message`: only this one waits. `service`: it is paused until a person mends it.
       *  `feature`: messages that need what the key lacks are held. `account`: all slow down. */
      scope: 'message' | 'service' | 'feature' | 'account'
      /** Not before so many seconds, as IO asked; null when it did not say. */
      retryAfterSeconds: number | null
      /** For `feature`: what the service lacks. */
      feature?: LackingFeature
      /** False where the refusal is not about this message: the attempt does not count. */
      counts: boolean
    }
  /** The request left, its fate is unknown. Held; never sent again by Staffetta's own decision. */
  | { kind: 'uncertain'; code: string; detail: string }

/** What a service lacks: a permission, or the right to ask more than so many cents. */
export type LackingFeature =
  | { name: 'payee' | 'premium' | 'third-party' }
  | { name: 'amount'; maximumCents: number }

export type OutcomeKind = Outcome['kind']

/** Not now: the outcome that profile checks and status questions share with submits. */
export type Deferred = Extract<Outcome, { kind: 'deferred' }>
