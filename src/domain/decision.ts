// What a person asks of a flow, and why it may be refused. One vocabulary for the command line and
// the console: a refusal is a value with its words in both languages.
import type { FlowState } from './flow.ts'

/** Who asks, and from where. `note`: why, in their words; no person’s data. */
export interface Asked {
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
  note: string | null
}

/** Who decides where nobody was asked: the installation, in the daemon. */
export const BY_ITSELF = { actor: 'staffetta', origin: 'daemon' } as const

export type DecisionRefusal =
  /** It has ended: nothing of it waits. */
  | 'ended'
  | 'stopped'
  /** It has begun to leave. */
  | 'leaving'
  | 'not-suspended'
  | 'suspended-already'
  /** It is still being read, or could not be. */
  | 'not-ready'
  /** It is no longer what the person has looked at. */
  | 'changed'
  /** Who has uploaded, corrected or overridden does not approve. */
  | 'preparer'
  | 'approved-by-you'
  | 'approved-already'
  | 'not-asked'
  | 'expired'
  /** Who was to approve it wants it changed. */
  | 'sent-back'
  /** A finding of the checks must be overridden first. */
  | 'blocked'
  /** There is no such finding, or it does not block. */
  | 'no-such-finding'
  /** It concerns the lot as a whole: nothing of it can be left out for it. */
  | 'whole-lot'
  /** It has payments: their total is to be named, not the number of its messages. */
  | 'total-asked'
  /** It has no payments: the number of its messages is to be named. */
  | 'count-asked'
  | 'other-total'
  | 'other-count'
  | 'replaced'
  /** No drop made it: what a campaign, an errata or a test has made is not mapped. */
  | 'not-of-drop'
  /** The bytes of its drop are kept no more. */
  | 'drop-gone'
  /** The configuration no longer has its feed. */
  | 'feed-gone'
  /** Nobody was reached. */
  | 'nobody-reached'
  /** It is a test of another flow. */
  | 'is-test'
  /** The configuration no longer has the service that sends it. */
  | 'service-gone'
  | 'service-dry-run'
  | 'no-testers'
  /** IO does not let the service write to one of the testers. */
  | 'tester-refused'
  | 'tester-without-mail'

export interface RefusedDecision {
  kind: 'refused'
  because: DecisionRefusal
  /** Where it stood when it was refused. */
  state: FlowState
  /** What the words quote: names, counts. Never a person’s data but testers’ names. */
  figures?: Readonly<Record<string, string | number | null>>
}

export type Decided<Done extends object = object> = ({ kind: 'done' } & Done) | RefusedDecision
