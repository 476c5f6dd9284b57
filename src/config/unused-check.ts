// The fields of an institution's mappings that nothing reads: what its feeds, systems and campaigns
// say counts as reading. Ready-made mappings are judged where they are made, not here.
import type { Problem } from '../domain/problem.ts'
import { type UnusedField, unusedFields, unusedInReference } from '../mapping/unused-fields.ts'
import type { CampaignSpec } from './campaign.ts'
import { type InstitutionFiles, type MappingFile, problemAt } from './cross-check.ts'
import { type SpecFile, textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'

/** A warning for each; none where a file could not be read, which may name any of them. */
export function checkUnused(
  { mappings, feeds, systems }: InstitutionFiles,
  campaigns: readonly SpecFile<CampaignSpec>[],
): Problem[] {
  const all = [...mappings, ...feeds, ...systems, ...campaigns]
  if (all.some(({ file }) => file.data === undefined)) return []
  const specs = mappings.flatMap(({ spec }) => spec ?? [])
  const told = systems.map(({ file }) => file.data)
  const everything = [...systems, ...feeds, ...campaigns].map(({ file }) => file.data)
  return mappings.flatMap((mapping) => {
    const { id, spec, ready } = mapping
    if (spec === null || ready !== null) return []
    if (spec.shape === 'reference') {
      return problemsOf(mapping, unusedInReference(id, spec, specs, everything))
    }
    const about = [...feeds, ...campaigns].filter(({ file }) => textAt(file, 'mapping') === id)
    return problemsOf(mapping, unusedFields(spec, [...told, ...about.map(({ file }) => file.data)]))
  })
}

/** So many are said one by one; a mapping that was drafted from a wide file has dozens. */
const ONE_BY_ONE = 3
/** Names in one sentence. */
const NAMED = 12

const hint = 'remove it; or use it in a text, a condition, `key`, `facets` or `keep`'

function problemsOf({ file }: MappingFile, unused: readonly UnusedField[]): Problem[] {
  if (unused.length > ONE_BY_ONE) return [problemOfMany(file, unused)]
  return unused.map(({ name, isPersonal }) => {
    const message = isPersonal
      ? `nothing reads the field "${name}": a person's data should not be read without a use`
      : `nothing reads the field "${name}"`
    return problemAt(
      file,
      ['record', 'fields', name],
      'CFG_UNUSED',
      'warning',
      message,
      hint,
      'key',
    )
  })
}

/** Persons' data first. */
function problemOfMany(file: YamlFile, unused: readonly UnusedField[]): Problem {
  const sorted = unused.toSorted((a, b) => Number(b.isPersonal) - Number(a.isPersonal))
  const names = sorted.slice(0, NAMED).map(({ name }) => name)
  const left = sorted.length - names.length
  const all = [...names, ...(left > 0 ? [`and ${left} more`] : [])].join(', ')
  const personal = unused.filter(({ isPersonal }) => isPersonal).length
  const of = personal > 0 ? `, ${personal} of them with a person's data` : ''
  const message = `nothing reads ${unused.length} fields${of}: ${all}`
  const many = hint.replaceAll(' it', ' them')
  return problemAt(file, ['record', 'fields'], 'CFG_UNUSED', 'warning', message, many, 'key')
}
