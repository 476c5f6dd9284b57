// A notice mapping, compiled: raw record → typed values → notice with its messages, or why not.
// `read` says which rows the record looks up, so that the caller can fetch many at once for
// `finish`. Invariant: everything that can be wrong with a record is said at once, and what comes
// out as a notice is what IO accepts, in every message and language.
import type { FieldValue, Matter, NoticeData } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import { canonicalJson } from './canonical.ts'
import { compileDelivery, type Ended } from './delivery.ts'
import { type Faults, isWarning } from './fault.ts'
import type { FieldSpec } from './field/field-spec.ts'
import { type Doubt, findDoubt, findSkip, judge, missing } from './field/fields.ts'
import { restoredValue } from './field/stored-value.ts'
import type { RawRecord, RecordReader } from './format/raw-record.ts'
import { createRecordReader } from './format/reader.ts'
import { keyReaders, lookupOrder, parentOf, WAIT_HOURS } from './lookups.ts'
import { checkNotice, namedPaths, type References, usedLookupFields } from './notice-check.ts'
import { dataBuilder } from './notice-data.ts'
import { type Payloads, payloadRefusals, payloadsOf } from './payload.ts'
import { recordKey, recordReader } from './record-reader.ts'
import type { NoticeMapping } from './spec.ts'
import type { Condition } from './text/condition.ts'
import { compileTexts, type NoticeTexts } from './text/notice-texts.ts'
import type { Fields, Scope } from './text/scope.ts'
import { compileTest } from './text/text.ts'

/** A record that has been read and waits for the rows that it looks up. */
export interface Prepared {
  line: number
  record: number
  key: string | null
  values: Record<string, FieldValue>
  refusals: Refusal[]
  doubts: Doubt[]
  /** Fields without a usable value. */
  refused: string[]
  /** By lookup: the key of the row it needs; null when the record has none, or not yet. */
  lookups: Record<string, string | null>
}

/** A row that a record waits for. */
export interface Wait {
  lookup: string
  reference: string
  key: string
  /** From when its drop is mapped for the first time. */
  hours: number
}

/** By lookup: the row of the reference as it was stored, or null when there is none. */
export type LookedUp = Record<string, Readonly<Record<string, string>> | null>

export interface MappedNotice {
  kind: 'notice'
  line: number
  record: number
  key: string
  data: NoticeData
  /** Index 0 is the first message, then one for each reminder. */
  payloads: Payloads[]
  /** Whether it has a first message; else its reminders alone are its own. */
  hasFirst: boolean
  /** What the office should know of a notice that goes all the same. */
  warnings: readonly Refusal[]
}

export type Mapped =
  | MappedNotice
  | { kind: 'refused'; line: number; record: number; key: string | null; refusals: Refusal[] }
  | { kind: 'skipped'; line: number; record: number; key: string | null; because: string }
  /** The source says that the notice of this key has ended. */
  | { kind: 'ended'; line: number; record: number; key: string; as: Ended }
  /** Good as far as it goes: to be mapped again when one of the rows is there, or the time over. */
  | { kind: 'waiting'; line: number; record: number; key: string; waits: Wait[] }

export interface FinishContext {
  testers: ReadonlySet<string>
  /** The first day that the feed wants (`2026-03-01`), of mappings with `startsAt`; absent: all. */
  startsOn?: string | null | undefined
  /** Whether a wait of so many hours is over; absent: none is. */
  isOver?: ((hours: number) => boolean) | undefined
}

export interface CompiledNotice {
  shape: 'notice'
  name: string
  spec: NoticeMapping
  /** A reader of one part. */
  /** `files`: the names of those that came along, where they are known. */
  reader(files?: readonly string[]): RecordReader
  read(raw: RawRecord): Prepared
  /** The lookups in the order in which their rows can be fetched. */
  lookups: readonly { name: string; reference: string }[]
  /** The key of a lookup that a row fetched before may have; null when there is none. */
  lookupKey(name: string, prepared: Prepared, rows: LookedUp): string | null
  finish(prepared: Prepared, rows: LookedUp, context: FinishContext): Mapped
  /** The messages of one template, rendered from stored data: the same that `finish` gave. */
  payloads(data: NoticeData, template: number): Payloads
  /** The values whose change makes a new message, always in the same order. */
  matters(data: NoticeData): unknown[]
  /** All of the data as JSON with sorted keys: equal data, equal text. */
  canonical(data: NoticeData): string
}

/** Compiles a notice mapping; null when `faults` has more than warnings. */
export function compileNotice(
  name: string,
  spec: NoticeMapping,
  references: References,
  faults: Faults,
): CompiledNotice | null {
  const scope = checkNotice(spec, references, faults)
  const texts = compileTexts(spec, scope, faults)
  const skips = compileSkips(spec, scope, faults)
  const delivery = compileDelivery(spec, scope, faults)
  if (!faults.list.every(isWarning)) return null

  const readRecord = recordReader(spec.record.fields)
  const conditions = [...skips, delivery].flatMap(({ uses }) => uses)
  const used = [...namedPaths(spec), ...texts.uses, ...conditions]
  const lookUp = lookupReader(spec, usedLookupFields(used, spec, references))
  const keyOf = keyReaders(spec.lookups, references)
  const order = lookupOrder(spec.lookups) ?? []
  const build = dataBuilder(spec)
  const matters = mattersReader(spec, texts)

  return {
    shape: 'notice',
    name,
    spec,
    reader: (files) => createRecordReader(spec.record, files),
    read(raw) {
      const record = readRecord(raw)
      const key = recordKey(spec.key, record)
      const lookups: Prepared['lookups'] = {}
      for (const name of order) lookups[name] = keyOf[name]!(record.values, {})
      const { values, findings } = record
      return { line: raw.line, record: raw.record, key, values, ...findings, lookups }
    },
    lookups: order.map((name) => ({ name, reference: spec.lookups[name]!.reference })),
    lookupKey: (name, prepared, rows) => keyOf[name]!(prepared.values, rows),
    finish(prepared, rows, { testers, isOver = never, startsOn = null }) {
      const { line, record, key } = prepared
      const action = delivery.actionOf(prepared.values)
      if ((action === 'settled' || action === 'cancelled') && key !== null)
        return { kind: 'ended', line, record, key, as: action }
      const found = lookUp(prepared, rows, isOver)
      if (startsOn !== null && delivery.isBefore(found.fields, startsOn))
        return { kind: 'skipped', line, record, key, because: TOO_EARLY }
      const skip = skips.find(
        ({ uses, test }) => !uses.some(found.isUnreadable) && test(found.fields),
      )
      const because = skip?.because ?? findSkip(found.doubts)
      if (because !== null) return { kind: 'skipped', line, record, key, because }

      const { refusals: standing, warnings } = judge(found.doubts, testers)
      const refusals = [...found.refusals, ...standing]
      const isStrange = typeof action === 'object' && !found.isUnreadable(action.field ?? '')
      if (isStrange) refusals.push(action)
      const data = build(key ?? '', found.fields, found.isUnreadable, refusals)
      if (key === null || refusals.length > 0)
        return { kind: 'refused', line, record, key, refusals }
      if (found.waits.length > 0) return { kind: 'waiting', line, record, key, waits: found.waits }

      if (delivery.single !== null) data.single = delivery.single.test(found.fields)
      const payloads = texts.messages.map((_, template) => payloadsOf(texts, data, template))
      const refused = payloadRefusals(payloads)
      if (refused.length > 0) return { kind: 'refused', line, record, key, refusals: refused }
      const hasFirst = delivery.firstWhen?.test(found.fields) ?? true
      return { kind: 'notice', line, record, key, data, payloads, hasFirst, warnings }
    },
    payloads: (data, template) => payloadsOf(texts, data, template),
    matters,
    canonical: canonicalJson,
  }
}

const never = () => false

const TOO_EARLY = 'prima dell’avvio del collegamento'

type Skip = Condition & { because: string }

function compileSkips(spec: NoticeMapping, scope: Scope, faults: Faults): Skip[] {
  return spec.skip.flatMap(({ when, because }, index) => {
    const { condition, fault } = compileTest(when, scope)
    if (fault === null) return [{ ...condition, because }]
    faults.list.push({ code: 'CFG_TEMPLATE', path: ['skip', index, 'when'], ...fault })
    return []
  })
}

interface Found {
  fields: Fields
  refusals: Refusal[]
  doubts: Doubt[]
  waits: Wait[]
  isUnreadable(path: string): boolean
}

/**
 * Joins a record with its rows: typed again by the reference's fields, nulls where there is no row.
 */
function lookupReader(
  spec: NoticeMapping,
  used: Record<string, [name: string, field: FieldSpec][]>,
): (prepared: Prepared, rows: LookedUp, isOver: (hours: number) => boolean) => Found {
  const order = lookupOrder(spec.lookups) ?? []
  const lookups = order.map((name) => [name, spec.lookups[name]!] as const)
  return (prepared, rows, isOver) => {
    const fields: Fields = { ...prepared.values }
    const refusals = [...prepared.refusals]
    const doubts = [...prepared.doubts]
    const waits: Wait[] = []
    const unreadable = new Set(prepared.refused)
    for (const [name, lookup] of lookups) {
      const row = rows[name] ?? null
      // What cannot be known is not looked for: why is said of the field, or of the other lookup.
      const isUnknown = unreadable.has(lookup.by) || unreadable.has(parentOf(lookup) ?? '')
      const isNeeded = row === null && lookup.onMissing !== 'empty'
      if (row === null && (isUnknown || isNeeded)) unreadable.add(name)
      if (isNeeded && !isUnknown) {
        const key = prepared.lookups[name] ?? null
        const { reference, onMissing, waitHours: hours = WAIT_HOURS } = lookup
        const mayWait = onMissing === 'wait' && key !== null && !isOver(hours)
        if (mayWait) waits.push({ lookup: name, reference, key, hours })
        else refusals.push(notFound(lookup, key))
      }
      const values: Record<string, FieldValue> = {}
      for (const [field, fieldSpec] of used[name] ?? []) {
        const path = `${name}.${field}`
        if (field === 'found') {
          values[field] = row !== null
          continue
        }
        const value = restoredValue(fieldSpec, row?.[field])
        if (value === undefined) {
          unreadable.add(path)
          refusals.push(outdated(path, lookup.reference))
        }
        values[field] = value ?? null
        const doubt = findDoubt(path, fieldSpec, value ?? null)
        if (doubt) doubts.push(doubt)
      }
      fields[name] = values
    }
    const isUnreadable = (path: string) =>
      unreadable.has(path) || (path.includes('.') && unreadable.has(path.split('.', 1)[0]!))
    return { fields, refusals, doubts, waits, isUnreadable }
  }
}

function notFound(lookup: NoticeMapping['lookups'][string], key: string | null): Refusal {
  if (key === null) return missing(lookup.by)
  return {
    code: 'REC_LOOKUP_MISSING',
    field: lookup.by,
    detail: `«${key}» non c’è nell’anagrafica di appoggio ${lookup.reference}.`,
    remedy: `Aggiungilo in ${lookup.reference}, ricaricala e rielabora il file.`,
  }
}

function outdated(path: string, reference: string): Refusal {
  return {
    code: 'REC_VALUE_FORM',
    field: path,
    detail: `L’anagrafica ${reference} è stata caricata con un altro tipo per ${path}.`,
    remedy: `Ricarica ${reference} e rielabora il file.`,
  }
}

/** Reads the values that `changesMatter` names, in an order of its own. */
function mattersReader(spec: NoticeMapping, texts: NoticeTexts): (data: NoticeData) => unknown[] {
  const values: Record<Matter, (data: NoticeData) => unknown> = {
    fiscalCode: ({ fiscalCode }) => fiscalCode,
    amount: ({ payment }) => payment?.amountCents ?? null,
    dueDate: ({ dueAt }) => dueAt,
    noticeNumber: ({ payment }) => payment?.noticeNumber ?? null,
    payee: ({ payment }) => payment?.payee ?? null,
    text: (data) => texts.messages.map((_, template) => wordsOf(payloadsOf(texts, data, template))),
  }
  const named = Object.keys(values).filter((matter) =>
    spec.changesMatter.includes(matter as Matter),
  )
  const readers = named.map((matter) => values[matter as Matter])
  return (data) => readers.map((read) => read(data))
}

function wordsOf(payloads: Payloads): string[] {
  return Object.values(payloads).flatMap(({ content }) => [content.subject, content.markdown])
}
