// Values that a mapping sorts into lists: what an action column asks for, how a payment ended.
// Sources write the same state in many ways: capital letters, blanks and `_` do not count.
// Invariant: no value stands in two lists.
import type { Faults, YamlPath } from '../fault.ts'

/** The lists by what their values mean. */
export type ValueLists<Meaning extends string> = Readonly<
  Record<Meaning, readonly (string | number)[]>
>

/** What a value means; null when no list has it. Null as a value is the empty text. */
export type ReadMeaning<Meaning extends string> = (
  value: string | number | boolean | null,
) => Meaning | null

/** A reader of values by lists that have been checked. */
export function meaningReader<Meaning extends string>(
  lists: ValueLists<Meaning>,
): ReadMeaning<Meaning> {
  const meanings = new Map<string, Meaning>()
  for (const [meaning, values] of entriesOf(lists)) {
    for (const value of values) meanings.set(normal(value), meaning)
  }
  return (value) => meanings.get(normal(value ?? '')) ?? null
}

/** Adds a fault for each value that stands in two lists, at the later one. */
export function checkValueLists(
  lists: ValueLists<string>,
  at: YamlPath,
  faults: Pick<Faults, 'add'>,
): void {
  const seen = new Map<string, string>()
  for (const [meaning, values] of entriesOf(lists)) {
    for (const value of values) {
      const earlier = seen.get(normal(value))
      if (earlier !== undefined && earlier !== meaning) {
        const message = `"${value}" is in ${earlier} and in ${meaning}`
        faults.add('CFG_VALUE', [...at, meaning], message, 'leave it in one of them')
      }
      seen.set(normal(value), meaning)
    }
  }
}

/** All values, as a remedy names them. */
export function listedValues(lists: ValueLists<string>): string {
  return entriesOf(lists)
    .flatMap(([, values]) => values)
    .map((value) => (value === '' ? 'vuoto' : `«${value}»`))
    .join(', ')
}

function entriesOf<Meaning extends string>(lists: ValueLists<Meaning>) {
  return Object.entries(lists) as [Meaning, readonly (string | number)[]][]
}

function normal(value: string | number | boolean): string {
  return String(value)
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '_')
}
