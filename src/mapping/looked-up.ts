// A record with the rows that it looked up → the values that its notice may use, and what is
// missing. Rows are typed again by the fields of their table, nulls where there is none. Invariant:
// "there is nothing under this key" and "nobody has answered yet" are never taken for one another.
import type { FieldValue } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { type Doubt, findDoubt, missing } from './field/fields.ts'
import { restoredValue } from './field/stored-value.ts'
import {
  findTable,
  isThere,
  type LookupTable,
  lookupOrder,
  parentOf,
  type Tables,
  WAIT_HOURS,
  type Wait,
} from './lookups.ts'
import type { LookedUp, Prepared } from './notice-mapping.ts'
import type { LookupSpec, NoticeMapping } from './spec.ts'
import { shapeOf } from './system-lookup.ts'
import type { Fields } from './text/scope.ts'

export interface Found {
  fields: Fields
  refusals: Refusal[]
  doubts: Doubt[]
  waits: Wait[]
  /** The first system that has not answered, where the record does not wait for it. */
  unanswered: { policy: 'skip' | 'refuse'; refusal: Refusal } | null
  isUnreadable(path: string): boolean
}

export interface LookUpOptions {
  /** Whether a wait of so many hours is over. */
  isOver(hours: number): boolean
  /** Of lookups that are not in `rows` nothing is known yet; else they have no row. */
  isPartial?: boolean
}

type UsedFields = Record<string, [name: string, field: FieldSpec][]>

/** Joins the records of one mapping with their rows. */
export function createLookUp(
  spec: NoticeMapping,
  used: UsedFields,
  tables: Tables,
): (prepared: Prepared, rows: LookedUp, options: LookUpOptions) => Found {
  const order = lookupOrder(spec.lookups) ?? []
  const lookups = order.map((name) => {
    const lookup = spec.lookups[name]!
    const table = findTable(lookup, tables)!
    const shape = table.answered && shapeOf(table.answered)
    return { name, lookup, table, shape, fields: used[name] ?? [] }
  })
  return (prepared, rows, { isOver, isPartial = false }) => {
    const found = begin(prepared)
    for (const one of lookups) {
      const { name, lookup, table } = one
      const row = rows[name] ?? null
      // What cannot be known is not looked for: why is said of the field, or of the other lookup.
      const isUnknown =
        found.unreadable.has(lookup.by) ||
        found.unreadable.has(parentOf(lookup) ?? '') ||
        (isPartial && !Object.hasOwn(rows, name))
      const key = prepared.lookups[name] ?? null
      const isUnanswered = row === null && table.answered !== null && key !== null
      const isNeeded = !isThere(row) && lookup.onMissing !== 'empty'
      if (isUnanswered || (!isThere(row) && (isUnknown || isNeeded))) found.unreadable.add(name)
      if (!isUnknown && isUnanswered) awaitAnswer(found, one, key, isOver)
      else if (!isUnknown && isNeeded) awaitRow(found, one, key, isOver)
      found.fields[name] = valuesOf(one, row, found)
    }
    const { unreadable, ...rest } = found
    const isUnreadable = (path: string) =>
      unreadable.has(path) || (path.includes('.') && unreadable.has(path.split('.', 1)[0]!))
    return { ...rest, isUnreadable }
  }
}

type Finding = Omit<Found, 'isUnreadable'> & { unreadable: Set<string> }

function begin({ values, refusals, doubts, refused }: Prepared): Finding {
  return {
    fields: { ...values },
    refusals: [...refusals],
    doubts: [...doubts],
    waits: [],
    unanswered: null,
    unreadable: new Set(refused),
  }
}

interface Joined {
  name: string
  lookup: LookupSpec
  table: LookupTable
  /** Of a system: the `shape` of what it is asked. */
  shape: string | null
  fields: [name: string, field: FieldSpec][]
}

function valuesOf(
  { name, table, fields }: Joined,
  row: LookedUp[string],
  found: Finding,
): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {}
  for (const [field, fieldSpec] of fields) {
    const path = `${name}.${field}`
    if (field === 'found') {
      values[field] = isThere(row)
      continue
    }
    const value = restoredValue(fieldSpec, row?.[field])
    if (value === undefined) {
      found.unreadable.add(path)
      found.refusals.push(outdated(path, table.name))
    }
    values[field] = value ?? null
    const doubt = findDoubt(path, fieldSpec, value ?? null)
    if (doubt) found.doubts.push(doubt)
  }
  return values
}

function awaitRow(
  { waits, refusals }: Finding,
  { name, lookup, table }: Joined,
  key: string | null,
  isOver: (hours: number) => boolean,
): void {
  const { onMissing, waitHours: hours = WAIT_HOURS } = lookup
  const { name: reference } = table
  const mayWait = onMissing === 'wait' && key !== null && !isOver(hours)
  if (mayWait) waits.push({ lookup: name, reference, key, hours })
  else refusals.push(key === null ? missing(lookup.by) : notFound(lookup, table, key))
}

/** What the file of the system says of records that it does not answer. */
function awaitAnswer(
  found: Finding,
  { name, lookup, table, shape }: Joined,
  key: string,
  isOver: (hours: number) => boolean,
): void {
  const { name: reference, answered } = table
  const { onFailure, holdHours: hours } = answered!
  if (onFailure === 'hold' && !isOver(hours)) {
    found.waits.push({ lookup: name, reference, key, hours, shape: shape! })
    return
  }
  const policy = onFailure === 'skip' ? 'skip' : 'refuse'
  const waited = onFailure === 'hold' ? hours : null
  found.unanswered ??= { policy, refusal: unanswered(lookup.by, reference, waited) }
}

function notFound(lookup: LookupSpec, { name, answered }: LookupTable, key: string): Refusal {
  const code = 'REC_LOOKUP_MISSING'
  if (answered !== null) {
    return {
      ...{ code, field: lookup.by },
      detail: `«${key}» non risulta al sistema ${name}.`,
      remedy: 'Correggi il dato alla fonte, o scrivi `onMissing: empty` nel modello.',
    }
  }
  return {
    ...{ code, field: lookup.by },
    detail: `«${key}» non c’è nell’anagrafica di appoggio ${name}.`,
    remedy: `Aggiungilo in ${name}, ricaricala e rielabora il file.`,
  }
}

function unanswered(field: string, system: string, hours: number | null): Refusal {
  const within = hours === null ? '' : ` entro ${hours} ore`
  return {
    ...{ code: 'REC_LOOKUP_UNANSWERED', field },
    detail: `Il sistema ${system} non ha risposto su questa riga${within}.`,
    remedy: '`staffetta systems` dice perché. Quando risponde di nuovo, rimanda la riga.',
  }
}

function outdated(path: string, table: string): Refusal {
  return {
    code: 'REC_VALUE_FORM',
    field: path,
    detail: `L’anagrafica ${table} è stata caricata con un altro tipo per ${path}.`,
    remedy: `Ricarica ${table} e rielabora il file.`,
  }
}
