// A column with its field's name and type. What a person has decided about the columns that have a
// part is tried first, with the field's own parser. Invariant: a column that is said to be
// something of which it holds nothing is an error, not a mapping that refuses every record.
import { fieldName, suggests, uniqueNames } from './column-name.ts'
import { dateDraft, type FieldDraft, guessType, type TypeGuess, tried } from './column-type.ts'
import { type Column, filledValues, GuessError, getColumn, type Table } from './table.ts'
import type { Wishes } from './wishes.ts'

export interface TypedColumn extends Column {
  /** The name of its field. */
  name: string
  type: TypeGuess
}

/** The columns of a table, typed. Throws `GuessError`. */
export function typedColumns({ columns }: Table, wishes: Wishes): TypedColumn[] {
  const names = uniqueNames(columns.map(({ label }) => fieldName(label)))
  const said = new Map<Column, TypeGuess>()
  for (const [role, type] of Object.entries(saidTypes)) {
    const label = wishes[role as keyof typeof saidTypes]
    if (typeof label !== 'string') continue
    const column = getColumn(columns, label)
    said.set(column, type(column, wishes))
  }
  return columns.map((column, index) => {
    const type = said.get(column) ?? guessType(column)
    return { ...column, name: names[index]!, type: said.has(column) ? type : settled(column, type) }
  })
}

/** A notice number made of an IUV of 17 digits, as all institutions with several partners do. */
export const fromIuv: FieldDraft = { type: 'noticeNumber', fromIuv: { auxDigit: 3 } } as FieldDraft

/** Said of a notice number that is made of an IUV. */
export const IUV_DOUBT = 'made of the IUV with auxiliary digit 3: ask who issues your IUVs'

/** Without a column of notice numbers, those that the IUVs make, where the IUVs are whole. */
export function noticeNumberOfIuv(columns: readonly TypedColumn[]): TypedColumn | null {
  const column = columns.find(({ type }) => type.draft.type === 'iuv')
  if (column === undefined) return null
  const type = tried(fromIuv, filledValues(column))
  return type.accepted === type.filled ? { ...column, type: { ...type, doubt: IUV_DOUBT } } : null
}

const saidTypes = {
  recipient: (column: Column) =>
    accepted(column, 'fiscalCode', [guessType(column), { type: 'fiscalCode' }]),
  noticeNumber(column: Column) {
    const type = accepted(column, 'noticeNumber', [{ type: 'noticeNumber' }, fromIuv])
    return 'fromIuv' in type.draft ? { ...type, doubt: IUV_DOUBT } : type
  },
  amount(column: Column, { decimals, zeros }: Wishes) {
    if (decimals === undefined)
      return accepted(column, 'euro', [guessType(column), ...amountDrafts])
    const draft = { type: 'euro', decimals, ...(zeros ? { zeros } : {}) } as FieldDraft
    return accepted(column, 'euro', [draft])
  },
  due(column: Column, { formats }: Wishes) {
    const named = { ...column, label: `scadenza ${column.label}` }
    return accepted(column, 'date', [formats === undefined ? guessType(named) : dateDraft(formats)])
  },
}

const amountDrafts = (['comma', 'dot', 'cents'] as const).map((decimals) => ({
  type: 'euro',
  decimals,
  zeros: decimals === 'cents' ? 'kept' : 'dropped',
})) as FieldDraft[]

/** The first of this type that accepts most values. Throws `GuessError` where none does. */
function accepted(
  column: Column,
  type: FieldDraft['type'],
  options: readonly (FieldDraft | TypeGuess)[],
): TypeGuess {
  const counts = filledValues(column)
  const guesses = options
    .filter((option) => typeOf(option) === type)
    .map((option) => ('draft' in option ? option : tried(option, counts)))
  const good = guesses.find((guess) => guess.accepted > 0 && guess.accepted >= guess.filled / 2)
  if (good !== undefined) return good
  const example = [...counts.keys()].find((value) => value.length < 30)
  const but = example === undefined ? 'it is empty' : `they are like ${shapeOf(example)}`
  throw new GuessError(`the values of ${column.label} are not of type ${type}: ${but}`)
}

function typeOf(option: FieldDraft | TypeGuess): string {
  return 'draft' in option ? option.draft.type : option.type
}

/** The form of a value without the value, which may be a person's: `AAA99` for `RSS80`. */
function shapeOf(value: string): string {
  return `«${value.replace(/\p{L}/gu, 'A').replace(/\d/g, '9')}»`
}

/** Types whose form is like no other. */
const unmistakable: readonly string[] = ['fiscalCode', 'noticeNumber']

/** What has a type only for most of its values, and no name that says so, is kept as text. */
function settled({ label }: Column, type: TypeGuess): TypeGuess {
  const isWhole = type.accepted === type.filled || unmistakable.includes(type.draft.type)
  const named = ['fiscalCode', 'due', 'amount', 'noticeNumber', 'iuv', 'date'] as const
  if (isWhole || named.some((hint) => suggests(label, hint))) return type
  return { ...type, draft: { type: 'text' } as FieldDraft, accepted: type.filled, doubt: null }
}
