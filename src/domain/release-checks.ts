// What the facts of a lot mean: the findings that keep a flow back, that leave records out, or that
// are only shown. Pure: rules of the feed and facts of the store in, findings out, in one order.
// Invariant: a share is judged from ten records on, so that two odd rows of three stop nothing;
// a feed that says `onProblems: block` is stopped by one.
import { findAmountJump, IMPLAUSIBLE_FACTOR } from './emission.ts'
import { isAbove, percentOf } from './percent.ts'
import {
  type CheckCode,
  type CheckFinding,
  type CheckLevel,
  countLeftOut,
  type LotFacts,
  type ReleaseRules,
} from './release-check.ts'

/** Below so many records a share says nothing. */
const LEAST_OF_SHARE = 10

/** From so many messages on, the same words for everybody are a mass communication. */
const LEAST_OF_MASS = 50

/**
 * Of citizens who can be compared, how many may be far from their own amount before, in percent.
 */
const FAR_AT_MOST_PERCENT = 10

/** Every finding, those that block first; each has the total that overriding it must name. */
export function findProblems(facts: LotFacts, rules: ReleaseRules): CheckFinding[] {
  const found = [
    amounts(facts),
    pastDue(facts, rules),
    repeatedFile(facts),
    ...(['FLOW_TOLD_ALREADY', 'FLOW_PAID_ALREADY'] as const).map((code) =>
      already(code, facts, rules),
    ),
    problems(facts, rules),
    mass(facts, rules),
    titles(facts),
    test(facts, rules),
  ].filter((finding) => finding !== null)
  const totalCents = facts.amounts?.totalCents ?? null
  return found
    .map((finding) => ({ ...finding, figures: { ...finding.figures, totalCents } }))
    .toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))
}

const levels: readonly CheckLevel[] = ['blocking', 'left-out', 'warning']

/** What a person has overridden: it holds for so much, and for no more. */
export interface Override {
  code: CheckCode
  /** The sum that was named; null: the lot has no payments. */
  totalCents: number | null
  /** Messages of the lot at that time. */
  messages: number
  /** How much of it the finding concerned. */
  concerned: number
}

/**
 * The findings that keep the flow back: what blocks and is not overridden. An override holds while
 * what it was said of only shrinks; it is forgotten when records join the flow.
 */
export function findBlocking(
  findings: readonly CheckFinding[],
  facts: LotFacts,
  overrides: readonly Override[],
): CheckFinding[] {
  return findings.filter(
    (finding) =>
      finding.level === 'blocking' && !overrides.some((said) => holds(said, finding, facts)),
  )
}

/**
 * The findings whose messages are left out by the feed’s own rule: once nothing blocks, and unless
 * a person has said that they are right.
 */
export function findLeaving(
  findings: readonly CheckFinding[],
  facts: LotFacts,
  overrides: readonly Override[],
): CheckFinding[] {
  if (findBlocking(findings, facts, overrides).some((one) => !isOfTest(one))) return []
  return findings.filter(
    (finding) =>
      finding.level === 'left-out' &&
      concernedBy(finding, facts) > 0 &&
      !overrides.some((said) => holds(said, finding, facts)),
  )
}

/** Whoever lets a repeated file be says that its bills are to be told again. */
function isSaidOf(said: Override, { code }: CheckFinding): boolean {
  const isRepeated = said.code === 'FLOW_REPEATED_FILE' && code === 'FLOW_TOLD_ALREADY'
  return said.code === code || isRepeated
}

function holds(said: Override, finding: CheckFinding, facts: LotFacts): boolean {
  const total = facts.amounts?.totalCents ?? 0
  return (
    isSaidOf(said, finding) &&
    facts.messages <= said.messages &&
    total <= (said.totalCents ?? 0) &&
    concernedBy(finding, facts) <= said.concerned
  )
}

/** How many messages a finding concerns; of one that concerns the lot as a whole, all. */
export function concernedBy({ messages }: CheckFinding, facts: LotFacts): number {
  return messages ?? facts.messages
}

/** Whether a test decides it: it keeps nobody from asking people, but from approving. */
export function isOfTest({ code }: Pick<CheckFinding, 'code'>): boolean {
  return code === 'FLOW_TEST_MISSING' || code === 'FLOW_TEST_REPORTED'
}

function amounts({ amounts: now, before, ...facts }: LotFacts): CheckFinding | null {
  const jump = findAmountJump(now, before)
  const { comparable, farFromTheirOwn } = facts
  const isFar =
    comparable >= LEAST_OF_SHARE && isAbove(farFromTheirOwn, comparable, FAR_AT_MOST_PERCENT)
  if (now === null || before === null || (jump === null && !isFar)) return null
  const ratio = now.medianCents / Math.max(1, before.medianCents)
  return {
    code: 'FLOW_AMOUNTS',
    level: 'blocking',
    messages: facts.notHarmless,
    figures: {
      count: now.count,
      medianCents: now.medianCents,
      wholeEuros: now.wholeEuros ?? null,
      totalBeforeCents: before.totalCents,
      countBefore: before.count,
      medianBeforeCents: before.medianCents,
      wholeEurosBefore: before.wholeEuros ?? null,
      ratio: jump === null ? null : ratio,
      comparable,
      farFromTheirOwn,
      factor: IMPLAUSIBLE_FACTOR,
    },
  }
}

/**
 * A campaign may be about nothing but what is overdue, and an errata corrects it whenever it was
 * due: of those it is shown, and stops nothing.
 */
function pastDue({ due, origin }: LotFacts, rules: ReleaseRules): CheckFinding | null {
  const { past, count, first, median, last } = due
  const atMost = rules.pastDueAtMostPercent
  if (origin === 'campaign' || origin === 'errata') return null
  if (count < LEAST_OF_SHARE || !isAbove(past, count, atMost)) return null
  const figures = { past, count, percent: percentOf(past, count), atMost, first, median, last }
  return { code: 'FLOW_PAST_DUE', level: 'blocking', messages: past, figures }
}

function repeatedFile({ repeats, messages }: LotFacts): CheckFinding | null {
  if (repeats === null || repeats.records === 0 || messages === 0) return null
  const { flowId, file, at, records } = repeats
  const figures = { flow: flowId, file, at: at.toString(), records, messages }
  return { code: 'FLOW_REPEATED_FILE', level: 'blocking', messages: records, figures }
}

function already(
  code: 'FLOW_TOLD_ALREADY' | 'FLOW_PAID_ALREADY',
  facts: LotFacts,
  rules: ReleaseRules,
): CheckFinding | null {
  const waiting = code === 'FLOW_TOLD_ALREADY' ? facts.toldAlready : facts.paidAlready
  const leftOut = facts.leftOut[code] ?? 0
  const records = waiting + leftOut
  if (records === 0) return null
  const all = facts.messages + countLeftOut(facts)
  const atMost = rules.problemsAtMostPercent
  const together = problemsTogether(facts, rules)
  const isMany = isManyOf(records, all, rules) || together !== null
  const blocks = waiting > 0 && (rules.onProblems === 'block' || isMany)
  const figures = { records, leftOut, all, atMost, together: null, ofAll: null, ...together }
  return { code, level: blocks ? 'blocking' : 'left-out', messages: waiting, figures }
}

/**
 * What was told or paid, and what was refused, where only all of it passes the share: a lot that is
 * wrong in three ways is no less wrong than in one. Null: it does not, or one of them does alone.
 */
function problemsTogether(
  facts: LotFacts,
  rules: ReleaseRules,
): { together: number; ofAll: number } | null {
  const { messages, read, refused, toldAlready, paidAlready, toldOrPaid, leftOut } = facts
  const { FLOW_TOLD_ALREADY: told = 0, FLOW_PAID_ALREADY: paid = 0 } = leftOut
  const all = messages + countLeftOut(facts)
  const isAlone =
    isManyOf(toldAlready + told, all, rules) ||
    isManyOf(paidAlready + paid, all, rules) ||
    isManyOf(refused, read, rules)
  if (isAlone) return null
  const known = toldOrPaid + told + paid
  if (isManyOf(known, all, rules)) return { together: known, ofAll: all }
  // What was read and refused is judged beside all that was read: duplicates are no problem.
  const ofAll = Math.max(read, all + refused)
  const together = known + refused
  return isManyOf(together, ofAll, rules) ? { together, ofAll } : null
}

function isManyOf(part: number, whole: number, rules: ReleaseRules): boolean {
  return whole >= LEAST_OF_SHARE && isAbove(part, whole, rules.problemsAtMostPercent)
}

function problems({ read, refused }: LotFacts, rules: ReleaseRules): CheckFinding | null {
  if (refused === 0) return null
  const { onProblems, problemsAtMostPercent: atMost } = rules
  const isMany = isManyOf(refused, read, rules)
  if (onProblems === 'skip' && !isMany) return null
  const figures = { refused, read, percent: percentOf(refused, read), atMost, onProblems }
  return { code: 'FLOW_PROBLEMS', level: 'blocking', messages: null, figures }
}

/** A payment is personal, though the words may be the same for all. */
function mass(facts: LotFacts, rules: ReleaseRules): CheckFinding | null {
  const { texts, messages, recipients } = facts
  const { residents, residentsAtMostPercent: atMost } = rules
  const isSame =
    texts?.isSame === true && messages >= LEAST_OF_MASS && (facts.amounts?.count ?? 0) === 0
  const isMany =
    residents !== null && recipients >= LEAST_OF_MASS && isAbove(recipients, residents, atMost)
  if (!isSame && !isMany) return null
  const because = isSame ? 'same' : 'residents'
  const figures = { because, messages, recipients, residents, atMost }
  return { code: 'FLOW_MASS', level: 'blocking', messages: null, figures }
}

function titles({ texts }: LotFacts): CheckFinding | null {
  if (texts === null || texts.personalTitles === 0) return null
  const figures = { titles: texts.personalTitles, texts: texts.texts }
  return { code: 'FLOW_TITLES', level: 'warning', messages: texts.personalTitles, figures }
}

function test({ test: batch, origin }: LotFacts, rules: ReleaseRules): CheckFinding | null {
  if (origin === 'test') return null
  const { messages = 0, confirmed = 0, reported = 0 } = batch ?? {}
  const figures = { messages, confirmed, reported }
  if (reported > 0) {
    return { code: 'FLOW_TEST_REPORTED', level: 'blocking', messages: null, figures }
  }
  const isMissing = messages === 0 || confirmed < messages
  if (rules.test !== 'required' || !isMissing) return null
  return { code: 'FLOW_TEST_MISSING', level: 'blocking', messages: null, figures }
}
