// `${name}` and its variants → Liquid: how GovIO writes a value, and what says the same here.
// Variants follow the name after `_`, or after `.` as earlier versions had them.
// Source: govio `template-utils/items`, and its manual.
import { type ColumnKind, type GovioColumn, type GovioColumns, timeField } from './columns.ts'

/** A value of a text: pieces of Liquid, one after the other, each with its filters. */
export interface GovioValue {
  column: GovioColumn
  /** Expressions and words: `{ field, filters }` or a text between two of them. */
  parts: (string | { field: string; filters: string[] })[]
  /** One value, a text, to which filters of texts can be added. */
  isText: boolean
  /** What reads otherwise than in GovIO; null where nothing does. */
  differs: string | null
}

const variants: Record<ColumnKind, readonly string[]> = {
  recipient: ['', 'lower', 'upper'],
  noticeNumber: ['', 'lower', 'upper'],
  payee: ['', 'lower', 'upper'],
  text: ['', 'lower', 'upper'],
  date: ['', 'verbose'],
  datetime: ['', 'verbose', 'date', 'date_verbose', 'time'],
  number: ['', 'currency'],
  amount: ['', 'currency'],
  boolean: [''],
}

/** Words for a variant that its own writers have used too. */
const otherWords: Record<string, string> = { lowercase: 'lower', uppercase: 'upper' }

/** What a name in a text means; null where no column and no variant has it. */
export function findValue(name: string, columns: GovioColumns): GovioValue | null {
  const whole = columns.find(name)
  if (whole !== null) return variantOf(whole, '')
  for (const { index } of [...name.matchAll(/[._]/g)].toReversed()) {
    const column = columns.find(name.slice(0, index))
    if (column === null) continue
    const written = name.slice(index + 1).replace('.', '_')
    const variant = otherWords[written] ?? written
    if (variants[column.kind].includes(variant)) return variantOf(column, variant)
  }
  return null
}

function variantOf(column: GovioColumn, variant: string): GovioValue {
  const { field, kind, name } = column
  const one = (...filters: string[]) => ({ column, parts: [{ field, filters }] })
  const plain = { isText: false, differs: null }
  switch (kind) {
    case 'date':
    case 'datetime':
      return dateValue(column, variant)
    case 'amount': {
      const differs =
        variant === 'currency'
          ? `\${${name}_currency} reads as euro and cents: GovIO took the cents for euro, and ` +
            'wrote 999,00 € for 999'
          : `\${${name}} reads as euro, 9,99: GovIO wrote the cents, 999`
      return { ...one(variant === 'currency' ? 'euro' : 'amount'), isText: false, differs }
    }
    case 'number':
      return variant === ''
        ? { ...one(), ...plain }
        : { ...one(), isText: false, differs: `\${${name}_currency} reads as the number itself` }
    case 'boolean':
      return {
        ...one(),
        isText: false,
        differs: `\${${name}} reads as sì or no, not true or false`,
      }
    default: {
      const filter = { lower: 'downcase', upper: 'upcase' }[variant]
      return { ...one(...(filter ? [filter] : [])), isText: true, differs: null }
    }
  }
}

function dateValue(column: GovioColumn, variant: string): GovioValue {
  const { field, name, kind } = column
  const day = (filter: string) => ({ field, filters: [filter] })
  const time = { field: timeField(column), filters: ['truncate: 5, ""'] }
  const verbose = `\${${name}_${variant}} reads as "giovedì 31 dicembre 2026", with the month in words`
  const base = { column, isText: false, differs: null }
  switch (variant) {
    case 'time':
      return { ...base, parts: [time] }
    case 'date':
      return { ...base, parts: [day('date_short')] }
    case 'date_verbose':
      return { ...base, parts: [day('date_weekday')], differs: verbose }
    case 'verbose':
      if (kind === 'date') return { ...base, parts: [day('date_weekday')], differs: verbose }
      return { ...base, parts: [day('date_weekday'), ' alle ore ', time], differs: verbose }
    default:
      if (kind === 'date') return { ...base, parts: [day('date_short')] }
      return { ...base, parts: [day('date_short'), ' ', time] }
  }
}

/** `{{ scadenza | date_short }} {{ scadenza_ora | truncate: 5, "" }}`. */
export function liquidOf(parts: GovioValue['parts'], more: readonly string[] = []): string {
  const written = parts.map((part) => {
    if (typeof part === 'string') return part
    return `{{ ${[part.field, ...part.filters, ...more].join(' | ')} }}`
  })
  return written.join('')
}
