// The columns of a file: which cell of a row belongs to which field of the mapping.
// Invariant: a row is read only if it is as wide as the header (or the first row, without one),
// so that a missing or stray delimiter never shifts values from one field to another.
import { nearest } from '../domain/nearest.ts'
import { DropError } from './drop-error.ts'
import type { FieldSpec, RecordSpec } from './spec.ts'

export interface Columns {
  /** Cells that a row must have. */
  width: number
  /** 0-based cell of each field, in the order in which the mapping declares them. */
  cellOf: number[]
  /** The header ends with a delimiter, or there is none to tell. */
  trailing: boolean
}

/**
 * Reads a header row, or measures the first row where there is no header. Throws DROP_CSV_HEADER.
 */
export function readColumns(spec: RecordSpec, line: number, first: string[]): Columns {
  const names = spec.header ? first.map(comparable) : null
  const trailing = names?.at(-1) === '' && names.length > 1
  const width = trailing ? first.length - 1 : first.length
  const problems: string[] = []
  const cellOf = Object.entries(spec.fields).map(([name, field]) => {
    const found = names === null ? byPosition(field, width) : byName(field, names, width)
    if (typeof found === 'number') return found
    problems.push(`il campo ${name} ${found}`)
    return -1
  })
  if (problems.length === 0) return { width, cellOf, trailing }
  throw headerError(spec, line, first, problems)
}

/** Whether a row has its columns, allowing for the empty one after a trailing delimiter. */
export function fits(columns: Columns, cells: string[]): boolean {
  if (cells.length === columns.width) return true
  return columns.trailing && cells.length === columns.width + 1 && cells.at(-1)!.trim() === ''
}

/** The 0-based cell, or what is wrong with the column of this field. */
function byName(field: FieldSpec, names: string[], width: number): number | string {
  const { column } = field
  if (typeof column === 'number') return byPosition(field, width)
  const aliases = typeof column === 'string' ? [column] : column
  const wanted = new Set(aliases.map(comparable))
  const found = names.flatMap((name, index) => (wanted.has(name) ? [index] : []))
  if (found.length === 1) return found[0]!
  const quoted = aliases.map((alias) => `«${alias}»`).join(' o ')
  if (found.length > 1) return `ha più di una colonna ${quoted}`
  const near = nearest(aliases[0]!, names)
  return `non trova la colonna ${quoted}${near === null ? '' : ` (c’è «${near.toUpperCase()}»)`}`
}

function byPosition(field: FieldSpec, width: number): number | string {
  const { column } = field
  if (typeof column !== 'number') return 'ha un nome di colonna, ma il file è senza intestazione'
  return column <= width ? column - 1 : `è la colonna ${column}, ma la riga ne ha ${width}`
}

function headerError(spec: RecordSpec, line: number, first: string[], problems: string[]) {
  const other = [';', ',', '\t', '|'].find(
    (mark) => first.length === 1 && mark !== spec.delimiter && first[0]!.includes(mark),
  )
  const remedy =
    other === undefined
      ? 'Correggi l’intestazione alla fonte, o aggiungi il nome come alias in `column`.'
      : `La riga sembra separata da «${other === '\t' ? 'TAB' : other}»: correggi \`delimiter\`.`
  const detail = `Riga ${line}, intestazione: ${problems.join('; ')}.`
  return new DropError('DROP_CSV_HEADER', detail, line, remedy)
}

function comparable(name: string): string {
  return name.trim().toLowerCase()
}
