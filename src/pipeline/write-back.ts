// ended records → source. Tells the source of a drop how each of its records ended: once when every
// first message has ended, or after `reportAfterHours` with a supplement later. Writing twice ends
// as once, and a report that fails is tried again; it is never a cause of sending.
import type { Connector, Receipt, SourceLog, WriteBack } from '../connector.ts'

export interface ReportingFeed {
  institution: string
  feed: string
  connector: Connector
  settings: unknown
  reportAfterHours: number
}

export interface DueReport {
  dropId: number
  flowId: number
  institution: string
  feed: string
  dropKey: string
  /** 0 the report; then supplements with what changed since. */
  number: number
  /** Every first message has ended: nothing more is to come. */
  final: boolean
}

export interface WriteBackPorts {
  writeBacks: {
    due(feeds: ReportingFeed[], now: Temporal.Instant): Promise<DueReport[]>
    receipts(
      flowId: number,
      changedOnly: boolean,
    ): AsyncIterable<{ record: number; receipt: Receipt }>
    told(flowId: number, told: { record: number; fate: string }[]): Promise<void>
    written(report: DueReport, records: number, now: Temporal.Instant): Promise<void>
  }
  whileLeased<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>
  now(): Temporal.Instant
  sleep(seconds: number, signal: AbortSignal): Promise<void>
  log: SourceLog
}

/** Records remembered as told in one statement. */
const PAGE = 5000

/** Writes every report that is due. Answers how many were written. */
export async function writeBackDue(
  feeds: ReportingFeed[],
  ports: WriteBackPorts,
  stop: AbortSignal,
): Promise<number> {
  let written = 0
  for (const report of await ports.writeBacks.due(feeds, ports.now())) {
    if (stop.aborted) break
    const feed = feeds.find((f) => f.institution === report.institution && f.feed === report.feed)
    if (!feed?.connector.writeBack) continue
    const done = await ports.whileLeased(`report/${report.dropId}`, (lost) =>
      writeBack(feed, report, ports, AbortSignal.any([stop, lost])),
    )
    if (done) written += 1
  }
  return written
}

async function writeBack(
  feed: ReportingFeed,
  report: DueReport,
  ports: WriteBackPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const fields = { institution: feed.institution, feed: feed.feed, drop: report.dropId }
  const told: { record: number; fate: string }[] = []
  async function* receipts(): AsyncGenerator<Receipt> {
    told.length = 0
    for await (const entry of ports.writeBacks.receipts(report.flowId, report.number > 0)) {
      told.push({ record: entry.record, fate: entry.receipt.fate })
      yield entry.receipt
    }
  }
  const request: WriteBack = {
    dropKey: report.dropKey,
    number: report.number,
    receipts: { [Symbol.asyncIterator]: receipts },
    file: () => resultFile(receipts()),
  }
  const { settings, connector } = feed
  const sleep = (seconds: number) => ports.sleep(seconds, signal)
  const context = { settings, signal, log: ports.log, now: ports.now, sleep }
  try {
    await connector.writeBack?.(context, request)
  } catch (error) {
    ports.log.warn({ ...fields, error: (error as Error).message }, 'report failed')
    return false
  }
  for (let start = 0; start < told.length; start += PAGE) {
    await ports.writeBacks.told(report.flowId, told.slice(start, start + PAGE))
  }
  await ports.writeBacks.written(report, told.length, ports.now())
  ports.log.info({ ...fields, number: report.number, records: told.length }, 'report written')
  return true
}

const HEADER = ['line', 'key', 'outcome', 'code', 'detail', 'ioMessageId', 'at']

/** The receipts as a result file: UTF-8 with BOM, `;`, CRLF, one line a record. */
export async function* resultFile(receipts: AsyncIterable<Receipt>): AsyncGenerator<Uint8Array> {
  let text = `\uFEFF${HEADER.join(';')}\r\n`
  for await (const receipt of receipts) {
    text += `${resultCells(receipt).map(quoted).join(';')}\r\n`
    if (text.length > FILE_PIECE) {
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(text)
}

const FILE_PIECE = 64 * 1024

/**
 * The key goes back unchanged: the source must find its own record by it. Free text that a
 * spreadsheet would take for a formula is made harmless.
 */
function resultCells(receipt: Receipt): string[] {
  const { line, key, fate, code, detail, messageId, at } = receipt
  const harmless = /^[=+\-@\t\r]/.test(detail) ? `'${detail}` : detail
  const instant = at?.round('second').toString() ?? ''
  return [String(line), key ?? '', fate, code, harmless, messageId ?? '', instant]
}

function quoted(cell: string): string {
  return /[";\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
