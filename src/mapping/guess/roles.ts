// Typed columns → who is written to, what is due and when, and which columns name the record.
// Types come first, names decide between equals. Invariant: a key is unique and never empty in the
// sample, and no key is made of a fiscal code, an amount or a person's name alone.
import { type Hint, isOfPerson, suggests } from './column-name.ts'
import { type Column, filledValues, getColumn } from './table.ts'
import type { TypedColumn } from './typed-column.ts'
import type { ColumnRole, Wishes } from './wishes.ts'

export interface Roles {
  key: TypedColumn[]
  recipient: TypedColumn | null
  amount: TypedColumn | null
  due: TypedColumn | null
  noticeNumber: TypedColumn | null
  group: TypedColumn | null
  customer: TypedColumn | null
  document: TypedColumn | null
  emission: TypedColumn | null
  /** Says of each record what it does. */
  action: TypedColumn | null
}

/** The part of each column; what `wishes` say is taken as said. Throws `GuessError` for a name. */
export function guessRoles(columns: readonly TypedColumn[], wishes: Wishes): Roles {
  const wished = (role: ColumnRole, guess: () => TypedColumn | null) => {
    const label = wishes[role]
    return label === undefined ? guess() : label === null ? null : getColumn(columns, label)
  }
  const recipient = wished('recipient', () =>
    best(columns, 'fiscalCode', ['fiscalCode', 'recipient'], ['otherPerson']),
  )
  const noticeNumber = wished('noticeNumber', () => findNotice(columns))
  const amount = wished('amount', () => best(columns, 'euro', ['amount'], ['otherAmount']))
  const due = wished('due', () => (wishes.shape === 'settlement' ? null : findDue(columns)))
  const isPayment = noticeNumber?.values.every((value) => value.trim() !== '')
  const key =
    wishes.key?.map((label) => getColumn(columns, label)) ??
    // Whatever the notices have as their key, they have the notice number too.
    (isPayment && wishes.shape === 'settlement' ? [noticeNumber!] : keyOf(columns, recipient))
  const document = key.find(({ label }) => isDocument(label)) ?? null
  const group = wished('group', () => findGroup(columns, key))
  const customer = columns.find((column) => isCode(column) && isCustomer(column.label))
  const emission = columns.find((column) => isText(column) && suggests(column.label, 'period'))
  const others = {
    document,
    customer: customer ?? null,
    emission: emission ?? null,
    action: findAction(columns),
  }
  return { key, recipient, amount, due, noticeNumber, group, ...others }
}

/** The column of this type with most hints for it and fewest against; the first of equals. */
function best(
  columns: readonly TypedColumn[],
  type: string,
  wanted: readonly Hint[],
  unwanted: readonly Hint[],
): TypedColumn | null {
  let found: TypedColumn | null = null
  let most = Number.NEGATIVE_INFINITY
  for (const column of columns) {
    if (column.type.draft.type !== type) continue
    const points = (hints: readonly Hint[]) =>
      hints.filter((hint) => suggests(column.label, hint)).length
    const emptyShare = 1 - column.type.filled / Math.max(1, column.values.length)
    const score = points(wanted) - 2 * points(unwanted) - emptyShare
    if (score > most) [found, most] = [column, score]
  }
  return found
}

function findNotice(columns: readonly TypedColumn[]): TypedColumn | null {
  return best(columns, 'noticeNumber', ['noticeNumber'], [])
}

/** A date that its name says is due; or the only date that nothing says is another. */
function findDue(columns: readonly TypedColumn[]): TypedColumn | null {
  const dates = columns.filter(({ type }) => type.draft.type === 'date')
  const named = dates.filter(({ label }) => suggests(label, 'due'))
  if (named.length > 0) return best(named, 'date', ['due'], [])
  const free = dates.filter(({ label }) => !suggests(label, 'otherDate'))
  return free.length === 1 ? free[0]! : null
}

/** Columns of a table about persons, at most. */
export const SMALL_TABLE = 4

const isText = ({ type }: TypedColumn) => type.draft.type === 'text'

/** Whether a column may identify something: text or a number of payment, always there. */
function isCode({ type, label, values }: TypedColumn): boolean {
  const codes = ['text', 'noticeNumber', 'iuv']
  if (!codes.includes(type.draft.type) || isOfPerson(label)) return false
  return values.every((value) => value.trim() !== '')
}

function isCustomer(label: string): boolean {
  return suggests(label, 'customer') && (suggests(label, 'code') || /matricola/i.test(label))
}

function isDocument(label: string): boolean {
  return suggests(label, 'document')
}

/** A column without a name of its own. */
function isPosition(label: string): boolean {
  return /^(\d+|[A-Z]{1,2}|codice \d+-\d+( of \w+)?)$/.test(label)
}

function keyScore({ label, type, values }: TypedColumn): number {
  const isIdentity = /(^|[./@])(id|iud|chiave|key)$/i.test(label)
  const named =
    (isIdentity ? 4 : 0) + (isDocument(label) ? 3 : 0) + (suggests(label, 'code') ? 1 : 0)
  if (isPosition(label)) return values.every((value) => /^\S*\d\S*$/.test(value)) ? 0.6 : 0
  const isPayment = type.draft.type === 'noticeNumber' || type.draft.type === 'iuv'
  const isOther = suggests(label, 'customer') || suggests(label, 'period')
  return named + (isPayment ? 1.5 : 0) - (isOther ? 0.5 : 0)
}

/** A table of persons has them as its key, where nothing else names its rows. */
function keyOf(columns: readonly TypedColumn[], person: TypedColumn | null): TypedColumn[] {
  const found = findKey(columns)
  const isTable = found.length === 0 && person !== null && columns.length <= SMALL_TABLE
  return isTable && isUnique([person]) && isAlways(person) ? [person] : found
}

const isAlways = ({ values }: TypedColumn) => values.every((value) => value.trim() !== '')

/** One unique column, or two or three that are unique together; none where nothing is. */
function findKey(columns: readonly TypedColumn[]): TypedColumn[] {
  const codes = columns
    .filter((column) => isCode(column) && isShort(column))
    .map((column) => ({ column, score: keyScore(column) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ column }) => column)
  const dividers = columns.filter((column) => isDivider(column) && isShort(column))
  // With few records everything is unique: an instalment belongs to the key by its
  // name, and so does a period where the code is of something that gets a bill every time.
  const [first] = codes
  const stands = first !== undefined && suggests(first.label, 'standing')
  const always = dividers.filter(
    ({ label }) => suggests(label, 'instalment') || (stands && suggests(label, 'period')),
  )
  if (first !== undefined && first.type.draft.type === 'text' && always.length > 0) {
    const key = [first, always[0]!]
    if (first !== always[0] && isUnique(key)) return key
  }
  for (const code of codes) if (isUnique([code])) return [code]
  for (const code of codes) {
    for (const divider of [...dividers, ...codes]) {
      if (divider !== code && isUnique([code, divider])) return [code, divider]
    }
  }
  const [code] = codes
  if (code !== undefined && dividers.length > 1) {
    const key = [code, ...dividers.filter((divider) => divider !== code).slice(0, 2)]
    if (isUnique(key)) return key
  }
  return []
}

/** What tells records of one thing apart: instalment, year, month. */
function isDivider({ label, type, values }: TypedColumn): boolean {
  const isNamed = suggests(label, 'instalment') || suggests(label, 'period')
  const isPlain = type.draft.type === 'text' || type.draft.type === 'integer'
  return isNamed && isPlain && values.every((value) => value.trim() !== '')
}

function isShort({ values }: Column): boolean {
  return values.every((value) => value.length <= 60)
}

function isUnique(columns: readonly TypedColumn[]): boolean {
  const [first] = columns
  if (first === undefined) return false
  if (columns.length === 1) return filledValues(first).size === first.values.length
  const keys = first.values.map((_, record) =>
    JSON.stringify(columns.map(({ values }) => values[record]!.trim())),
  )
  return new Set(keys).size === keys.length
}

/** `I`, `M` and `A`, as delta files say what a record does. */
function findAction(columns: readonly TypedColumn[]): TypedColumn | null {
  const found = columns.find((column) => {
    const values = [...filledValues(column).keys()]
    return suggests(column.label, 'action') && values.every((value) => /^[IMA]$/.test(value))
  })
  return found !== undefined && isCode(found) ? found : null
}

/** Records that differ only by their instalment belong to one debt. */
function findGroup(columns: readonly TypedColumn[], key: TypedColumn[]): TypedColumn | null {
  const [first, second] = key
  if (first === undefined || !columns.some(({ label }) => suggests(label, 'instalment')))
    return null
  const isInstalment = second !== undefined && suggests(second.label, 'instalment')
  if (!isInstalment) return null
  // A number that every instalment has of its own is not the debt's.
  const isOfRow = ({ label }: Column) => !label.includes('{n}')
  if (isOfRow(first)) return first
  const ofRow = columns.filter((column) => isOfRow(column) && isCode(column))
  return ofRow.find(({ label }) => isDocument(label)) ?? null
}
