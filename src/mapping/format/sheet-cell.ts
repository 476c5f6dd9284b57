// A cell of a spreadsheet → the text that its field reads. The sheet says what is a number, a date
// or a code, so such a cell is written the way the field expects it and never doubted; a text is
// left as it was typed. Invariant: digits that the spreadsheet has lost are never made up.
import { hasShortYear, writeCivilDate } from '../../domain/civil-date.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import type { SheetCell } from './sheet-row.ts'

/** `address` such as `D12` is for the refusal. */
export type ReadCell = (cell: SheetCell, address: string) => string | Refusal

/** A reader of the cells of one field: the text for the field, or why there is none. */
export function cellReader(name: string, field: FieldSpec): ReadCell {
  const number = numberWriter(field)
  const date = dateWriter(field)
  const truth = (value: boolean) => {
    const words = field.type === 'boolean' ? field[value ? 'true' : 'false'] : []
    return words[0] ?? (value ? 'TRUE' : 'FALSE')
  }
  return (cell, address) => {
    if (cell === null) return ''
    if (typeof cell === 'string') return cell
    if (typeof cell === 'boolean') return truth(cell)
    if (typeof cell === 'number') {
      const text = findDecimal(cell)
      return text === null ? lostDigits(name, address) : number(text)
    }
    if ('date' in cell) return date(cell.date)
    if ('padded' in cell) return field.type === 'text' ? cell.padded : paddedText(cell.padded)
    const shown = italianErrors[cell.error] ?? cell.error
    const isNothing = field.empty.includes(shown) || field.empty.includes(cell.error)
    return isNothing && shown !== '' ? '' : cellError(name, address, shown)
  }

  function paddedText(padded: string): string {
    const isNumber = field.type === 'euro' || field.type === 'integer'
    return isNumber ? number(padded.replace(/^0+(?=\d)/, '')) : padded
  }
}

/** A cell as one would read it: in a header, as a mark, as a count. */
export function plainCell(cell: SheetCell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return findDecimal(cell) ?? String(cell)
  if (typeof cell !== 'object') return String(cell)
  return 'date' in cell ? cell.date : 'padded' in cell ? cell.padded : cell.error
}

/** Digits of a number that Excel keeps; it shows zeros for the others. */
const SIGNIFICANT_DIGITS = 15

/**
 * A number in plain decimals, with a dot, as Excel shows it: rounded to 15 significant digits,
 * which gives back the 19.99 that is stored as 19.989999999999998. Null from 10¹⁵ on, where whole
 * numbers have more digits than Excel keeps: a notice number that was typed there is another now.
 */
export function findDecimal(value: number): string | null {
  const [mantissa = '', power = ''] = value.toExponential(SIGNIFICANT_DIGITS - 1).split('e')
  const exponent = Number(power)
  if (exponent >= SIGNIFICANT_DIGITS) return null
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '')
  if (digits === '') return '0'
  const sign = value < 0 ? '-' : ''
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const decimals = digits.slice(exponent + 1)
  return sign + (decimals === '' ? whole : `${whole}.${decimals}`)
}

/** For euro: with the mark of the field, and the decimals that a number leaves out. */
function numberWriter(field: FieldSpec): (text: string) => string {
  if (field.type !== 'euro') return (text) => text
  const mark = { comma: ',', dot: '.', cents: null, thousandths: null }[field.decimals]
  if (mark === null) return (text) => text
  return (text) => {
    const [whole, decimals = ''] = text.split('.')
    // Three decimals may be a group of thousands in a text; here they are a part of a cent.
    return `${whole}${mark}${decimals.padEnd(decimals.length === 3 ? 4 : 2, '0')}`
  }
}

/** For dates: in a format that the field reads; of others everything that the cell shows. */
function dateWriter(field: FieldSpec): (text: string) => string {
  if (field.type !== 'date') return (text) => text
  const format = field.formats.find((one) => !hasShortYear(one)) ?? field.formats[0]!
  return (text) => {
    const [day] = text.split(' ')
    return day?.includes('-') ? writeCivilDate(day, format) : text
  }
}

/** As Excel shows them in Italian. */
const italianErrors: Record<string, string> = {
  '#N/A': '#N/D',
  '#REF!': '#RIF!',
  '#VALUE!': '#VALORE!',
  '#NAME?': '#NOME?',
  '#NULL!': '#NULLO!',
}

function cellError(field: string, address: string, shown: string): Refusal {
  const what =
    shown === '' ? 'c’è una formula che non è mai stata calcolata' : `c’è l’errore «${shown}»`
  return {
    code: 'REC_CELL_ERROR',
    field,
    detail: `Nella cella ${address} (${field}) ${what}.`,
    remedy: 'Apri il file con Excel, correggi la cella se serve, e salvalo di nuovo.',
  }
}

function lostDigits(field: string, address: string): Refusal {
  return {
    code: 'REC_CELL_DIGITS',
    field,
    detail:
      `Nella cella ${address} (${field}) c’è un numero di più di 15 cifre: Excel ne conserva 15 ` +
      'e le altre sono perse.',
    remedy:
      'Dai alla colonna il formato «Testo» e riscrivi i numeri, o falli esportare come testo.',
  }
}
