// What a record says of its notice beside the data: whether it ends it, whether it is from
// before the feed began, whether it asks for the whole of its group, whether it has a first
// message. Compiled from the mapping.
// Invariant: a record that ends a notice is known by its key alone, whatever else it lacks.
import type { FieldValue } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { ActionSpec } from './delivery-spec.ts'
import type { Faults } from './fault.ts'
import { missing, quoted } from './field/fields.ts'
import { checkValueLists, listedValues, meaningReader } from './field/value-lists.ts'
import type { NoticeMapping } from './spec.ts'
import type { Condition } from './text/condition.ts'
import { type Fields, getterOf, type Scope } from './text/scope.ts'
import { findTest } from './text/text.ts'

/** How a record ends the notice of its key. */
export type Ended = 'settled' | 'cancelled'

export interface DeliveryRules {
  /** What the record does to the notice of its key; a refusal where its action is not known. */
  actionOf(values: Readonly<Record<string, FieldValue>>): 'write' | Ended | Refusal
  /** Whether the record is from before this day; never where it has no day of its own. */
  isBefore(fields: Fields, startsOn: string): boolean
  /** Null: the mapping does not say. */
  single: Condition | null
  /** Null: every notice has a first message. */
  firstWhen: Condition | null
  /** The fields that these read. */
  uses: string[]
}

/** The rules of one mapping; what is wrong with them is added to `faults`. */
export function compileDelivery(spec: NoticeMapping, scope: Scope, faults: Faults): DeliveryRules {
  checkMissing(spec, faults)
  const { action, startsAt } = spec
  if (action) checkAction(action, spec, faults)
  if (startsAt) faults.findField(scope, startsAt, ['date'], ['startsAt'])
  checkSingle(spec, faults)
  checkFirst(spec, faults)
  const single = compileCondition('single', spec, scope, faults)
  const firstWhen = compileCondition('firstWhen', spec, scope, faults)
  const startOf = startsAt === undefined ? null : getterOf(startsAt)
  return {
    actionOf: action ? actionReader(action) : () => 'write',
    isBefore(fields, startsOn) {
      const day = startOf?.(fields) ?? null
      return day !== null && String(day) < startsOn
    },
    single,
    firstWhen,
    uses: [
      ...(startsAt ? [startsAt] : []),
      ...[single, firstWhen].flatMap((condition) => condition?.uses ?? []),
    ],
  }
}

const effects = {
  insert: 'write',
  modify: 'write',
  cancel: 'cancelled',
  settle: 'settled',
} as const

function actionReader({ field, ...lists }: ActionSpec): DeliveryRules['actionOf'] {
  const meaningOf = meaningReader(lists)
  const remedy = `Usa uno di ${listedValues(lists)}, o aggiungilo in \`action\` nel modello.`
  return (values) => {
    const value = values[field] ?? null
    const meaning = meaningOf(value)
    if (meaning !== null) return effects[meaning]
    if (value === null) return missing(field)
    const detail = `${quoted(String(value))} non dice che cosa fare della riga.`
    return { code: 'REC_VALUE_UNKNOWN', field, detail, remedy }
  }
}

function compileCondition(
  key: 'single' | 'firstWhen',
  spec: NoticeMapping,
  scope: Scope,
  faults: Faults,
): Condition | null {
  const text = spec[key]
  return text === undefined ? null : findTest(text, scope, [key], faults)
}

function checkSingle({ single, group }: NoticeMapping, faults: Faults): void {
  if (single === undefined || group !== undefined) return
  const hint = 'add `group`, the field that all instalments of one debt share'
  faults.add('CFG_VALUE', ['single'], 'the whole of a group, and there is no group', hint)
}

/** Whoever gets neither a first message nor a reminder would never hear of a debt. */
function checkFirst({ firstWhen, reminders }: NoticeMapping, faults: Faults): void {
  if (firstWhen === undefined || reminders.length > 0) return
  const hint = 'add `reminders`, or leave the other records out with `skip`'
  faults.add('CFG_VALUE', ['firstWhen'], 'the others would have no message at all', hint)
}

function checkMissing({ delivery, missing: rule }: NoticeMapping, faults: Faults): void {
  if (rule === undefined || delivery === 'snapshot') return
  const hint = 'add `delivery: snapshot` if each drop names everything that is open'
  faults.add('CFG_VALUE', ['missing'], 'what is missing in a delta says nothing', hint)
}

function checkAction(action: ActionSpec, { record }: NoticeMapping, faults: Faults): void {
  const { field, ...lists } = action
  const own = new Map(Object.entries(record.fields))
  faults.findField(own, field, ['text'], ['action', 'field'])
  checkValueLists(lists, ['action'], faults)
}
