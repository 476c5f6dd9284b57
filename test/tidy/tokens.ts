// A tokeniser for TypeScript source, as much of one as the house rules need.
// TypeScript 7 has no JavaScript API, so strings, templates, regular expressions and comments
// are told apart here. Invariant: the texts of the tokens and the white space between them,
// joined, are the source; an unfinished token reaches to the end of the file.

export type TokenKind =
  | 'comment'
  | 'word'
  | 'number'
  | 'string'
  /** The literal pieces of a template; the code inside `${…}` is tokens of its own. */
  | 'template'
  | 'regex'
  /** One character, except `=>`, `...`, `?.` and `**`. */
  | 'mark'

export interface Token {
  kind: TokenKind
  text: string
  /** 0-based offset in the source. */
  start: number
  /** 1-based line of the first character. */
  line: number
  /** 1-based line of the last character. */
  endLine: number
}

const patterns: [TokenKind, RegExp][] = [
  ['comment', /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|^#![^\n]*/y],
  ['word', /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy],
  ['number', /\.?\d(?:[eE][+-]\d|[\w.])*/y],
  ['string', /'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y],
]
const templatePiece = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y
const regexLiteral = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const mark = /=>|\.\.\.|\?\.(?!\d)|\*\*|[\s\S]/y
const whiteSpace = /\s+/y

/** After these words a `/` begins a regular expression; after any other word it divides. */
const operatorWords = new Set(
  'return typeof case in of do else instanceof new void delete throw yield await'.split(' '),
)

/** The tokens of a source, in order, comments included. Never throws. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  /** For each open template, how many braces are open inside its `${`. */
  const templates: number[] = []
  let last: Token | undefined
  let line = 1
  let at = 0
  while (at < source.length) {
    const space = matchAt(whiteSpace, source, at)
    if (space !== '') {
      line += lineBreaks(space)
      at += space.length
      continue
    }
    const [kind, text] = nextToken(source, at, last, templates)
    const endLine = line + lineBreaks(text)
    const token = { kind, text, start: at, line, endLine }
    tokens.push(token)
    if (kind !== 'comment') last = token
    line = endLine
    at += text.length
  }
  return tokens
}

/** The value of a string token, or of a template without `${…}`; null for any other token. */
export function stringValue(token: Token | undefined): string | null {
  if (token === undefined) return null
  if (token.kind === 'string' || /^`[\s\S]*`$/.test(token.text)) return token.text.slice(1, -1)
  return null
}

function nextToken(
  source: string,
  at: number,
  last: Token | undefined,
  templates: number[],
): [TokenKind, string] {
  for (const [kind, pattern] of patterns) {
    const text = matchAt(pattern, source, at)
    if (text !== '') return [kind, text]
  }
  const character = source[at]
  const open = templates.at(-1)
  if (character === '`') return templateFrom(source, at, templates)
  if (character === '}' && open === 0) {
    templates.pop()
    return templateFrom(source, at, templates)
  }
  if (open !== undefined && character === '{') templates[templates.length - 1] = open + 1
  if (open !== undefined && character === '}') templates[templates.length - 1] = open - 1
  if (character === '/' && regexMayFollow(last)) {
    const text = matchAt(regexLiteral, source, at)
    if (text !== '') return ['regex', text]
  }
  return ['mark', matchAt(mark, source, at)]
}

/** A piece of a template: from a backquote or a closing brace to the next `${` or the end. */
function templateFrom(source: string, at: number, templates: number[]): [TokenKind, string] {
  const text = source[at] + matchAt(templatePiece, source, at + 1)
  if (text.endsWith('${')) templates.push(0)
  return ['template', text]
}

function regexMayFollow(last: Token | undefined): boolean {
  if (last === undefined) return true
  if (last.kind === 'word') return operatorWords.has(last.text)
  if (last.kind === 'template') return last.text.endsWith('${')
  return last.kind === 'mark' && ![')', ']', '}'].includes(last.text)
}

function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? ''
}

function lineBreaks(text: string): number {
  return text.split('\n').length - 1
}
