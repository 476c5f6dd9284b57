// One report as its connector gets it: the receipts that its target is still owed, and what the
// connector says of them. Each answer is committed before the connector goes on, so that nothing
// which was given is given again.
// Invariant: what was read, and neither failed nor was lost, counts as told, with the very fate
// that was read.
import type {
  GivenReceipt,
  OwedReceipt,
  Receipt,
  ReceiptNotice,
  SourceError,
  SourcePart,
  WriteBack,
} from '../../connector.ts'
import type { AccountTerm } from '../../domain/flow-account.ts'
import type { NoticeData } from '../../domain/notice.ts'
import { storedText } from '../../mapping/field/stored-value.ts'
import { describeFailure, type SourceFailure } from '../connector/source-failure.ts'
import { isChecked, type TextMapping } from '../send/one.ts'
import type { DueReport, ReportTarget } from '../write-back.ts'
import { resultFile } from './result-file.ts'

/** What one reading of the receipts has told, record by record: two lists of the same length. */
export interface Told {
  records: number[]
  fates: string[]
}

/** A notice as it is kept, with what its first message was checked against. */
export interface KeptNotice {
  mappingVersionId: number
  textHash: Uint8Array
  data: NoticeData
}

export interface ReportPorts {
  receipts: {
    /** Those that the target is owed, by record, each with the number of its record. */
    owed(
      report: DueReport,
      target: ReportTarget,
      now: Temporal.Instant,
    ): AsyncIterable<{ record: number; receipt: OwedReceipt }>
    /**
     * Each of these three is committed when it resolves. Answers how many have begun: one that was
     * given meanwhile has not.
     */
    begin(report: DueReport, receipts: readonly Receipt[], now: Temporal.Instant): Promise<number>
    given(
      report: DueReport,
      receipts: readonly GivenReceipt[],
      now: Temporal.Instant,
    ): Promise<void>
    /** Answers the number of its record. */
    failed(failed: FailedReceipt, now: Temporal.Instant): Promise<number>
    /** Null when the record made no message. */
    findNotice(report: DueReport, receipt: Receipt): Promise<KeptNotice | null>
  }
  mapping(versionId: number): Promise<TextMapping | null>
  /** Keyed hash, as `map` has kept it with each message. */
  textHash(text: string): Uint8Array
  /** The parts of the drop with the records alone that have these fates. */
  rest(report: DueReport, wanted: readonly AccountTerm[]): Promise<SourcePart[] | null>
  now(): Temporal.Instant
}

/** A receipt that could not be told, and for whom. */
export interface FailedReceipt {
  report: DueReport
  target: ReportTarget
  receipt: Receipt
  failure: SourceFailure
  /** It may have been told all the same: a person decides. */
  mayBeGiven: boolean
}

/** Whether a report still is this process's to write. */
export interface ReportTurn {
  /** Nothing is read or begun after it is aborted. */
  signal: AbortSignal
  /** Asked of the clocks, just before a call leaves: a process that stood still hears no signal. */
  isHeld(): boolean
}

/** Another process, or a person, was faster: what is still owed is to be read anew. */
export class Overtaken extends Error {}

/** Receipts that one call may name. */
const MOST_AT_ONCE = 500

/** What the connector is given, and what it has been told once it is through. */
export function openReport(
  report: DueReport,
  target: ReportTarget,
  ports: ReportPorts,
  { signal, isHeld }: ReportTurn,
): { request: WriteBack; told(): Told } {
  let read: Told = { records: [], fates: [] }
  const failed = new Set<number>()

  async function* receipts(): AsyncGenerator<OwedReceipt> {
    read = { records: [], fates: [] }
    const { records, fates } = read
    for await (const { record, receipt } of ports.receipts.owed(report, target, ports.now())) {
      signal.throwIfAborted()
      records.push(record)
      fates.push(receipt.fate)
      yield receipt
    }
  }

  const request: WriteBack = {
    dropKey: report.dropKey,
    number: report.number,
    receipts: { [Symbol.asyncIterator]: receipts },
    file: () => resultFile(receipts()),
    rest: async () => (target.rest === null ? null : ports.rest(report, target.rest)),
    notice: (receipt) => noticeOf(report, receipt, ports),
    async begin(begun) {
      bounded(begun)
      signal.throwIfAborted()
      const count = await ports.receipts.begin(report, begun, ports.now())
      signal.throwIfAborted()
      if (count < begun.length || !isHeld()) throw new Overtaken('the report was overtaken')
    },
    async given(given) {
      bounded(given)
      await ports.receipts.given(report, given, ports.now())
    },
    async failed(receipt: Receipt, error: SourceError, mayBeGiven = false) {
      const failure = describeFailure(error)
      const end = { report, target, receipt, failure, mayBeGiven }
      failed.add(await ports.receipts.failed(end, ports.now()))
    },
  }
  return { request, told: () => without(read, failed) }
}

function bounded(receipts: readonly unknown[]): void {
  if (receipts.length <= MOST_AT_ONCE) return
  throw new RangeError(`${receipts.length} receipts at once: at most ${MOST_AT_ONCE}`)
}

function without({ records, fates }: Told, failed: ReadonlySet<number>): Told {
  if (failed.size === 0) return { records, fates }
  const isTold = (_: unknown, index: number) => !failed.has(records[index] as number)
  return { records: records.filter(isTold), fates: fates.filter(isTold) }
}

/**
 * The texts are rendered as they were to leave. Null also when a later drop has changed the notice:
 * then nobody can say any more what the first message said.
 */
async function noticeOf(
  report: DueReport,
  receipt: Receipt,
  ports: ReportPorts,
): Promise<ReceiptNotice | null> {
  const kept = await ports.receipts.findNotice(report, receipt)
  if (kept === null) return null
  const mapping = await ports.mapping(kept.mappingVersionId)
  const payloads = mapping?.payloads(kept.data, 0) ?? {}
  if (!payloads.it || !isChecked(payloads, kept, ports)) return null
  const { fiscalCode, dueAt, payment } = kept.data
  return {
    fiscalCode,
    subject: payloads.it.content.subject,
    markdown: payloads.it.content.markdown,
    dueAt: dueAt === null ? null : Temporal.Instant.from(dueAt),
    payment: payment && {
      noticeNumber: payment.noticeNumber,
      amountCents: payment.amountCents,
      payee: payment.payee,
    },
    values: valuesOf(kept.data),
  }
}

/** Those of a lookup by `lookup.field`; what is missing is not there. */
function valuesOf({ fields }: NoticeData): Record<string, string> {
  const values = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([field, inner]) => [`${name}.${field}`, inner] as const)
      : [[name, value] as const],
  )
  return Object.fromEntries(
    values.flatMap(([path, value]) => {
      const text = storedText(value)
      return text === null ? [] : [[path, text]]
    }),
  )
}
