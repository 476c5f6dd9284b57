// Text templates: Liquid, closed. Outputs, if/elsif/else, unless, case/when and comments; nothing
// else. liquidjs tells the tokens apart; the tree is compiled to closures, about ten times faster
// than its own renderer. Invariants: what compiles renders any record; a value never becomes
// structure.
import { type TagToken, Tokenizer, type TopLevelToken, TypeGuards } from 'liquidjs'
import { nearest } from '../../domain/nearest.ts'
import type { Faults, YamlPath } from '../fault.ts'
import { type Condition, compileCondition, compileEquality } from './condition.ts'
import { markdownText, plainText } from './escape.ts'
import { compileOperand, compileOutput, TemplateError } from './expression.ts'
import { checkMarkdownStart, createPlaces, type Places } from './placement.ts'
import type { Fields, Scope } from './scope.ts'

type OutputToken = ReturnType<Tokenizer['readOutputToken']>

export type TextKind = 'markdown' | 'subject'

export interface TextTemplate {
  render(fields: Fields): string
  /** The paths that it reads, each once. */
  uses: string[]
  /** The text itself when it depends on no record; null otherwise. */
  constant: string | null
  /** Which of its branches a record takes, as the template words them; empty: it has none. */
  branch(fields: Fields): string
}

export interface TextFault {
  message: string
  hint: string
  /** 1-based, inside the template. */
  line: number
  column: number
}

/** Compiles a template; the first thing wrong with it is the fault. */
export function compileText(
  source: string,
  kind: TextKind,
  scope: Scope,
): { template: TextTemplate; fault: null } | { template: null; fault: TextFault } {
  try {
    return { template: compileOrThrow(source.trimEnd(), kind, scope), fault: null }
  } catch (error) {
    return { template: null, fault: faultOf(error) }
  }
}

/** Compiles a bare condition, as `skip.when` has it. */
export function compileTest(source: string, scope: Scope) {
  try {
    const tokenizer = new Tokenizer(source)
    const [start] = new Tokenizer(source).readTopLevelTokens()
    if (start === undefined) throw new Error('an empty condition')
    return { condition: compileCondition(tokenizer, start, scope), fault: null }
  } catch (error) {
    return { condition: null, fault: faultOf(error) }
  }
}

/** The same of a key of a mapping: what is wrong goes to `faults`, and then there is none. */
export function findTest(
  source: string,
  scope: Scope,
  at: YamlPath,
  faults: Faults,
): Condition | null {
  const { condition, fault } = compileTest(source, scope)
  if (fault === null) return condition
  faults.list.push({ code: 'CFG_TEMPLATE', path: [...at], ...fault })
  return null
}

type Part = string | ((fields: Fields) => string)

/** One template being compiled: its tokens, how far we are, and what was found on the way. */
interface Work {
  tokens: TopLevelToken[]
  at: number
  depth: number
  scope: Scope
  uses: Set<string>
  places: Places | null
  /** The choices of the block that is being compiled. */
  choices: Choice[]
  inert(value: string): string
}

/** Blocks inside blocks. */
const MAXIMUM_DEPTH = 8

function compileOrThrow(source: string, kind: TextKind, scope: Scope): TextTemplate {
  const work: Work = {
    tokens: new Tokenizer(source).readTopLevelTokens(),
    at: 0,
    depth: 0,
    scope,
    uses: new Set(),
    places: kind === 'markdown' ? createPlaces(source) : null,
    choices: [],
    inert: kind === 'markdown' ? markdownText : plainText,
  }
  if (kind === 'markdown') checkMarkdownStart(source, work.tokens)
  const body = toRender(compileUntil(work, []))
  const finish = kind === 'subject' ? plainText : (text: string) => text
  const uses = [...work.uses]
  if (work.tokens.every(TypeGuards.isHTMLToken)) {
    const text = finish(body({}))
    return { render: () => text, uses, constant: text, branch: () => '' }
  }
  const { choices } = work
  const branch = (fields: Fields) => branchOf(choices, fields)
  return { render: (fields) => finish(body(fields)), uses, constant: null, branch }
}

/** Parts up to one of these tags, which is left for the caller; up to the end with no tags. */
function compileUntil(work: Work, ends: string[]): Part[] {
  const parts: Part[] = []
  while (work.at < work.tokens.length) {
    const token = work.tokens[work.at]!
    if (TypeGuards.isTagToken(token)) {
      if (ends.includes(token.name)) return parts
      work.at++
      parts.push(...compileTag(work, token))
      continue
    }
    work.at++
    if (TypeGuards.isOutputToken(token)) parts.push(compileOutputTag(work, token))
    else if (TypeGuards.isHTMLToken(token)) {
      work.places?.passText(token.getContent())
      parts.push(token.getContent())
    }
  }
  if (ends.length === 0) return parts
  const last = work.tokens.at(-1)!
  throw new TemplateError(`${ends.at(-1)} is missing`, 'close the block', last)
}

function compileOutputTag(work: Work, token: OutputToken): Part {
  const tokenizer = new Tokenizer(token.input, undefined, undefined, token.contentRange)
  const output = compileOutput(tokenizer, token, work.scope)
  work.places?.passOutput(token, output.lastFilter)
  for (const path of output.uses) work.uses.add(path)
  const { inert } = work
  return (fields) => inert(output.text(fields))
}

const tags: Record<string, (work: Work, token: TagToken) => Part[]> = {
  if: (work, token) => compileBranches(work, token, 'endif'),
  unless: (work, token) => compileBranches(work, token, 'endunless'),
  case: compileCase,
  comment: skipComment,
  '#': () => [],
}

function compileTag(work: Work, token: TagToken): Part[] {
  const compile = Object.hasOwn(tags, token.name) ? tags[token.name] : undefined
  if (compile === undefined) {
    const near = nearest(token.name, Object.keys(tags))
    const hint = near ? `did you mean ${near}?` : 'texts know if, unless, case and comment'
    throw new TemplateError(`the tag ${token.name} cannot be used here`, hint, token)
  }
  work.places?.passTag(token)
  work.depth++
  if (work.depth > MAXIMUM_DEPTH) {
    throw new TemplateError(`blocks more than ${MAXIMUM_DEPTH} deep`, 'simplify the text', token)
  }
  const parts = compile(work, token)
  work.depth--
  return parts
}

interface Branch {
  test(fields: Fields): boolean
  render(fields: Fields): string
  /** As the template words it. */
  name: string
  /** Those within it. */
  choices: Choice[]
}

/** The branches of one block, of which a record takes the first whose test holds, or none. */
type Choice = readonly Branch[]

/** `if` and `unless`: the first branch whose condition holds. */
function compileBranches(work: Work, opening: TagToken, end: string): Part[] {
  const branches: Branch[] = []
  let token = opening
  while (token.name !== end) {
    let test = (_: Fields) => true
    if (token.name !== 'else') {
      const condition = compileCondition(token.tokenizer, token, work.scope)
      for (const path of condition.uses) work.uses.add(path)
      test = token.name === 'unless' ? (fields) => !condition.test(fields) : condition.test
    }
    const ends = token.name === 'else' ? [end] : ['elsif', 'else', end]
    branches.push({ test, name: nameOf(token), ...compileInside(work, ends) })
    token = work.tokens[work.at++] as TagToken
  }
  return [chosenOf(work, branches)]
}

/** The body of a branch, with the choices that stand in it. */
function compileInside(work: Work, ends: string[]): Pick<Branch, 'render' | 'choices'> {
  const outside = work.choices
  work.choices = []
  const render = toRender(compileUntil(work, ends))
  const { choices } = work
  work.choices = outside
  return { render, choices }
}

/** `if importo > 0` → `importo > 0`; the others keep the name of their tag. */
function nameOf({ name, args }: TagToken): string {
  const condition = args.replace(/\s+/g, ' ').trim()
  return name === 'if' || name === 'elsif' ? condition : `${name} ${condition}`.trim()
}

/** `case` and `when`: the first branch that has the value. */
function compileCase(work: Work, opening: TagToken): Part[] {
  const subject = compileOperand(opening.tokenizer.readValueOrThrow(), work.scope)
  for (const path of subject.uses) work.uses.add(path)
  const before = compileUntil(work, ['when', 'endcase'])
  if (before.some((part) => typeof part !== 'string' || part.trim() !== '')) {
    throw new TemplateError('text between case and when', 'move it out of the block', opening)
  }
  const branches: Branch[] = []
  let token = work.tokens[work.at++] as TagToken
  while (token.name !== 'endcase') {
    const tests = token.name === 'else' ? [() => true] : whenTests(work, token, subject)
    const ends = token.name === 'else' ? ['endcase'] : ['when', 'else', 'endcase']
    const test = (fields: Fields) => tests.some((one) => one(fields))
    branches.push({ test, name: nameOf(token), ...compileInside(work, ends) })
    token = work.tokens[work.at++] as TagToken
  }
  return [chosenOf(work, branches)]
}

/** `when 'a', 'b'` or `when 'a' or 'b'`. */
function whenTests(work: Work, token: TagToken, subject: ReturnType<typeof compileOperand>) {
  const tests: ((fields: Fields) => boolean)[] = []
  const { tokenizer } = token
  do {
    const value = compileOperand(tokenizer.readValueOrThrow(), work.scope)
    for (const path of value.uses) work.uses.add(path)
    tests.push(compileEquality(subject, value, token))
    tokenizer.skipBlank()
    if (tokenizer.peek() === ',') tokenizer.advance()
    else if (!tokenizer.end() && tokenizer.readIdentifier().getText() !== 'or') {
      throw new TemplateError('values of when', 'separate them with commas', token)
    }
    tokenizer.skipBlank()
  } while (!tokenizer.end())
  return tests
}

function skipComment(work: Work, opening: TagToken): Part[] {
  while (work.at < work.tokens.length) {
    const token = work.tokens[work.at++]!
    if (TypeGuards.isTagToken(token) && token.name === 'endcomment') return []
  }
  throw new TemplateError('endcomment is missing', 'close the comment', opening)
}

function chosenOf(work: Work, branches: Branch[]): Part {
  work.choices.push(branches)
  return (fields) => {
    for (const branch of branches) if (branch.test(fields)) return branch.render(fields)
    return ''
  }
}

function branchOf(choices: readonly Choice[], fields: Fields): string {
  const taken = choices.flatMap((branches) => {
    const branch = branches.find((one) => one.test(fields))
    if (branch === undefined) return [`not ${branches[0]?.name ?? ''}`]
    const within = branchOf(branch.choices, fields)
    return [within === '' ? branch.name : `${branch.name}: ${within}`]
  })
  return taken.join(', ')
}

function toRender(parts: Part[]): (fields: Fields) => string {
  return (fields) => {
    let text = ''
    for (const part of parts) text += typeof part === 'string' ? part : part(fields)
    return text
  }
}

/** liquidjs ends its messages with the place, and hangs the token on the error. */
function faultOf(error: unknown): TextFault {
  if (error instanceof TemplateError) {
    return { message: error.message, hint: error.hint, line: error.line, column: error.column }
  }
  if (!(error instanceof Error)) throw error
  const token = 'token' in error ? (error.token as TopLevelToken) : null
  const [line = 1, column = 1] = token?.getPosition() ?? []
  const message = error.message.replace(/, line:\d+, col:\d+$/, '')
  return { message, hint: 'correct the Liquid syntax', line, column }
}
