// A text of one JSON object a line → how an NDJSON mapping reads it, and its table: a column for
// each path that leads to a value. Invariant: a number keeps the digits with which it is written.
import { encodingWords } from './csv-sample.ts'
import type { GuessedRecord } from './guessed-record.ts'
import type { SampleText } from './sample-text.ts'
import { GuessError, MAXIMUM_COLUMNS, MAXIMUM_RECORDS, type Table } from './table.ts'

/** Levels of objects in objects that are looked into. */
const MAXIMUM_DEPTH = 6
/** Of a list, so many entries are columns. */
const MAXIMUM_ENTRIES = 3

/** Null when the first line is no JSON object, or all that there is. */
export function guessNdjson({ text, encoding, evidence }: SampleText): GuessedRecord | null {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  // One object alone is a document, and its records may stand inside of it.
  if (lines.length < 2) return null
  const objects = lines.slice(0, MAXIMUM_RECORDS).map(findObject)
  if (
    objects[0] == null ||
    objects.filter((object) => object === null).length > objects.length / 2
  ) {
    return null
  }
  return {
    format: 'ndjson',
    keys: [{ name: 'encoding', value: encoding, evidence }],
    words: [encodingWords(encoding)],
    table: tableOfObjects(objects.filter((object) => object !== null)),
  }
}

/** The table of objects: paths in the order in which they are met. Throws `GuessError` for none. */
export function tableOfObjects(objects: readonly object[]): Table {
  const cells = objects.map((object) => {
    const found = new Map<string, string>()
    collect(object, '', 0, found)
    return found
  })
  const paths = [...new Set(cells.flatMap((found) => [...found.keys()]))].slice(0, MAXIMUM_COLUMNS)
  if (paths.length === 0) throw new GuessError('the objects hold no values')
  const columns = paths.map((path) => ({
    label: path,
    place: path,
    values: cells.map((found) => found.get(path) ?? ''),
  }))
  return { columns, records: objects.length }
}

/** An object of a line, its numbers as the text that they are written with; null for others. */
function findObject(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line, numbersAsWritten)
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** A reviver: a number becomes its own text, since `24.50` would not survive as a float. */
export function numbersAsWritten(_key: string, value: unknown, context?: { source: string }) {
  return typeof value === 'number' ? context?.source : value
}

function collect(value: unknown, path: string, depth: number, found: Map<string, string>): void {
  if (value === null || value === undefined || depth > MAXIMUM_DEPTH) return
  if (typeof value !== 'object') {
    found.set(path, String(value))
    return
  }
  for (const [step, inner] of Object.entries(value)) {
    if (Array.isArray(value) && Number(step) >= MAXIMUM_ENTRIES) break
    if (step.includes('.')) continue
    collect(inner, path === '' ? step : `${path}.${step}`, depth + 1, found)
  }
}
