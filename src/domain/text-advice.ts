// Our advice on the text of a message, whole: its buttons, its Markdown, its encoding.
// Who asks: the linter and the preview for a rendered text, the mapping's check for its own words.
// Invariant: texts longer than IO takes are not looked into beyond a bound.
import { ctaAdvice, splitFrontMatter, type YamlReader } from './cta.ts'
import { markdownAdvice } from './markdown-advice.ts'
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { payloadLimits } from './message-values.ts'

/** Texts beyond this are refused anyway, and are not looked into. UTF-16 units. */
const maximumText = 2 * payloadLimits.markdownLength.maximum

/** What the citizen would not see of a text as it is written; `markdown` with its front matter. */
export function textAdvice(markdown: string, readYaml: YamlReader): MessageFinding[] {
  if (markdown.length > maximumText) return []
  const parts = splitFrontMatter(markdown)
  return [
    ...ctaAdvice(parts, readYaml),
    ...markdownAdvice(parts.body),
    ...lostCharacters('content.markdown', markdown),
  ]
}

/** The mark of a character that was lost, or UTF-8 that was read as Latin-1: `Ã¨` for `è`. */
export function lostCharacters(path: string, text: string): MessageFinding[] {
  if (!/\uFFFD|Ã[\u0080-\u00BF]|â€[\u0080-\u2122]/.test(text.slice(0, maximumText))) return []
  const detail = 'Some characters were lost or mangled: the text was read in the wrong encoding.'
  return [
    findingsAt(path)('encoding', detail, 'Decode the source in its own encoding; send UTF-8.'),
  ]
}
