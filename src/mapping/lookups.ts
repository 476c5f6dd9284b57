// The lookups of a notice mapping: in which order their rows can be fetched, and under which keys.
// Invariant: the key of a lookup is compared in the same way as its reference keeps it.
import { FieldSpec } from './field/field-spec.ts'
import { normaliser } from './field/text-value.ts'
import type { LookupSpec, ReferenceMapping } from './spec.ts'

type Lookups = Readonly<Record<string, LookupSpec>>

/** Rows by lookup; null when there is none. */
type Rows = Readonly<Record<string, Readonly<Record<string, string>> | null>>

/** Hours that a record waits for a row where the mapping does not say. */
export const WAIT_HOURS = 72

/** `contatto.found`: whether the lookup has a row, for conditions. Never empty. */
export const FOUND: FieldSpec = FieldSpec.parse({ type: 'boolean', column: 'found' })

/**
 * The names of the lookups, each after the one whose row has its key; null when some need each
 * other.
 */
export function lookupOrder(lookups: Lookups): string[] | null {
  const left = new Set(Object.keys(lookups))
  const order: string[] = []
  while (left.size > 0) {
    const ready = [...left].filter((name) => !left.has(parentOf(lookups[name]!) ?? ''))
    if (ready.length === 0) return null
    order.push(...ready)
    for (const name of ready) left.delete(name)
  }
  return order
}

/**
 * How the key of a lookup is read, for each of them: from the record's values, or from a row that
 * was found before. Null when the record has none.
 */
export function keyReaders(
  lookups: Lookups,
  references: Readonly<Record<string, ReferenceMapping>>,
): Record<string, (values: Readonly<Record<string, unknown>>, rows: Rows) => string | null> {
  return Object.fromEntries(
    Object.entries(lookups).map(([name, { by, reference }]) => {
      const [first = '', second] = by.split('.')
      const same = keyNormaliser(references[reference])
      return [
        name,
        (values, rows) => {
          const value = second === undefined ? values[first] : rows[first]?.[second]
          return value === null || value === undefined ? null : same(String(value))
        },
      ]
    }),
  )
}

/** How the keys of a reference are kept, and looked up. */
export function keyNormaliser(reference: ReferenceMapping | undefined): (key: string) => string {
  const ways = reference?.normalise ?? []
  return ways.length === 0 ? (key) => key : normaliser(ways)
}

/** What a waiting record waits for, in Italian, as reports say it. */
export function waitingFor(waits: readonly { reference: string; key: string; hours: number }[]) {
  const rows = waits.map(({ reference, key, hours }) => `«${key}» in ${reference} (${hours} ore)`)
  return `aspetta ${rows.join(' e ')}`
}

/** The lookup whose row has this one's key; null when the record itself has it. */
export function parentOf({ by }: LookupSpec): string | null {
  const [first = '', second] = by.split('.')
  return second === undefined ? null : first
}
