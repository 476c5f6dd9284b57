// ended records → the systems that want to know. Tells each target of a feed (its source, or
// another system) how the records of a drop ended: once when every first message has ended, or
// after `reportAfterHours` with a supplement later; then the receipts that failed on their own. A
// report that fails waits longer and longer, within a horizon. It is never a cause of sending.
import type { Connector } from '../connector.ts'
import type { AccountTerm } from '../domain/flow-account.ts'
import { nextReportTry } from '../domain/receipt.ts'
import { describeFailure, type SourceFailure } from './connector/source-failure.ts'
import { type WorkPorts, workContext } from './connector/work-context.ts'
import type { Lease } from './send.ts'
import {
  Overtaken,
  openReport,
  type ReportPorts,
  type ReportTurn,
  type Told,
} from './write-back/report.ts'

/** Who is told of the drops of a feed. */
export interface ReportTarget {
  institution: string
  feed: string
  /** `source`, or the name of a system. */
  target: string
  connector: Connector
  settings: unknown
  reportAfterHours: number
  /** For how long a report, or a receipt, that fails is tried again. */
  retryHours: number
  /** The terms of the account that it is told of; null: all. */
  fates: readonly string[] | null
  /** The terms whose records it wants back in the format of the drop; null: none. */
  rest: readonly AccountTerm[] | null
  /** Who gets a mail when a person must act. */
  notify: readonly string[]
}

export interface DueReport {
  dropId: number
  flowId: number
  institution: string
  feed: string
  target: string
  dropKey: string
  /** 0 the report; then supplements with what changed since, or failed on its own. */
  number: number
  /** Every first message has ended: nothing more is to come. */
  final: boolean
  /** Receipts alone that failed on their own, or that a person says are owed. */
  retriesOnly: boolean
  /** How often this report has failed, and since when. */
  tries: number
  failingSince: Temporal.Instant | null
}

/** A report that failed, and what follows. */
export interface FailedReport {
  report: DueReport
  target: ReportTarget
  failure: SourceFailure
  since: Temporal.Instant
  /** Null: the horizon is over, and only a person starts it again. */
  nextTryAt: Temporal.Instant | null
}

export interface WriteBackPorts extends ReportPorts, WorkPorts {
  reports: {
    /** Of every drop, or of this one. */
    due(
      targets: readonly ReportTarget[],
      now: Temporal.Instant,
      dropId?: number,
    ): Promise<DueReport[]>
    /** In one transaction: what was told, and that the report is written. */
    written(report: DueReport, told: Told, now: Temporal.Instant): Promise<void>
    /** With the mail to staff, when a person must act. */
    failed(failed: FailedReport, now: Temporal.Instant): Promise<void>
  }
  whileLeased<T>(name: string, work: (lease: Lease) => Promise<T>): Promise<T | null>
}

/** Targets that are told side by side: a slow one keeps few of the others waiting. */
const SIDE_BY_SIDE = 4

/** Writes every report that is due. Answers how many were written. */
export async function writeBackDue(
  targets: readonly ReportTarget[],
  ports: WriteBackPorts,
  stop: AbortSignal,
): Promise<number> {
  const due = await ports.reports.due(targets, ports.now())
  const lanes = [...Map.groupBy(due, nameOf).values()]
  const byName = new Map(targets.map((target) => [nameOf(target), target]))
  let written = 0
  const work = async () => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      for (const report of lane) {
        if (stop.aborted) return
        const target = byName.get(nameOf(report))
        if (target && (await writeInTurn(target, report, ports, stop))) written += 1
      }
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  return written
}

function nameOf({ institution, feed, target }: Pick<DueReport, 'institution' | 'feed' | 'target'>) {
  return `${institution}/${feed}/${target}`
}

/**
 * One process at a time tells a target of a drop. What is due is asked once more: another may have
 * written it since, and what is told already would then be missing from a result file.
 */
async function writeInTurn(
  target: ReportTarget,
  report: DueReport,
  ports: WriteBackPorts,
  stop: AbortSignal,
): Promise<boolean> {
  const { dropId } = report
  const done = await ports.whileLeased(`report/${dropId}/${report.target}`, async (lease) => {
    const [due] = await ports.reports.due([target], ports.now(), dropId)
    const signal = AbortSignal.any([stop, lease.lost])
    return due ? writeBack(target, due, ports, { signal, isHeld: lease.isHeld }) : false
  })
  return done === true
}

async function writeBack(
  target: ReportTarget,
  report: DueReport,
  ports: WriteBackPorts,
  turn: ReportTurn,
): Promise<boolean> {
  const { signal } = turn
  const { institution, feed, target: to } = target
  const fields = { institution, feed, target: to, drop: report.dropId, number: report.number }
  const { request, told } = openReport(report, target, ports, turn)
  try {
    await target.connector.writeBack?.(workContext(target, ports, signal), request)
    signal.throwIfAborted()
  } catch (error) {
    if (signal.aborted || error instanceof Overtaken) return false
    const failed = failedReport(target, report, describeFailure(error), ports.now())
    await ports.reports.failed(failed, ports.now())
    ports.log.warn({ ...fields, ...failed.failure }, 'report failed')
    return false
  }
  const all = told()
  await ports.reports.written(report, all, ports.now())
  ports.log.info({ ...fields, records: all.records.length }, 'report written')
  return true
}

function failedReport(
  target: ReportTarget,
  report: DueReport,
  failure: SourceFailure,
  now: Temporal.Instant,
): FailedReport {
  const since = report.failingSince ?? now
  const { retryHours } = target
  const tries = report.tries + 1
  const retry = { tries, since, retryHours, needsPerson: !failure.retry }
  return { report, target, failure, since, nextTryAt: nextReportTry(retry, now) }
}
