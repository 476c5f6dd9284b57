// Liquid values with their filters → typed closures. liquidjs reads the tokens; what they mean is
// decided here, once: unknown names and mismatched types are faults with their place, not surprises
// in a record. Invariant: an expression that compiles cannot fail on any record.
import { type Token, type Tokenizer, TypeGuards } from 'liquidjs'
import { nearest } from '../../domain/nearest.ts'
import type { FieldValue } from '../../domain/notice.ts'
import { defaultForm, type FilterSpec, filters } from './filters.ts'
import { type Fields, getterOf, hintFor, type Scope, typeOf, type ValueType } from './scope.ts'

type FilterToken = ReturnType<Tokenizer['readFilters']>[number]

/** What is wrong with a template, with its place in the text; lines and columns are 1-based. */
export class TemplateError extends Error {
  readonly hint: string
  readonly line: number
  readonly column: number

  constructor(message: string, hint: string, token: Token) {
    super(message)
    this.name = 'TemplateError'
    this.hint = hint
    const [line = 1, column = 1] = token.getPosition()
    this.line = line
    this.column = column
  }
}

export interface Compiled {
  /** `nothing`: the literals nil, blank and empty. */
  type: ValueType | 'nothing'
  get(fields: Fields): FieldValue
  /** The paths that it reads. */
  uses: string[]
  /** Set for literals. */
  literal?: FieldValue
}

/** A value and its filters, as an output has them: the text that it reads as, empty for nothing. */
export function compileOutput(tokenizer: Tokenizer, at: Token, scope: Scope) {
  const operands = [...tokenizer.readExpressionTokens()]
  const [first, second] = operands
  if (first === undefined) throw new TemplateError('an output without a value', 'remove it', at)
  if (second !== undefined) {
    throw new TemplateError(
      'an output holds more than one value',
      'use one name and filters',
      second,
    )
  }
  const filterTokens = tokenizer.readFilters()
  const value = filterTokens.reduce(applyFilter, compileOperand(first, scope))
  const form = value.type === 'nothing' ? String : defaultForm(value.type)
  return {
    uses: value.uses,
    lastFilter: filterTokens.at(-1)?.name ?? null,
    text(fields: Fields): string {
      const found = value.get(fields)
      return found === null ? '' : form(found)
    },
  }
}

/** A literal, or a field by its path. */
export function compileOperand(token: Token, scope: Scope): Compiled {
  if (TypeGuards.isPropertyAccessToken(token)) return compilePath(token.getText(), token, scope)
  if (TypeGuards.isQuotedToken(token)) return literal('text', token.content)
  if (TypeGuards.isNumberToken(token)) {
    if (Number.isSafeInteger(token.content) && !token.getText().includes('.')) {
      return literal('integer', token.content)
    }
    const hint = 'money is in cents: 14.50 euro is 1450'
    throw new TemplateError(`${token.getText()} is not a whole number`, hint, token)
  }
  if (TypeGuards.isLiteralToken(token)) {
    if (token.literal === 'true') return literal('boolean', true)
    if (token.literal === 'false') return literal('boolean', false)
    return literal('nothing', null)
  }
  throw new TemplateError(`${token.getText()} is not a value`, 'use a field or a literal', token)
}

function compilePath(path: string, token: Token, scope: Scope): Compiled {
  const field = scope.get(path)
  if (field === undefined) {
    throw new TemplateError(`unknown name ${path}`, hintFor(path, scope), token)
  }
  return { type: typeOf(field), get: getterOf(path), uses: [path] }
}

function literal(type: Compiled['type'], value: FieldValue): Compiled {
  return { type, get: () => value, uses: [], literal: value }
}

function applyFilter(value: Compiled, token: FilterToken): Compiled {
  const args = token.args.map((arg) => literalArgument(token, arg))
  if (token.name === 'default') return withDefault(value, args, token)
  const spec = Object.hasOwn(filters, token.name) ? filters[token.name] : undefined
  if (spec === undefined) {
    const near = nearest(token.name, [...Object.keys(filters), 'default'])
    const hint = near ? `did you mean ${near}?` : `filters are ${Object.keys(filters).join(', ')}`
    throw new TemplateError(`unknown filter ${token.name}`, hint, token)
  }
  checkFilter(value, spec, args, token)
  return {
    type: spec.gives,
    uses: value.uses,
    get(fields) {
      const input = value.get(fields)
      return input === null || typeof input === 'boolean' ? null : spec.apply(input, args)
    },
  }
}

function checkFilter(
  value: Compiled,
  spec: FilterSpec,
  args: (string | number)[],
  token: FilterToken,
): void {
  if (value.type !== spec.takes) {
    const hint = `put it right after a field of type ${spec.takes}`
    throw new TemplateError(`${token.name} takes ${spec.takes}, not ${value.type}`, hint, token)
  }
  const asked = spec.args.join(', ') || 'none'
  const fit = args.every((arg, index) => typeof arg === jsTypes[spec.args[index] ?? 'none'])
  if (!fit || args.length > spec.args.length || args.length < spec.optional) {
    throw new TemplateError(`wrong arguments of ${token.name}`, `it takes: ${asked}`, token)
  }
  const strange = spec.words && args.find((arg) => !spec.words?.includes(String(arg)))
  if (strange !== undefined) {
    const hint = `write one of ${spec.words?.map((word) => `"${word}"`).join(', ')}`
    throw new TemplateError(`${token.name} does not know "${strange}"`, hint, token)
  }
}

const jsTypes = { text: 'string', integer: 'number', none: 'none' }

/** What stands in for nothing. The value takes its usual form, so that both are text. */
function withDefault(value: Compiled, args: (string | number)[], token: FilterToken): Compiled {
  const [instead] = args
  if (args.length !== 1 || instead === undefined) {
    throw new TemplateError('default takes one argument', 'for example default: "-"', token)
  }
  const form = value.type === 'nothing' ? String : defaultForm(value.type)
  return {
    type: 'text',
    uses: value.uses,
    get(fields) {
      const found = value.get(fields)
      return found === null || found === '' ? String(instead) : form(found)
    },
  }
}

function literalArgument(token: FilterToken, arg: unknown): string | number {
  if (TypeGuards.isQuotedToken(arg)) return arg.content
  if (TypeGuards.isNumberToken(arg) && Number.isSafeInteger(arg.content)) return arg.content
  throw new TemplateError(`${token.name} takes literals only`, 'write a text or a number', token)
}
