// FreeMarker's expressions, as far as they can be turned: names, texts, whole numbers, builtins,
// defaults, questions whether a value is there, comparisons and their logic. Invariant: what is not
// understood is null, never guessed.

export type Expression =
  | { kind: 'name'; name: string }
  | { kind: 'text'; value: string }
  | { kind: 'integer'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'builtin'; of: Expression; name: string; args: Expression[] }
  | { kind: 'default'; of: Expression; by: Expression | null }
  | { kind: 'exists'; of: Expression }
  | { kind: 'not'; of: Expression }
  | { kind: 'both' | 'either'; left: Expression; right: Expression }
  | { kind: 'compare'; operator: Comparison; left: Expression; right: Expression }

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Brackets inside brackets. */
const MAXIMUM_DEPTH = 20

const token =
  /\s*(?:("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(\d+(?:\.\d+)?)|([\p{L}_$@][\p{L}\p{N}_$@]*)|(\?\?|&&|\|\||==|!=|<=|>=|[?!().,=<>\\&|]))/uy

interface Reader {
  tokens: string[]
  at: number
  depth: number
}

/** An expression of the template; null where it has something that has no equal here. */
export function readExpression(source: string): Expression | null {
  const tokens = tokensOf(source)
  if (tokens === null) return null
  const reader = { tokens, at: 0, depth: 0 }
  try {
    const found = readEither(reader)
    return reader.at === tokens.length ? found : null
  } catch (error) {
    if (error instanceof Unknown) return null
    throw error
  }
}

class Unknown extends Error {}

function tokensOf(source: string): string[] | null {
  const tokens: string[] = []
  token.lastIndex = 0
  while (source.slice(token.lastIndex).trim() !== '') {
    const match = token.exec(source)
    if (match === null) return null
    tokens.push(match[0].trim())
  }
  return tokens
}

function take(reader: Reader, ...wanted: string[]): string | null {
  const next = reader.tokens[reader.at]
  if (next === undefined || !wanted.includes(next)) return null
  reader.at++
  return next
}

function readEither(reader: Reader): Expression {
  let left = readBoth(reader)
  while (take(reader, '||', 'or')) left = { kind: 'either', left, right: readBoth(reader) }
  return left
}

function readBoth(reader: Reader): Expression {
  let left = readComparison(reader)
  while (take(reader, '&&', 'and')) left = { kind: 'both', left, right: readComparison(reader) }
  return left
}

const comparisons: Record<string, Comparison> = {
  '==': '==',
  '=': '==',
  '!=': '!=',
  lt: '<',
  '<': '<',
  lte: '<=',
  '<=': '<=',
  gt: '>',
  '>': '>',
  gte: '>=',
  '>=': '>=',
}

function readComparison(reader: Reader): Expression {
  const left = readNot(reader)
  const found = take(reader, ...Object.keys(comparisons))
  if (found === null) return left
  return { kind: 'compare', operator: comparisons[found]!, left, right: readNot(reader) }
}

function readNot(reader: Reader): Expression {
  let count = 0
  while (take(reader, '!')) count++
  const of = readSuffixes(reader)
  return count % 2 === 1 ? { kind: 'not', of } : of
}

function readSuffixes(reader: Reader): Expression {
  let of = readPrimary(reader)
  for (;;) {
    if (take(reader, '??')) of = { kind: 'exists', of }
    else if (take(reader, '?')) of = readBuiltin(reader, of)
    else if (take(reader, '!')) {
      const next = reader.tokens[reader.at] ?? ''
      const isValue = /^["'\d(\p{L}_]/u.test(next) && !/^(?:or|and|lt|lte|gt|gte)$/.test(next)
      of = { kind: 'default', of, by: isValue ? readPrimary(reader) : null }
    } else if (of.kind === 'name' && take(reader, '.')) {
      of = { kind: 'name', name: `${of.name}.${readName(reader)}` }
    } else return of
  }
}

function readBuiltin(reader: Reader, of: Expression): Expression {
  const name = readName(reader)
  const args: Expression[] = []
  if (take(reader, '(')) {
    if (!take(reader, ')')) {
      do args.push(deeper(reader, readEither))
      while (take(reader, ','))
      if (!take(reader, ')')) throw new Unknown()
    }
  }
  return { kind: 'builtin', of, name, args }
}

function readPrimary(reader: Reader): Expression {
  if (take(reader, '(')) {
    const inner = deeper(reader, readEither)
    if (!take(reader, ')')) throw new Unknown()
    return inner
  }
  const next = reader.tokens[reader.at] ?? ''
  if (/^["']/.test(next)) {
    reader.at++
    return { kind: 'text', value: unquoted(next) }
  }
  if (/^\d/.test(next)) {
    reader.at++
    if (!Number.isSafeInteger(Number(next)) || next.includes('.')) throw new Unknown()
    return { kind: 'integer', value: Number(next) }
  }
  const name = readName(reader)
  return name === 'true' || name === 'false'
    ? { kind: 'boolean', value: name === 'true' }
    : { kind: 'name', name }
}

function readName(reader: Reader): string {
  const next = reader.tokens[reader.at] ?? ''
  if (!/^[\p{L}_$@]/u.test(next)) throw new Unknown()
  reader.at++
  return next
}

function deeper(reader: Reader, read: (reader: Reader) => Expression): Expression {
  if (++reader.depth > MAXIMUM_DEPTH) throw new Unknown()
  const found = read(reader)
  reader.depth--
  return found
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', l: '<', g: '>', a: '&' }

/** A text that has a value in it (`"${x}"`) is no constant, and is not understood. */
function unquoted(literal: string): string {
  const inner = literal.slice(1, -1)
  if (/\$\{|#\{/.test(inner)) throw new Unknown()
  return inner.replace(/\\(.)/gs, (_, mark: string) => escapes[mark] ?? mark)
}
