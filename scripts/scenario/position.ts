// A position of the simulated year, that is one debt or instalment with all that happens to it, and
// the world that has them. Invariant: every instant is the one at which Staffetta could know.
import { type FeedName, type InstitutionName, rulesOf } from './rules.ts'

export type EndCause = 'paid' | 'paid-whole' | 'paid-part' | 'cancelled' | 'dead' | 'paid-on-io'

export interface Reading {
  /** When the record was read. */
  at: number
  /** The due date, as a day. */
  due: number
  /** A person moved its due date: no first message. */
  isPostponed?: boolean
}

export interface Position {
  key: string
  feed: FeedName
  person: number
  fiscalCode: string
  notice: string
  cents: number
  debt: string
  /** `U` is the whole of the debt, `1` to `4` its instalments, `0` what stands alone. */
  part: string
  emission: string
  readings: Reading[]
  ends: { at: number; cause: EndCause }[]
  /** Premium: when it was paid on IO; when Staffetta hears of it nobody knows beforehand. */
  paidOnIoAt: number | null
}

export type Happening = { at: number } & (
  | {
      kind: 'file'
      institution: InstitutionName
      feed: string
      name: string
      lines: () => string[]
    }
  | { kind: 'poll'; institution: InstitutionName; feed: string }
  | { kind: 'pay-on-io'; notice: string }
  | { kind: 'break' | 'mend'; service: string }
  | { kind: 'outage'; until: number }
  | { kind: 'silence'; institution: InstitutionName; fiscalCode: string; person: number }
  | { kind: 'postpone'; institution: InstitutionName; emission: string; due: string }
)

export interface World {
  positions: Position[]
  /** In their order. */
  happenings: Happening[]
  outages: { from: number; until: number }[]
  /** When files of payments were read, in order, by institution. */
  news: Record<InstitutionName, number[]>
  /** The same, with the polls that found nothing. */
  polls: Record<InstitutionName, number[]>
  /** Who is not on IO. */
  absent: ReadonlySet<number>
  /** Since when an institution may not write to a person: `INSTITUTION/CODE`. */
  silent: Map<string, number>
}

export function institutionOf({ feed }: Pick<Position, 'feed'>): InstitutionName {
  return rulesOf(feed).institution
}

export function firstOf({ readings }: Position): Reading {
  return readings[0] as Reading
}

/** It ends at this instant, if nothing has ended it before. */
export function end(one: Position, at: number, cause: EndCause): void {
  one.ends.push({ at, cause })
}

/** When nothing more is to be said of it, as far as the year’s files say. */
export function endOf(one: Position): { at: number; cause: EndCause } | null {
  return one.ends.reduce<Position['ends'][number] | null>(
    (first, next) => (first === null || next.at < first.at ? next : first),
    null,
  )
}
