// NDJSON: one JSON object a line → raw records, by the paths that the mapping names. Invariant: a
// number keeps the digits with which it is written and never passes through a float; a line that is
// no object is one refused record.
import type { Refusal } from '../../domain/refusal.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import { createPartReader } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { NdjsonSpec } from './record-spec.ts'
import { createLineReader } from './text-lines.ts'
import type { Watch } from './watch.ts'

/** A reader of one part. Blank lines are passed over; a path to nothing is an empty cell. */
export function createNdjsonReader(spec: NdjsonSpec, watch?: Watch): RecordReader {
  const fields = Object.entries(spec.fields).map(([name, field]) => ({
    name,
    paths: pathsOf(field.column),
  }))
  return createPartReader(spec, (emit) =>
    createLineReader((line, text) => {
      watch?.row(line, line + 1)
      const record = findObject(text)
      if (record === null) return emit(line, [], notAnObject)
      const cells: string[] = []
      for (const { name, paths } of fields) {
        const cell = cellAt(record, paths)
        if (cell === null) return emit(line, [], notAValue(name))
        cells.push(cell)
      }
      emit(line, cells, null)
    }),
  )
}

function pathsOf(column: FieldSpec['column']): string[][] {
  const aliases = Array.isArray(column) ? column : [String(column)]
  return aliases.map((path) => path.split('.'))
}

function findObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text, asWritten)
    return typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    // Also when it is nested deeper than the engine goes. The engine's message quotes the text,
    // which may be a person's data: nothing of it is kept.
    return null
  }
}

/** A number as its own text: 302000000000000121 and 24.50 would not survive as floats. */
function asWritten(_key: string, value: unknown, context?: { source: string }): unknown {
  return typeof value === 'number' ? context?.source : value
}

/** The text at the first path that leads to a value; null when it leads to an object or a list. */
function cellAt(record: object, paths: readonly string[][]): string | null {
  for (const path of paths) {
    let value: unknown = record
    for (const step of path) {
      const isInner = typeof value === 'object' && value !== null && Object.hasOwn(value, step)
      value = isInner ? (value as Record<string, unknown>)[step] : undefined
    }
    if (value === undefined || value === null) continue
    return typeof value === 'object' ? null : String(value)
  }
  return ''
}

const notAnObject: Refusal = {
  code: 'REC_JSON',
  field: null,
  detail: 'La riga non è un oggetto JSON.',
  remedy: 'Controlla che il file abbia un oggetto JSON per riga, senza virgole tra uno e l’altro.',
}

function notAValue(field: string): Refusal {
  return {
    code: 'REC_JSON',
    field,
    detail: `Il percorso del campo ${field} porta a un oggetto o a un elenco, non a un valore.`,
    remedy:
      'Scrivi in `column` il percorso intero, come `debitore.codiceFiscale` o `rate.0.importo`.',
  }
}
