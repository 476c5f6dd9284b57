// What a system answered about a key → the typed values that are kept of it, as text.
// Invariant: only declared fields are kept, and what a problem says of an answer quotes no value.
import { fieldReader } from './field/fields.ts'
import { storedText } from './field/stored-value.ts'
import { type AskedTable, keyNormaliser, NOTHING, type Row } from './lookups.ts'
import { type AnsweredTable, shapeOf } from './system-lookup.ts'

/** An answer as it is kept: `found: 'false'` where there is nothing under the key. */
export type ReadAnswer = { values: Row } | { problem: string }

/** A system as the records of a mapping ask it. */
export function askedTable(system: string, table: AnsweredTable): AskedTable {
  return {
    ...{ system, table, shape: shapeOf(table) },
    keyOf: keyNormaliser(table),
    read: answerReader(table),
  }
}

/**
 * What is kept of an answer of this instant: texts by the names that the connector gives, or null
 * where there is nothing under the key.
 */
export function answerOf(
  row: Row | null,
  asked: Pick<AskedTable, 'read'>,
  at: Temporal.Instant,
): ReadAnswer {
  const asked_at = at.toZonedDateTimeISO(ITALY).toPlainDate().toString()
  if (row === null) return { values: { ...NOTHING, asked_at } }
  const read = asked.read(row)
  return 'problem' in read ? read : { values: { ...read.values, asked_at } }
}

/** What the connector would say, of texts by the names of the fields. */
export function saidBy(texts: Row, { table }: Pick<AskedTable, 'table'>): Row {
  const columns = Object.entries(texts).map(([name, text]) => {
    const [column] = [table.fields[name]?.column ?? name].flat()
    return [String(column), text]
  })
  return Object.fromEntries(columns)
}

const ITALY = 'Europe/Rome'

/** A reader of the answers of a system: texts by the names that its connector gives. */
function answerReader({ fields }: AnsweredTable): (row: Row) => ReadAnswer {
  const readers = Object.entries(fields).map(([name, field]) => ({
    name,
    columns: [field.column].flat().map((column) => String(column).toLowerCase()),
    read: fieldReader(name, field),
  }))
  return (row) => {
    const byName = new Map(Object.entries(row).map(([name, text]) => [name.toLowerCase(), text]))
    const findings = { refusals: [], doubts: [], refused: [] as string[] }
    const values: Record<string, string> = {}
    for (const { name, columns, read } of readers) {
      const column = columns.find((one) => byName.has(one))
      const value = storedText(read(byName.get(column ?? '') ?? '', findings))
      if (value !== null) values[name] = value
    }
    const [refused] = findings.refused
    if (refused === undefined) return { values }
    const names = Object.keys(row).slice(0, MOST_NAMES).join(', ')
    return {
      problem: `${refused} cannot be read from the answer, which has: ${names || 'nothing'}`,
    }
  }
}

const MOST_NAMES = 20
