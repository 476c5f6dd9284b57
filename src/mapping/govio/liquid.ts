// FreeMarker's expressions → Liquid's outputs and conditions, over the columns of one template.
// Invariant: what comes out says the same, or what differs is said; else it is null, with why.
import type { GovioColumn, GovioColumns } from './columns.ts'
import type { Comparison, Expression } from './expression.ts'
import { findValue, type GovioValue, liquidOf } from './values.ts'

/** What became of an expression; `column` is the one that it shows or asks about. */
export type Turned<T> = { turned: T } | { because: string; column?: GovioColumn }

export interface Output {
  value: GovioValue
  liquid: string
  /** It stands although its value is missing. */
  hasDefault: boolean
}

/** Builtins of texts that have an equal; null: it changes nothing here. */
const filters: Record<string, string | null> = {
  upper_case: 'upcase',
  lower_case: 'downcase',
  capitalize: 'title_case',
  trim: 'strip',
  url: 'url_encode',
  url_path: 'url_encode',
  string: null,
  no_esc: null,
  html: null,
  xhtml: null,
  esc: null,
}

/** `${…}` → `{{ … }}`. */
export function toOutput(expression: Expression, columns: GovioColumns): Turned<Output> {
  switch (expression.kind) {
    case 'name': {
      const value = findValue(expression.name, columns)
      if (value === null) return { because: `there is no placeholder ${expression.name}` }
      return { turned: { value, liquid: liquidOf(value.parts), hasDefault: false } }
    }
    case 'default':
      return withDefault(expression, columns)
    case 'builtin':
      return withBuiltin(expression, columns)
    default:
      return { because: 'this expression has no equal' }
  }
}

function withDefault(
  { of, by }: Extract<Expression, { kind: 'default' }>,
  columns: GovioColumns,
): Turned<Output> {
  const inner = toOutput(of, columns)
  if ('because' in inner) return inner
  const { value, liquid } = inner.turned
  if (by === null || (by.kind === 'text' && by.value === ''))
    return { turned: { value, liquid, hasDefault: true } }
  const { column } = value
  if (by.kind !== 'text' || value.parts.length > 1 || /["\\\n{}%]/.test(by.value))
    return { because: 'this default has no equal', column }
  const written = liquid.replace(/ \}\}$/, ` | default: "${by.value}" }}`)
  const filters = [...filtersOf(value), `default: "${by.value}"`]
  const parts = [{ field: partOf(value).field, filters }]
  return { turned: { value: { ...value, parts, isText: true }, liquid: written, hasDefault: true } }
}

function withBuiltin(
  { of, name, args }: Extract<Expression, { kind: 'builtin' }>,
  columns: GovioColumns,
): Turned<Output> {
  const inner = toOutput(of, columns)
  if ('because' in inner) return inner
  const { value, hasDefault } = inner.turned
  const { column } = value
  const filter = filterOf(name, args)
  if (filter === undefined) return { because: `the builtin ?${name} has no equal`, column }
  if (filter === null) return inner
  if (!value.isText) return { because: `?${name} of what is no text has no equal`, column }
  const parts = [{ field: partOf(value).field, filters: [...filtersOf(value), filter] }]
  const differs = name === 'cap_first' ? firstLetterOnly(column) : value.differs
  const changed = { ...value, parts, differs }
  return { turned: { value: changed, liquid: liquidOf(parts), hasDefault } }
}

function firstLetterOnly({ name }: GovioColumn): string {
  return `\${${name}?cap_first} writes all other letters small too`
}

/** Undefined where there is none, null where there is nothing to do. */
function filterOf(name: string, args: readonly Expression[]): string | null | undefined {
  const texts = args.map((arg) => (arg.kind === 'text' && isPlain(arg.value) ? arg.value : null))
  const [first, second] = texts
  if (name === 'cap_first' && args.length === 0) return 'capitalize'
  if (name === 'replace' && args.length === 2 && first && typeof second === 'string')
    return `replace: "${first}", "${second}"`
  if (name === 'truncate' && args.length === 1 && args[0]?.kind === 'integer')
    return `truncate: ${args[0].value}`
  const hasArgs = args.length > 0 && !name.startsWith('url')
  return Object.hasOwn(filters, name) && !hasArgs ? filters[name] : undefined
}

function isPlain(text: string): boolean {
  return !/["\\\n{}%]/.test(text)
}

function partOf({ parts }: GovioValue): { field: string; filters: string[] } {
  const [part] = parts
  if (part === undefined || typeof part === 'string') throw new Error('a value without a field')
  return part
}

function filtersOf(value: GovioValue): string[] {
  return partOf(value).filters
}

/** A condition, with what is surely there where it holds. */
export interface Condition {
  liquid: string
  proves: GovioColumn[]
  /** What GovIO needs to be there to answer it. */
  needs: GovioColumn[]
  /** Texts with which it compares, by field: what its cases are made of. */
  values: { field: string; value: string }[]
}

/** `<#if …>` → what stands in `{% if … %}`; `and` beside `or` has no equal. */
export function toCondition(expression: Expression, columns: GovioColumns): Turned<Condition> {
  const clauses = clausesOf(expression, false)
  if (clauses === null)
    return { because: '`and` beside `or` has no equal: put one inside the other' }
  const parts: Condition[] = []
  const asked = new Set<GovioColumn>()
  for (const clause of clauses.parts) {
    const part = toClause(clause.of, clause.isNot, columns)
    if ('because' in part) return part
    const needs = part.turned.needs.filter((column) => !asked.has(column))
    parts.push({ ...part.turned, needs })
    for (const column of part.turned.asked ?? []) asked.add(column)
  }
  const proves = clauses.join === 'or' && parts.length > 1 ? [] : parts.flatMap((one) => one.proves)
  const liquid = parts.map((one) => one.liquid).join(` ${clauses.join} `)
  const needs = parts.flatMap((one) => one.needs)
  return { turned: { liquid, proves, needs, values: parts.flatMap((one) => one.values) } }
}

interface Clauses {
  join: 'and' | 'or'
  parts: { of: Expression; isNot: boolean }[]
}

/** Negation is carried down to the clauses. */
function clausesOf(expression: Expression, isNot: boolean): Clauses | null {
  if (expression.kind === 'not') return clausesOf(expression.of, !isNot)
  if (expression.kind !== 'both' && expression.kind !== 'either')
    return { join: 'and', parts: [{ of: expression, isNot }] }
  const join = (expression.kind === 'both') === isNot ? 'or' : 'and'
  const sides = [clausesOf(expression.left, isNot), clausesOf(expression.right, isNot)]
  const fit = sides.every((side) => side && (side.parts.length === 1 || side.join === join))
  return fit ? { join, parts: sides.flatMap((side) => side?.parts ?? []) } : null
}

const opposites: Record<Comparison, Comparison> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
}

/** `asked`: it says whether they are there. */
type Clause = Condition & { asked?: GovioColumn[] }

function toClause(of: Expression, isNot: boolean, columns: GovioColumns): Turned<Clause> {
  if (of.kind === 'exists') return existence(of.of, isNot, columns)
  if (of.kind === 'builtin' && ['has_content', 'exists'].includes(of.name))
    return existence(of.of, isNot, columns)
  if (of.kind !== 'compare') return { because: 'this condition has no equal' }
  const operator = isNot ? opposites[of.operator] : of.operator
  return comparison(of.left, operator, of.right, columns)
}

function existence(of: Expression, isNot: boolean, columns: GovioColumns): Turned<Clause> {
  const inner = of.kind === 'default' ? of.of : of
  const value = inner.kind === 'name' ? findValue(inner.name, columns) : null
  if (value === null) return { because: 'it asks about something that is no placeholder' }
  const liquid = `${value.column.field} ${isNot ? '==' : '!='} nil`
  const asked = [value.column]
  return { turned: { liquid, proves: isNot ? [] : asked, asked, needs: [], values: [] } }
}

function comparison(
  left: Expression,
  operator: Comparison,
  right: Expression,
  columns: GovioColumns,
): Turned<Clause> {
  const bare = left.kind === 'default' && isEmptyDefault(left) ? left.of : left
  const isNumber = bare.kind === 'builtin' && bare.name === 'number' && bare.args.length === 0
  const named = isNumber ? bare.of : bare
  const value = named.kind === 'name' ? findValue(named.name, columns) : null
  const part = value?.parts[0]
  const isBare = typeof part === 'object' && part.filters.length === 0
  if (value === null) return { because: 'it compares something that is no placeholder' }
  const { column } = value
  const { field, kind } = column
  // Without a default GovIO refuses a row in which it is missing.
  const needs = bare === left ? [column] : []
  const proves = operator === '!=' ? [] : needs
  if (isNumber && right.kind === 'integer' && ['amount', 'number'].includes(kind))
    return { turned: { liquid: `${field} ${operator} ${right.value}`, proves, needs, values: [] } }
  const isEquality = operator === '==' || operator === '!='
  if (right.kind !== 'text' || !isEquality)
    return { because: 'this comparison has no equal', column }
  if (kind === 'boolean' && ['true', 'false'].includes(right.value))
    return { turned: { liquid: `${field} ${operator} ${right.value}`, proves, needs, values: [] } }
  if (!value.isText || !isBare || !isPlain(right.value))
    return { because: 'this comparison has no equal', column }
  const liquid =
    right.value === '' ? `${field} ${operator} nil` : `${field} ${operator} "${right.value}"`
  const isProof = right.value === '' ? operator === '!=' : proves.length > 0
  return {
    turned: {
      ...{ liquid, needs, proves: isProof ? [column] : [] },
      values: [{ field, value: right.value }],
    },
  }
}

function isEmptyDefault({ by }: Extract<Expression, { kind: 'default' }>): boolean {
  return by === null || (by.kind === 'text' && by.value === '')
}
