// The rules of one template, each taken away: conditions that always hold or never do, branches of
// `case` that are not there, outputs that show nothing. Works on the source of the template.
import { type TagToken, Tokenizer, type TopLevelToken, TypeGuards } from 'liquidjs'
import type { Scope } from '../text/scope.ts'
import { conditionWords } from '../watch/condition-words.ts'

export interface TextMutant {
  /** 1-based, inside the template. */
  line: number
  column: number
  what: string
  protect: string
  source: string
}

/** All of them, in the order of the source. The template must be one that compiles. */
export function textMutants(source: string, scope: Scope): TextMutant[] {
  const tokens = liveTokens(source)
  return tokens.flatMap((token, index) => {
    if (TypeGuards.isTagToken(token)) {
      if (conditions.has(token.name)) return turnedOver(source, token, scope)
      return token.name === 'when' ? [withoutBranch(source, tokens, index)] : []
    }
    return TypeGuards.isOutputToken(token) ? [withoutOutput(source, token)] : []
  })
}

const conditions = new Set(['if', 'elsif', 'unless'])

/** Those outside of comments. */
function liveTokens(source: string): TopLevelToken[] {
  let isComment = false
  return new Tokenizer(source).readTopLevelTokens().filter((token) => {
    const tag = tagOf(token)
    if (tag === 'comment') isComment = true
    const isLive = !isComment
    if (tag === 'endcomment') isComment = false
    return isLive
  })
}

function tagOf(token: TopLevelToken): string {
  return TypeGuards.isTagToken(token) ? token.name : ''
}

function withoutOutput(source: string, token: TopLevelToken): TextMutant {
  const words = token.getText().replace(/\s+/g, ' ')
  return {
    ...placeOf(token),
    what: `${words} shows nothing`,
    protect: `that expects a piece of the text with ${words} in it`,
    source: source.slice(0, token.begin) + source.slice(token.end),
  }
}

function turnedOver(source: string, token: TagToken, scope: Scope): TextMutant[] {
  const condition = token.args.replace(/\s+/g, ' ').trim()
  const tag = `${token.name} ${condition}`
  return [true, false].map((holds) => {
    const opening = /^\{%-?/.exec(token.getText())?.[0] ?? '{%'
    const closing = /-?%\}$/.exec(token.getText())?.[0] ?? '%}'
    const written = `${opening} ${token.name} ${holds} ${closing}`
    const words = conditionWords(condition, !holds, scope)
    const isShown = (token.name === 'unless') === holds
    const shows = isShown ? 'expects a piece of that branch' : 'expects its text whole'
    return {
      ...placeOf(token),
      what: `${tag} ${holds ? 'always' : 'never'} holds`,
      protect: `in which ${words}, and that ${shows}`,
      source: source.slice(0, token.begin) + written + source.slice(token.end),
    }
  })
}

/** Up to the next branch of the same block. */
function withoutBranch(source: string, tokens: readonly TopLevelToken[], at: number): TextMutant {
  const token = tokens[at] as TagToken
  let depth = 0
  let end = source.length
  for (const later of tokens.slice(at + 1)) {
    if (!TypeGuards.isTagToken(later)) continue
    if (depth === 0 && ['when', 'else', 'endcase'].includes(later.name)) {
      end = later.begin
      break
    }
    if (['if', 'unless', 'case'].includes(later.name)) depth += 1
    else if (later.name.startsWith('end')) depth -= 1
  }
  const words = `when ${token.args.trim()}`
  return {
    ...placeOf(token),
    what: `${words} is not there`,
    protect: `that takes \`${words}\` and expects a piece of it`,
    source: source.slice(0, token.begin) + source.slice(end),
  }
}

function placeOf(token: TopLevelToken): { line: number; column: number } {
  const [line = 1, column = 1] = token.getPosition()
  return { line, column }
}
