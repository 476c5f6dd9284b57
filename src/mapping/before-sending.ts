// What a mapping asks of systems just before a message leaves, compiled: the key from the notice's
// data, and what the answer means. Invariant: an answer lets a message go or keeps it back; nothing
// of it ever reaches a text.
import { nearest } from '../domain/nearest.ts'
import type { FieldValue, NoticeData } from '../domain/notice.ts'
import { askedTable } from './answer.ts'
import type { Faults } from './fault.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { restoredValue } from './field/stored-value.ts'
import { ASKED_AT, type AskedTable, FOUND, isThere, type Row, type Tables } from './lookups.ts'
import type { BeforeSendingSpec, NoticeMapping } from './spec.ts'
import type { Condition } from './text/condition.ts'
import { getterOf, type Scope } from './text/scope.ts'
import { findTest } from './text/text.ts'

export interface SendingQuestion {
  asked: AskedTable
  freshMinutes: number
  /** Said where the message is kept back. */
  because: string
  /** What the notice becomes when the message is skipped; null: it stays as it is. */
  ends: 'settled' | 'cancelled' | null
  /** What to ask about; null where the notice has nothing there: then nothing is asked. */
  keyOf(data: NoticeData): string | null
  /** What the answer means; a row that says so where there is nothing under the key. */
  judge(row: Row): 'go' | 'skip' | 'hold'
}

/** The questions of one mapping; what is wrong with them is added to `faults`. */
export function compileQuestions(
  { beforeSending }: NoticeMapping,
  scope: Scope,
  tables: Tables,
  faults: Faults,
): SendingQuestion[] {
  return beforeSending.flatMap((spec, index) => {
    const at = ['beforeSending', index]
    faults.findField(scope, spec.by, null, [...at, 'by'])
    if (!Object.hasOwn(tables.systems, spec.system)) {
      const near = nearest(spec.system, Object.keys(tables.systems))
      const hint = near ? `did you mean ${near}?` : 'add a file of this name to systems/'
      faults.add('CFG_UNKNOWN_NAME', [...at, 'system'], `there is no system ${spec.system}`, hint)
      return []
    }
    if (spec.skipWhen === undefined && spec.holdWhen === undefined) {
      const hint = 'add `skipWhen` or `holdWhen`'
      faults.add('CFG_VALUE', at, 'the answer would change nothing', hint)
    }
    if (spec.ends !== undefined && spec.skipWhen === undefined) {
      const hint = 'remove `ends`, or add `skipWhen`'
      faults.add('CFG_VALUE', [...at, 'ends'], '`ends` without `skipWhen`', hint)
    }
    const asked = askedTable(spec.system, tables.systems[spec.system]!)
    return [question(spec, asked, at, faults)]
  })
}

function question(
  spec: BeforeSendingSpec,
  asked: AskedTable,
  at: (string | number)[],
  faults: Faults,
): SendingQuestion {
  const { by, freshMinutes, because, ends = null } = spec
  const fields = { ...asked.table.fields, asked_at: ASKED_AT, found: FOUND }
  const skipWhen = condition('skipWhen', spec, fields, at, faults)
  const holdWhen = condition('holdWhen', spec, fields, at, faults)
  const valueAt = getterOf(by)
  return {
    ...{ asked, freshMinutes, because, ends },
    keyOf(data) {
      const value = valueAt(data.fields)
      return value === null ? null : asked.keyOf(String(value))
    },
    judge(row) {
      const values = valuesOf(row, fields)
      if (skipWhen?.test(values)) return 'skip'
      return holdWhen?.test(values) ? 'hold' : 'go'
    },
  }
}

function condition(
  name: 'skipWhen' | 'holdWhen',
  spec: BeforeSendingSpec,
  fields: Record<string, FieldSpec>,
  at: (string | number)[],
  faults: Faults,
): Condition | null {
  const written = spec[name]
  if (written === undefined) return null
  return findTest(written, new Map(Object.entries(fields)), [...at, name], faults)
}

function valuesOf(row: Row, fields: Record<string, FieldSpec>): Record<string, FieldValue> {
  const values = Object.entries(fields).map(([name, field]) => {
    if (name === 'found') return [name, isThere(row)]
    return [name, restoredValue(field, row[name]) ?? null]
  })
  return Object.fromEntries(values)
}
