// A settlement mapping, compiled: raw record → the notice that it names and how that ends, or why
// not. Invariant: a record whose words are not understood closes nothing and is refused.
import type { FieldValue } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { SettlementAs } from './delivery-spec.ts'
import { type Faults, isWarning } from './fault.ts'
import { findSkip, judge, missing, quoted } from './field/fields.ts'
import { checkValueLists, listedValues, meaningReader } from './field/value-lists.ts'
import type { FileNames } from './format/file-name.ts'
import type { RawRecord, RecordReader } from './format/raw-record.ts'
import { createRecordReader } from './format/reader.ts'
import { checkClosing } from './reach/reach-check.ts'
import { checkKeyPart, checkRecord, recordScope } from './record-check.ts'
import { recordKey, recordReader } from './record-reader.ts'
import type { SettlementMapping } from './spec.ts'
import type { RefusedRecord } from './table-mapping.ts'
import type { Scope } from './text/scope.ts'
import { findTest } from './text/text.ts'

export interface SettlementRow {
  kind: 'row'
  /** What the mapping's `by` says it is: a key, a notice number or a fiscal code. */
  key: string
  as: 'settled' | 'cancelled' | 'nothing'
}

export interface CompiledSettlement {
  shape: 'settlement'
  name: string
  spec: SettlementMapping
  /** `files`: how they are called, where that is known. Throws `DropError`. */
  reader(files?: FileNames): RecordReader
  read(raw: RawRecord, testers?: ReadonlySet<string>): SettlementRow | RefusedRecord
}

const nobody: ReadonlySet<string> = new Set()

/** The series that a settlement closes notices of. */
export function seriesOf({ series }: SettlementMapping): string[] {
  return typeof series === 'string' ? [series] : series
}

/** Compiles a settlement; null when `faults` has more than warnings. */
export function compileSettlement(
  name: string,
  spec: SettlementMapping,
  faults: Faults,
): CompiledSettlement | null {
  checkRecord(spec.record, faults)
  const scope = recordScope(spec.record)
  for (const [index, path] of spec.key.entries()) checkKeyPart(path, scope, ['key', index], faults)
  checkBy(spec, scope, faults)
  checkAs(spec.as, scope, faults)
  const closes = compileClosesWhen(spec.closesWhen, scope, faults)
  if (!faults.list.every(isWarning)) return null
  checkClosing(spec, scope, faults)
  const readRecord = recordReader(spec.record.fields)
  const endOf = endReader(spec.as)
  return {
    shape: 'settlement',
    name,
    spec,
    reader: (files) => createRecordReader(spec.record, files),
    read(raw, testers = nobody) {
      const record = readRecord(raw)
      const key = recordKey(spec.key, record)
      const { refusals, doubts, refused } = record.findings
      // Only of the key does a doubt matter: nothing else of the record is used.
      const ofKey = doubts.filter(({ refusal }) => spec.key.includes(refusal.field ?? ''))
      const end = endOf(record.values)
      const standing = [...refusals, ...judge(ofKey, testers).refusals]
      if (typeof end === 'object' && !refused.includes(end.field ?? '')) standing.push(end)
      if (key === null || typeof end === 'object' || standing.length > 0) {
        return { kind: 'refused', key, refusals: standing }
      }
      const isClosed = closes(record.values) && findSkip(ofKey) === null
      return { kind: 'row', key, as: isClosed ? end : 'nothing' }
    },
  }
}

/** Whether a record may close anything at all; always, where the mapping sets no condition. */
function compileClosesWhen(when: string | undefined, scope: Scope, faults: Faults) {
  if (when === undefined) return () => true
  return findTest(when, scope, ['closesWhen'], faults)?.test ?? (() => true)
}

type End = SettlementRow['as']

/** How the notice of a record ends; a refusal where the value of its field is not listed. */
function endReader(
  as: SettlementAs,
): (values: Readonly<Record<string, FieldValue>>) => End | Refusal {
  if (typeof as === 'string') return () => as
  const { field, otherwise, ...lists } = as
  const meaningOf = meaningReader(lists)
  const listed = listedValues(lists)
  const remedy = `I valori previsti sono ${listed}: aggiungilo dove va in \`as\` nel modello.`
  return (values) => {
    const value = values[field] ?? null
    // An empty field must be listed: a payment is never read out of nothing.
    const meaning = meaningOf(value) ?? (value === null ? 'refuse' : otherwise)
    if (meaning === 'ignore') return 'nothing'
    if (meaning !== 'refuse') return meaning
    if (value === null) return missing(field)
    const detail = `${quoted(String(value))} non dice se la posizione è pagata, annullata o aperta.`
    return { code: 'REC_VALUE_UNKNOWN', field, detail, remedy }
  }
}

function checkBy({ by, key }: SettlementMapping, scope: Scope, faults: Faults): void {
  if (by === 'key') return
  if (key.length > 1) {
    const hint = `name the one field that holds the ${by}`
    faults.add('CFG_VALUE', ['key'], `by ${by} there is one field, not ${key.length}`, hint)
    return
  }
  const path = key[0] as string
  if (scope.has(path)) faults.findField(scope, path, [by], ['key', 0])
}

function checkAs(as: SettlementAs, scope: Scope, faults: Faults): void {
  if (typeof as === 'string') return
  const { field, otherwise, ...lists } = as
  faults.findField(scope, field, null, ['as', 'field'])
  checkValueLists(lists, ['as'], faults)
  const ends = lists.settled.length + lists.cancelled.length
  if (ends > 0 || otherwise === 'settled' || otherwise === 'cancelled') return
  const hint = 'list the values that mean paid in `settled`'
  faults.add('CFG_VALUE', ['as'], 'no value closes anything', hint)
}
