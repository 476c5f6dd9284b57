// The columns of a sample → the fields of a mapping that is there already: which column each field
// is read from. What a person said comes first, then a name that is nearly its own, then what the
// field is for, then a name that is like it.
// Invariants: a column is taken once, but by fields that share one in the mapping; a field that has
// a form of its own gets values of that form.
import type { NoticeMapping } from '../spec.ts'
import { type Hint, suggests } from './column-name.ts'
import type { Roles } from './roles.ts'
import { getColumn } from './table.ts'
import type { TypedColumn } from './typed-column.ts'

export interface Fit {
  /** By field, in the mapping's order. */
  columns: ReadonlyMap<string, TypedColumn>
  /** Fields that must have a column, and have none. */
  missing: string[]
  /** Fields that go without. */
  absent: string[]
  /** Those of them that the mapping asks for, and a person said are not in the file. */
  waived: string[]
  /** Columns that no field takes. */
  unused: TypedColumn[]
}

interface Wanted {
  name: string
  label: string
  type: string
  isOptional: boolean
}

/** Below this, two names have too little in common. */
const ENOUGH = 0.5
/** From here on a name says more than the look of a column: `IMPORTO_EURO`, not `TOT_RATE`. */
const NEAR = 0.65

/** What a person says of a field that the file has no column for. */
const NONE = 'none'

/**
 * `said`: by field, the label of its column, or `none`. Throws `GuessError` for a label that is
 * not there.
 */
export function fitColumns(
  spec: NoticeMapping,
  columns: readonly TypedColumn[],
  roles: Roles,
  said: ReadonlyMap<string, string>,
): Fit {
  const fields = fieldsOf(spec)
  const found = new Map<string, TypedColumn>()
  const isFree = (column: TypedColumn) => ![...found.values()].includes(column)
  const none = new Set<string>()
  for (const [field, label] of said) {
    if (label === NONE && columns.every((one) => one.label !== NONE)) none.add(field)
    else found.set(field, getColumn(columns, label))
  }
  const firstOf = (label: string) => fields.find((one) => one.label === label)!
  const isOpen = ({ name }: Wanted) => !found.has(name) && !none.has(name)
  const open = () => fields.filter((one) => isOpen(one) && firstOf(one.label) === one)
  for (const wanted of open()) {
    const same = columns.find((column) => isFree(column) && isSame(wanted, column))
    if (same !== undefined && fits(wanted, same)) found.set(wanted.name, same)
  }
  const rolesOf = new Map(byRole(spec, roles))
  /** Whether a field that must have a column, and has none yet, may want this one. */
  const isNeeded = (column: TypedColumn) =>
    open().some((one) => !one.isOptional && likeness(one, column) >= ENOUGH && fits(one, column))
  const takeLike = (left: readonly Wanted[], least: number) => {
    const pairs = left.flatMap((wanted) =>
      columns.map((column) => {
        // Of two names that are as near, the one that the role means.
        const favour = rolesOf.get(wanted.name) === column ? 0.01 : 0
        return { wanted, column, score: likeness(wanted, column) + favour }
      }),
    )
    for (const { wanted, column, score } of pairs.toSorted((a, b) => b.score - a.score)) {
      if (score < least || found.has(wanted.name) || !isFree(column)) continue
      if (wanted.isOptional && isNeeded(column)) continue
      if (fits(wanted, column)) found.set(wanted.name, column)
    }
  }
  takeLike(open(), NEAR)
  for (const [field, column] of rolesOf) {
    const wanted = open().find(({ name }) => name === field)
    if (wanted && column && isFree(column) && fits(wanted, column)) found.set(field, column)
  }
  // What must have a column chooses first.
  for (const isOptional of [false, true]) {
    takeLike(
      open().filter((wanted) => wanted.isOptional === isOptional),
      ENOUGH,
    )
  }
  // Fields that are read from one column in the mapping are read from one here.
  for (const { name, label } of fields) {
    const column = found.get(firstOf(label).name)
    if (!found.has(name) && !none.has(name) && column !== undefined) found.set(name, column)
  }
  const left = fields.filter(({ name }) => !found.has(name))
  const isNone = ({ name, label }: Wanted) => none.has(name) || none.has(firstOf(label).name)
  const isMissing = (one: Wanted) => !one.isOptional && !isNone(one)
  const inOrder = fields.flatMap(({ name }) => {
    const column = found.get(name)
    return column === undefined ? [] : [[name, column] as const]
  })
  return {
    columns: new Map(inOrder),
    // A field that shares the column of another is not asked for by itself.
    missing: left.flatMap((one) => {
      return isMissing(one) && firstOf(one.label) === one ? [one.name] : []
    }),
    absent: left.flatMap((one) => (isMissing(one) ? [] : [one.name])),
    waived: left.flatMap((one) => (!one.isOptional && isNone(one) ? [one.name] : [])),
    unused: columns.filter(isFree),
  }
}

function fieldsOf({ record }: NoticeMapping): Wanted[] {
  return Object.entries(record.fields).map(([name, field]) => ({
    name,
    label: String([field.column].flat()[0] ?? name),
    type: field.type,
    isOptional: field.optional,
  }))
}

function byRole({ notice }: NoticeMapping, roles: Roles): [string, TypedColumn | null][] {
  return [
    [notice.fiscalCode, roles.recipient],
    [notice.dueDate ?? '', roles.due],
    [notice.payment?.amount ?? '', roles.amount],
    [notice.payment?.noticeNumber ?? '', roles.noticeNumber],
  ]
}

/** Text takes anything; a number may be written in a column that holds text, and the like. */
function fits({ type }: Wanted, column: TypedColumn): boolean {
  const own = column.type.draft.type
  if (type === 'text' || type === own) return true
  const isEmpty = column.type.filled === 0
  return isEmpty || (type === 'integer' && own === 'text') || (type === 'boolean' && own === 'text')
}

const hinted = [
  ...['instalment', 'period', 'document', 'status', 'count', 'customer', 'contact'],
  ...['due', 'noticeNumber', 'amount'],
] as Hint[]

function isSame({ name, label }: Wanted, column: TypedColumn): boolean {
  const plain = wordsOf(column.label).join('')
  return plain === wordsOf(label).join('') || plain === wordsOf(name).join('')
}

/** Words that stand before anything: alone they join nothing. */
const vague = /^(N|NR|NUM|NUMERO|COD|CODICE|ID|DATA|TIPO|DESCR|DESCRIZIONE)$/

/** From 0 to 1: the words that the names share; less where both only hint at the same. */
function likeness({ label }: Wanted, column: TypedColumn): number {
  const [own, other] = [wordsOf(label), wordsOf(column.label)]
  const shared = own.filter((word) => other.some((one) => isAkin(word, one)))
  const says = shared.some((word) => !vague.test(word)) || own.every((word) => vague.test(word))
  const named = says ? (2 * shared.length) / (own.length + other.length) : 0
  const isHinted = hinted.some((hint) => suggests(label, hint) && suggests(column.label, hint))
  return Math.max(named, isHinted ? ENOUGH + named / 10 : 0)
}

/** `NUM` and `NUMERO`, `RATA` and `RATE`: one begins the other, or all but its end. */
function isAkin(a: string, b: string): boolean {
  if (a === b) return true
  const length = Math.min(a.length, b.length)
  if (length < 3) return false
  const stem = length === Math.max(a.length, b.length) ? length - 1 : length
  return stem >= 3 && a.slice(0, stem) === b.slice(0, stem)
}

function wordsOf(label: string): string[] {
  const plain = label
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
  return plain
    .toUpperCase()
    .split(/[^A-Z\d]+/)
    .filter((word) => word !== '')
}
