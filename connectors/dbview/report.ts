// Receipts → the source's own tables, by one parameterised statement run once a record.
// Invariants: a statement that would change more rows than it may is taken back with its batch; a
// report asked for twice ends as once, as long as the statement sets values and adds nothing.
import {
  type Receipt,
  type SourceContext,
  SourceError,
  type WriteBack,
} from '../../src/connector.ts'
import { type Bound, bindNames } from './named-values.ts'
import { openSession, type Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'

type Told = NonNullable<DbviewSettings['receipt']>

/** Writes the receipts in transactions of `batchRecords`. Throws `SRC_RECEIPT`. */
export async function writeReceipts(
  context: SourceContext<DbviewSettings>,
  report: WriteBack,
): Promise<void> {
  const { receipt: told } = context.settings
  if (told === undefined) {
    throw refused('the feed has `writeBack: true`, and its settings have no `receipt`')
  }
  await using session = await openSession(context, 'report')
  const bound = bindNames(told.statement, (position) => session.dialect.placeholder(position))
  let withoutRow = 0
  for await (const batch of inBatches(wanted(report.receipts, told), told.batchRecords)) {
    await session.begin('write')
    for (const receipt of batch) {
      const changed = await writeOne(session, bound, receipt, report.dropKey)
      if (changed !== null && changed > told.maximumRowsEach) {
        // The connection ends without a commit: nothing of the batch stays.
        throw refused(
          `\`receipt.statement\` changed ${changed} rows for one record, line ${receipt.line}: ` +
            'its condition must name the key of the row, or `maximumRowsEach` must be higher',
        )
      }
      if (changed === 0) withoutRow += 1
    }
    await session.commit()
  }
  if (withoutRow > 0) {
    context.log.warn({ drop: report.dropKey, records: withoutRow }, 'receipts found no row')
  }
}

async function writeOne(
  session: Session,
  { sql, valuesOf }: Bound,
  receipt: Receipt,
  drop: string,
): Promise<number | null> {
  try {
    return await session.change(sql, valuesOf(receipt, drop))
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'SRC_VIEW') throw error
    throw refused(`\`receipt.statement\` failed at line ${receipt.line}: ${error.message}`)
  }
}

/** Records that were refused before they had a key cannot be found in the source by one. */
async function* wanted(receipts: AsyncIterable<Receipt>, { fates }: Told): AsyncGenerator<Receipt> {
  for await (const receipt of receipts) {
    if (receipt.key !== null && (fates?.includes(receipt.fate) ?? true)) yield receipt
  }
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function refused(message: string): SourceError {
  return new SourceError('SRC_RECEIPT', message, { retry: false })
}
