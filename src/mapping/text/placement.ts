// Where in a Markdown template an output stands, read from the text before it. Values are escaped
// for running text; in other places escaping does not hold, so there a template is refused, or must
// say `url_encode`. Invariant: the host of a link and the buttons come from the template alone,
// never from a record.
import { type TagToken, type Token, type TopLevelToken, TypeGuards } from 'liquidjs'
import { TemplateError } from './expression.ts'

export interface Places {
  passText(text: string): void
  passTag(token: TagToken): void
  /** Throws `TemplateError` when the output may not stand here. */
  passOutput(token: Token, lastFilter: string | null): void
}

const FENCE = '---\n'
/** Stands for an output in the text so far. */
const VALUE = '\u0000'

/** A follower of one template, in the order of its source. */
export function createPlaces(source: string): Places {
  let before = ''
  const isFrontMatter = () => source.startsWith(FENCE) && !/\n---\s*\n/.test(before)

  return {
    passText(text) {
      before += text
    },
    passTag(token) {
      if (!isFrontMatter() || token.name === '#' || token.name === 'comment') return
      const hint = 'write the buttons without conditions'
      throw new TemplateError('a tag inside the front matter', hint, token)
    },
    passOutput(token, lastFilter) {
      const encoded = lastFilter === 'url_encode'
      const fault = isFrontMatter() ? frontMatterFault(encoded) : placeFault(before, encoded)
      if (fault !== null) throw new TemplateError(fault.message, fault.hint, token)
      before += VALUE
    },
  }
}

/**
 * Front matter makes buttons, so it counts only where the template itself begins with it and closes
 * it: one that may appear because what stands before it in the template shows nothing is refused.
 */
export function checkMarkdownStart(source: string, tokens: readonly TopLevelToken[]): void {
  const [first] = tokens
  if (first === undefined) return
  if (source.startsWith('---')) {
    if (source.startsWith(FENCE) && /\n---[ \t]*(\n|$)/.test(source)) return
    const hint = 'begin with `---` alone on the first line, and close with `---` alone on a line'
    throw new TemplateError('front matter that IO would show as text', hint, first)
  }
  if (!mayBeginWithFence(tokens)) return
  const hint = 'front matter must begin the template; a rule needs a text before it'
  throw new TemplateError('`---` after a tag or an output', hint, first)
}

/** Whether `---` may come first of all: outputs may be empty, and blocks may be left out. */
function mayBeginWithFence(tokens: readonly TopLevelToken[]): boolean {
  /** For each open block, and for the template itself: whether text has surely come before. */
  const hasText = [false]
  for (const token of tokens) {
    if (TypeGuards.isTagToken(token)) {
      if (blocks.has(token.name)) hasText.push(false)
      else if (token.name.startsWith('end')) hasText.pop()
      else if (branches.has(token.name)) hasText[hasText.length - 1] = false
    } else if (TypeGuards.isHTMLToken(token)) {
      const text = token.getContent().trimStart()
      if (text === '' || hasText.includes(true)) continue
      if (text.startsWith('---')) return true
      if (hasText.length === 1) return false
      hasText[hasText.length - 1] = true
    }
  }
  return false
}

const blocks = new Set(['if', 'unless', 'case', 'comment'])
const branches = new Set(['elsif', 'else', 'when'])

type Fault = { message: string; hint: string } | null

function frontMatterFault(encoded: boolean): Fault {
  if (encoded) return null
  return { message: 'a value inside the front matter', hint: 'end it with | url_encode' }
}

function placeFault(before: string, encoded: boolean): Fault {
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(before)) {
    return { message: 'a backslash right before a value', hint: 'remove the backslash' }
  }
  const paragraph = before.slice(before.lastIndexOf('\n\n') + 1)
  if (isOdd(paragraph.match(/`/g)) || isOdd(before.match(/^ {0,3}(```|~~~)/gm))) {
    return { message: 'a value inside code', hint: 'use bold instead of `code`' }
  }
  if (/<[a-z/!][^>]*$/i.test(before)) {
    return { message: 'a value inside HTML or <…>', hint: 'the app drops HTML: use Markdown' }
  }
  const target = /(?:\]\(|^ {0,3}\[[^\]\n]+\]:)\s*([^)\s]*)$/m.exec(before)?.[1]
  if (target === undefined || (encoded && /^https?:\/\/[^/?#\0]+[/?#]/.test(target))) return null
  return {
    message: 'a value inside the target of a link',
    hint: 'write the address up to the path, then the value with | url_encode',
  }
}

function isOdd(found: RegExpMatchArray | null): boolean {
  return (found?.length ?? 0) % 2 === 1
}
