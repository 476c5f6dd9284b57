// What is known of the values at a place of a mapping: from the types of its fields, and from the
// conditions around and before. Pure sets and bounds, no solver: what cannot be said is `maybe`.
// Invariant: `never` and `always` hold for every record that reaches the place.
import type { Clause, Test, Value } from './clauses.ts'

export type Verdict = 'always' | 'never' | 'maybe'

/** The values that a path may still have. */
export interface Possible {
  /** These alone; null: any but those of `except`. */
  only: ReadonlySet<Value> | null
  except: ReadonlySet<Value>
  /** Of what has an order: nothing below, and nothing above. */
  from: Bound | null
  to: Bound | null
}

interface Bound {
  value: Value
  /** The bound itself is outside. */
  isOpen: boolean
}

export interface Known {
  paths: ReadonlyMap<string, Possible>
  /** Conditions that are known as a whole, by their text. */
  facts: ReadonlyMap<string, boolean>
}

const anything: Possible = { only: null, except: new Set(), from: null, to: null }

/** These values and no others. */
export function oneOf(values: Iterable<Value>): Possible {
  return { ...anything, only: new Set(values) }
}

/** Any value of a field that is no boolean, or any but nothing. */
export function any(mayBeNothing: boolean): Possible {
  return { ...anything, except: new Set(mayBeNothing ? [false] : [false, null]) }
}

/** Whether a condition holds for what reaches it. */
export function judge(test: Test, known: Known): Verdict {
  const fact = known.facts.get(test.text)
  if (fact !== undefined) return fact ? 'always' : 'never'
  const verdicts = test.clauses.map((clause) => judgeClause(clause, known))
  const [one, all] =
    test.logical === 'or' ? (['always', 'never'] as const) : (['never', 'always'] as const)
  if (verdicts.includes(one)) return one
  return verdicts.every((verdict) => verdict === all) ? all : 'maybe'
}

/** What is known where a condition holds, or does not. */
export function assume(test: Test, holds: boolean, known: Known): Known {
  const facts = new Map(known.facts).set(test.text, holds)
  const next = { paths: known.paths, facts }
  if (test.clauses.length === 1 || (test.logical === 'and') === holds) {
    return test.clauses.reduce<Known>((all, clause) => assumeClause(clause, holds, all), next)
  }
  // Where the other clauses decide nothing, the one that is left decides.
  const idle = test.logical === 'and' ? 'always' : 'never'
  const open = test.clauses.filter((clause) => judgeClause(clause, known) !== idle)
  const [last] = open
  if (last && open.length === 1) return assumeClause(last, holds, next)
  return holds ? assumeAnyOf(test.clauses, next) : next
}

/** `a == 1 or a == 2`: the path has one of these values. */
function assumeAnyOf(clauses: readonly Clause[], known: Known): Known {
  const [first] = clauses
  if (first === undefined) return known
  if (!clauses.every(({ path, operator }) => path === first.path && operator === '==')) return known
  const before = known.paths.get(first.path) ?? anything
  const values = clauses.map(({ value }) => value).filter((value) => mayBe(before, value))
  return withPath(known, first.path, { ...before, only: new Set(values) })
}

function judgeClause({ text, path, operator, value }: Clause, known: Known): Verdict {
  const fact = known.facts.get(text)
  if (fact !== undefined) return fact ? 'always' : 'never'
  const possible = known.paths.get(path)
  if (operator === 'opaque' || possible === undefined) return 'maybe'
  if (operator === '==') return judgeEqual(possible, value)
  if (operator === '!=') return opposite[judgeEqual(possible, value)]
  if (operator === 'is') {
    if (!mayBe(possible, null) && !mayBe(possible, false)) return 'always'
    const { only } = possible
    return only && [...only].every((one) => one === null || one === false) ? 'never' : 'maybe'
  }
  return judgeOrder(possible, operator, value)
}

const opposite = { always: 'never', never: 'always', maybe: 'maybe' } as const

function judgeEqual(possible: Possible, value: Value): Verdict {
  if (!mayBe(possible, value)) return 'never'
  return possible.only?.size === 1 ? 'always' : 'maybe'
}

type Order = '<' | '<=' | '>' | '>='

const negated = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const

function judgeOrder(possible: Possible, operator: Order, value: Value): Verdict {
  // What is missing is neither before nor after anything.
  if (!mayBeIn(possible, operator, value)) return 'never'
  const isThere = !mayBe(possible, null)
  return isThere && !mayBeIn(possible, negated[operator], value) ? 'always' : 'maybe'
}

/** Whether some value that the path may have stands so to this one. */
function mayBeIn(possible: Possible, operator: Order, value: Value): boolean {
  const { only, from, to } = possible
  if (only !== null) {
    return [...only].some(
      (one) => one !== null && mayBe(possible, one) && stands(one, operator, value),
    )
  }
  const isBelow = operator === '<' || operator === '<='
  const bound = isBelow ? from : to
  if (bound === null) return true
  const mayMeet = !bound.isOpen && (operator === '<=' || operator === '>=')
  return mayMeet && bound.value === value ? true : stands(bound.value, isBelow ? '<' : '>', value)
}

function stands(one: Value, operator: Order, other: Value): boolean {
  if (one === null || other === null || typeof one !== typeof other) return false
  if (operator === '<') return one < other
  if (operator === '<=') return one <= other
  return operator === '>' ? one > other : one >= other
}

function mayBe({ only, except, from, to }: Possible, value: Value): boolean {
  if (except.has(value) || (only !== null && !only.has(value))) return false
  if (value === null) return true
  const isAfter = from === null || stands(value, from.isOpen ? '>' : '>=', from.value)
  return isAfter && (to === null || stands(value, to.isOpen ? '<' : '<=', to.value))
}

function assumeClause(
  { text, path, operator, value }: Clause,
  holds: boolean,
  known: Known,
): Known {
  const noted = { ...known, facts: new Map(known.facts).set(text, holds) }
  const before = known.paths.get(path)
  if (before === undefined || operator === 'opaque') return noted
  if (operator === 'is') {
    if (holds) return withPath(noted, path, without(before, [null, false]))
    const none = [null, false].filter((one) => mayBe(before, one))
    return withPath(noted, path, { ...before, only: new Set(none) })
  }
  if (operator === '==' || operator === '!=') {
    const isEqual = (operator === '==') === holds
    if (!isEqual) return withPath(noted, path, without(before, [value]))
    return withPath(noted, path, { ...before, only: new Set([value]) })
  }
  return withPath(noted, path, ordered(before, holds ? operator : negated[operator], value, holds))
}

/** Where the comparison does not hold the value may be missing too. */
function ordered(before: Possible, operator: Order, value: Value, holds: boolean): Possible {
  const bound = { value, isOpen: operator === '<' || operator === '>' }
  const isBelow = operator === '<' || operator === '<='
  const next = isBelow
    ? { ...before, to: closer(before.to, bound, '<') }
    : { ...before, from: closer(before.from, bound, '>') }
  return holds ? without(next, [null]) : next
}

function closer(before: Bound | null, bound: Bound, operator: '<' | '>'): Bound {
  if (before === null || stands(bound.value, operator, before.value)) return bound
  return before.value === bound.value && bound.isOpen ? bound : before
}

function without(possible: Possible, values: readonly Value[]): Possible {
  const { only, except } = possible
  if (only === null) return { ...possible, except: new Set([...except, ...values]) }
  return { ...possible, only: new Set([...only].filter((one) => !values.includes(one))) }
}

function withPath(known: Known, path: string, possible: Possible): Known {
  return { ...known, paths: new Map(known.paths).set(path, possible) }
}
