// All mutants of a mapping: the same with one rule less, or turned over, for each rule that a case
// could miss. What only the database, the time or a file decides is none of them. Pure.
// Invariant: each differs from the mapping in one place.
import type { YamlPath } from '../fault.ts'
import type { Tables } from '../lookups.ts'
import { noticeScope } from '../notice-check.ts'
import { recordScope } from '../record-check.ts'
import type { MappingSpec, NoticeMapping } from '../spec.ts'
import { type Change, fieldChanges } from './field-mutants.ts'
import { type Mutant, put } from './mutant.ts'
import { ruleChanges } from './rule-mutants.ts'
import { textMutants } from './text-mutants.ts'

/** Them, in an order that is always the same. The mapping must be one that compiles. */
export function mutantsOf(spec: MappingSpec, tables: Tables): Mutant[] {
  const scope = spec.shape === 'notice' ? noticeScope(spec, tables) : recordScope(spec.record)
  const changes = [...fieldChanges(spec), ...ruleChanges(spec, scope)]
  const texts = spec.shape === 'notice' ? textsOf(spec) : []
  return [
    ...changes.map((change) => asMutant(spec, change)),
    ...texts.flatMap(({ path, source }) =>
      textMutants(source, scope).map(({ source: text, ...mutant }) => ({
        ...{ path, ...mutant },
        spec: put(spec, path, text),
      })),
    ),
  ]
}

function asMutant(spec: MappingSpec, change: Change): Mutant {
  const { path, what, protect, value, with: other } = change
  const mutant = put(spec, path, value)
  return { path, what, protect, spec: other ? put(mutant, other.path, other.value) : mutant }
}

interface Text {
  path: YamlPath
  source: string
}

/** Every template of a mapping, with its place. */
function textsOf({ notice, reminders }: NoticeMapping): Text[] {
  const messages = [
    { at: ['notice'], message: notice },
    ...reminders.map((message, index) => ({ at: ['reminders', index], message })),
  ]
  return messages.flatMap(({ at, message }) => [
    ...byLanguage(message.subject, [...at, 'subject']),
    ...byLanguage(message.markdown, [...at, 'markdown']),
    ...(message.buttons ?? []).flatMap(({ text, when: _, ...actions }, index) => {
      const path = [...at, 'buttons', index]
      return [...byLanguage(text, [...path, 'text']), ...byLanguage(actions, path)]
    }),
  ])
}

function byLanguage(texts: Readonly<Record<string, string | undefined>>, at: YamlPath): Text[] {
  return Object.entries(texts).flatMap(([key, source]) =>
    source === undefined ? [] : [{ path: [...at, key], source }],
  )
}
