// Messages about notices that stand, with the records of their flow: how a campaign's run and an
// errata are written, by COPY, in their own transaction. Invariant: each record has its message,
// or says, sealed, why it has none.
import type { Purpose } from '../domain/message.ts'
import { type CopyTable, type CopyValue, copyRows, instantMicros } from './copy.ts'
import type { Client } from './database.ts'
import { causeOf, MESSAGES, RECORDS, recordContext } from './lot-rows.ts'
import { idAllocator } from './lots.ts'
import { takeOverOrphans } from './orphan-attempts.ts'
import type { Vault } from './vault.ts'

/** A message of a notice that has some already. */
export interface StandingMessage {
  purpose: Purpose
  /** Whose template 0 it is. */
  mappingVersionId: number
  sendAt: Temporal.Instant
  /** Null: it was planned for no hour of the day. */
  civilAt: Temporal.PlainDateTime | null
  textHash: Uint8Array
  /** ISO instant: past it, it is judged; null: at no time. */
  dueAt: string | null
  isOneADay: boolean
  isMoved: boolean
}

/** `detail` quotes the notice: it is sealed. */
export type StandingRecord = { record: number; line: number; noticeId: number } & (
  | { fate: 'message'; message: StandingMessage }
  | { fate: 'refused' | 'skipped'; detail: object }
)

interface Place {
  institutionId: number
  flowId: number
}

/** Writes the records of a flow, a batch at a time. */
export function standingWriter(client: Client, vault: Vault, place: Place) {
  const nextMessageId = idAllocator(client, 'message_ids')
  return async (records: readonly StandingRecord[], now: Temporal.Instant): Promise<void> => {
    const told = records.filter(({ fate }) => fate === 'message')
    const messageIds = await nextMessageId(told.length)
    const ids = new Map(told.map(({ record }, index) => [record, messageIds[index] as number]))
    const counted = await countedAs(client, told)
    await copyRows(client, STANDING_MESSAGES, messageRows(place, records, ids, counted))
    await takeOverOrphans(client, messageIds, now)
    await copyRows(client, RECORDS, recordRows(vault, place, records, ids))
  }
}

const STANDING_MESSAGES: CopyTable = {
  ...MESSAGES,
  columns: [...MESSAGES.columns, ['mapping_version_id', 'int4']],
}

/** By which its messages are counted, as a notice has it. */
interface CountedAs {
  id: number
  emission: string | null
  hasPayment: boolean
}

async function countedAs(
  client: Client,
  records: readonly StandingRecord[],
): Promise<ReadonlyMap<number, CountedAs>> {
  const { rows } = await client.query<CountedAs>(
    `select id, emission, amount_cents is not null as "hasPayment" from notices
     where id = any($1)`,
    [records.map(({ noticeId }) => noticeId)],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

function* messageRows(
  { institutionId, flowId }: Place,
  records: readonly StandingRecord[],
  ids: ReadonlyMap<number, number>,
  counted: ReadonlyMap<number, CountedAs>,
): Generator<CopyValue[]> {
  for (const record of records) {
    if (record.fate !== 'message') continue
    const { purpose, sendAt, civilAt, textHash, dueAt, ...message } = record.message
    const civil = civilAt && instantMicros(civilAt.toZonedDateTime('UTC').toInstant())
    const due = dueAt === null ? null : Date.parse(dueAt) * 1000
    const { emission, hasPayment } = counted.get(record.noticeId) as CountedAs
    yield [
      ...[ids.get(record.record) as number, institutionId, flowId, record.noticeId, purpose, 0],
      ...[instantMicros(sendAt), civil, 'waiting', textHash, due, message.isOneADay ? 1 : null],
      ...[message.isMoved ? 'closed' : null, emission, hasPayment ? 1 : 0],
      message.mappingVersionId,
    ]
  }
}

function* recordRows(
  vault: Vault,
  { institutionId, flowId }: Place,
  records: readonly StandingRecord[],
  ids: ReadonlyMap<number, number>,
): Generator<CopyValue[]> {
  for (const one of records) {
    const { record, line, noticeId, fate } = one
    const detail = fate === 'message' ? null : JSON.stringify(one.detail)
    const sealed = detail === null ? null : vault.seal(recordContext(flowId, record), detail)
    const messageId = ids.get(record) ?? null
    const cause = causeOf(fate, fate === 'message' ? null : one.detail)
    yield [flowId, record, line, institutionId, fate, noticeId, messageId, sealed, null, ...cause]
  }
}
