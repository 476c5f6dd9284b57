// The filters of the texts: the whole list, each with the types that it takes and gives.
// Closed on purpose: no arithmetic (money), no HTML, no raw output, no loops over text.
// Invariant: a filter never sees null; nothing stays nothing until `default`.
import { formatLongDate, formatShortDate } from '../../domain/civil-date.ts'
import { dateArticles, formatDateAfter, formatWeekdayDate } from '../../domain/date-words.ts'
import { formatAmount, formatEnglishEuro, formatEuro } from '../../domain/money.ts'
import { capitalize, companyName, personName, titleCase } from '../field/name-case.ts'
import type { ValueType } from './scope.ts'

export interface FilterSpec {
  takes: ValueType
  gives: ValueType
  /** Types of the arguments, which are literals; those from `optional` on may be left out. */
  args: readonly ('text' | 'integer')[]
  optional: number
  /** What a text argument may be, where it is not free. */
  words?: readonly string[]
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
  euro_first: plain('money', 'text', (cents: number) => `€ ${formatAmount(cents)}`),
  euro_en: plain('money', 'text', formatEnglishEuro),
  amount: plain('money', 'text', formatAmount),
  date_it: plain('date', 'text', (date: string) => formatLongDate(date, 'it')),
  date_weekday: plain('date', 'text', formatWeekdayDate),
  date_article: {
    takes: 'date',
    gives: 'text',
    args: ['text'],
    optional: 0,
    words: dateArticles,
    apply: (date, [article]) => formatDateAfter(String(article ?? 'il'), String(date)),
  },
  date_en: plain('date', 'text', (date: string) => formatLongDate(date, 'en')),
  date_de: plain('date', 'text', (date: string) => formatLongDate(date, 'de')),
  date_short: plain('date', 'text', formatShortDate),
  upcase: plain('text', 'text', (text: string) => text.toUpperCase()),
  downcase: plain('text', 'text', (text: string) => text.toLowerCase()),
  capitalize: plain('text', 'text', capitalize),
  title_case: plain('text', 'text', titleCase),
  person_name: plain('text', 'text', personName),
  company_name: plain('text', 'text', companyName),
  strip: plain('text', 'text', (text: string) => text.trim()),
  url_encode: plain('text', 'text', urlEncode),
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
  plural: {
    takes: 'integer',
    gives: 'text',
    args: ['text', 'text'],
    optional: 2,
    apply: (count, [one, many]) => String(count === 1 ? one : many),
  },
  ordinal: {
    takes: 'integer',
    gives: 'text',
    args: ['text'],
    optional: 1,
    words: ['m', 'f'],
    apply: (count, [gender]) => `${count}${gender === 'f' ? 'ª' : 'º'}`,
  },
}

/** How a value of each type reads when no filter says otherwise. */
export function defaultForm(type: ValueType): (value: string | number | boolean) => string {
  if (type === 'money') return (value) => formatEuro(Number(value))
  if (type === 'date') return (value) => formatLongDate(String(value), 'it')
  if (type === 'boolean') return (value) => (value === true ? 'sì' : 'no')
  return String
}

/**
 * For a place inside an address. Marks that an address may hold but Markdown reads are encoded too:
 * escaped after this they would break the address, and the front matter that it stands in.
 */
function urlEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*~_]|[-.](?![a-z0-9])|(?<![a-z0-9])[-.]|(?<=www)\./gi,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
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
