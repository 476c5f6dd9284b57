// What a file would become, with nothing saved and nothing sent: each record as the messages that
// would be POSTed and when, as what it would close, as its row, or as its refusals. The same
// reading, mapping and planning as the stage `map`.
import { type Calendar, nextOpening } from '../../domain/calendar.ts'
import { adviceOn } from '../../domain/message-advice.ts'
import type { MessageFinding } from '../../domain/message-finding.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { NoticeData } from '../../domain/notice.ts'
import { elsewhereReason, type NotifiedElsewhere } from '../../domain/notified-elsewhere.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { DropError } from '../../mapping/drop-error.ts'
import type {
  CompiledMapping,
  CompiledNotice,
  CompiledReference,
  CompiledSettlement,
  Mapped,
  Payloads,
  Wait,
} from '../../mapping/mapping.ts'
import { readAppYaml } from '../../mapping/text/app-yaml.ts'
import type { DropProblem } from '../map.ts'
import { type Plan, type PlanTerms, planMessages, REMINDERS_ONLY, type Unplanned } from '../plan.ts'
import {
  batchRecords,
  finishBatch,
  type Lookup,
  type OpenedRecords,
  prepareBatches,
  type RecordBatch,
} from './records.ts'
import { repeatedReason, repeatedRefusal } from './repeated.ts'

export interface PreviewedMessage {
  sendAt: string
  purpose: string
  /** Of a first message, where nothing leaves at `sendAt`: the local time from which it does. */
  opensAt?: string
  /** The local time that its rule says, where nothing leaves then. */
  movedFrom?: string
  /** Exactly what would be POSTed, in the citizen's language; Italian unless asked otherwise. */
  payload: NewMessage
  /** What the citizen would not see as it is written; advice only. */
  warnings: MessageFinding[]
}

/** A reminder that is still to come by its rule, and does not leave. */
export interface PreviewedAbsence {
  /** The local time that its rule says. */
  at: string
  because: Unplanned['because']
}

/** What stands beside the messages of a notice, where there is any. */
interface Beside {
  unplanned?: readonly PreviewedAbsence[]
  /** What is odd in the record and lets it go all the same. */
  doubts?: readonly Refusal[]
  /** Where the options want it. */
  whole?: WholeNotice
}

/** What of a notice no message in one language tells. */
export interface WholeNotice {
  data: NoticeData
  /** Of its messages, in their order. */
  payloads: Payloads[]
}

export type PreviewedRecord = {
  line: number
  key: string | null
} & (
  | ({ messages: PreviewedMessage[] } & Beside)
  | { refused: Refusal; refusals: Refusal[] }
  /** Of a notice without a first message of its own: with its reminders. */
  | ({ skipped: string; messages?: PreviewedMessage[] } & Beside)
  /** The same record has come before in this file. */
  | { duplicate: string }
  /** For a row of a reference that has not come yet. */
  | { waiting: Wait[] }
  /** How the notice with this key would end. */
  | { closes: 'settled' | 'cancelled' | 'nothing' }
  /** Of a reference: the typed values that it keeps, as text, by field. */
  | { row: Record<string, string> }
)

/** Where the file could not be read on: nothing of it would be sent. The last thing said. */
export interface PreviewedFault {
  dropRefused: DropProblem
}

export interface PreviewOptions {
  institution: string
  testers: ReadonlySet<string>
  calendar: Calendar
  /** The first day that the feed wants, where it names one. */
  startsOn?: string | null
  /** Who sends the first messages, or all, instead. */
  elsewhere?: NotifiedElsewhere | null
  /** Whose reminders of premium messages with a payment count; ours unless said. */
  reminders?: PlanTerms['reminders']
  language: 'it' | 'en' | 'de'
  now: Temporal.Instant
  /** Notices say what no message in one language tells, too. */
  isWhole?: boolean
  /** Hears of each message that is planned by which text of the mapping: 0 is the first. */
  onPlanned?: ((template: number) => void) | undefined
  /** A short hash of a text. With it, records of a drop whose key has come before are found. */
  fingerprint?: ((text: string) => string) | undefined
  /** Is told in which encoding the file was read, once it has been read to its end. */
  onEncoding?: ((encoding: string) => void) | undefined
}

const BATCH_RECORDS = 500
/** Keys that are remembered; beyond them a repeated one is no longer recognised. */
const MAXIMUM_KEYS = 1_000_000

/** A drop to its end or to its fault, which is said as a value. Other errors are thrown. */
export async function* untilFault(
  records: AsyncIterable<PreviewedRecord>,
): AsyncGenerator<PreviewedRecord | PreviewedFault> {
  try {
    yield* records
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    const { code, line, detail, remedy } = error
    yield { dropRefused: { code, line, detail, remedy } }
  }
}

/**
 * One value a record, in the order of the file. Throws `DropError` where the file cannot be read
 * on.
 */
export async function* previewRecords(
  opened: OpenedRecords,
  mapping: CompiledMapping,
  lookup: Lookup,
  options: PreviewOptions,
): AsyncGenerator<PreviewedRecord> {
  const reader = mapping.reader(opened)
  const batches = batchRecords(opened.bytes, reader, BATCH_RECORDS)
  yield* previewBatches(batches, mapping, lookup, options)
  options.onEncoding?.(reader.encoding())
}

/** The same of records that have been read already, whatever they come from. */
export async function* previewBatches(
  batches: AsyncIterable<RecordBatch>,
  mapping: CompiledMapping,
  lookup: Lookup,
  options: PreviewOptions,
): AsyncGenerator<PreviewedRecord> {
  if (mapping.shape === 'notice') {
    yield* previewNotices(batches, mapping, lookup, options)
    return
  }
  for await (const { records } of batches) {
    for (const raw of records) {
      const { line } = raw
      yield mapping.shape === 'settlement'
        ? previewedSettlement(line, mapping.read(raw, options.testers))
        : previewedRow(line, mapping.read(raw, options.testers))
    }
  }
}

async function* previewNotices(
  batches: AsyncIterable<RecordBatch>,
  mapping: CompiledNotice,
  lookup: Lookup,
  options: PreviewOptions,
): AsyncGenerator<PreviewedRecord> {
  const { calendar, now, elsewhere = null, reminders = 'ours' } = options
  const plan = planMessages(mapping.spec, calendar, now, { elsewhere, reminders })
  const repeated = createRepeats(mapping, options)
  const opensAt = openingAfter(calendar, now)
  const take = (mapped: Mapped) => repeated(mapped) ?? previewed(mapped, plan, opensAt, options)
  for await (const batch of prepareBatches(batches, mapping, options.institution, lookup)) {
    yield* await finishBatch(batch, mapping, options, take)
  }
}

/** What becomes of a notice whose key has come before, as the stage decides it; else null. */
function createRepeats(
  { spec, canonical }: CompiledNotice,
  { fingerprint }: PreviewOptions,
): (mapped: Mapped) => PreviewedRecord | null {
  const seen = new Map<string, string>()
  // With an action column what comes last holds, and no key is repeated.
  if (fingerprint === undefined || spec.action !== undefined) return () => null
  return (mapped) => {
    if (mapped.kind !== 'notice') return null
    const { line, key, data } = mapped
    const hash = fingerprint(canonical(data))
    const before = seen.get(key)
    if (before === undefined) {
      if (seen.size < MAXIMUM_KEYS) seen.set(key, hash)
      return null
    }
    if (before === hash) return { line, key, duplicate: repeatedReason }
    return previewedRefusals(line, key, [repeatedRefusal(key)])
  }
}

function previewed(
  mapped: Mapped,
  plan: Plan,
  opensAt: Temporal.PlainDateTime | null,
  { language, now, elsewhere = null, isWhole, onPlanned }: PreviewOptions,
): PreviewedRecord {
  const { line, key } = mapped
  switch (mapped.kind) {
    case 'refused':
      return previewedRefusals(line, key, mapped.refusals)
    case 'skipped':
      return { line, key, skipped: mapped.because }
    case 'ended':
      return { line, key, closes: mapped.as }
    case 'waiting':
      return { line, key, waiting: mapped.waits.map(({ shape: _, ...wait }) => wait) }
    case 'notice': {
      const { data, hasFirst } = mapped
      const { dueAt, payment } = data
      const planned = plan({ dueAt, hasFirst, hasPayment: payment !== null })
      const messages = planned.messages.map(({ purpose, template, sendAt, movedFrom }) => {
        onPlanned?.(template)
        const inAll = mapped.payloads[template]
        const payload = (inAll?.[language] ?? inAll?.it) as NewMessage
        const warnings = adviceOn(payload, { now, readYaml: readAppYaml })
        const later = {
          ...(opensAt && purpose === 'first' && { opensAt: minuteOf(opensAt) }),
          ...(movedFrom && { movedFrom: minuteOf(movedFrom) }),
        }
        return { sendAt: sendAt.toString(), purpose, ...later, payload, warnings }
      })
      const payloads = planned.messages.map(({ template }) => mapped.payloads[template] ?? {})
      const unplanned = planned.unplanned
        .toSorted((a, b) => Temporal.PlainDateTime.compare(a.civilAt, b.civilAt))
        .map(({ civilAt, because }) => ({ at: minuteOf(civilAt), because }))
      const beside: Beside = {
        ...(unplanned.length > 0 && { unplanned }),
        ...(mapped.warnings.length > 0 && { doubts: mapped.warnings }),
        ...(isWhole && { whole: { data, payloads } }),
      }
      if (elsewhere === null && hasFirst) return { line, key, messages, ...beside }
      const skipped = elsewhere === null ? REMINDERS_ONLY : elsewhereReason(elsewhere)
      return { line, key, skipped, ...(messages.length > 0 && { messages }), ...beside }
    }
  }
}

/** When messages leave next, where none does now; null where some do, or none ever will. */
function openingAfter(calendar: Calendar, now: Temporal.Instant): Temporal.PlainDateTime | null {
  const opening = nextOpening(calendar, now)
  if (opening === null || opening.equals(now)) return null
  return opening.toZonedDateTimeISO(calendar.zone).toPlainDateTime()
}

function minuteOf(local: Temporal.PlainDateTime): string {
  return local.toString({ smallestUnit: 'minute' })
}

function previewedSettlement(
  line: number,
  read: ReturnType<CompiledSettlement['read']>,
): PreviewedRecord {
  if (read.kind === 'refused') return previewedRefusals(line, read.key, read.refusals)
  return { line, key: read.key, closes: read.as }
}

function previewedRow(line: number, read: ReturnType<CompiledReference['read']>): PreviewedRecord {
  if (read.kind === 'refused') return previewedRefusals(line, read.key, read.refusals)
  return { line, key: read.key, row: read.values }
}

function previewedRefusals(line: number, key: string | null, refusals: Refusal[]) {
  return { line, key, refused: refusals[0] as Refusal, refusals }
}
