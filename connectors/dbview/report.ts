// Receipts → the system's own tables, by one parameterised statement run once a record.
// Invariants: what a batch changed is committed before it counts as given; a statement that would
// change more rows than it may is taken back; one that must not run twice never does by itself.
import {
  type GivenReceipt,
  type OwedReceipt,
  type Receipt,
  SourceError,
  type WorkContext,
  type WriteBack,
} from '../../src/connector.ts'
import { inBatches } from './dialect.ts'
import { bindNames } from './named-values.ts'
import { namesNotice, valuesOf } from './receipt-values.ts'
import { openSession, type Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'

type ReceiptSettings = NonNullable<DbviewSettings['receipt']>

/** What one report is written with. */
interface Writing {
  session: Session
  report: WriteBack
  settings: ReceiptSettings
  sql: string
  /** Records that could not be told, since the last that could. */
  failuresInRow: number
  lastFailure: string
}

/** Of what a statement answers, so many columns are kept, and so many characters of each. */
const mostAnswered = 20
const longestAnswer = 500

/** One record is at fault, and those beside it are not. */
class RecordError extends SourceError {}

/**
 * Writes the receipts in transactions of `batchRecords`, and says of each whether it is given.
 * Throws `SRC_RECEIPT` when the statement itself is at fault, or seems to be.
 */
export async function writeReceipts(
  context: WorkContext<DbviewSettings>,
  report: WriteBack,
): Promise<void> {
  const { receipt: settings } = context.settings
  if (settings === undefined) {
    const message = 'the settings have no `receipt`: nothing can be told'
    throw new SourceError('SRC_SETTINGS', message, { retry: false })
  }
  await using session = await openSession(context, 'report')
  const sql = bindNames(settings.statement, (position) => session.dialect.placeholder(position))
  const writing: Writing = { session, report, settings, sql, failuresInRow: 0, lastFailure: '' }
  const receipts = wanted(report.receipts, settings)
  if (settings.repeatable) {
    for await (const batch of inBatches(receipts, settings.batchRecords)) {
      await writeBatch(writing, batch)
      stopWhereAllFail(writing)
    }
    return
  }
  for await (const receipt of receipts) {
    await writeOnce(writing, receipt)
    stopWhereAllFail(writing)
  }
}

/** In a transaction of its own; while its end is not known, nobody tries it again. */
async function writeOnce(writing: Writing, receipt: OwedReceipt): Promise<void> {
  const { report } = writing
  if (receipt.isBegun) {
    const message =
      `whether the record of line ${receipt.line} has been told is not known: a statement for it ` +
      'was begun, and its end was lost. Look at the row, and decide'
    const error = new SourceError('SRC_RECEIPT', message, { retry: false })
    return await report.failed(receipt, error, true)
  }
  await report.begin([receipt])
  try {
    await writeBatch(writing, [receipt])
  } catch (error) {
    if (error instanceof SourceError) {
      const { code, message } = error
      const isLost = code === 'SRC_CONNECTION_LOST' || code === 'SRC_STOPPED'
      await report.failed(receipt, new SourceError(code, message, { retry: true }), isLost)
    }
    throw error
  }
}

/** What one record spoils is written record by record. */
async function writeBatch(writing: Writing, batch: readonly Receipt[]): Promise<void> {
  const { session, report } = writing
  const given: GivenReceipt[] = []
  const absent: Receipt[] = []
  await session.begin('write')
  try {
    for (const receipt of batch) {
      const one = await writeOne(writing, receipt)
      if (one === null) absent.push(receipt)
      else given.push(one)
    }
    await session.commit().catch((error) => {
      throw asReceiptError(error, batch[0]!) // What is checked only now.
    })
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    await session.rollback()
    if (batch.length === 1) return await fail(writing, batch[0]!, error)
    for (const receipt of batch) {
      if (!isHopeless(writing)) await writeBatch(writing, [receipt])
    }
    return
  }
  if (given.length > 0) await report.given(given)
  for (const receipt of absent) {
    if (given.length === 0 && isHopeless(writing)) break
    await fail(writing, receipt, notFound(writing, receipt))
  }
  if (given.length > 0) writing.failuresInRow = 0
}

/** Null when it found no row, and should have. */
async function writeOne(writing: Writing, receipt: Receipt): Promise<GivenReceipt | null> {
  const { session, report, settings, sql } = writing
  const { statement, maximumRowsEach, whenNoRow } = settings
  const notice = namesNotice(statement) ? await report.notice(receipt) : null
  const told = { receipt, drop: report.dropKey, notice, instant: session.dialect.instant }
  const { rows, answer } = await session.change(sql, valuesOf(statement, told)).catch((error) => {
    throw asReceiptError(error, receipt)
  })
  if (rows !== null && rows > maximumRowsEach) {
    const message =
      `\`receipt.statement\` changed ${rows} rows for one record, line ${receipt.line}: ` +
      'its condition must name the key of the row, or `maximumRowsEach` must be higher'
    throw new RecordError('SRC_RECEIPT', message, { retry: false })
  }
  if (rows === 0 && whenNoRow !== 'accept') return null
  return answer === null ? { receipt } : { receipt, answer: shortened(answer) }
}

/** It is known that the record was not told. */
async function fail(writing: Writing, receipt: Receipt, error: SourceError): Promise<void> {
  await writing.report.failed(receipt, error)
  if (error.retry) return
  writing.failuresInRow += 1
  writing.lastFailure = error.message
}

/** Where record after record fails, something is wrong that they all share. */
function isHopeless({ failuresInRow, settings }: Writing): boolean {
  return failuresInRow >= settings.maximumFailuresInRow
}

function stopWhereAllFail(writing: Writing): void {
  if (!isHopeless(writing)) return
  const { failuresInRow, lastFailure } = writing
  throw refused(`${failuresInRow} records in a row could not be told, the last: ${lastFailure}`)
}

function notFound({ settings }: Writing, { line }: Receipt): SourceError {
  const message =
    `\`receipt.statement\` found no row for the record of line ${line}: it is gone, or has ` +
    'another key; `whenNoRow` says what is done then'
  return new SourceError('SRC_RECEIPT', message, { retry: settings.whenNoRow === 'retry' })
}

function asReceiptError(error: unknown, { line }: Receipt): unknown {
  if (!(error instanceof SourceError)) return error
  const message = `\`receipt.statement\` failed at line ${line}: ${error.message}`
  if (error.code === 'SRC_VIEW') return refused(message)
  if (error.code !== 'SRC_VIEW_VALUE') return error
  return new RecordError('SRC_RECEIPT', message, { retry: false })
}

/** Records that were refused before they had a key cannot be found in the source by one. */
async function* wanted(
  receipts: AsyncIterable<OwedReceipt>,
  { fates }: ReceiptSettings,
): AsyncGenerator<OwedReceipt> {
  for await (const receipt of receipts) {
    if (receipt.key !== null && (fates?.includes(receipt.fate) ?? true)) yield receipt
  }
}

/** What is shown beside a record is a number and a day, no document. */
function shortened(answer: Record<string, string>): Record<string, string> {
  const values = Object.entries(answer).slice(0, mostAnswered)
  return Object.fromEntries(values.map(([name, value]) => [name, value.slice(0, longestAnswer)]))
}

function refused(message: string): SourceError {
  return new SourceError('SRC_RECEIPT', message, { retry: false })
}
