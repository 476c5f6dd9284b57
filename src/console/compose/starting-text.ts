// The text of a mapping as something to begin with by hand: its outputs become gaps that somebody
// fills, `[[importo]]`, and its blocks are taken away, all branches left standing.
import type { Visit } from '../visit.ts'

/** The mappings of notices of this institution, by name. */
export function startingTexts(visit: Visit): string[] {
  return mappingsOf(visit).map(({ name }) => name)
}

/** Subject and text in Italian; null where there is no such mapping. */
export function startingText(
  visit: Visit,
  name: string,
): { subject: string; markdown: string } | null {
  const { spec } = mappingsOf(visit).find((one) => one.name === name) ?? {}
  if (spec?.shape !== 'notice') return null
  const { subject, markdown } = spec.notice
  return { subject: withGaps(subject.it), markdown: withGaps(markdown.it) }
}

/** `{{ importo | euro }}` → `[[importo]]`. */
export function withGaps(template: string): string {
  return template
    .replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, '')
    .replace(/\{%[\s\S]*?%\}/g, '')
    .replace(/\{\{-?\s*([^|}\s]+)[^}]*\}\}/g, '[[$1]]')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function mappingsOf({ app, place }: Visit) {
  const { mappings = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  return mappings.filter(({ spec }) => spec.shape === 'notice')
}
