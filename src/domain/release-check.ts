// What is looked at before a flow may leave: the facts of its lot, counted by the store, and what
// the checks find in them. A finding is a code with figures; its words are in `release-words.ts`.
// Invariant: what blocks keeps every message of the flow back until a person overrides that very
// finding, with these figures.
import type { EmissionAmounts } from './emission.ts'
import type { FlowOrigin } from './flow.ts'
import type { TestCounts } from './test-answer.ts'

/** Every check, by the code that `docs/operations.md` explains. */
export type CheckCode =
  /** Amounts far from those of the emission before, or of many citizens from their own. */
  | 'FLOW_AMOUNTS'
  /** More than a share of due dates has passed. */
  | 'FLOW_PAST_DUE'
  /** The same bytes, or the same bills, came before under another name. */
  | 'FLOW_REPEATED_FILE'
  /** Citizens who were told of this bill already, or are about to be, by another notice. */
  | 'FLOW_TOLD_ALREADY'
  /** Bills that are paid. */
  | 'FLOW_PAID_ALREADY'
  /** Records that were refused: any where the feed blocks, else more than a share. */
  | 'FLOW_PROBLEMS'
  /** The same words for everybody, or for too many of the residents: IO excludes it. */
  | 'FLOW_MASS'
  /** Titles that show a person’s data. */
  | 'FLOW_TITLES'
  /** A tester has reported something. */
  | 'FLOW_TEST_REPORTED'
  /** The feed wants a test batch, and its testers have not confirmed it. */
  | 'FLOW_TEST_MISSING'

/** The checks that concern some messages of a lot and not others: these can be left out. */
const concerningChecks = [
  'FLOW_AMOUNTS',
  'FLOW_PAST_DUE',
  'FLOW_REPEATED_FILE',
  'FLOW_TOLD_ALREADY',
  'FLOW_PAID_ALREADY',
] as const satisfies readonly CheckCode[]

export type ConcerningCheck = (typeof concerningChecks)[number]

/** Whether what it concerns can be left out, and the rest may go. */
export function isConcerning(code: CheckCode): code is ConcerningCheck {
  return concerningChecks.some((one) => one === code)
}

/**
 * `blocking`: a person must override it · `warning`: shown to who approves · `left-out`: the
 * records that it concerns do not leave, and the others do.
 */
export type CheckLevel = 'blocking' | 'warning' | 'left-out'

export interface CheckFinding {
  code: CheckCode
  level: CheckLevel
  /** Messages that it concerns; null: the lot as a whole. */
  messages: number | null
  /** What its words quote: counts, cents, ratios, names of files and numbers of flows. */
  figures: Readonly<Record<string, number | string | null>>
}

/** The due dates of a flow’s first messages, in days of its zone. */
export interface LotDueDates {
  count: number
  /** Before now, as it was counted. */
  past: number
  /** ISO civil dates; null: none has one. */
  first: string | null
  median: string | null
  last: string | null
  /** Month → messages, `2026-12`; at most 36 months, the later ones under `later`. */
  byMonth: Readonly<Record<string, number>>
}

/** What is known of the texts of a lot since it was mapped; of all its first messages. */
export interface LotTexts {
  texts: number
  /** Titles that show a fiscal code, an amount, a plate …, as `subject-advice.ts` finds them. */
  personalTitles: number
  /** UTF-16 units, as IO counts. */
  shortest: number
  longest: number
  longestTitle: number
  /** Whether every text, title included, is the same to the letter. */
  isSame: boolean
  /** Then a keyed hash of it, in hex, with which later texts are compared. */
  sameHash?: string
  /** Numbers of the records to try first: by why each is among them. */
  samples: readonly LotSample[]
}

/** Why a record is worth a test message. */
export type SampleReason =
  | 'largest-amount'
  | 'smallest-amount'
  | 'longest-text'
  | 'nearest-due'
  | 'unusual-characters'
  | 'branch'
  | 'random'

export interface LotSample {
  record: number
  because: SampleReason
  /** Of a `branch`: which, as a short name. */
  branch?: string
}

/** All that the checks know of a flow. Counts are of its first messages that have not left. */
export interface LotFacts {
  origin: FlowOrigin
  /** Its own messages that would leave. */
  messages: number
  /** Records that were read, and of these refused. */
  read: number
  refused: number
  amounts: EmissionAmounts | null
  before: EmissionAmounts | null
  /** Citizens with a payment here and in the emission before, and whose differ tenfold or more. */
  comparable: number
  farFromTheirOwn: number
  /** Payments that are not within tenfold of what the same citizen was asked for before. */
  notHarmless: number
  due: LotDueDates
  dueBefore: LotDueDates | null
  /**
   * A flow that was let go of a drop with the same bytes, or with most of the same bills, and how
   * many of these messages came with it. `file`: the name of what came then.
   */
  repeats: { flowId: number; file: string; at: Temporal.Instant; records: number } | null
  toldAlready: number
  paidAlready: number
  /** Either, each message counted once. */
  toldOrPaid: number
  /** Messages that these checks, or a person by their name, have left out before. */
  leftOut: Readonly<Partial<Record<CheckCode, number>>>
  texts: LotTexts | null
  recipients: number
  /** Of the last flow of its feed that ended: the share that could be reached; null: none has. */
  reachBefore: number | null
  /** Of its last test batch; null: there was none. */
  test: TestCounts | null
}

/** How many messages were left out, whatever for. */
export function countLeftOut({ leftOut }: Pick<LotFacts, 'leftOut'>): number {
  return Object.values(leftOut).reduce((sum, count) => sum + count, 0)
}

/** What a feed, or a campaign, says of its releases. */
export interface ReleaseRules {
  approval: Approval
  approvalHours: number
  test: 'optional' | 'required'
  onProblems: 'block' | 'skip'
  problemsAtMostPercent: number
  pastDueAtMostPercent: number
  /** Null: the institution does not say how many live there. */
  residents: number | null
  residentsAtMostPercent: number
  realNoticeNumbers: boolean
}

/** How many people must approve. */
export type Approval = 'none' | 'one' | 'four-eyes'

/** What was found of a flow, and when: what a person sees before approving. */
export interface ReleaseReport {
  checkedAt: Temporal.Instant
  facts: LotFacts
  findings: readonly CheckFinding[]
}
