// The values of a column → the type of field that reads them. Only what the field's own parser
// accepts is proposed, and each proposal says how many values it accepts. Invariant: a column whose
// values agree on nothing is text, which accepts everything.
import type { z } from 'zod'
import { dateFormats } from '../../domain/civil-date.ts'
import { readFiscalCode } from '../../domain/fiscal-code.ts'
import { readVatNumber } from '../../domain/vat-number.ts'
import { FieldSpec } from '../field/field-spec.ts'
import { parserOf } from '../field/value-parser.ts'
import { suggests } from './column-name.ts'
import { type Column, filledValues } from './table.ts'

/** A field as a mapping writes it, but for its column. */
export type FieldDraft = WithoutColumn<z.input<typeof FieldSpec>>
type WithoutColumn<T> = T extends unknown ? Omit<T, 'column'> : never

export interface TypeGuess {
  draft: FieldDraft
  /** Values that the field accepts, and all that there are. */
  accepted: number
  filled: number
  /** What a person should look at; null where nothing is in doubt. */
  doubt: string | null
}

/** Part of the values that a type must accept to be proposed: real files hold mistakes. */
const ENOUGH = 0.8
/** The same where the name of the column says it too, since a sample may be three rows long. */
const ENOUGH_NAMED = 0.5

/** What sources write for "nothing". */
const EMPTIES = ['-1', '-', '--', '.', '*', 'NULL', 'null', 'N/D', 'n/d', 'ND', 'N.D.'].concat(
  ['00/00/0000', '00-00-0000', '0000-00-00', '00000000', '000000', '0', '01/01/0001'],
  ['31/12/9999', '9999-12-31', '99991231'],
)

/** The type of a column, by its values first and its name where these leave a doubt. */
export function guessType(column: Column): TypeGuess {
  const counts = filledValues(column)
  const guesses = [
    fiscalCodes(column, counts),
    noticeNumbers(column, counts),
    iuvs(column, counts),
    vatNumbers(column, counts),
    booleans(column, counts),
    dates(column, counts),
    amounts(column, counts),
    integers(column, counts),
  ]
  return guesses.find((guess) => guess !== null) ?? tried({ type: 'text' }, counts)
}

/** How a field of this form reads these values: what it accepts, and what means "nothing". */
export function tried(draft: FieldDraft, counts: ReadonlyMap<string, number>): TypeGuess {
  const parse = parserOf(FieldSpec.parse({ ...draft, column: 1 }))
  const empty: string[] = []
  let accepted = 0
  let filled = 0
  for (const [value, count] of counts) {
    const read = parse(value)
    const isBad = typeof read === 'object' && read !== null && !('verdict' in read)
    const isEnd = draft.type === 'date' && String(read).startsWith('9999')
    if (EMPTIES.includes(value) && (isBad || isEnd)) {
      if (draft.type !== 'text') empty.push(value)
      continue
    }
    filled += count
    if (!isBad) accepted += count
  }
  const whole = empty.length > 0 ? { ...draft, empty } : draft
  return { draft: whole as FieldDraft, accepted, filled, doubt: null }
}

type Counts = ReadonlyMap<string, number>

function enough({ accepted, filled }: TypeGuess, share = ENOUGH): boolean {
  return accepted > 0 && accepted >= filled * share
}

function fiscalCodes(_: Column, counts: Counts): TypeGuess | null {
  const guess = tried({ type: 'fiscalCode' }, counts)
  // Its form is like no other; the rest may be companies, or two persons in one cell.
  if (!enough(guess, 0.3)) return null
  const isNobody = (text: string) => {
    const read = readFiscalCode(text)
    return read.kind === 'bad' && read.isNobody
  }
  if (![...counts.keys()].some(isNobody)) return guess
  return tried({ ...guess.draft, notPersons: 'skip' } as FieldDraft, counts)
}

function noticeNumbers(_: Column, counts: Counts): TypeGuess | null {
  const guess = tried({ type: 'noticeNumber' }, counts)
  return enough(guess) ? guess : null
}

function iuvs({ label }: Column, counts: Counts): TypeGuess | null {
  const guess = tried({ type: 'iuv' }, counts)
  const isReference = [...counts.keys()].every((value) => value.startsWith('RF'))
  return enough(guess) && (isReference || suggests(label, 'iuv')) ? guess : null
}

/** One number of eleven digits in ten has the right check digit: only those that do all tell. */
function vatNumbers({ label }: Column, counts: Counts): TypeGuess | null {
  const guess = tried({ type: 'vatNumber' }, counts)
  const isNamed = suggests(label, 'vatNumber') || suggests(label, 'fiscalCode')
  const good = [...counts.keys()].filter((value) => readVatNumber(value).kind === 'good').length
  if (isNamed) return enough(guess) && good > 0 ? guess : null
  return good >= 3 && good === counts.size && !suggests(label, 'amount') ? guess : null
}

const WORDS = [
  ['S', 'N'],
  ['SI', 'NO'],
  ['SÌ', 'NO'],
  ['Y', 'N'],
  ['TRUE', 'FALSE'],
] as const

function booleans({ label }: Column, counts: Counts): TypeGuess | null {
  const found = new Set([...counts.keys()].map((value) => value.toUpperCase()))
  const words = WORDS.find((pair) => [...found].every((word) => pair.some((one) => one === word)))
  const isFlag = suggests(label, 'flag')
  const isDigit = isFlag && [...found].every((word) => word === '0' || word === '1')
  if (found.size === 0 || (!isDigit && (!words || (found.size < 2 && !isFlag)))) return null
  const [yes] = words ?? ['S']
  const draft = yes === 'SÌ' ? { type: 'boolean', true: ['SÌ'] } : { type: 'boolean' }
  return tried(draft as FieldDraft, counts)
}

/** Years that a date of a legacy file has; digits that give others are something else. */
const isYear = (date: unknown) => /^(19|20)\d\d-/.test(String(date))

function dates({ label }: Column, counts: Counts): TypeGuess | null {
  const isNamed = suggests(label, 'date') || suggests(label, 'due')
  const usable = dateFormats.filter((format) => {
    const isDigits = /^[yMdHms]+$/.test(format)
    return !isDigits || isNamed || format.startsWith('yyyyMMdd')
  })
  let best: TypeGuess | null = null
  for (const format of usable) {
    const guess = tried(dateDraft([format]), counts)
    const isDigits = /^[yMdHms]+$/.test(format)
    const values = [...counts.keys()]
    if (!enough(guess, isDigits && !isNamed ? 1 : 0.5) || !areYears(values, guess.draft)) continue
    if (best === null || guess.accepted > best.accepted) best = guess
  }
  if (best === null) return null
  const [first] = formatsOf(best.draft)
  const second = usable
    .map((format) => tried(dateDraft([first!, format]), counts))
    .reduce((most, guess) => (guess.accepted > most.accepted ? guess : most), best)
  const guess = second.accepted > best.accepted ? second : best
  if (!enough(guess, isNamed ? ENOUGH_NAMED : ENOUGH)) return null
  const isShort = formatsOf(guess.draft).some((format) => !format.includes('yyyy'))
  const doubt = isShort ? 'years of two digits: 40 is read as 2040, 41 as 1941 (`pivot`)' : null
  return { ...guess, doubt }
}

/** A date field of these formats; two-digit years get the pivot that suits due dates. */
export function dateDraft(formats: readonly string[]): FieldDraft {
  const isShort = formats.some((format) => !format.includes('yyyy'))
  return { type: 'date', formats, ...(isShort ? { pivot: 40 } : {}) } as FieldDraft
}

function formatsOf(draft: FieldDraft): string[] {
  return 'formats' in draft ? (draft.formats as string[]) : []
}

function areYears(values: string[], draft: FieldDraft): boolean {
  const parse = parserOf(FieldSpec.parse({ ...draft, column: 1 }))
  const read = values.map(parse).filter((date) => typeof date === 'string')
  return read.filter(isYear).length >= read.length * ENOUGH
}

function amounts(column: Column, counts: Counts): TypeGuess | null {
  const { label } = column
  const styles = ['comma', 'dot'] as const
  for (const decimals of styles) {
    const guess = tried({ type: 'euro', decimals }, counts)
    const sign = decimals === 'comma' ? ',' : '.'
    const areCents = [...counts.keys()].every((value) => !/[,.]\d$|[,.]\d{3,}$/.test(value))
    const isNamed = suggests(label, 'amount') || suggests(label, 'otherAmount')
    const hasSign = [...counts.keys()].some((value) => value.includes(sign))
    if (enough(guess, isNamed ? 0.6 : ENOUGH) && hasSign && (isNamed || areCents)) return guess
  }
  if (!suggests(label, 'amount') && !suggests(label, 'cents')) return null
  for (const decimals of styles) {
    const draft: FieldDraft = { type: 'euro', decimals, zeros: 'dropped' }
    const hasSign = [...counts.keys()].some((value) => /[,.]/.test(value))
    const guess = tried(draft, counts)
    const doubt = 'some amounts have no decimals: they are read as whole euro'
    if (enough(guess) && hasSign) return { ...guess, doubt }
  }
  return wholeAmounts(label, counts)
}

/** Digits alone: cents, thousandths or euro. The name says so, or the zeros in front. */
function wholeAmounts(label: string, counts: Counts): TypeGuess | null {
  if (suggests(label, 'otherAmount')) return null
  if (suggests(label, 'thousandths')) {
    return orNull(tried({ type: 'euro', decimals: 'thousandths' }, counts))
  }
  const guess = orNull(tried({ type: 'euro', decimals: 'cents' }, counts))
  if (guess === null || suggests(label, 'cents')) return guess
  const values = [...counts.keys()]
  const isPadded = values.every((value) => value.length === values[0]!.length && value.length > 6)
  // With a zero at the end of each, sixteen digits are how some platforms write thousandths.
  if (isPadded && values.every((value) => value.length === 16 && value.endsWith('0'))) {
    const thousandths = tried({ type: 'euro', decimals: 'thousandths' }, counts)
    return { ...thousandths, doubt: 'sixteen digits: they are read as thousandths of euro' }
  }
  const isEuro = !isPadded && values.every((value) => value.length < 3 || value.endsWith('00'))
  const doubt = 'amounts without decimals: look at one of them in the preview'
  if (!isEuro) return { ...guess, doubt: `${doubt}; they are read as cents` }
  const whole = tried({ type: 'euro', decimals: 'comma', zeros: 'dropped' }, counts)
  return { ...whole, doubt: `${doubt}; they are read as whole euro` }
}

function orNull(guess: TypeGuess): TypeGuess | null {
  return enough(guess) ? guess : null
}

/** Only what is counted: a code of digits is text, or its zeros in front are lost. */
function integers({ label }: Column, counts: Counts): TypeGuess | null {
  if (!suggests(label, 'count')) return null
  const guess = tried({ type: 'integer' }, counts)
  return enough(guess, 1) ? guess : null
}
