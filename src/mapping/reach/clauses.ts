// A condition, taken apart to be reasoned about: which path is compared with which value. Only what
// has compiled comes here. Invariant: what is not understood is opaque, and of that nothing is
// claimed.
import { type Token, Tokenizer, TypeGuards } from 'liquidjs'

export type Value = string | number | boolean | null

export interface Clause {
  /** As it is written, blanks aside. */
  text: string
  path: string
  /** `is`: it has a value that is not false; `opaque`: nothing but its text is known. */
  operator: 'is' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'opaque'
  /** What it is compared with; null for nil, blank and empty. */
  value: Value
}

export interface Test {
  text: string
  /** Between its clauses; of one clause it does not matter. */
  logical: 'and' | 'or'
  clauses: readonly Clause[]
}

/** `importo > 0 and nota` → its clauses. */
export function testOf(source: string): Test {
  const text = source.replace(/\s+/g, ' ').trim()
  const groups: Token[][] = [[]]
  let logical: Test['logical'] = 'and'
  for (const token of new Tokenizer(text).readExpressionTokens()) {
    const operator = TypeGuards.isOperatorToken(token) ? token.operator : ''
    if (operator === 'and' || operator === 'or') {
      logical = operator
      groups.push([])
    } else groups.at(-1)!.push(token)
  }
  return { text, logical, clauses: groups.map(clauseOf) }
}

/** `when "a", "b"` of a `case` → whether the subject is one of them. */
export function testOfWhen(subject: string, values: string): Test {
  const clauses: Clause[] = []
  const path = testOf(subject).clauses[0]
  const tokenizer = new Tokenizer(values)
  while (!tokenizer.end()) {
    const token = tokenizer.readValueOrThrow()
    const value = literalOf(token)
    const text = `${subject} == ${token.getText()}`
    const isKnown = path?.operator === 'is' && value !== undefined
    const operator = isKnown ? '==' : 'opaque'
    clauses.push({ text, path: path?.path ?? '', operator, value: value ?? null })
    tokenizer.skipBlank()
    if (tokenizer.peek() === ',') tokenizer.advance()
    else tokenizer.readIdentifier()
    tokenizer.skipBlank()
  }
  return { text: `${subject} == ${values}`, logical: 'or', clauses }
}

const operators = ['==', '!=', '<', '<=', '>', '>='] as const

function clauseOf(tokens: readonly Token[]): Clause {
  const text = tokens.map((token) => token.getText()).join(' ')
  const opaque: Clause = { text, path: '', operator: 'opaque', value: null }
  const [left, middle, right] = tokens
  if (left === undefined || !TypeGuards.isPropertyAccessToken(left)) return opaque
  const path = left.getText()
  if (middle === undefined) return { text, path, operator: 'is', value: null }
  if (!TypeGuards.isOperatorToken(middle) || right === undefined) return opaque
  const operator = operators.find((one) => one === middle.operator)
  const value = literalOf(right)
  return operator === undefined || value === undefined ? opaque : { text, path, operator, value }
}

/** The value of a literal, nothing as null; undefined for what is none. */
function literalOf(token: Token | undefined): Value | undefined {
  if (token === undefined) return undefined
  // The empty text is no value that a field has, and not the same as nothing.
  if (TypeGuards.isQuotedToken(token)) return token.content === '' ? undefined : token.content
  if (TypeGuards.isNumberToken(token)) return token.content
  if (!TypeGuards.isLiteralToken(token)) return undefined
  return token.literal === 'true' ? true : token.literal === 'false' ? false : null
}
