// What is wrong with a mapping, found when it is compiled: collected, all of it, with the place in
// the YAML document. Invariant: a mapping with a fault that is not a warning is never run.
import type { ConfigCode } from '../domain/codes.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { hintFor, type Scope } from './text/scope.ts'

export type YamlPath = readonly (string | number)[]

export interface MappingFault {
  code: ConfigCode
  /** Where in the mapping's document: `['notice', 'markdown', 'it']`. */
  path: (string | number)[]
  message: string
  /** What to do about it. */
  hint: string
  /** 1-based place inside the text at `path`, when that is a template. */
  line?: number
  column?: number
}

const warnings: readonly ConfigCode[] = [
  'CFG_CENTS',
  'CFG_PERSONAL_TITLE',
  'CFG_READABILITY',
  'CFG_TEXT_ADVICE',
  'CFG_UNREACHABLE',
]

/** The faults that do not stop a mapping. */
export function isWarning({ code }: MappingFault): boolean {
  return warnings.includes(code)
}

export interface Faults {
  readonly list: MappingFault[]
  add(code: ConfigCode, at: YamlPath, message: string, hint: string): void
  /** The field at a path of the scope, if it is there and of one of these types. */
  findField(
    scope: Scope,
    path: string,
    types: readonly FieldSpec['type'][] | null,
    at: YamlPath,
  ): FieldSpec | null
}

/** An empty collection. */
export function createFaults(): Faults {
  const list: MappingFault[] = []
  const add: Faults['add'] = (code, at, message, hint) => {
    list.push({ code, path: [...at], message, hint })
  }
  return {
    list,
    add,
    findField(scope, path, types, at) {
      const field = scope.get(path)
      if (field === undefined) {
        add('CFG_UNKNOWN_NAME', at, `unknown field ${path}`, hintFor(path, scope))
        return null
      }
      if (types === null || types.includes(field.type)) return field
      const wanted = types.join(' or ')
      add(
        'CFG_VALUE',
        at,
        `${path} is of type ${field.type}`,
        `a field of type ${wanted} is needed`,
      )
      return null
    },
  }
}
