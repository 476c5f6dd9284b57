// YAML as the app's own reader understands it, for the front matter of a text: with timestamps and
// sexagesimal numbers, which make an unquoted `2026-10-31` or `12:30` no text. Unknown tags are
// faults, as there. Source: io-app `ctas.ts`, which reads with js-yaml's older schema.
import { parseDocument } from 'yaml'
import type { YamlReader } from '../../domain/cta.ts'

/** Aliases that may be followed: more are a bomb. */
const maximumAliases = 20

/** Reads the YAML between the fences of a text's front matter. */
export const readAppYaml: YamlReader = (text) => {
  const customTags = ['timestamp', 'merge', 'intTime', 'floatTime'] as const
  const document = parseDocument(text, { schema: 'core', customTags: [...customTags] })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) {
    const [words = ''] = fault.message.split(/ at line \d|\n/)
    return { fault: words, line: fault.linePos?.[0].line ?? null }
  }
  try {
    return { data: document.toJS({ maxAliasCount: maximumAliases }) }
  } catch {
    return { fault: 'an alias without its anchor, or too many', line: null }
  }
}
