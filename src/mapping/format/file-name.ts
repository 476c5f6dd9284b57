// What the name of a file says, as columns of its records: `@file.ente`. Around the reader of any
// format, whatever the records are wrapped in. Invariant: a name that no pattern of the mapping
// matches fails the drop; what it would have said is never guessed.
import { matchName } from '../../domain/name-pattern.ts'
import { DropError } from '../drop-error.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import { badIn, cellsOf } from './explode.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'

/** How the files of a drop are called, as far as its records go. */
export interface FileNames {
  /** Of the file with the records and of what it was wrapped in, the outermost first. */
  names: readonly string[]
  /** Of the files that stand beside it. */
  others: readonly string[]
}

const place = '@file.'

/** The name of the pattern that a column asks for; null where it asks for something of the file. */
export function findFileGroup(column: FieldSpec['column']): string | null {
  return typeof column === 'string' && column.startsWith(place) ? column.slice(place.length) : null
}

/** The record as its format reads it: without what the name of the file says. */
export function withoutFileGroups(spec: RecordSpec): RecordSpec {
  const own = Object.entries(spec.fields).filter(([, field]) => !isOfFile(field))
  return { ...spec, fields: Object.fromEntries(own) }
}

/**
 * A reader of all fields around one of those `withoutFileGroups`. Where no names are given, as of a
 * text that stands in no file, they say nothing. Throws DROP_FILE_NAME.
 */
export function createFileNameReader(
  reader: RecordReader,
  { fileName = [], fields }: RecordSpec,
  names: readonly string[] | undefined,
): RecordReader {
  const said = names === undefined ? {} : readNames(names, [fileName].flat())
  let index = 0
  const origins = Object.values(fields).map(({ column }) => {
    const group = findFileGroup(column)
    return group === null ? index++ : (said[group] ?? '')
  })
  const complete = (record: RawRecord): RawRecord =>
    record.problem === null
      ? { ...record, cells: cellsOf(origins, record.cells), ...badIn(origins, record) }
      : record
  return {
    write: (chunk) => reader.write(chunk).map(complete),
    end: () => reader.end().map(complete),
    encoding: reader.encoding,
  }
}

function isOfFile({ column }: FieldSpec): boolean {
  return findFileGroup(column) !== null
}

/** What the first name says that a pattern matches, by the first such pattern. */
function readNames(names: readonly string[], patterns: string[]): Record<string, string> {
  const plain = names.map((name) => name.replace(/^.*[/\\]/s, ''))
  for (const name of plain) {
    for (const pattern of patterns) {
      const said = matchName(name, pattern)
      if (said !== null) return said
    }
  }
  const found = plain.map((name) => `«${name}»`).join(' con dentro ')
  const wanted = patterns.map((pattern) => `«${pattern}»`).join(' o ')
  const detail = `Il file si chiama ${found}, e il modello vuole ${wanted}.`
  const remedy = 'Dai al file il nome giusto, o correggi `fileName` nel modello.'
  throw new DropError('DROP_FILE_NAME', detail, null, remedy)
}
