// Citizens from a file, in CSV or YAML, for whoever needs particular ones.
// Nothing is taken until all of it holds; what does not is named by its line or number, its column,
// and the nearest known one. At most 64 MB and a million citizens.
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { parse } from 'yaml'
import { isFiscalCodeOfIo } from '../domain/message-values.ts'
import { nearest } from '../domain/nearest.ts'
import { preferencesModes, type StatedCitizen } from './population.ts'
import { ShapeError } from './shape.ts'

const maximumBytes = 64 * 1_048_576
const maximumCitizens = 1_000_000
const maximumMinutes = 525_600
const knownLanguages = ['it_IT', 'en_GB', 'es_ES', 'de_DE', 'fr_FR']

/** The columns of the CSV, which are the keys of the YAML. Only the first one is needed. */
export const populationColumns = [
  'fiscal_code',
  'on_io',
  'mode',
  'preference',
  'languages',
  'pays_after_minutes',
] as const
type Column = (typeof populationColumns)[number]
type Cells = Partial<Record<Column, string>>

/** Null: no file, no citizens. Throws `ShapeError`, or what the system says of the file. */
export async function readPopulationFile(path: string | null): Promise<StatedCitizen[]> {
  if (path === null) return []
  const { size } = await stat(path)
  if (size > maximumBytes) throw new ShapeError(`${path} is larger than 64 MB`)
  const source = await readFile(path, 'utf8')
  const isYaml = /^\.ya?ml$/i.test(extname(path))
  try {
    return isYaml ? citizensOfYaml(source) : citizensOfCsv(source)
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${path}: ${error.message}`)
    throw error
  }
}

/** A header, then a citizen a line; `,` or `;` between, several languages apart by blanks. */
export function citizensOfCsv(source: string): StatedCitizen[] {
  const lines = source.replace(/^\ufeff/, '').split(/\r?\n/)
  const header = lines[0] ?? ''
  const separator = header.includes(';') ? ';' : ','
  const cellsOf = (line: string) => line.split(separator).map((cell) => cell.trim())
  const columns = cellsOf(header).map((name) => columnOf(name, 'line 1'))
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice) throw new ShapeError(`line 1: the column ${twice} stands there twice`)
  const citizens: StatedCitizen[] = []
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue
    const place = `line ${index + 1}`
    const cells = cellsOf(line)
    if (cells.length !== columns.length) {
      throw new ShapeError(`${place}: ${cells.length} values for ${columns.length} columns`)
    }
    const named = columns.map((column, position) => [column, cells[position] as string])
    addCitizen(citizens, Object.fromEntries(named), place)
  }
  return citizens
}

/** A list of citizens, or the same under the one key `citizens`. */
export function citizensOfYaml(source: string): StatedCitizen[] {
  const list = listOfYaml(source)
  const citizens: StatedCitizen[] = []
  for (const [index, entry] of list.entries()) {
    const place = `citizen ${index + 1}`
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new ShapeError(`${place} is not a mapping of keys to values`)
    }
    const named = Object.entries(entry).map(([name, value]) => {
      const column = columnOf(name, place)
      return [column, Array.isArray(value) ? value.join(' ') : String(value ?? '')]
    })
    addCitizen(citizens, Object.fromEntries(named), place)
  }
  return citizens
}

function listOfYaml(source: string): unknown[] {
  let value: unknown
  try {
    value = parse(source)
  } catch (error) {
    const [first] = (error as Error).message.split('\n')
    throw new ShapeError(`not YAML: ${first}`)
  }
  if (Array.isArray(value)) return value
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (key === 'citizens') continue
      const near = nearest(key, ['citizens'])
      throw new ShapeError(`${key} is not a known key${near ? `: did you mean ${near}?` : ''}`)
    }
    const { citizens } = value as { citizens?: unknown }
    if (Array.isArray(citizens)) return citizens
  }
  throw new ShapeError('it is not a list of citizens')
}

function columnOf(name: string, place: string): Column {
  const column = populationColumns.find((known) => known === name)
  if (column !== undefined) return column
  const near = nearest(name, populationColumns)
  const remedy = near ? `did you mean ${near}?` : `there are ${populationColumns.join(', ')}`
  throw new ShapeError(`${place}: ${name || 'a column without a name'} is not known: ${remedy}`)
}

function addCitizen(citizens: StatedCitizen[], cells: Cells, place: string): void {
  if (citizens.length === maximumCitizens) {
    throw new ShapeError(`${place}: more than ${maximumCitizens} citizens`)
  }
  const fault = (column: Column, wanted: string) =>
    new ShapeError(`${place}: ${column} is not ${wanted}`)
  const oneOf = <Value>(column: Column, values: Readonly<Record<string, Value>>, none: Value) => {
    const cell = cells[column] ?? ''
    if (cell === '') return none
    const found = Object.keys(values).find((name) => name.toLowerCase() === cell.toLowerCase())
    if (found !== undefined) return values[found] as Value
    const near = nearest(cell, Object.keys(values))
    const names = Object.keys(values).join(', ')
    throw fault(column, `one of ${names}${near ? `: did you mean ${near}?` : ''}`)
  }
  const fiscalCode = cells.fiscal_code ?? ''
  if (!isFiscalCodeOfIo(fiscalCode)) throw fault('fiscal_code', 'a fiscal code that IO takes')
  const languages = (cells.languages ?? '').split(/[\s|]+/).filter((language) => language !== '')
  for (const language of languages) {
    if (knownLanguages.includes(language)) continue
    const near = nearest(language, knownLanguages)
    const names = knownLanguages.join(', ')
    throw fault('languages', `made of ${names}${near ? `: did you mean ${near}?` : ''}`)
  }
  const minutes = cells.pays_after_minutes ? Number(cells.pays_after_minutes) : null
  if (minutes !== null && !(minutes >= 0 && minutes <= maximumMinutes)) {
    throw fault('pays_after_minutes', `a number from 0 to ${maximumMinutes}`)
  }
  const modes = Object.fromEntries(preferencesModes.map((mode) => [mode, mode]))
  citizens.push({
    fiscalCode,
    citizen: {
      onIo: oneOf('on_io', yesOrNo, true),
      mode: oneOf('mode', modes, 'AUTO'),
      preference: oneOf<boolean | null>('preference', yesOrNo, null),
      languages,
      paysAfterMinutes: minutes,
    },
  })
}

const yesOrNo = { true: true, false: false, yes: true, no: false, '1': true, '0': false }
