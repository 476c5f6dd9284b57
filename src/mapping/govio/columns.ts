// The columns of a file for one GovIO template, in GovIO's order, and the field that each becomes.
// Source: govio `template-utils`, `TemplateApplierFactory`: the columns that every file has, those
// of the due date and of the payment, then the placeholders by position.
import { fieldName, isOfPerson, uniqueNames } from '../guess/column-name.ts'
import type { GovioPlaceholder, GovioTemplate } from './template.ts'

export type ColumnKind =
  | 'recipient'
  | 'datetime'
  | 'date'
  | 'text'
  | 'number'
  | 'boolean'
  | 'amount'
  | 'noticeNumber'
  | 'payee'

export interface GovioColumn {
  /** From 1. */
  position: number
  /** As GovIO calls it. */
  name: string
  /** As the mapping calls it. */
  field: string
  kind: ColumnKind
  /** GovIO refuses rows without it. */
  isMandatory: boolean
  isPersonal: boolean
  /** Null for the columns that every file of its kind has. */
  placeholder: GovioPlaceholder | null
}

export interface GovioColumns {
  all: GovioColumn[]
  /** The column that a text means by this name. */
  find(name: string): GovioColumn | null
  /** What is odd about the placeholders themselves; said to the person. */
  oddities: string[]
}

/** Words that mean something to Liquid, and are no names of fields. */
const RESERVED = ['true', 'false', 'nil', 'null', 'empty', 'blank', 'and', 'or', 'contains']

const placeholderKinds: Record<GovioPlaceholder['type'], ColumnKind> = {
  STRING: 'text',
  DATE: 'date',
  DATETIME: 'datetime',
  NUMBER: 'number',
  BOOLEAN: 'boolean',
}

/** The columns of a template's files. */
export function columnsOf(template: GovioTemplate): GovioColumns {
  const fixed = fixedColumns(template)
  const custom = template.placeholders.map((placeholder): Omit<GovioColumn, 'field'> => {
    const { name, type, isMandatory, position } = placeholder
    return {
      position: fixed.length + position,
      name,
      kind: placeholderKinds[type],
      isMandatory,
      isPersonal: type === 'STRING' && isOfPerson(name),
      placeholder,
    }
  })
  const columns = [...fixed, ...custom]
  const names = fieldNames(columns)
  const all = columns.map((column, index) => ({ ...column, field: names[index] as string }))
  return { all, find: (name) => findColumn(all, name), oddities: odditiesOf(all, fixed.length) }
}

/** The field with the time of a column that has one. */
export function timeField({ field }: Pick<GovioColumn, 'field'>): string {
  return `${field}_ora`
}

/** Each its own, and none called like the time of another. */
function fieldNames(columns: readonly Omit<GovioColumn, 'field'>[]): string[] {
  const names = uniqueNames(columns.map(({ name }) => usableName(name)))
  const times = columns.flatMap(({ kind }, index) =>
    kind === 'datetime' ? [timeField({ field: names[index] as string })] : [],
  )
  return uniqueNames(names.map((name) => (times.includes(name) ? `${name}_campo` : name)))
}

function fixedColumns({ hasDueDate, hasPayment }: GovioTemplate): Omit<GovioColumn, 'field'>[] {
  const columns: [name: string, kind: ColumnKind, isMandatory: boolean][] = [
    ['taxcode', 'recipient', true],
    ['expedition_date', 'datetime', false],
    ...(hasDueDate ? [['due_date', 'datetime', true] as [string, ColumnKind, boolean]] : []),
  ]
  if (hasPayment) {
    columns.push(['notice_number', 'noticeNumber', true], ['amount', 'amount', true])
    columns.push(['invalid_after_due_date', 'boolean', false], ['payee', 'payee', false])
  }
  return columns.map(([name, kind, isMandatory], index) => ({
    ...{ position: index + 1, name, kind, isMandatory },
    ...{ isPersonal: false, placeholder: null },
  }))
}

/** Those of every file first; of placeholders of one name the last, as GovIO fills them in. */
function findColumn(all: readonly GovioColumn[], name: string): GovioColumn | null {
  const same = all.filter((column) => column.name === name)
  return same.find(({ placeholder }) => placeholder === null) ?? same.at(-1) ?? null
}

function usableName(name: string): string {
  const field = fieldName(name)
  return RESERVED.includes(field) ? `${field}_campo` : field
}

function odditiesOf(all: readonly GovioColumn[], fixed: number): string[] {
  const custom = all.slice(fixed)
  return custom.flatMap(({ name, field, position, placeholder }, index) => {
    const found: string[] = []
    const isFixed = all.slice(0, fixed).some((column) => column.name === name)
    const isTwice = custom.findIndex((column) => column.name === name) < index
    if (isFixed) {
      found.push(
        `the placeholder ${name} is called like a column of every file: it is the field ` +
          `${field}, and \${${name}} in the texts means the column`,
      )
    } else if (isTwice) {
      found.push(
        `two placeholders are called ${name}: this one is the field ${field}, and ` +
          `\${${name}} in the texts means the last`,
      )
    }
    if (placeholder?.position === 0) {
      found.push(
        `the placeholder ${name} has position 0, which is column ${position}, that of ` +
          `${all[fixed - 1]?.name}: GovIO counts placeholders from 1`,
      )
    }
    return found
  })
}
