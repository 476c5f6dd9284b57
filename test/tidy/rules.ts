// The house rules that concern one file at a time, each a function over its path and source.
// A rule's name is the sentence that must be true; its remedy is what a failure tells the reader.
// Rules about the tree as a whole are in `tree.ts`.
import { exportedFunctions, functionsOf, ownLines } from './functions.ts'
import { computedImportsIn, importsOf, isAllowed, targetOf, zoneOf } from './imports.ts'
import { type Token, tokensOf } from './tokens.ts'

export interface SourceFile {
  /** Relative to the root of the project, with `/`. */
  path: string
  source: string
  tokens: Token[]
}

export interface Offence {
  path: string
  line: number
  what: string
}

export interface Rule {
  name: string
  remedy: string
  applies(path: string): boolean
  find(file: SourceFile): { line: number; what: string }[]
}

const fileLines = 400
const testFileLines = 600
const functionLines = 70
const columns = 100

/** A file as the rules take it. */
export function sourceFile(path: string, source: string): SourceFile {
  return { path, source, tokens: tokensOf(source) }
}

const isTest = (path: string) => zoneOf(path) === 'test'
const isPure = (path: string) => ['domain', 'mapping'].includes(zoneOf(path) ?? '')
const isSource = (path: string) => path.startsWith('src/') && !isTest(path)

export const rules: Rule[] = [
  {
    name: 'a module imports only what the table allows its zone',
    remedy:
      'The table is `mayImport` in test/tidy/imports.ts. Declare the port you need in your own ' +
      'file, as an interface, and let src/app.ts wire it; or move the rule into src/domain.',
    applies: () => true,
    find: ({ path, tokens }) =>
      importsOf(tokens).flatMap(({ specifier, typeOnly, line }) => {
        const target = specifier === null ? null : targetOf(path, specifier)
        const to = target === null ? null : zoneOf(target)
        if (to === null || isAllowed(zoneOf(path) ?? '', to, typeOnly)) return []
        const how = typeOnly ? 'imports a type of' : 'imports'
        return [{ line, what: `${zoneOf(path)} ${how} ${target}` }]
      }),
  },
  {
    name: 'only a registry loads a module by a path made at run time',
    remedy: `Import by a literal path, or go through one of: ${computedImportsIn.join(', ')}.`,
    applies: (path) => !isTest(path) && !computedImportsIn.includes(path),
    find: ({ tokens }) =>
      importsOf(tokens)
        .filter(({ specifier }) => specifier === null)
        .map(({ line }) => ({ line, what: 'import(…) of a path made at run time' })),
  },
  {
    name: 'domain and mapping are pure',
    remedy:
      'Take what you need as a parameter (`now`, a random value, bytes); let an edge fetch it.',
    applies: isPure,
    find: ({ tokens }) => impurities(tokens),
  },
  {
    name: 'a file is short enough to be read at once',
    remedy: `At most ${fileLines} lines, ${testFileLines} for a test: look for the missing idea.`,
    applies: () => true,
    find: ({ path, source }) => {
      const lines = source.trimEnd().split('\n').length
      const bound = isTest(path) ? testFileLines : fileLines
      return lines > bound ? [{ line: bound + 1, what: `${lines} lines` }] : []
    },
  },
  {
    name: 'a function is short enough to be seen at once',
    remedy:
      `At most ${functionLines} lines of its own: give a name to one of its steps. ` +
      'A named function inside another is counted for itself.',
    applies: () => true,
    find: ({ path, tokens }) =>
      functionsOf(tokens)
        .map((span, _, all) => ({ ...span, lines: ownLines(span, all) }))
        .filter(({ lines }) => lines > functionLines)
        // A `describe` is a chapter, not a step.
        .filter(({ name }) => !(isTest(path) && name === 'describe'))
        .map(({ name, line, lines }) => ({ line, what: `${name} has ${lines} lines` })),
  },
  {
    name: 'a line fits the page',
    remedy: `At most ${columns} columns; URLs, imports and long literals are excused.`,
    applies: () => true,
    find: ({ source, tokens }) => longLines(source, tokens),
  },
  {
    name: 'a module begins with its header',
    remedy:
      'Begin with a comment of 2 to 6 lines: what it is, where it stands, what it keeps true.',
    applies: (path) => !isTest(path),
    find: ({ source, tokens }) => {
      const lines = headerLines(source, tokens)
      if (lines >= 2 && lines <= 6) return []
      return [{ line: 1, what: lines === 0 ? 'no header' : `a header of ${lines} lines` }]
    },
  },
  {
    name: 'nothing is left to do in a comment',
    remedy: 'Do it, or say in the documents what does not exist yet.',
    applies: () => true,
    find: ({ tokens }) =>
      tokens
        .filter(({ kind, text }) => kind === 'comment' && /\b(?:TODO|FIXME)\b/.test(text))
        .map(({ line, text }) => ({ line, what: text.slice(0, 60) })),
  },
  {
    name: 'every test runs',
    remedy: 'Take `.only` or `.skip` away; where a test cannot run, say why: `test.skip(reason)`.',
    applies: isTest,
    find: ({ tokens }) => skippedTests(tokens),
  },
  {
    name: 'only commands print',
    remedy: 'Log through src/log.ts (values in fields), or return the text to the command.',
    applies: (path) => isSource(path) && zoneOf(path) !== 'cli' && path !== 'src/main.ts',
    find: ({ tokens }) =>
      sequences(tokens, /^console \. (?:log|info|warn|error|debug|trace|table|dir)$/, 3),
  },
  {
    name: 'no type is waved through',
    remedy: 'Narrow the value, or parse it with zod at the edge where it comes in.',
    applies: () => true,
    find: ({ tokens }) => [
      ...sequences(tokens, /^as any$/, 2),
      ...tokens
        .filter(({ kind, text }) => kind === 'comment' && /@ts-(?:ignore|nocheck)/.test(text))
        .map(({ line, text }) => ({ line, what: text })),
    ],
  },
  {
    name: 'a public function says what it does',
    remedy: 'Put a /** … */ before it: shapes, units, errors, and the source of the rule.',
    applies: (path) => isPure(path) || zoneOf(path) === 'pipeline' || path === 'src/connector.ts',
    find: ({ tokens }) =>
      exportedFunctions(tokens)
        .filter(({ documented }) => !documented)
        .map(({ name, line }) => ({ line, what: name })),
  },
]

/** What makes a module depend on when, where or how often it runs. */
function impurities(tokens: Token[]): { line: number; what: string }[] {
  const nodeImports = importsOf(tokens)
    .filter(({ specifier }) => specifier?.startsWith('node:'))
    .map(({ specifier, line }) => ({ line, what: `imports ${specifier}` }))
  return [
    ...nodeImports,
    ...sequences(tokens, /^(?:async|await) [^:]*$/, 2),
    ...sequences(tokens, /^(?:process|crypto|performance) \.$/, 2),
    ...sequences(tokens, /^(?:setTimeout|setInterval|setImmediate|fetch) \($/, 2),
    ...sequences(tokens, /^(?:Date \. now|Temporal \. Now|Math \. random)$/, 3),
    ...sequences(tokens, /^new Date \( \)$/, 4),
    ...sequences(tokens, /^new Date [^(]/, 3),
  ]
}

/** Places where so many tokens in a row, joined by blanks, match; not where they are properties. */
function sequences(tokens: Token[], pattern: RegExp, length: number) {
  const code = tokens.filter(({ kind }) => kind !== 'comment')
  const found: { line: number; what: string }[] = []
  for (const [index, { kind, line }] of code.entries()) {
    const before = code[index - 1]?.text
    if (kind !== 'word' || before === '.' || before === '?.') continue
    const run = code.slice(index, index + length).map(({ text }) => text)
    const [what] = pattern.exec(run.join(' ')) ?? []
    if (what !== undefined) found.push({ line, what })
  }
  return found
}

function skippedTests(tokens: Token[]) {
  return [
    ...sequences(tokens, /^(?:x|f)(?:it|test|describe) \($/, 2),
    ...sequences(tokens, /^(?:it|test|describe) \. (?:only|todo|fails)$/, 3),
    // `test.skip('a reason')` inside a test is said by the run; it skips no test of its own.
    ...sequences(tokens, /^(?:it|test|describe) \. skip\b(?! \( .* \)$)/, 6),
    ...sequences(tokens, /^(?:it|test|describe) \. \w+ \. (?:only|skip|todo|fails)$/, 5),
  ]
}

/** Lines past the last column, unless what crosses it cannot be broken. */
function longLines(source: string, tokens: Token[]) {
  const imports = new Set(importsOf(tokens).map(({ line }) => line))
  const found: { line: number; what: string }[] = []
  let start = 0
  for (const [index, line] of source.split('\n').entries()) {
    const length = [...line].length
    const isExcused = line.includes('://') || imports.has(index + 1)
    if (length > columns && !isExcused && !isInLiteral(tokens, start + columns)) {
      found.push({ line: index + 1, what: `${length} columns` })
    }
    start += line.length + 1
  }
  return found
}

/** Whether the character there belongs to a string, a template's text or a regular expression. */
function isInLiteral(tokens: Token[], at: number): boolean {
  const token = tokens.find(({ start, text }) => start <= at && at < start + text.length)
  return ['string', 'template', 'regex'].includes(token?.kind ?? '')
}

/** The lines of the comment at the top of a file; 0 when it begins with something else. */
function headerLines(source: string, tokens: Token[]): number {
  const first = tokens.find(({ text }) => !text.startsWith('#!'))
  if (first?.kind !== 'comment') return 0
  if (first.text.startsWith('/*')) return first.endLine - first.line + 1
  const lines = source.split('\n').slice(first.line - 1)
  const end = lines.findIndex((line) => !line.startsWith('//'))
  return end === -1 ? lines.length : end
}
