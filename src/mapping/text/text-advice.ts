// What the app would not show of a template's own words, said when the mapping is compiled. Values
// are not known yet: each output stands as a plain word, and what would depend on it is not judged.
// Invariant: advice never stops a mapping.
import { HARD_FOR_ALL, readabilityOf } from '../../domain/gulpease.ts'
import { subjectAdvice } from '../../domain/subject-advice.ts'
import { textAdvice } from '../../domain/text-advice.ts'
import type { Faults, YamlPath } from '../fault.ts'
import { readAppYaml } from './app-yaml.ts'
import type { TextKind } from './text.ts'

/** Adds a warning for each thing that the citizen would not see as it is written. */
export function adviseOnTemplate(source: string, kind: TextKind, at: YamlPath, faults: Faults) {
  const words = source.replace(/\{%[\s\S]*?%\}/g, '').replace(/\{\{[\s\S]*?\}\}/g, 'x')
  const findings = kind === 'subject' ? subjectAdvice(words) : textAdvice(words, readAppYaml)
  for (const { rule, detail, remedy } of findings) {
    if (dependsOnValues[rule]?.test(source)) continue
    faults.add('CFG_TEXT_ADVICE', at, detail, remedy)
  }
}

/** Warns of an Italian text that few can read. */
export function adviseOnReading(source: string, at: YamlPath, faults: Faults): void {
  const index = readabilityOf(source)?.index ?? HARD_FOR_ALL
  if (index >= HARD_FOR_ALL) return
  const hint = 'make two sentences of a long one, say one thing in each, take shorter words'
  const message = `the text has a Gulpease index of ${index}: hard even with the high school`
  faults.add('CFG_READABILITY', at, message, hint)
}

/** Findings that say nothing when a value stands at their place. */
const dependsOnValues: Record<string, RegExp> = {
  'cta-action': /^[ \t]*(?:action|.*\baction):.*\{[{%]/m,
  'dead-link': /\]\(\s*<?\{[{%]/,
}
