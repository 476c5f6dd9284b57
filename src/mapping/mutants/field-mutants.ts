// The rules of the fields of a record, each taken away: that a field must have a value or may be
// empty, what means nothing, what values become, how strictly a code is read. A rule that nobody
// wrote is not taken away, but that a field must have a value.
import type { YamlPath } from '../fault.ts'
import { FieldSpec } from '../field/field-spec.ts'
import type { MappingSpec } from '../spec.ts'
import { GONE } from './mutant.ts'

export interface Change {
  path: YamlPath
  what: string
  protect: string
  /** What stands there instead; `GONE`: nothing. */
  value: unknown
  /** What makes no sense without the rule, and goes with it. */
  with?: { path: YamlPath; value: unknown }
}

/** All of them, field by field. */
export function fieldChanges(spec: MappingSpec): Change[] {
  return Object.entries(spec.record.fields).flatMap(([name, field]) => {
    const path = ['record', 'fields', name]
    return [...emptiness(name, field, path, spec), ...nothings(name, field, path)].concat(
      ofType(name, field, path),
    )
  })
}

function emptiness(name: string, field: FieldSpec, at: YamlPath, spec: MappingSpec): Change[] {
  const path = [...at, 'optional']
  if (field.optional) {
    const protect = `in which \`${name}\` is empty, and that is not refused`
    const absent = { path: [...at, 'absent'], value: 'refuse' }
    return [{ path, what: `${name} may be empty`, protect, value: false, with: absent }]
  }
  if (isNeededAnyway(name, spec)) return []
  const protect = `in which \`${name}\` is empty: \`refused: [REC_FIELD_MISSING]\``
  return [{ path, what: `${name} must have a value`, protect, value: true }]
}

/** Without it the record would be refused in the same words all the same. */
function isNeededAnyway(name: string, spec: MappingSpec): boolean {
  if (spec.shape === 'reference') return name === spec.key
  if (spec.key.includes(name)) return true
  if (spec.shape === 'settlement') {
    const { as } = spec
    if (typeof as === 'string' || as.field !== name) return false
    return ![...as.settled, ...as.cancelled, ...as.ignore].includes('')
  }
  const isAsked = Object.values(spec.lookups).some(
    ({ by, onMissing }) => by === name && onMissing !== 'empty',
  )
  return isAsked || name === spec.notice.fiscalCode || name === spec.action?.field
}

function nothings(name: string, { empty }: FieldSpec, at: YamlPath): Change[] {
  return empty.map((value, index) => ({
    path: [...at, 'empty', index],
    what: `${JSON.stringify(value)} means nothing in ${name}`,
    protect: `in which \`${name}\` is ${JSON.stringify(value)}`,
    value: GONE,
  }))
}

function ofType(name: string, field: FieldSpec, at: YamlPath): Change[] {
  switch (field.type) {
    case 'text':
      return [...listed(name, field, at), ...back(name, field, at, textRules)]
    case 'boolean':
      return [...words(name, field, 'true', at), ...words(name, field, 'false', at)]
    case 'date':
      return [...formats(name, field, at), ...back(name, field, at, ['pivot'])]
    case 'euro':
      return back(name, field, at, ['zeros'])
    case 'fiscalCode':
      return back(name, field, at, ['wrongCheck', 'notPersons', 'blanks'])
    case 'vatNumber':
      return back(name, field, at, ['wrongCheck'])
    case 'noticeNumber':
      return back(name, field, at, ['fromIuv'])
    default:
      return []
  }
}

type Of<Type extends FieldSpec['type']> = Extract<FieldSpec, { type: Type }>

const textRules = ['trim', 'padLeft', 'normalise', 'otherValues']

function listed(name: string, field: Of<'text'>, at: YamlPath): Change[] {
  return Object.entries(field.values ?? {}).flatMap(([value, word]) => {
    // Kept as it is, it says the same.
    if (value === word && field.otherValues === 'keep') return []
    const what = `${name} ${JSON.stringify(value)} is listed`
    const protect = `in which \`${name}\` is ${JSON.stringify(value)}`
    return [{ path: [...at, 'values', value], what, protect, value: GONE }]
  })
}

function words(name: string, field: Of<'boolean'>, key: 'true' | 'false', at: YamlPath): Change[] {
  const usual = defaultsOf(field)[key] as string[]
  return field[key].flatMap((word, index) => {
    if (usual.includes(word)) return []
    const what = `${JSON.stringify(word)} is ${key} in ${name}`
    const protect = `in which \`${name}\` is ${JSON.stringify(word)}`
    return [{ path: [...at, key, index], what, protect, value: GONE }]
  })
}

function formats(name: string, field: Of<'date'>, at: YamlPath): Change[] {
  if (field.formats.length < 2) return []
  return field.formats.map((format, index) => ({
    path: [...at, 'formats', index],
    what: `${name} may be written ${format}`,
    protect: `in which \`${name}\` is written ${format}`,
    value: GONE,
  }))
}

/** Each rule that is not as it would be unless somebody had written it: as it would be. */
function back(name: string, field: FieldSpec, at: YamlPath, rules: readonly string[]): Change[] {
  const usual = defaultsOf(field)
  const own = field as unknown as Record<string, unknown>
  return rules.flatMap((rule) => {
    const [written, otherwise] = [JSON.stringify(own[rule]), JSON.stringify(usual[rule])]
    if (written === undefined || written === otherwise) return []
    const what = `${name}.${rule}: ${written}`
    const protect = `whose \`${name}\` needs \`${rule}: ${written}\``
    const value = otherwise === undefined ? GONE : usual[rule]
    return [{ path: [...at, rule], what, protect, value }]
  })
}

/** What a field of its type is where nothing is written. */
function defaultsOf(field: FieldSpec): Record<string, unknown> {
  const { type, column } = field
  const bare = {
    ...{ type, column },
    ...(field.type === 'euro' && { decimals: field.decimals }),
    ...(field.type === 'date' && { formats: field.formats }),
  }
  return FieldSpec.parse(bare) as unknown as Record<string, unknown>
}
