// A notice mapping, compiled: raw record → typed values → notice with its messages, or why not.
// `read` says which rows the record looks up, so that the caller can fetch many at once for
// `finish`. Invariant: everything that can be wrong with a record is said at once, and what comes
// out as a notice is what IO accepts, in every message and language.
import type { FieldValue, Matter, NoticeData } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import { askedTable } from './answer.ts'
import { compileQuestions, type SendingQuestion } from './before-sending.ts'
import { canonicalJson } from './canonical.ts'
import { compileDelivery, type Ended } from './delivery.ts'
import { type Faults, isWarning } from './fault.ts'
import { type Doubt, findSkip, judge } from './field/fields.ts'
import type { FileNames } from './format/file-name.ts'
import type { RawRecord, RecordReader } from './format/raw-record.ts'
import { createRecordReader } from './format/reader.ts'
import { createLookUp, type Found } from './looked-up.ts'
import {
  type AskedTable,
  findTable,
  keyReaders,
  lookupOrder,
  type Row,
  type Tables,
  type Wait,
} from './lookups.ts'
import { checkNotice, namedPaths, usedLookupFields } from './notice-check.ts'
import { dataBuilder } from './notice-data.ts'
import { type Payloads, payloadRefusals, payloadsOf } from './payload.ts'
import { type Postpone, postponer } from './postponed.ts'
import { checkCents } from './reach/cents-check.ts'
import { checkReach } from './reach/reach-check.ts'
import { recordKey, recordReader } from './record-reader.ts'
import type { NoticeMapping } from './spec.ts'
import type { Condition } from './text/condition.ts'
import { buttonRefusals, compileTexts, type NoticeTexts } from './text/notice-texts.ts'
import type { Scope } from './text/scope.ts'
import { findTest } from './text/text.ts'

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

/** By lookup: the row of the reference as it was stored, or null when there is none. */
export type LookedUp = Record<string, Row | null>

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

/** A record that makes a notice, unless what it waits for or its texts say otherwise. */
interface Weighed {
  key: string
  found: Found
  data: NoticeData
  warnings: readonly Refusal[]
}

/** What the rows of a lookup are fetched from. */
export interface FetchedLookup {
  name: string
  /** The name of the reference or of the system. */
  table: string
  /** Null for a reference. */
  asked: AskedTable | null
}

export interface CompiledNotice {
  shape: 'notice'
  name: string
  spec: NoticeMapping
  /** A reader of one part. */
  /** `files`: how they are called, where that is known. Throws `DropError`. */
  reader(files?: FileNames): RecordReader
  read(raw: RawRecord): Prepared
  /** The lookups in the order in which their rows can be fetched. */
  lookups: readonly FetchedLookup[]
  /**
   * Whether systems may be asked about a record: not if it is refused, skipped or ended whatever
   * they say. `rows` are those of its references.
   */
  mayAsk(prepared: Prepared, rows: LookedUp, context: FinishContext): boolean
  /** The key of a lookup that a row fetched before may have; null when there is none. */
  lookupKey(name: string, prepared: Prepared, rows: LookedUp): string | null
  finish(prepared: Prepared, rows: LookedUp, context: FinishContext): Mapped
  /** The messages of one template, rendered from stored data: the same that `finish` gave. */
  payloads(data: NoticeData, template: number): Payloads
  /**
   * Which branches of the first message this data takes, as its template words them; empty where
   * it has none. The same words for the same branches, and no value of the data.
   */
  branch(data: NoticeData): string
  /** The data with another due date; null where a notice of this mapping has none. */
  postponed: Postpone
  /** What IO would refuse of the messages of this data: none of what `finish` gave. */
  refusals(data: NoticeData): Refusal[]
  /** What is asked of systems before a message leaves. */
  questions: readonly SendingQuestion[]
  /** The values whose change makes a new message, always in the same order. */
  matters(data: NoticeData): unknown[]
  /**
   * The data as JSON with sorted keys: equal data, equal text. When a system answered is no part of
   * it: the same answer on another day changes nothing.
   */
  canonical(data: NoticeData): string
}

/** Compiles a notice mapping; null when `faults` has more than warnings. */
export function compileNotice(
  name: string,
  spec: NoticeMapping,
  tables: Tables,
  faults: Faults,
): CompiledNotice | null {
  const scope = checkNotice(spec, tables, faults)
  const texts = compileTexts(spec, scope, faults)
  const skips = compileSkips(spec, scope, faults)
  const delivery = compileDelivery(spec, scope, faults)
  const questions = compileQuestions(spec, scope, tables, faults)
  checkTimes(spec, texts, faults)
  if (!faults.list.every(isWarning)) return null
  checkReach(spec, scope, texts, faults)
  checkCents(spec, scope, faults)

  const readRecord = recordReader(spec.record.fields)
  const conditions = [...skips, delivery].flatMap(({ uses }) => uses)
  const used = [...namedPaths(spec), ...texts.uses, ...conditions]
  const lookUp = createLookUp(spec, usedLookupFields(used, spec, tables), tables)
  const keyOf = keyReaders(spec.lookups, tables)
  const order = lookupOrder(spec.lookups) ?? []
  const answered = new Set(order.filter((name) => spec.lookups[name]!.system !== undefined))
  const isAsking = answered.size > 0
  const build = dataBuilder(spec)
  const matters = mattersReader(spec, texts)
  const allPayloads = (data: NoticeData) =>
    texts.messages.map((_, template) => payloadsOf(texts, data, template))

  /** As far as its values and rows say: what it is, or the data of its notice. */
  function weigh(
    prepared: Prepared,
    rows: LookedUp,
    { testers, isOver = never, startsOn = null }: FinishContext,
    isPartial = false,
  ): Exclude<Mapped, MappedNotice> | Weighed {
    const { line, record, key } = prepared
    const action = delivery.actionOf(prepared.values)
    if ((action === 'settled' || action === 'cancelled') && key !== null)
      return { kind: 'ended', line, record, key, as: action }
    const found = lookUp(prepared, rows, { isOver, isPartial })
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
    if (key === null || refusals.length > 0) return { kind: 'refused', line, record, key, refusals }
    return { found, data, warnings, key }
  }

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
    lookups: order.map((name) => fetchedLookup(name, spec, tables)),
    lookupKey: (name, prepared, rows) => keyOf[name]!(prepared.values, rows),
    mayAsk(prepared, rows, context) {
      const weighed = weigh(prepared, rows, context, true)
      // What waits for a row of a reference is asked about when that has come.
      return 'data' in weighed && weighed.found.waits.every(({ shape }) => shape !== undefined)
    },
    finish(prepared, rows, context) {
      const weighed = weigh(prepared, rows, context)
      if ('kind' in weighed) return weighed
      const { found, data, warnings, key } = weighed
      const { line, record } = prepared
      const { unanswered } = found
      if (unanswered?.policy === 'skip')
        return { kind: 'skipped', line, record, key, because: unanswered.refusal.detail }
      if (unanswered !== null)
        return { kind: 'refused', line, record, key, refusals: [unanswered.refusal] }
      if (found.waits.length > 0) return { kind: 'waiting', line, record, key, waits: found.waits }

      if (delivery.single !== null) data.single = delivery.single.test(found.fields)
      const payloads = allPayloads(data)
      const refused = [...buttonRefusals(texts, data), ...payloadRefusals(payloads)]
      if (refused.length > 0) return { kind: 'refused', line, record, key, refusals: refused }
      const hasFirst = delivery.firstWhen?.test(found.fields) ?? true
      return { kind: 'notice', line, record, key, data, payloads, hasFirst, warnings }
    },
    payloads: (data, template) => payloadsOf(texts, data, template),
    branch: branchReader(texts),
    postponed: postponer(spec.notice.dueDate),
    refusals: (data) => [...buttonRefusals(texts, data), ...payloadRefusals(allPayloads(data))],
    questions,
    matters,
    canonical: (data) => canonicalJson(isAsking ? withoutTimes(data, answered) : data),
  }
}

/** In the first of its languages: the others have the same structure, or should. */
function branchReader({ messages, languages: [first] }: NoticeTexts): CompiledNotice['branch'] {
  const text = first && messages[0]?.[first]
  if (!text) return () => ''
  const { subject, markdown } = text
  return ({ fields }) =>
    [subject.branch(fields), markdown.branch(fields)].filter(Boolean).join(', ')
}

const never = () => false

function withoutTimes(data: NoticeData, answered: ReadonlySet<string>): NoticeData {
  const fields = Object.entries(data.fields).map(([name, value]) => {
    if (!answered.has(name) || typeof value !== 'object' || value === null) return [name, value]
    const { asked_at: _, ...rest } = value
    return [name, rest]
  })
  return { ...data, fields: Object.fromEntries(fields) }
}

const TOO_EARLY = 'prima dell’avvio del collegamento'

type Skip = Condition & { because: string }

function compileSkips(spec: NoticeMapping, scope: Scope, faults: Faults): Skip[] {
  return spec.skip.flatMap(({ when, because }, index) => {
    const condition = findTest(when, scope, ['skip', index, 'when'], faults)
    return condition === null ? [] : [{ ...condition, because }]
  })
}

/** The day of an answer would make a new message of each record that comes again. */
function checkTimes(spec: NoticeMapping, { uses }: NoticeTexts, faults: Faults): void {
  if (!spec.changesMatter.includes('text')) return
  const path = [...uses].find((one) => one.endsWith('.asked_at'))
  const lookup = spec.lookups[path?.split('.', 1)[0] ?? '']
  if (path === undefined || lookup?.system === undefined) return
  const hint = 'take `text` out of `changesMatter`, or the day out of the texts'
  const message = `${path} changes with each answer, and \`text\` makes a new message of it`
  faults.add('CFG_VALUE', ['changesMatter'], message, hint)
}

function fetchedLookup(name: string, spec: NoticeMapping, tables: Tables): FetchedLookup {
  const { name: table, answered } = findTable(spec.lookups[name]!, tables)!
  return { name, table, asked: answered && askedTable(table, answered) }
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
