// A sample → all that was understood of it: how its records are written, its fields, and what each
// is for. What a person said comes first, guesses fill the rest. Invariant: what is understood
// makes a mapping that compiles; where something is missing for that, it is said with what there
// is.
import type { FieldSpec } from '../field/field-spec.ts'
import { foldGroups, type Groups, zerosOf } from './column-groups.ts'
import { fieldName, isOfPerson, suggests, uniqueNames } from './column-name.ts'
import { type FieldDraft, tried } from './column-type.ts'
import { guessRecord, type Sample } from './guess-record.ts'
import type { GuessedRecord } from './guessed-record.ts'
import { guessRoles, type Roles } from './roles.ts'
import { guessShape } from './shape.ts'
import { filledValues, GuessError, labelsOf } from './table.ts'
import { noticeNumberOfIuv, type TypedColumn, typedColumns } from './typed-column.ts'
import type { Shape, Wishes } from './wishes.ts'

export interface GuessedField {
  name: string
  label: string
  place: FieldSpec['column']
  /** Type and its keys, with `optional` and `personal` where they hold. */
  draft: FieldDraft
  /** What it rests on, in English; null where there is nothing to say. */
  evidence: string | null
  values: string[]
  /** The mapping lists what it may hold: words of the source, and nobody's. */
  isListed?: boolean
}

/** By role, the name of its field. */
export interface FieldRoles extends Record<Exclude<keyof Roles, 'key'>, string | null> {
  key: string[]
}

/** A reference that gives a recipient by a key. */
export interface KnownReference {
  name: string
  /** How its key is called, in the file that it is read from. */
  labels: readonly string[]
  /** The name of its field with the fiscal code. */
  fiscalCode: string
}

/** The recipient's fiscal code by a reference, where the record has none. */
export interface GuessedLookup {
  name: string
  reference: string
  /** The field whose value is looked up. */
  by: string
  fiscalCode: string
}

export interface Understanding {
  shape: Shape
  record: Omit<GuessedRecord, 'table'>
  records: number
  /** False where the file goes on after what was looked at. */
  isWhole: boolean
  fields: GuessedField[]
  /** Columns that are not read: there are too many. */
  unread: string[]
  roles: FieldRoles
  lookup: GuessedLookup | null
  /** What a person should look at, in English. */
  doubts: string[]
}

/** Fields of one mapping; of more columns only those that have a part or a name that says much. */
const MAXIMUM_FIELDS = 40

/**
 * Understands a sample. `known` are references that may name a recipient. Throws `GuessError` where
 * it cannot, which says what is missing.
 */
export function understand(
  sample: Sample,
  said: Wishes,
  known: readonly KnownReference[] = [],
): Understanding {
  const record = guessRecord(sample, said)
  const wishes = record.key === undefined ? said : { key: record.key, ...said }
  const folded = foldGroups(record.table, wishes)
  const table = folded?.table ?? record.table
  const typed = typedColumns(table, wishes)
  const shape = wishes.shape ?? guessShape(typed, guessRoles(typed, wishes))
  const guessed = guessRoles(typed, { ...wishes, shape })
  const payable =
    guessed.noticeNumber === null && wishes.noticeNumber === undefined
      ? noticeNumberOfIuv(typed)
      : null
  const columns = typed.map((column) => (column.label === payable?.label ? payable : column))
  const named = payable === null ? guessed : withColumn(guessed, payable)
  const isClosing = shape === 'settlement' && payable !== null && wishes.key === undefined
  const roles = isClosing ? { ...named, key: [payable] } : named
  const looked =
    shape === 'notice' && roles.recipient === null ? lookUp(columns, known, wishes) : null
  checkComplete(shape, roles, looked?.column ?? roles.recipient, columns)
  const chosen = chosenColumns(columns, roles)
  const fields = chosen.map((column) => fieldOf(column, roles, looked?.column ?? null))
  const { table: rows, key: _, ...how } = record
  if (folded !== null) addGroups(how, fields, folded.groups, zerosOf(rows, folded.groups))
  return {
    shape,
    record: how,
    records: table.records,
    isWhole: sample.isWhole,
    fields,
    unread: columns.filter((column) => !chosen.includes(column)).map(({ label }) => label),
    roles: namesOf(roles),
    lookup: looked?.lookup ?? null,
    doubts: doubtsOf(chosen, roles),
  }
}

/** A long number as a spreadsheet saves it: `3,02E+17`. */
const SCIENTIFIC = /^\d+([.,]\d+)?E\+\d+$/i

/** What a person should look at: doubts of types, and an IUV of which no notice number is made. */
function doubtsOf(columns: readonly TypedColumn[], roles: Roles): string[] {
  const iuv = columns.find(({ type }) => type.draft.type === 'iuv')
  const isAlone = iuv !== undefined && roles.noticeNumber === null && roles.amount !== null
  const hint = 'without a notice number there is no payment: make one with `fromIuv`, of your codes'
  const undated = columns.find(({ label, type }) => suggests(label, 'due') && isFilledText(type))
  const cut = columns.find(({ values }) => values.some((value) => SCIENTIFIC.test(value.trim())))
  const [key, ...more] = roles.key
  const isOnePerPerson = more.length === 0 && key === roles.recipient && roles.amount !== null
  const isUndated = undated !== undefined && roles.due === null
  const isDueByName = roles.due === null || suggests(roles.due.label, 'due')
  return [
    ...columns.flatMap(({ label, type }) => (type.doubt ? [`${label}: ${type.doubt}`] : [])),
    ...(isAlone ? [`${iuv.label}: ${hint}`] : []),
    ...(cut
      ? [`${cut.label}: numbers such as 3,02E+17 have lost their digits in a spreadsheet`]
      : []),
    ...(isOnePerPerson ? [`${key!.label}: with this key a person has one notice for ever`] : []),
    ...(isUndated ? [`${undated.label}: no due date, since its values are no dates`] : []),
    ...(isDueByName ? [] : [`${roles.due!.label}: the due date, since no other date may be it`]),
  ]
}

function isFilledText({ draft, filled }: TypedColumn['type']): boolean {
  return draft.type === 'text' && filled > 0
}

/** Says of the record that it repeats, and of the amount what means that a group is not there. */
function addGroups(
  { keys, words }: Omit<GuessedRecord, 'table'>,
  fields: GuessedField[],
  { over, when }: Groups,
  zeros: readonly string[],
): void {
  const field = fields.find(({ label }) => label === when)
  if (field === undefined) return
  const evidence = `one record for each of these groups that has ${when}`
  keys.push({ name: 'repeat', value: { over, when: field.name }, evidence })
  words.push(`groups ${over.join(' ')}`)
  if (zeros.length > 0) field.draft = { ...field.draft, empty: [...zeros] }
}

/** The roles with the column, typed anew, wherever it has a part. */
function withColumn(roles: Roles, column: TypedColumn): Roles {
  const anew = (one: TypedColumn | null) => (one?.label === column.label ? column : one)
  const { key, ...others } = roles
  const single = Object.entries(others).map(([role, one]) => [role, anew(one)])
  const keys = key.map((one) => anew(one)!)
  return { ...Object.fromEntries(single), key: keys, noticeNumber: column } as Roles
}

/** The first column that is called as the key of a reference is. */
function lookUp(
  columns: readonly TypedColumn[],
  known: readonly KnownReference[],
  { lookup: wish }: Wishes,
) {
  if (wish !== undefined && !known.some(({ name }) => name === wish.reference)) {
    throw new GuessError(`no reference ${wish.reference} has fiscal codes by a key`)
  }
  for (const { name: reference, labels, fiscalCode } of known) {
    if (wish !== undefined && wish.reference !== reference) continue
    const plain = (wish === undefined ? labels : [wish.by]).map((label) => label.toLowerCase())
    const column = columns.find(({ label, type }) => {
      return type.draft.type === 'text' && plain.includes(label.trim().toLowerCase())
    })
    if (column === undefined) continue
    const name = uniqueNames([...columns.map((one) => one.name), fieldName(reference)]).at(-1)!
    return { column, lookup: { name, reference, by: column.name, fiscalCode } }
  }
  return null
}

function checkComplete(
  shape: Shape,
  roles: Roles,
  recipient: TypedColumn | null,
  columns: readonly TypedColumn[],
): void {
  const missing: string[] = []
  if (shape === 'notice' && recipient === null) {
    missing.push('recipient (a column of fiscal codes of persons: --recipient COLUMN)')
  }
  if (roles.key.length === 0) {
    missing.push('key (a column that is never empty and never twice the same: --key COLUMN)')
  }
  if (missing.length === 0) {
    const empty = roles.key.find(({ values }) => values.some((value) => value.trim() === ''))
    if (empty === undefined) return
    throw new GuessError(`the key ${empty.label} is empty in some records: choose another (--key)`)
  }
  const other = shape === 'notice' ? '\nIf it is no file of notices, say --shape.' : ''
  const there = `The columns are ${labelsOf(columns)}.${other}`
  throw new GuessError(`for a ${shape} there is no ${missing.join(' and no ')}.\n${there}`)
}

/** All columns; of very many, those with a part and the first that carry anything. */
function chosenColumns(columns: readonly TypedColumn[], roles: Roles): TypedColumn[] {
  if (columns.length <= MAXIMUM_FIELDS) return [...columns]
  const { key, ...others } = roles
  const needed = new Set([...key, ...Object.values(others)])
  const wanted = columns.filter((column) => needed.has(column))
  const rest = columns.filter((column) => !needed.has(column) && column.type.filled > 0)
  const kept = new Set([...wanted, ...rest.slice(0, Math.max(0, MAXIMUM_FIELDS - wanted.length))])
  return columns.filter((column) => kept.has(column))
}

function fieldOf(column: TypedColumn, roles: Roles, by: TypedColumn | null): GuessedField {
  const { name, label, place, type, values } = column
  const isKey = roles.key.includes(column)
  const isNeeded = isKey || column === roles.action || column === roles.recipient || column === by
  const hasPart = isNeeded || column === roles.amount || column === roles.noticeNumber
  // A value that nothing needs must not refuse a record.
  const isSure = type.accepted === type.filled
  const draft = hasPart || column === roles.due || isSure ? type.draft : ({ type: 'text' } as const)
  const isEmpty = type.filled < values.length
  const isOptional = !isNeeded && (isEmpty || !(hasPart || column === roles.due))
  const isPersonal = draft.type === 'text' && !isKey && isOfPerson(label)
  const whole = {
    ...draft,
    ...(isOptional ? { optional: true } : {}),
    ...(isPersonal ? { personal: true } : {}),
  } as FieldDraft
  return { name, label, place, draft: whole, evidence: evidenceOf(column, whole), values }
}

function evidenceOf(column: TypedColumn, draft: FieldDraft): string | null {
  const { type, values } = column
  const { accepted, filled } = tried(draft, filledValues(column))
  const notes: string[] = []
  if (filled === 0) notes.push('always empty here')
  else if (draft.type !== 'text') notes.push(`${accepted} of ${filled} values have this form`)
  if (filled > 0 && filled < values.length) notes.push(`${values.length - filled} empty`)
  if (type.doubt !== null) notes.push(type.doubt)
  return notes.length === 0 ? null : notes.join('; ')
}

function namesOf({ key, ...others }: Roles): FieldRoles {
  const names = Object.entries(others).map(([role, column]) => [role, column?.name ?? null])
  return { key: key.map(({ name }) => name), ...Object.fromEntries(names) } as FieldRoles
}
