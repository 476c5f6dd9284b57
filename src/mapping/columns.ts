// The columns of a file: which cell of a row belongs to which field of the mapping.
// Invariant: a row is read only if it is as wide as the header (or the first row, without one), or
// differs from it as the mapping allows: a stray delimiter never shifts values between fields.
import { nearest } from '../domain/nearest.ts'
import { DropError } from './drop-error.ts'
import type { FieldSpec } from './field-spec.ts'
import type { CsvSpec } from './record-spec.ts'

export type Span = Exclude<FieldSpec['column'], string | number | string[]>

export interface Columns {
  /** Cells that a row must have. */
  width: number
  /** 0-based cell of each field, in the order in which the mapping declares them. */
  cellOf: number[]
  /** Cells that a row must have so that every field that is not optional has one. */
  minimum: number
  /** Cells beyond the width may stand in a row when they are empty: how many. */
  surplus: number
}

/**
 * Reads a header row, or measures the first row where there is no header. Throws DROP_CSV_HEADER.
 */
export function readColumns(spec: CsvSpec, line: number, first: string[]): Columns {
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
  if (problems.length > 0) throw headerError(spec, line, first, problems)
  const needed = cellOf.filter((_, index) => !Object.values(spec.fields)[index]!.optional)
  const minimum = spec.shortRows === 'pad' ? Math.max(0, ...needed) + 1 : width
  const surplus = spec.longRows === 'ignoreEmpty' ? Number.POSITIVE_INFINITY : trailing ? 1 : 0
  return { width, cellOf, minimum, surplus }
}

/**
 * Whether a row has its columns, allowing for the empty one after a trailing delimiter and for what
 * the mapping allows. Cells that a good row lacks are empty.
 */
export function fits({ width, minimum, surplus }: Columns, cells: string[]): boolean {
  if (cells.length === width) return true
  if (cells.length < width) return cells.length >= minimum
  return cells.length <= width + surplus && cells.slice(width).every((cell) => cell.trim() === '')
}

/** The 0-based cell, or what is wrong with the column of this field. */
function byName(field: FieldSpec, names: string[], width: number): number | string {
  const { column } = field
  if (typeof column === 'number' || isSpan(column)) return byPosition(field, width)
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
  if (isSpan(column)) return 'ha una posizione in caratteri, ma il file ha colonne'
  if (typeof column !== 'number') return 'ha un nome di colonna, ma il file è senza intestazione'
  return column <= width ? column - 1 : `è la colonna ${column}, ma la riga ne ha ${width}`
}

/** Whether a value stands at characters of a line, as only the format `fixed` has it. */
export function isSpan(column: FieldSpec['column']): column is Span {
  return typeof column === 'object' && !Array.isArray(column)
}

function headerError(spec: CsvSpec, line: number, first: string[], problems: string[]) {
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
