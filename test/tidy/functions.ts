// Where functions begin and end, and which of them a module exports, from its tokens.
// A body is found by matching braces; a heading by what stands before and after its `(…)`.
// Types are skipped by what stands before their braces, so no grammar of types is needed.
import type { Token } from './tokens.ts'

export interface FunctionSpan {
  /** The function's name, or for a callback without one the function that it is given to. */
  name: string
  isNamed: boolean
  line: number
  endLine: number
}

export interface ExportedFunction {
  name: string
  line: number
  documented: boolean
}

/** A source without its comments, and for each bracket the index of the one that it matches. */
interface Code {
  tokens: Token[]
  mates: Map<number, number>
}

const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}' }
const blockWords = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])

/** A `{` after one of these opens an object type, not a body. */
const beforeType = new Set(': | & => < , ( [ ? extends keyof is readonly asserts infer'.split(' '))

/** A word that begins another statement: the heading before it had no body (an overload). */
const statementWords = new Set(
  'export function const let class interface type import return if for while'.split(' '),
)

/** How many tokens a heading may have; further back nothing is looked for. */
const headingTokens = 60

/** Every function with a body in braces or parentheses, in order of their bodies. */
export function functionsOf(tokens: Token[]): FunctionSpan[] {
  const code = codeOf(tokens)
  const spans: FunctionSpan[] = []
  for (const [index, token] of code.tokens.entries()) {
    const body = bodyOf(code, index)
    if (body === null) continue
    const heading = token.text === '=>' ? parametersBefore(code, index) : index
    const endLine = code.tokens[code.mates.get(body) ?? code.tokens.length - 1]!.endLine
    spans.push({ ...nameBefore(code, heading), line: code.tokens[heading]!.line, endLine })
  }
  return spans
}

/** How many lines a function has of its own: a named function inside it is counted for itself. */
export function ownLines(span: FunctionSpan, all: FunctionSpan[]): number {
  const lines = new Set<number>()
  for (let line = span.line; line <= span.endLine; line += 1) lines.add(line)
  for (const inner of all) {
    const isInside = inner.line > span.line && inner.endLine < span.endLine
    if (!inner.isNamed || !isInside) continue
    for (let line = inner.line; line <= inner.endLine; line += 1) lines.delete(line)
  }
  return lines.size
}

/** The exported functions of a module, and whether a doc comment is just before each. */
export function exportedFunctions(tokens: Token[]): ExportedFunction[] {
  const found = new Map<string, ExportedFunction>()
  for (const [index, token] of tokens.entries()) {
    if (token.text !== 'export' || token.kind !== 'word') continue
    const words = tokens.slice(index + 1, index + 6).map((next) => next.text)
    const heading = /^(?:default )?(?:async )?function (?:\* )?([\w$]+)/.exec(words.join(' '))
    const name = heading?.[1] ?? arrowName(tokens.slice(index + 1))
    // The first of several overloads speaks for all of them.
    if (name === null || found.has(name)) continue
    const documented = tokens[index - 1]?.text.startsWith('/**') ?? false
    found.set(name, { name, line: token.line, documented })
  }
  return [...found.values()]
}

/** `const name = (…) => …` or `= function …`; null for any other constant. */
function arrowName([constant, name, ...rest]: Token[]): string | null {
  if (constant?.text !== 'const' || name === undefined) return null
  const value = rest.slice(rest.findIndex(({ text }) => text === '=') + 1)
  if (value[0]?.text === 'async') value.shift()
  if (value[0]?.text === 'function' || value[1]?.text === '=>') return name.text
  if (value[0]?.text !== '(') return null
  const after = value[(codeOf(value).mates.get(0) ?? 0) + 1]
  return after?.text === '=>' || after?.text === ':' ? name.text : null
}

function codeOf(all: Token[]): Code {
  const tokens = all.filter(({ kind }) => kind !== 'comment')
  const mates = new Map<number, number>()
  const open: number[] = []
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'mark') continue
    if (text in closing) open.push(index)
    if (text !== closing[tokens[open.at(-1) ?? -1]?.text ?? '']) continue
    const start = open.pop()!
    mates.set(start, index).set(index, start)
  }
  return { tokens, mates }
}

/** The index of the bracket that opens the body of the function whose heading is here, or null. */
function bodyOf({ tokens, mates }: Code, index: number): number | null {
  const token = tokens[index]!
  if (token.kind !== 'mark') return null
  const next = tokens[index + 1]?.text
  if (token.text === '=>') return next === '{' || next === '(' ? index + 1 : null
  if (token.text !== '(' || blockWords.has(tokens[index - 1]?.text ?? '')) return null
  const end = mates.get(index)
  if (end === undefined) return null
  if (tokens[end + 1]?.text === '{') return end + 1
  return tokens[end + 1]?.text === ':' ? bodyAfterType({ tokens, mates }, end + 2) : null
}

/** Passes over a return type; null when what follows is no type with a body after it. */
function bodyAfterType({ tokens, mates }: Code, start: number): number | null {
  for (let at = start; at < tokens.length; at += 1) {
    const { kind, text } = tokens[at]!
    if (statementWords.has(text)) return null
    if (text === '{' && !beforeType.has(tokens[at - 1]!.text)) return at
    if (kind === 'mark' && text in closing) at = mates.get(at) ?? tokens.length
    else if (kind === 'mark' && !/^(?:[.|&<>,?:]|=>)$/.test(text)) return null
  }
  return null
}

/** Where the parameters of an arrow function begin; a return type may stand after them. */
function parametersBefore({ tokens, mates }: Code, arrow: number): number {
  for (let at = arrow - 1; at > Math.max(0, arrow - headingTokens); at -= 1) {
    const isEnd = at === arrow - 1 || tokens[at + 1]?.text === ':'
    if (tokens[at]?.text === ')' && isEnd) return mates.get(at) ?? at
    if (tokens[at]?.text === '}') at = mates.get(at) ?? at
  }
  return arrow - 1
}

function nameBefore({ tokens, mates }: Code, heading: number): { name: string; isNamed: boolean } {
  let at = heading - 1
  if (tokens[at]?.text === '>') while (at > 0 && tokens[at]?.text !== '<') at -= 1
  if (['async', 'function', '<', '*'].includes(tokens[at]?.text ?? '')) at -= 1
  const before = tokens[at]
  if (before?.kind === 'word') return { name: before.text, isNamed: true }
  if (before?.text === ':' && tokens[at - 1]?.kind === 'word') {
    return { name: tokens[at - 1]!.text, isNamed: true }
  }
  const isAssigned = before?.text === '='
  for (; at >= Math.max(0, heading - headingTokens); at -= 1) {
    const { kind, text } = tokens[at]!
    if (isAssigned && /^(?:const|let)$/.test(text)) {
      return { name: tokens[at + 1]!.text, isNamed: true }
    }
    if (!isAssigned && kind === 'word' && tokens[at + 1]?.text === '(') {
      return { name: text, isNamed: false }
    }
    // Past a whole argument, and past the name of what it calls.
    if (text === ')' || text === '}' || text === ']') at = (mates.get(at) ?? at) - 1
  }
  return { name: 'a function', isNamed: false }
}
