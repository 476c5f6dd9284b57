// Liquid conditions → typed closures: `importo > 0 and indirizzo != nil`.
// Truth: null, the empty text and false are false; the rest, 0 too, is true: `if` asks for a value.
// Invariant: one kind of logical operator a condition, since Liquid has no precedence between them.
import { type Token, type Tokenizer, TypeGuards } from 'liquidjs'
import { isCivilDate } from '../../domain/civil-date.ts'
import type { FieldValue } from '../../domain/notice.ts'
import { type Compiled, compileOperand, TemplateError } from './expression.ts'
import type { Fields, Scope } from './scope.ts'

export interface Condition {
  test(fields: Fields): boolean
  /** The paths that it reads. */
  uses: string[]
}

/** A condition up to the end of its tag. */
export function compileCondition(tokenizer: Tokenizer, at: Token, scope: Scope): Condition {
  const tokens = [...tokenizer.readExpressionTokens()]
  tokenizer.skipBlank()
  if (!tokenizer.end()) {
    const message = `unexpected ${tokenizer.remaining().trim()}`
    throw new TemplateError(message, 'conditions have no filters and no parentheses', at)
  }
  const clauses: Token[][] = [[]]
  let logical: string | null = null
  for (const token of tokens) {
    if (!TypeGuards.isOperatorToken(token) || !['and', 'or'].includes(token.operator)) {
      clauses.at(-1)!.push(token)
      continue
    }
    if (logical !== null && logical !== token.operator) {
      const hint = 'use one kind only, or put one condition inside the other'
      throw new TemplateError('`and` and `or` in one condition', hint, token)
    }
    logical = token.operator
    clauses.push([])
  }
  const tests = clauses.map((clause) => compileClause(clause, at, scope))
  const uses = tests.flatMap((test) => test.uses)
  const [only] = tests
  if (tests.length === 1 && only) return only
  const test =
    logical === 'or'
      ? (fields: Fields) => tests.some((clause) => clause.test(fields))
      : (fields: Fields) => tests.every((clause) => clause.test(fields))
  return { test, uses }
}

/** Whether both hold the same value; the types must fit. */
export function compileEquality(left: Compiled, right: Compiled, at: Token) {
  checkComparable(left, right, at)
  if (left.type === 'nothing' || right.type === 'nothing') {
    return (fields: Fields) => isNothing(left.get(fields)) && isNothing(right.get(fields))
  }
  return (fields: Fields) => left.get(fields) === right.get(fields)
}

function compileClause(tokens: Token[], at: Token, scope: Scope): Condition {
  const [left, operator, right] = tokens
  if (left === undefined || TypeGuards.isOperatorToken(left)) {
    const what =
      left === undefined ? 'a condition without a value' : `${left.getText()} comes first`
    throw new TemplateError(what, 'write a field; for "not" use unless, or != nil', left ?? at)
  }
  const a = compileOperand(left, scope)
  if (operator === undefined) return { test: (fields) => isSomething(a.get(fields)), uses: a.uses }
  if (!TypeGuards.isOperatorToken(operator) || right === undefined || tokens.length > 3) {
    throw new TemplateError('a condition that cannot be read', 'write: field operator value', left)
  }
  const b = compileOperand(right, scope)
  return {
    test: compileComparison(a, operator.operator, b, operator),
    uses: [...a.uses, ...b.uses],
  }
}

function compileComparison(
  a: Compiled,
  operator: string,
  b: Compiled,
  at: Token,
): Condition['test'] {
  if (operator === '==') return compileEquality(a, b, at)
  if (operator === '!=') {
    const equal = compileEquality(a, b, at)
    return (fields) => !equal(fields)
  }
  if (operator === 'contains') {
    if (a.type !== 'text' || b.type !== 'text') {
      throw new TemplateError('contains compares texts', 'use == for other types', at)
    }
    return (fields) => String(a.get(fields) ?? '').includes(String(b.get(fields) ?? ''))
  }
  const holds = orders[operator]
  if (holds === undefined || a.type === 'boolean' || a.type === 'nothing') {
    throw new TemplateError(`${operator} does not compare ${a.type}`, 'use == or !=', at)
  }
  checkComparable(a, b, at)
  return (fields) => {
    const [left, right] = [a.get(fields), b.get(fields)]
    // What is missing is neither before nor after anything.
    return left !== null && right !== null && holds(left, right)
  }
}

const orders: Record<
  string,
  (a: string | number | boolean, b: string | number | boolean) => boolean
> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** Same type; or a whole number beside money (cents), or the ISO text of a date beside a date. */
function checkComparable(a: Compiled, b: Compiled, at: Token): void {
  if (a.type === b.type || a.type === 'nothing' || b.type === 'nothing') return
  const types = [a.type, b.type]
  const [typed, other] = a.literal === undefined ? [a, b] : [b, a]
  const isLiteral = other.literal !== undefined
  if (typed.type === 'money' && other.type === 'integer' && isLiteral) return
  if (typed.type === 'date' && isLiteral && isCivilDate(String(other.literal))) return
  const hint = types.includes('date')
    ? 'write dates as "2026-12-31"'
    : types.includes('money')
      ? 'write money as cents: 1450 for 14.50 euro'
      : 'compare values of the same type'
  throw new TemplateError(`cannot compare ${types.join(' with ')}`, hint, at)
}

function isNothing(value: FieldValue): boolean {
  return value === null || value === ''
}

function isSomething(value: FieldValue): boolean {
  return !isNothing(value) && value !== false
}
