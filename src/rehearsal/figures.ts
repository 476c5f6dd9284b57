// What a rehearsal shows, as its page, its summary and `--json` have it: files, days, rules, what
// the checks stopped and the account of every flow.
// Invariant: counts, codes and lines alone: no key, no fiscal code and no text of a record.
import type { FlowReason, FlowState } from '../domain/flow.ts'
import type { FlowAccount } from '../domain/flow-account.ts'
import type { DropAccount } from '../store/drop-accounts.ts'
import type { PaidAfter, RuleName } from '../store/rehearsals.ts'
import type { LeftFile, RehearsedFile } from './files.ts'

export interface Rehearsal {
  institution: string
  feed: string
  zone: string
  /** First day, and the day after the last, as `2025-01-01`. */
  from: string
  to: string
  seconds: number
  /** False: everybody was taken to be on IO. */
  hasPopulation: boolean
  /** Systems that were not asked: to each question there was nothing. */
  unasked: string[]
  files: FileFigures[]
  left: LeftFile[]
  days: DayFigures[]
  rules: RuleFigures[]
  /** News of payments that came so many days after the last reminder. */
  paidAfter: PaidAfter[]
  flows: FlowFigures[]
  held: { code: string; messages: number }[]
  /** Messages that the release checks left out by themselves, by their code. */
  leftOut: { code: string; messages: number }[]
  /** Times without news of payments, in which reminders were held. */
  outages: OutageFigures[]
  /** What IO’s simulator took by its own count: as much as left. */
  accepted: number
}

export interface OutageFigures {
  feed: string
  /** The last news before it, and when they were let go: `2025-03-01 07:00`. */
  from: string
  /** Null: they still are. */
  until: string | null
  /** At most at once. */
  messages: number
}

export interface FileFigures {
  feed: string
  name: string
  sizeBytes: number
  /** Local, to the minute: `2025-03-01 07:00`. */
  arrivedAt: string
  saidBy: RehearsedFile['saidBy']
  kind: 'notice' | 'settlement' | 'reference'
  state: DropAccount['state']
  records: number
  refused: number
  problem: ProblemFigures | null
  settled: DropAccount['settled']
  /** Of a list that ends what it no longer names. */
  missing: { closed: number; problem: ProblemFigures | null } | null
}

/** Where a problem's own words are missing, they may quote the file. */
export interface ProblemFigures {
  code: string
  line: number | null
  detail: string | null
}

export interface DayFigures {
  day: string
  first: number
  reminder: number
  campaign: number
  /** Messages that would have left on it, had the notice not been paid. */
  silenced: number
  /** How long all of it takes at IO's rate; null: the account has no limit. */
  seconds: number | null
}

export interface RuleFigures {
  /** Of the feed, or of the campaign. */
  source: string
  purpose: RuleName['purpose']
  /** `-7d 09:30`; null of what has no time of its own. */
  at: string | null
  planned: number
  left: number
  paid: number
  cancelled: number
  held: number
  undeliverable: number
  waiting: number
  movedClosed: number
  movedCrowded: number
  late: number
  mostLateHours: number
}

export interface FlowFigures {
  id: number
  source: string
  /** The file that it came of; null of a campaign's. */
  file: string | null
  createdAt: string
  state: FlowState
  reason: FlowReason
  account: FlowAccount
  isSettled: boolean
  problem: ProblemFigures | null
  warnings: number
  /** First messages at IO's rate; null: the account has no limit. */
  seconds: number | null
  refusals: RefusalFigures[]
}

export interface RefusalFigures {
  code: string
  field: string | null
  records: number
  /** The first of them. */
  lines: number[]
}
