// A mapping with one rule less, or turned over: what the change is, and which case would notice it.
// Invariant: a mutant shares nothing that can be changed with the mapping that it is made of.
import type { YamlPath } from '../fault.ts'
import type { MappingSpec } from '../spec.ts'

export interface Mutant<Spec = MappingSpec> {
  /** Where the rule stands in the mapping's document. */
  path: YamlPath
  /** 1-based place inside the text at `path`, when it is part of a template. */
  line?: number
  column?: number
  /** The rule and what became of it: `skip importo == 0 is gone`. */
  what: string
  /** Completes "to protect it: a case …". */
  protect: string
  spec: Spec
}

/** For `put`: nothing stands there any longer. */
export const GONE = Symbol('gone')

/**
 * A copy with another value at a path; what is gone leaves no key and no place in a list. Throws
 * where the path leads nowhere.
 */
export function put<Value>(value: Value, path: YamlPath, other: unknown): Value {
  const [step, ...rest] = path
  if (step === undefined) return other as Value
  if (typeof value !== 'object' || value === null) throw new RangeError(`nothing at ${path}`)
  if (Array.isArray(value)) {
    const index = Number(step)
    const changed = rest.length === 0 ? other : put(value[index], rest, other)
    const items = changed === GONE ? [] : [changed]
    return [...value.slice(0, index), ...items, ...value.slice(index + 1)] as Value
  }
  const key = String(step)
  const { [key]: before, ...others } = value as Record<string, unknown>
  if (rest.length === 0 && other === GONE) return others as Value
  const after = rest.length === 0 ? other : put(before, rest, other)
  // In its place: the order of keys is the order of the document.
  const entries = Object.entries(value).map(([one, old]) => [one, one === key ? after : old])
  if (!Object.hasOwn(value, key)) entries.push([key, after])
  return Object.fromEntries(entries) as Value
}
