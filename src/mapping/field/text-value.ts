// Text fields: zeros that a spreadsheet dropped, and codes that become words. A field that asks for
// neither keeps the very text that was read. Invariant: a code that is not listed is never shown to
// a citizen unless the mapping says so.
import type { FieldSpec } from './field-spec.ts'
import type { Bad, Parse } from './value-parser.ts'

type TextField = Extract<FieldSpec, { type: 'text' }>

/** The parser of a text field. */
export function textParser(field: TextField): Parse {
  const asWord = field.values === undefined ? null : wordOf(field.values, field)
  const padded = padder(field)
  if (padded === null) return asWord ?? ((text) => text)
  return asWord === null ? padded : (text) => asWord(padded(text))
}

/** What a cell is called in the list of its field: with its zeros, and as values are compared. */
export function listKeyOf(field: TextField): (cell: string) => string {
  const padded = padder(field) ?? String
  const normal = normaliser(field.normalise)
  return (cell) => normal(padded(cell.trim()))
}

function padder({ padLeft }: TextField): ((text: string) => string) | null {
  return padLeft === undefined ? null : (text) => text.padStart(padLeft, '0')
}

/** How a value is compared with those that the mapping lists. */
export function normaliser(ways: TextField['normalise']): (text: string) => string {
  return (text) => {
    let same = text.trim()
    if (ways.includes('blanks')) same = same.replace(/\s+/g, ' ')
    if (ways.includes('case')) same = same.toUpperCase()
    return ways.includes('zeros') ? same.replace(/^0+(?=.)/, '') : same
  }
}

/** Values in a remedy, so that it stays one short line. */
const MAXIMUM_LISTED = 12

function wordOf(listed: Record<string, string>, field: TextField): Parse {
  const normal = normaliser(field.normalise)
  const words = new Map(Object.entries(listed).map(([value, word]) => [normal(value), word]))
  const known = Object.keys(listed).slice(0, MAXIMUM_LISTED).join(', ')
  const bad: Bad = {
    code: 'REC_VALUE_UNKNOWN',
    why: 'non è tra i valori previsti dal modello',
    remedy: `Usa uno di quelli previsti (${known}), o aggiungilo in \`values\` nel modello.`,
  }
  const keeps = field.otherValues === 'keep'
  return (text) => words.get(normal(text)) ?? (keeps ? text : bad)
}
