// drop → notices, refusals. Streams a drop's records, looks up references in bounded batches, maps
// each record and decides what it does to the notice of its key. Every record ends as a notice, a
// change, a duplicate, skipped or refused; a drop that cannot be read to its end leaves a flow that
// cannot go.
import type { Calendar } from '../domain/calendar.ts'
import type { NotifiedElsewhere } from '../domain/notified-elsewhere.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import { DropError } from '../mapping/drop-error.ts'
import type { RecordSpec } from '../mapping/format/record-spec.ts'
import type { CompiledMapping, CompiledNotice, SettlementRow } from '../mapping/mapping.ts'
import { seriesOf } from '../mapping/settlement-mapping.ts'
import { type Asking, type AskingPorts, asksSystems, openAsking } from './map/asking.ts'
import { type AwaitedPorts, findAwaited } from './map/awaited.ts'
import { type BeginningPorts, findBeginning } from './map/beginning.ts'
import { fillLot } from './map/fill.ts'
import type { LotTarget, MapLot } from './map/lot.ts'
import { loadPartReferences, type PartReference } from './map/part-references.ts'
import { batchRecords, type Lookup, type OpenedRecords, type RecordBatch } from './map/records.ts'
import { referenceRows, settlementRows, type TableSummary } from './map/tables.ts'
import { mapWaiting, type WaitingPorts } from './map/waiting.ts'
import type { PlanTerms } from './plan.ts'

/** What this stage needs to know of a feed. */
export interface MapFeed {
  institution: string
  feed: string
  /** Null for references and settlements, which send nothing. */
  service: string | null
  account: string | null
  calendar: Calendar
  /** Where the feed begins: `2026-03-01` is the first day wanted. */
  from: 'now' | 'all' | string
  notify: readonly string[]
  /** Who is told how its records end: `source`, or systems by name. */
  tells: readonly string[]
  testers: ReadonlySet<string>
  /** Who else tells the citizens of its service. */
  elsewhere: NotifiedElsewhere | null
  /** Whose reminders of premium messages with a payment count. */
  reminders: PlanTerms['reminders']
  mapping: CompiledMapping
  /** The mapping with the references that it looks up, as it is kept for years. */
  version: MappingVersion
  companions: readonly { feed: string; waitMinutes: number }[]
  /** References that its drops bring along. */
  references: readonly PartReference[]
  batchRecords: number
  maximumRecords: number
  /** Its first messages leave no sooner; absent: as soon as the flow may. */
  firstAt?: PlanTerms['firstAt']
}

export interface MappingVersion {
  name: string
  sha256: string
  spec: object
}

export interface MapDrop {
  id: number
  institution: string
  feed: string
  key: string
  state: 'received' | 'mapped' | 'failed'
  receivedAt: Temporal.Instant
}

/** Why a drop could not be read: what, where and what to do. */
export interface DropProblem {
  code: string
  detail: string
  line: number | null
  remedy: string
}

export interface NewFlow {
  institution: string
  feed: string
  dropId: number
  service: string
  account: string
  zone: string
  calendarVersion: string
  /** Who is told how its records end: what its feed says later, later flows do. */
  tells: readonly string[]
}

export interface MapPorts {
  drops: {
    get(id: number): Promise<MapDrop>
    /**
     * The bytes of the drop's records, out of what they are wrapped in; of a file whose name
     * `mustMatch` the record's member, also where the drop has one part. Throws `DropError`.
     */
    openRecords(drop: MapDrop, record: RecordSpec, mustMatch?: boolean): Promise<OpenedRecords>
    /** Counts that mapping begins; answers how often it has. */
    begin(id: number): Promise<number>
    progress(id: number, bytes: number): Promise<void>
    /** In which encoding its records were read, be it not to their end. */
    readAs(id: number, encoding: string): Promise<void>
  } & AwaitedPorts<MapDrop>['drops']
  flows: {
    openForDrop(flow: NewFlow, now: Temporal.Instant): Promise<number>
    fail(failure: FlowFailure, now: Temporal.Instant): Promise<void>
  }
  versions: {
    idOf(institution: string, version: MappingVersion, now: Temporal.Instant): Promise<number>
  }
  feeds: BeginningPorts['feeds']
  lookup: Lookup
  waits: WaitingPorts<MapDrop>['waits']
  asking: AskingPorts
  /** Null: another has mapped the drop meanwhile. */
  openLot(target: LotTarget): Promise<MapLot | null>
  /** Loads the rows and marks the drop mapped, in one transaction. */
  loadReference(
    target: { institution: string; reference: string; dropId: number; snapshot: Snapshot | null },
    /** Refused rows have no values. */
    rows: AsyncIterable<{ key: string; values: Record<string, string> | null }[]>,
    summary: () => TableSummary,
    now: Temporal.Instant,
  ): Promise<number>
  /** Adds rows that a drop of something else brought along. */
  loadPart(
    target: { institution: string; reference: string; dropId: number },
    rows: AsyncIterable<{ key: string; values: Record<string, string> | null }[]>,
    now: Temporal.Instant,
  ): Promise<void>
  /**
   * Closes the notices of these rows, silences them and marks the drop mapped, in one transaction.
   */
  settle(
    target: {
      institution: string
      series: readonly string[]
      by: 'key' | 'noticeNumber' | 'fiscalCode'
      rememberDays: number
      dropId: number
    },
    rows: AsyncIterable<SettlementRow[]>,
    summary: () => TableSummary,
    now: Temporal.Instant,
  ): Promise<number>
  hasRoom: AwaitedPorts<MapDrop>['hasRoom']
  now(): Temporal.Instant
}

/** Of a reference that comes as a whole: how many of its rows it may lose, and who is told. */
interface Snapshot {
  atMostPercent: number
  feed: string
  dropKey: string
  notify: readonly string[]
}

export interface FlowFailure {
  /** Null for a drop that makes no flow. */
  flowId: number | null
  dropId: number
  problem: DropProblem
  mail: StaffMail
}

export type MapResult =
  | { kind: 'mapped'; records: number }
  /** Something is awaited, or a system asked: go on at this instant. */
  | { kind: 'waiting'; until: Temporal.Instant }
  | { kind: 'failed'; problem: DropProblem }
  /** It was mapped, or failed, before. */
  | { kind: 'done-already' }

/** A drop whose mapping broke off so often, by a fault that is not of its data, is given up. */
const MOST_ATTEMPTS = 5

/** Maps a drop. Safe to call again after a crash: what was half written was rolled back. */
export async function mapDrop(id: number, feed: MapFeed, ports: MapPorts): Promise<MapResult> {
  const drop = await ports.drops.get(id)
  if (drop.state === 'mapped') return mapAgain(drop, feed, ports)
  if (drop.state !== 'received') return { kind: 'done-already' }
  const until = await findAwaited(drop, feed.companions, ports)
  if (until) return { kind: 'waiting', until }
  const flowId = await openFlow(drop, feed, ports)
  try {
    const asking = await askSystems(drop, feed, ports)
    if (asking instanceof Temporal.Instant) return { kind: 'waiting', until: asking }
    if ((await ports.drops.begin(id)) > MOST_ATTEMPTS) throw mappingFault()
    await loadParts(drop, feed, ports)
    const opened = await ports.drops.openRecords(drop, feed.mapping.spec.record)
    const batches = boundedBatches(opened, feed, (encoding) => ports.drops.readAs(id, encoding))
    const records =
      flowId === null
        ? await fillTable(drop, batches, feed, ports)
        : await fillFlow(drop, flowId, batches, feed, ports, asking)
    return records === null ? { kind: 'done-already' } : { kind: 'mapped', records }
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    const { code, detail, line, remedy } = error
    const problem = { code, detail, line, remedy }
    const mail = failureMail(drop, feed, problem)
    await ports.flows.fail({ flowId, dropId: id, problem, mail }, ports.now())
    return { kind: 'failed', problem }
  }
}

/**
 * Asks the systems that the mapping looks up about the records of a drop; the instant at which to
 * go on with that, or the asking that has come to its end. Null: none is looked up.
 */
async function askSystems(
  drop: MapDrop,
  feed: MapFeed,
  ports: MapPorts,
): Promise<Asking | Temporal.Instant | null> {
  const { mapping, testers } = feed
  if (mapping.shape !== 'notice' || !asksSystems(mapping)) return null
  const asking = await openAsking(drop, mapping, ports.lookup, ports.asking)
  if (asking.attempts > MOST_ATTEMPTS) throw mappingFault()
  if (asking.isNew) await loadParts(drop, feed, ports)
  const opened = await ports.drops.openRecords(drop, mapping.spec.record)
  const batches = boundedBatches(opened, feed, async () => {})
  const { startsOn } = await findBeginning(drop, feed, mapping.spec, ports)
  return (await asking.pass(batches, { testers, startsOn }, true)) ?? asking
}

function loadParts(drop: MapDrop, feed: MapFeed, ports: MapPorts): Promise<void> {
  const { id: dropId, institution } = drop
  return loadPartReferences(feed.references, feed.testers, {
    async open(record, mapping) {
      const opened = await ports.drops.openRecords(drop, record, true)
      return boundedBatches(opened, { ...feed, mapping }, async () => {})
    },
    load: (reference, rows) =>
      ports.loadPart({ institution, reference, dropId }, rows, ports.now()),
  })
}

/** What of a mapped drop waited for rows of references. */
async function mapAgain(drop: MapDrop, feed: MapFeed, ports: MapPorts): Promise<MapResult> {
  if (feed.mapping.shape !== 'notice') return { kind: 'done-already' }
  const beginning = await findBeginning(drop, feed, feed.mapping.spec, ports)
  const records = await mapWaiting(drop, { ...feed, ...beginning }, ports)
  if (records instanceof Temporal.Instant) return { kind: 'waiting', until: records }
  return records === 0 ? { kind: 'done-already' } : { kind: 'mapped', records }
}

/** The flow of a drop of notices; null for references and settlements. */
async function openFlow(drop: MapDrop, feed: MapFeed, ports: MapPorts): Promise<number | null> {
  const { service, account, calendar, tells } = feed
  if (feed.mapping.shape !== 'notice') return null
  if (service === null || account === null) throw new Error(`feed ${feed.feed} has no service`)
  const { institution, feed: name, id: dropId } = drop
  const { zone, version: calendarVersion } = calendar
  const place = { zone, calendarVersion }
  const flow = { institution, feed: name, dropId, service, account, tells, ...place }
  return ports.flows.openForDrop(flow, ports.now())
}

async function* boundedBatches(
  opened: OpenedRecords,
  feed: MapFeed,
  readAs: (encoding: string) => Promise<void>,
): AsyncGenerator<RecordBatch> {
  const reader = feed.mapping.reader(opened)
  let records = 0
  try {
    for await (const batch of batchRecords(opened.bytes, reader, feed.batchRecords)) {
      records += batch.records.length
      if (records > feed.maximumRecords) throw tooManyRecords(feed.maximumRecords)
      yield batch
    }
  } finally {
    await readAs(reader.encoding())
  }
}

async function fillFlow(
  drop: MapDrop,
  flowId: number,
  batches: AsyncIterable<RecordBatch>,
  feed: MapFeed,
  ports: MapPorts,
  asking: Asking | null,
): Promise<number | null> {
  const now = ports.now()
  const { institution, id: dropId } = drop
  const mapping = feed.mapping as CompiledNotice
  const { series } = mapping.spec
  const mappingVersionId = await ports.versions.idOf(institution, feed.version, now)
  const service = feed.service as string
  const { isBaseline, startsOn } = await findBeginning(drop, feed, mapping.spec, ports)
  const lot = await ports.openLot({
    institution,
    series,
    service,
    flowId,
    dropId,
    mappingVersionId,
  })
  if (lot === null) return null
  const { calendar, elsewhere, reminders, testers, notify } = feed
  const context = { testers, startsOn }
  // An older snapshot says nothing of what newer ones have brought.
  const isWhole = lot.again?.isOvertaken !== true
  const origin = { feed: feed.feed, dropId, dropKey: drop.key, notify }
  const terms = { calendar, elsewhere, reminders, firstAt: feed.firstAt }
  const source = { institution, flowId, mapping, ...terms, context, batches }
  const progress = (bytes: number) => ports.drops.progress(dropId, bytes)
  const { lookup } = asking ?? ports
  const records = await fillLot(
    lot,
    { ...source, isBaseline, ...(isWhole && { origin }) },
    { now: ports.now, lookup, progress },
  )
  if (asking) await ports.waits.askLater(dropId, asking.again(), ports.now())
  return records
}

async function fillTable(
  drop: MapDrop,
  source: AsyncIterable<RecordBatch>,
  feed: MapFeed,
  ports: MapPorts,
): Promise<number> {
  const { institution, id: dropId } = drop
  const { mapping } = feed
  if (mapping.shape === 'reference') {
    const table = referenceRows(source, mapping, feed.testers)
    const { delivery, missing } = mapping.spec
    const { feed: name, notify } = feed
    const snapshot =
      delivery === 'snapshot' ? { ...missing, feed: name, dropKey: drop.key, notify } : null
    const target = { institution, reference: mapping.name, dropId, snapshot }
    return ports.loadReference(target, table.batches, table.summary, ports.now())
  }
  if (mapping.shape === 'settlement') {
    const table = settlementRows(source, mapping, feed.testers)
    const { by, rememberDays } = mapping.spec
    const target = { institution, series: seriesOf(mapping.spec), by, rememberDays, dropId }
    return ports.settle(target, table.batches, table.summary, ports.now())
  }
  throw new Error('a mapping of notices makes a flow')
}

function mappingFault(): DropError {
  return new DropError(
    'DROP_MAPPING_FAULT',
    `La lettura del file si è interrotta ${MOST_ATTEMPTS} volte per un guasto imprevisto.`,
    null,
    'Il log dice il guasto (work failed); rimossa la causa, deposita di nuovo il file.',
  )
}

/** A drop with more records than an installation takes at once. */
export function tooManyRecords(maximum: number): DropError {
  return new DropError(
    'DROP_RECORDS',
    `Il file ha più di ${maximum} righe.`,
    null,
    'Dividi il file, o alza `limits.maximumRecordsPerDrop` in staffetta.yaml.',
  )
}

function failureMail(drop: MapDrop, feed: MapFeed, problem: DropProblem): StaffMail {
  const place = problem.line === null ? '' : ` (riga ${problem.line})`
  const source = `del collegamento "${drop.feed}"`
  return {
    recipients: feed.notify,
    subject: `File non leggibile: ${drop.feed}`,
    body: [
      `Il file ${drop.key} ${source} non può essere letto: ${problem.code}${place}.`,
      'Nessun messaggio parte da questo file, che resta scaricabile.',
      '',
      'Per il motivo e il rimedio: staffetta flows list',
    ].join('\n'),
  }
}
