// The lookups of a notice mapping: what they find rows in, in which order these can be fetched, and
// under which keys. Invariant: the key of a lookup is compared in the same way as its reference
// keeps it, or its system is asked about it.
import { FieldSpec } from './field/field-spec.ts'
import { normaliser } from './field/text-value.ts'
import type { LookupSpec, ReferenceMapping } from './spec.ts'
import type { AnsweredTable } from './system-lookup.ts'

/** What lookups may name: reference mappings, and what systems answer. */
export interface Tables {
  readonly references: Readonly<Record<string, ReferenceMapping>>
  readonly systems: Readonly<Record<string, AnsweredTable>>
}

/** What a lookup finds its rows in. */
export interface LookupTable {
  name: string
  fields: Readonly<Record<string, FieldSpec>>
  normalise: AnsweredTable['normalise']
  /** The field of a reference that is its key. */
  key: FieldSpec | null
  /** Null for a reference. */
  answered: AnsweredTable | null
}

type Lookups = Readonly<Record<string, LookupSpec>>

/** The values of a row as text, by field; a field without a value is absent. */
export type Row = Readonly<Record<string, string>>

/** Rows by lookup; null when there is none. */
type Rows = Readonly<Record<string, Row | null>>

/** A system as the records of a mapping ask it. */
export interface AskedTable {
  system: string
  /** Tells its answers from those that were read in another way. */
  shape: string
  table: AnsweredTable
  /** The key as the system is asked about it. */
  keyOf(key: string): string
  /** What is kept of an answer; or why it cannot be read, in words without values. */
  read(row: Row): { values: Row } | { problem: string }
}

/** The row of a key of which a system has answered that there is nothing. */
export const NOTHING = { found: 'false' } as const

/** Whether a row says that something is there. */
export function isThere(row: Row | null): boolean {
  return row !== null && row['found'] !== NOTHING.found
}

/** A row that a record waits for. */
export interface Wait {
  lookup: string
  /** The reference, or the system that has not answered yet. */
  reference: string
  key: string
  /** From when its drop is mapped for the first time. */
  hours: number
  /** Of a system: the `shape` of what it is asked. Absent: a row of a reference. */
  shape?: string
}

/** Hours that a record waits for a row where the mapping does not say. */
export const WAIT_HOURS = 72

/** `vita.asked_at`: the day on which a system answered, in Italy. */
export const ASKED_AT: FieldSpec = FieldSpec.parse({
  ...{ type: 'date', column: 'asked_at', optional: true, formats: ['yyyy-MM-dd'] },
})

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
    const able = [...left].filter((name) => !left.has(parentOf(lookups[name]!) ?? ''))
    if (able.length === 0) return null
    // What is here comes first: who is refused or skipped for it need not be asked about.
    const here = able.filter((name) => lookups[name]!.system === undefined)
    const ready = here.length > 0 ? here : able
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
  tables: Tables,
): Record<string, (values: Readonly<Record<string, unknown>>, rows: Rows) => string | null> {
  return Object.fromEntries(
    Object.entries(lookups).map(([name, lookup]) => {
      const [first = '', second] = lookup.by.split('.')
      const same = keyNormaliser(findTable(lookup, tables))
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

/** The reference or the system that a lookup names; null when there is none of that name. */
export function findTable({ reference, system }: LookupSpec, tables: Tables): LookupTable | null {
  const { references, systems } = tables
  if (reference !== undefined && Object.hasOwn(references, reference)) {
    const { record, key, normalise } = references[reference]!
    const { fields } = record
    return { name: reference, fields, normalise, key: fields[key] ?? null, answered: null }
  }
  if (system === undefined || !Object.hasOwn(systems, system)) return null
  const answered = systems[system]!
  const fields = { ...answered.fields, asked_at: ASKED_AT }
  return { name: system, fields, normalise: answered.normalise, key: null, answered }
}

/** How the keys of a table are kept, and looked up. */
export function keyNormaliser(table: Pick<LookupTable, 'normalise'> | null) {
  const ways = table?.normalise ?? []
  return ways.length === 0 ? (key: string) => key : normaliser(ways)
}

/** What a waiting record waits for, in Italian, as reports say it. */
export function waitingFor(waits: readonly Wait[]): string {
  const rows = waits.map(({ reference, key, hours, shape }) =>
    shape
      ? `la risposta di ${reference} (${hours} ore)`
      : `«${key}» in ${reference} (${hours} ore)`,
  )
  return `aspetta ${rows.join(' e ')}`
}

/** The lookup whose row has this one's key; null when the record itself has it. */
export function parentOf({ by }: LookupSpec): string | null {
  const [first = '', second] = by.split('.')
  return second === undefined ? null : first
}
