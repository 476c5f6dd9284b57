// Lines without a delimiter → how a fixed-width mapping reads them, and their table. What a guess
// cannot know of such files, where one number ends and the next begins, is said as a doubt.
// Invariant: what is declared fits every line that was looked at.
import type { FixedSpec } from '../format/record-spec.ts'
import { encodingWords } from './csv-sample.ts'
import { guessLineTypes, type LineTypes } from './fixed-lines.ts'
import { guessPlaces, hasDatePlace, type Place } from './fixed-places.ts'
import type { GuessedRecord } from './guessed-record.ts'
import { findLayout, type KnownLayout } from './known-layouts.ts'
import type { SampleText } from './sample-text.ts'
import { type Column, MAXIMUM_RECORDS } from './table.ts'

/** What the last byte of a file written by MS-DOS programs may be. */
const END_OF_FILE = '\x1a'
const MINIMUM_LENGTH = 20
/** Part of the lines that must be equally long where they have no types. */
const REGULAR = 0.8

/** Null when the lines have no common places. */
export function guessFixed({ text, encoding, evidence }: SampleText): GuessedRecord | null {
  const lines = text
    .split(/\r\n?|\n/)
    .filter((line) => line.trim() !== '' && line !== END_OF_FILE)
    .slice(0, MAXIMUM_RECORDS)
  const layout = findLayout(lines)
  if (layout !== null) return knownSample(layout, lines, encoding, evidence)
  const lengths = lines.map((line) => line.length)
  const longest = Math.max(...lengths)
  const types = guessLineTypes(lines, (some) => hasDatePlace(some, 3))
  const regular = lengths.filter((length) => length === longest).length
  const isRegular = regular >= lines.length * REGULAR
  if (longest < MINIMUM_LENGTH || (types === null && !isRegular)) return null
  const fields = fieldsOf(lines, types)
  if (fields.length === 0) return null
  const keys: GuessedRecord['keys'] = [{ name: 'encoding', value: encoding, evidence }]
  const isExact = regular === lines.length
  keys.push(
    isExact
      ? { name: 'lineLength', value: longest, evidence: 'every line has so many characters' }
      : { name: 'shortLines', value: 'pad', evidence: 'lines end with their last value' },
  )
  const words = [encodingWords(encoding)]
  if (types !== null) {
    const { lineType, lines: roles } = types
    keys.push(
      { name: 'lineType', value: lineType },
      { name: 'lines', value: usedRoles(roles, fields) },
    )
    words.push(`types of lines at ${lineType.start}-${lineType.start + lineType.length - 1}`)
  }
  const records =
    types === null ? lines.map((line) => [['', line]] as Lines) : grouped(lines, types)
  const columns = fields.map((field) => columnOf(field, records))
  return { format: 'fixed', keys, words, table: { columns, records: records.length } }
}

/** A sample of a known layout, as the layout says. */
function knownSample(
  { name, lineLength, lineType, lines: roles, footer, places, key }: KnownLayout,
  lines: readonly string[],
  encoding: SampleText['encoding'],
  evidence: string,
): GuessedRecord {
  const used = new Set(lines.map((line) => line.slice(lineType.start - 1, lineType.start + 1)))
  const present = Object.fromEntries(
    Object.entries(roles).filter(([code, role]) => used.has(code) || role !== 'footer'),
  )
  const isCut = lines.some((line) => line.length < lineLength)
  const codeOf = (line: string) => line.slice(lineType.start - 1, lineType.start + 1)
  const records = grouped(lines, { lineType, lines: roles, codeOf })
  const columns = places.map(({ label, ...place }) => ({
    ...columnOf({ ...place, name: label }, records),
    label,
  }))
  const hasFooter = Object.values(present).includes('footer')
  const keys: GuessedRecord['keys'] = [
    { name: 'encoding', value: encoding, evidence },
    { name: 'lineLength', value: lineLength, evidence: name },
    ...(isCut ? [{ name: 'shortLines', value: 'pad' }] : []),
    { name: 'lineType', value: lineType },
    { name: 'lines', value: present },
    ...(hasFooter ? [{ name: 'footer', value: { ...footer, of: 'importo' } }] : []),
  ]
  const words = [encodingWords(encoding), `as ${name}`]
  return { format: 'fixed', keys, words, table: { columns, records: records.length }, key }
}

interface Field extends Place {
  line: string | null
}

/** Lines of one record, each with its type. */
type Lines = (readonly [code: string, line: string])[]

function fieldsOf(lines: readonly string[], types: LineTypes | null): Field[] {
  if (types === null) return guessPlaces(lines, 0).map((place) => ({ ...place, line: null }))
  const { lineType, lines: roles, codeOf } = types
  const typeEnd = lineType.start + lineType.length - 1
  return [...Map.groupBy(lines, codeOf)].flatMap(([code, some]) => {
    const role = roles[code]
    if (role === 'footer' || role === undefined) return []
    return guessPlaces(some, typeEnd).map((place) => ({ ...place, line: code }))
  })
}

/** Types of which nothing is read are said to be so. */
function usedRoles(roles: FixedSpec['lines'], fields: readonly Field[]): FixedSpec['lines'] {
  const read = new Set(fields.map(({ line }) => line))
  return Object.fromEntries(
    Object.entries(roles).map(([code, role]) => {
      const isUsed = role === 'start' || role === 'footer' || read.has(code)
      return [code, isUsed ? role : 'ignore']
    }),
  )
}

/** The lines of each record, with the headers that stand above it. */
function grouped(lines: readonly string[], { lines: roles, codeOf }: LineTypes): Lines[] {
  const headers = new Map<string, string>()
  const records: Lines[] = []
  for (const line of lines) {
    const code = codeOf(line)
    const role = roles[code]
    if (role === 'header') headers.set(code, line)
    else if (role === 'start') records.push([...headers, [code, line]])
    else if (role === 'part') records.at(-1)?.push([code, line])
  }
  return records
}

function columnOf({ start, length, name, line: code }: Field, records: readonly Lines[]): Column {
  const values = records.map((lines) =>
    lines
      .filter(([one]) => code === null || one === code)
      .map(([, line]) => line.slice(start - 1, start - 1 + length))
      .join('\n'),
  )
  const span = `${start}-${start + length - 1}`
  const label = code === null ? `${name} ${span}` : `${name} ${span} of ${code}`
  return { label, place: { ...(code === null ? {} : { line: code }), start, length }, values }
}
