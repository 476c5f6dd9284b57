// The footer of a file: how many records its source wrote, and what they come to. A file whose
// footer disagrees was cut, joined or altered on its way. Invariant: what cannot be compared is a
// fault too, never taken for equal.
import { DropError } from '../drop-error.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import { fieldReader } from '../field/fields.ts'
import type { RecordSpec } from './record-spec.ts'
import type { FoundFooter, Watch } from './watch.ts'

export interface Tally {
  /** Counts a record; without cells when it has a problem, and so no amount. */
  add(cells: string[]): void
  /** Compares with the text of the footer's cells, where it has them. Throws DROP_FOOTER. */
  compare(line: number, said: Said): void
}

/** The texts of a footer; null where the mapping does not say where they stand. */
export interface Said {
  count: string | null
  total: string | null
  /** How many lines there are in the list, the footer among them, and what it says of them. */
  lines?: { counted: number; said: string | null }
  /** Of a document: the elements in which they stand, where there is one each. */
  values?: FoundFooter['values']
}

/** Who says the count and the total, and the key of the mapping that says where. */
export interface Teller {
  who: string
  key: string
}

const footer: Teller = { who: 'il piede del file', key: 'footer' }
/** In XML and JSON they may stand before the records. */
export const totalsTeller: Teller = { who: 'il riepilogo dei record', key: 'totals' }

export interface TallyOptions {
  /** The euro field that the total sums; undefined: none. */
  of: string | undefined
  teller?: Teller
  watch?: Watch | undefined
}

/** A tally of one part. */
export function createTally(
  { fields }: Pick<RecordSpec, 'fields'>,
  { of, teller = footer, watch }: TallyOptions,
): Tally {
  const footerError = (line: number, what: string) => tellerError(teller, line, what)
  const amount = of === undefined ? null : amountReader(fields, of)
  let records = 0
  let cents: bigint | null = 0n
  return {
    add(cells) {
      records++
      if (amount === null || cents === null) return
      const read = amount.read(cells)
      cents = read === null ? null : cents + read
    },
    compare(line, { count, total, lines, values }) {
      if (watch?.footer !== undefined) {
        watch.footer({ line, records, cents, lines: lines?.counted ?? null, values })
        return
      }
      if (count !== null && !/^0*\d{1,12}$/.test(count.trim())) {
        throw footerError(line, `ha come numero dei record ${shown(count)}, che non è un numero`)
      }
      if (count !== null && Number(count) !== records) {
        throw footerError(line, `dichiara ${Number(count)} record, ma se ne leggono ${records}`)
      }
      if (total !== null && amount !== null) compareTotal(line, total, amount.field)
      if (lines !== undefined && lines.said !== null) compareLines(line, lines.said, lines.counted)
    },
  }

  function compareTotal(line: number, total: string, field: EuroField): void {
    if (cents === null) {
      throw footerError(
        line,
        'ha un totale che non si può verificare: manca l’importo di qualche riga',
      )
    }
    if (centsOf(total, field) === cents) return
    throw footerError(line, `dichiara un totale di ${shown(total)}, le righe fanno ${euro(cents)}`)
  }

  function compareLines(line: number, said: string, counted: number): void {
    if (/^\d{1,12}$/.test(said.trim()) && Number(said) === counted) return
    throw footerError(line, `dichiara ${shown(said)} righe, ma se ne leggono ${counted}`)
  }
}

/** The fault of a file that should end with a footer and does not. */
export function footerMissing(line: number): DropError {
  return tellerError(footer, line, 'manca: il file sembra troncato')
}

/** The fault of a file that goes on after its footer. */
export function recordAfterFooter(line: number): DropError {
  return tellerError(footer, line, 'non è alla fine del file: dopo vengono altre righe')
}

function tellerError({ who, key }: Teller, line: number, what: string): DropError {
  const detail = `Riga ${line}: ${who} ${what}.`
  const remedy = `Fatti rimandare il file intero; se è intero, correggi \`${key}\` nel modello.`
  return new DropError('DROP_FOOTER', detail, line, remedy)
}

export type EuroField = Extract<FieldSpec, { type: 'euro' }>

/** The euro field of this name. */
export function getEuroField({ fields }: Pick<RecordSpec, 'fields'>, name: string): EuroField {
  const field = fields[name]
  if (field?.type !== 'euro') throw new TypeError(`${name} is not a euro field`)
  return field
}

function amountReader(fields: RecordSpec['fields'], name: string) {
  const field = getEuroField({ fields }, name)
  const index = Object.keys(fields).indexOf(name)
  const readField = fieldReader(name, field)
  return {
    field,
    /** Null when the record has no readable amount; an optional empty one is nothing. */
    read(cells: string[]): bigint | null {
      const findings = { refusals: [], doubts: [], refused: [] }
      const value = cells.length === 0 ? null : readField(cells[index] ?? '', findings)
      if (typeof value === 'number') return BigInt(value)
      return cells.length > 0 && findings.refusals.length === 0 ? 0n : null
    },
  }
}

/**
 * A total in cents; it may be larger than any single amount. Null when it is not written so. Where
 * the amounts lose their last zeros, so does their total.
 */
function centsOf(text: string, { decimals, zeros }: EuroField): bigint | null {
  const bare = /[.,]?\d(?:[\d.,]*\d)?/.exec(text)?.[0] ?? ''
  const sign = /^[^\d]*-|-[^\d]*$/.test(text) ? '-' : ''
  if (decimals === 'cents') return /^\d{1,18}$/.test(bare) ? BigInt(sign + bare) : null
  if (decimals === 'thousandths') {
    return /^\d{0,17}0$/.test(bare) ? BigInt(sign + bare) / 10n : null
  }
  const [group, mark] = decimals === 'comma' ? ['.', ','] : [',', '.']
  const [whole = '', cents, ...rest] = bare.replaceAll(group, '').split(mark)
  const least = zeros === 'dropped' ? 0 : 2
  const isGood = whole.length <= 16 && whole + (cents ?? '') !== '' && rest.length === 0
  if (!isGood || !new RegExp(`^\\d{${least},2}(?:0{2,6})?$`).test(cents ?? '')) return null
  return BigInt(sign + whole + (cents ?? '').slice(0, 2).padEnd(2, '0'))
}

function euro(cents: bigint): string {
  const digits = String(cents).padStart(3, '0')
  return `${digits.slice(0, -2)},${digits.slice(-2)} €`
}

function shown(text: string): string {
  return `«${text.trim().slice(0, 40).toWellFormed()}»`
}
