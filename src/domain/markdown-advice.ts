// What the app does not show of a text, or shows otherwise than its writer thinks. IO takes all of
// it. Source: io-app `components/ui/Markdown` (no rule for tables and strikethrough), services-func
// `EmailNotification` (the text after the last `---`).
// Invariant: code is not looked into, except for `---`, which the e-mail does not tell apart.
import { findingsAt, type MessageFinding } from './message-finding.ts'

const finding = findingsAt('content.markdown')

/** Advice on the text below the front matter. */
export function markdownAdvice(body: string): MessageFinding[] {
  const text = withoutEscapes(withoutCode(body))
  return notices.filter(({ shows }) => shows(text, body)).map((notice) => notice.says)
}

interface Notice {
  shows: (text: string, body: string) => boolean
  says: MessageFinding
}

const notices: Notice[] = [
  {
    shows: (_, body) => body.trim() === '',
    says: finding(
      'empty-text',
      'There is no text below the front matter.',
      'Write what the citizen has to know.',
    ),
  },
  {
    shows: hasTable,
    says: finding(
      'table',
      'The app drops tables with everything in them.',
      'Write a list: one bullet a row.',
    ),
  },
  {
    shows: (text) => struckOf(text).length > 0,
    says: finding(
      'strikethrough',
      'The app drops ~~struck~~ text altogether.',
      'Say in words what no longer holds; write \\~ for a tilde.',
    ),
  },
  {
    shows: (_, body) => body.includes('---'),
    says: finding(
      'three-dashes',
      'The e-mail shows only what follows the last `---` of the text.',
      'Leave a blank line, or write *** for a rule.',
    ),
  },
  {
    shows: (text) => /<(?!br\s*\/?>)(?:\/?[a-z][a-z0-9-]*(?:\s[^<>]*)?\/?|!--[^<>]*)>/i.test(text),
    says: finding(
      'html',
      'The app drops HTML, except <br>.',
      'Write Markdown: **bold**, [a link](https://…), lists with -.',
    ),
  },
  {
    shows: (text) => /^ {0,3}#{4,6}(?:[ \t]|$)/m.test(text),
    says: finding(
      'deep-heading',
      'Headings of level 4 to 6 look like ordinary text.',
      'Use levels 1 to 3.',
    ),
  },
  {
    shows: (text) => /iohandledlink:\/\//i.test(text),
    says: finding(
      'handled-link',
      'iohandledlink:// works in buttons only; in the text the link does nothing.',
      'Write the link itself: https://…, mailto:… or tel:….',
    ),
  },
  {
    shows: (text) => /(?<!iohandledlink:\/\/)\bhttp:\/\//i.test(text),
    says: finding('plain-http', 'A link opens a page without encryption.', 'Write https.'),
  },
  {
    shows: hasDeadLink,
    says: finding(
      'dead-link',
      'A link does not begin with a scheme that the app opens.',
      'Begin it with https://; or ioit://, mailto:, tel:, sms:.',
    ),
  },
]

/** The text below the front matter without what the app drops: tables, and what is struck. */
export function withoutDropped(body: string): string {
  const masked = withoutEscapes(withoutCode(body))
  const dropped = [...tablesOf(masked), ...struckOf(masked)].sort(([a], [b]) => a - b)
  let kept = ''
  let from = 0
  for (const [start, end] of dropped) {
    if (start > from) kept += body.slice(from, start)
    from = Math.max(from, end)
  }
  return kept + body.slice(from)
}

/** Fenced blocks and code spans become blanks, so that what they show is not taken for real. */
function withoutCode(body: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ')
  return body
    .replace(
      /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))[^\n]*\n(?:[\s\S]*?^ {0,3}\1[`~]*[ \t]*$|[\s\S]*)/gm,
      blank,
    )
    .replace(/(?<![`\\])(`{1,3})(?!`)[^`\n]+\1(?!`)/g, blank)
}

/** A mark after a backslash is a letter like any other. */
function withoutEscapes(text: string): string {
  return text.replace(/\\[!-/:-@[-`{-~]/g, 'xx')
}

function hasTable(text: string): boolean {
  const lines = text.split('\n')
  return lines.some((line, index) => isTableRule(lines[index - 1], line))
}

/** A row of cells and, below it, the row of dashes with as many. */
function isTableRule(above: string | undefined, line: string): boolean {
  if (above === undefined || !/^[\s|:-]+$/.test(line)) return false
  const rule = cellsOf(line)
  const isRule = rule.every((cell) => /^\s*:?-+:?\s*$/.test(cell))
  return isRule && `${line}${above}`.includes('|') && cellsOf(above).length === rule.length
}

/** Where something begins in a text, and where it is over. */
type Stretch = readonly [start: number, end: number]

/** Each table from its heading to the next blank line. */
function tablesOf(text: string): Stretch[] {
  const lines = text.split('\n')
  const found: Stretch[] = []
  let at = 0
  let began: number | null = null
  for (const [index, line] of lines.entries()) {
    if (began !== null && line.trim() === '') {
      found.push([began, at])
      began = null
    }
    const above = lines[index - 1]
    if (began === null && isTableRule(above, line)) began = at - (above?.length ?? 0) - 1
    at += line.length + 1
  }
  return began === null ? found : [...found, [began, text.length]]
}

function cellsOf(line: string): string[] {
  return line.trim().replace(/^\|/, '').replace(/\|$/, '').split('|')
}

/** One tilde or two on both sides, tight to the words, within a paragraph. */
function struckOf(text: string): Stretch[] {
  const found: Stretch[] = []
  for (const match of text.matchAll(/(?<!~)(~~?)(?![~\s])([^~]*[^~\s])\1(?!~)/g)) {
    const [whole, , struck = ''] = match
    if (!/\n[ \t]*\n/.test(struck)) found.push([match.index, match.index + whole.length])
  }
  return found
}

/** `[text](target)` whose target the app hands to nothing. */
function hasDeadLink(text: string): boolean {
  for (const [, target] of text.matchAll(/(?<!!)\[[^[\]\n]{0,500}\]\(\s*<?([^\s()<>]{0,2000})/g)) {
    if (!/^(?:https?:\/\/|ioit:\/\/|iohandledlink:\/\/|mailto:|tel:|sms:)./i.test(target!)) {
      return true
    }
  }
  return false
}
