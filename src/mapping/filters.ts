// The filters of the texts: the whole list, each with the types that it takes and gives.
// Closed on purpose: no arithmetic (money), no HTML, no raw output, no loops over text.
// Invariant: a filter never sees null; nothing stays nothing until `default`.
import { formatLongDate, formatShortDate } from '../domain/civil-date.ts'
import { formatEuro } from '../domain/money.ts'
import type { ValueType } from './scope.ts'

export interface FilterSpec {
  takes: ValueType
  gives: ValueType
  /** Types of the arguments, which are literals; those from `optional` on may be left out. */
  args: readonly ('text' | 'integer')[]
  optional: number
  /** `value` is of the type `takes`, as text or number; `args` are as declared. */
  apply(value: string | number, args: readonly (string | number)[]): string | number
}

const plain = (
  takes: ValueType,
  gives: ValueType,
  apply: (value: never) => string,
): FilterSpec => ({ takes, gives, args: [], optional: 0, apply: (value) => apply(value as never) })

/** By name. `default` is not here: it takes every type, and null. */
export const filters: Readonly<Record<string, FilterSpec>> = {
  euro: plain('money', 'text', formatEuro),
  date_it: plain('date', 'text', (date: string) => formatLongDate(date, 'it')),
  date_en: plain('date', 'text', (date: string) => formatLongDate(date, 'en')),
  date_de: plain('date', 'text', (date: string) => formatLongDate(date, 'de')),
  date_short: plain('date', 'text', formatShortDate),
  upcase: plain('text', 'text', (text: string) => text.toUpperCase()),
  downcase: plain('text', 'text', (text: string) => text.toLowerCase()),
  capitalize: plain('text', 'text', capitalize),
  title_case: plain('text', 'text', titleCase),
  strip: plain('text', 'text', (text: string) => text.trim()),
  url_encode: plain('text', 'text', (text: string) => encodeURIComponent(text.toWellFormed())),
  truncate: {
    takes: 'text',
    gives: 'text',
    args: ['integer', 'text'],
    optional: 1,
    apply: (text, [length, end]) => truncate(String(text), Number(length), String(end ?? '…')),
  },
  replace: {
    takes: 'text',
    gives: 'text',
    args: ['text', 'text'],
    optional: 2,
    apply: (text, [what, by]) => replace(String(text), String(what), String(by)),
  },
}

/** How a value of each type reads when no filter says otherwise. */
export function defaultForm(type: ValueType): (value: string | number | boolean) => string {
  if (type === 'money') return (value) => formatEuro(Number(value))
  if (type === 'date') return (value) => formatLongDate(String(value), 'it')
  if (type === 'boolean') return (value) => (value === true ? 'sì' : 'no')
  return String
}

function capitalize(text: string): string {
  const [first = ''] = text
  return first.toUpperCase() + text.slice(first.length).toLowerCase()
}

/** `DE ROSSI MARIA-LUISA` → `De Rossi Maria-Luisa`. */
function titleCase(text: string): string {
  const letters = /\p{L}[\p{L}\p{M}]*/gu
  return text.replace(letters, capitalize)
}

function replace(text: string, what: string, by: string): string {
  return what === '' ? text : text.split(what).join(by)
}

/** At most `length` UTF-16 units, the end included; never half of a character. */
function truncate(text: string, length: number, end: string): string {
  if (text.length <= length) return text
  const kept = text.slice(0, Math.max(0, length - end.length))
  return kept.replace(/[\ud800-\udbff]$/, '').trimEnd() + end
}
