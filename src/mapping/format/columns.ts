// The columns of a file: which cell of a row belongs to which field of the mapping.
// Invariant: a row is read only if it is as wide as the header (or the first row, without one), or
// differs from it as the mapping allows: a stray delimiter never shifts values between fields.
import { nearest } from '../../domain/nearest.ts'
import { DropError } from '../drop-error.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import type { CsvSpec } from './record-spec.ts'
import { findGroup, type Templates } from './repeat.ts'

export type Span = Extract<FieldSpec['column'], { start: number }>

/** What a header row is read by. Without a delimiter the rows are of a spreadsheet. */
export type TableSpec = Pick<CsvSpec, 'header' | 'fields' | 'shortRows' | 'longRows'> &
  Partial<Pick<CsvSpec, 'delimiter'>> &
  Templates

export interface Columns {
  /** Cells that a row must have. */
  width: number
  /**
   * 0-based cell of each field, in the order in which the mapping declares them; -1 for one that
   * the header does not have, where it may lack it.
   */
  cellOf: number[]
  /** Cells that a row must have so that every field that is not optional has one. */
  minimum: number
  /** Cells beyond the width may stand in a row when they are empty: how many. */
  surplus: number
}

/**
 * Reads a header row, or measures the first row where there is no header. Throws DROP_CSV_HEADER
 * or DROP_XLSX_HEADER.
 */
export function readColumns(spec: TableSpec, line: number, first: string[]): Columns {
  const names = spec.header ? first.map(comparable) : null
  const trailing = names?.at(-1) === '' && names.length > 1
  const width = trailing ? first.length - 1 : first.length
  const places = Object.entries(spec.fields).map(([name, field]) => ({
    name,
    mayLack: field.absent === 'empty',
    found: names === null ? byPosition(field, width) : byName(field, names, width),
  }))
  const absent = absentGroups(places)
  const problems = places.flatMap(({ name, mayLack, found }) => {
    if (typeof found === 'number' || absent.has(findGroup(name))) return []
    if (mayLack && typeof found === 'object') return []
    return [`il campo ${name} ${typeof found === 'string' ? found : found.missing}`]
  })
  const cellOf = places.map(({ found }) => (typeof found === 'number' ? found : -1))
  if (names !== null) problems.push(...unlistedGroups(spec, names, cellOf))
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

/** A 0-based cell, or what is wrong with a field’s column; told apart where it is not there. */
type Found = number | string | { missing: string }

/**
 * The groups none of whose columns the header has: files with fewer instalments are written so. A
 * group that has some of its columns is no such group, and lacks the others.
 */
function absentGroups(places: readonly { name: string; found: Found }[]): Set<string | null> {
  const groups = new Map<string | null, boolean>()
  for (const { name, found } of places) {
    const group = findGroup(name)
    const isAbsent = group !== null && typeof found === 'object'
    groups.set(group, isAbsent && (groups.get(group) ?? true))
  }
  const absent = [...groups].flatMap(([group, isAbsent]) => (isAbsent ? [group] : []))
  const areAll = absent.length === [...groups.keys()].filter((group) => group !== null).length
  return new Set(areAll ? [] : absent)
}

/** What is wrong with columns of a group that the mapping does not list: an instalment too many. */
function unlistedGroups({ templates = [] }: Templates, names: string[], cellOf: number[]) {
  const read = new Set(cellOf)
  return templates.flatMap((template) => {
    const [before = '', ...rest] = comparable(template).split('{n}')
    const further = names.find((name, index) => {
      const digits = /^\d{1,2}/.exec(name.slice(before.length))?.[0]
      const isAlike = digits !== undefined && name === [before, ...rest].join(digits)
      return isAlike && !read.has(index)
    })
    const what = 'di un gruppo che `over` non elenca'
    return further === undefined ? [] : [`c’è la colonna «${further.toUpperCase()}», ${what}`]
  })
}

function byName(field: FieldSpec, names: string[], width: number): Found {
  const { column } = field
  const aliases = typeof column === 'string' ? [column] : column
  if (!Array.isArray(aliases)) return byPosition(field, width)
  const wanted = new Set(aliases.map(comparable))
  const found = names.flatMap((name, index) => (wanted.has(name) ? [index] : []))
  if (found.length === 1) return found[0]!
  const quoted = aliases.map((alias) => `«${alias}»`).join(' o ')
  if (found.length > 1) return `ha più di una colonna ${quoted}`
  const near = nearest(aliases[0]!, names)
  const hint = near === null ? '' : ` (c’è «${near.toUpperCase()}»)`
  return { missing: `non trova la colonna ${quoted}${hint}` }
}

function byPosition(field: FieldSpec, width: number): Found {
  const { column } = field
  if (isSpan(column)) return 'ha una posizione in caratteri, ma il file ha colonne'
  if (typeof column !== 'number') return 'ha un nome di colonna, ma il file è senza intestazione'
  if (column <= width) return column - 1
  return { missing: `è la colonna ${column}, ma la riga ne ha ${width}` }
}

/** Whether a value stands at characters of a line, as only the format `fixed` has it. */
export function isSpan(column: FieldSpec['column']): column is Span {
  return typeof column === 'object' && 'start' in column
}

function headerError({ delimiter }: TableSpec, line: number, first: string[], problems: string[]) {
  const other = [';', ',', '\t', '|'].find(
    (mark) =>
      delimiter !== undefined &&
      first.length === 1 &&
      mark !== delimiter &&
      first[0]!.includes(mark),
  )
  const remedy =
    other === undefined
      ? 'Correggi l’intestazione alla fonte, o aggiungi il nome come alias in `column`.'
      : `La riga sembra separata da «${other === '\t' ? 'TAB' : other}»: correggi \`delimiter\`.`
  const detail = `Riga ${line}, intestazione: ${problems.join('; ')}.`
  const code = delimiter === undefined ? 'DROP_XLSX_HEADER' : 'DROP_CSV_HEADER'
  return new DropError(code, detail, line, remedy)
}

function comparable(name: string): string {
  return name.trim().toLowerCase()
}
