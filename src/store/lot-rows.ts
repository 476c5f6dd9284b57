// The rows of a lot, as its tables have them: what is sealed, what is hashed and what is plain.
// Pure: a mapped notice in, values for COPY out. Invariant: whatever quotes a person's data is in a
// sealed column, bound to its row, or a keyed hash.
import type { RecordFate } from '../domain/flow-account.ts'
import type { EndedBy, NoticeData } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { LotNotice, LotRecord, LotTarget } from '../pipeline/map/lot.ts'
import type { PlannedMessage } from '../pipeline/plan.ts'
import { type CopyTable, type CopyValue, instantMicros } from './copy.ts'
import { noticeNumberHash } from './early-settlements.ts'
import type { Vault } from './vault.ts'

export interface WriteTarget extends LotTarget {
  institutionId: number
  seriesId: number
}

/** A notice with its id and those of its messages. */
export interface PlacedNotice {
  entry: LotNotice
  id: number
  messageIds: number[]
}

/** What a notice's sealed data is bound to. */
export function noticeContext(institutionId: number, noticeId: number): string {
  return `notice/${institutionId}/${noticeId}`
}

/** What a record's sealed detail is bound to. */
export function recordContext(flowId: number, record: number): string {
  return `record/${flowId}/${record}`
}

/** The columns that a notice is found by, as they stand in its row. */
export function searchedBy(
  vault: Vault,
  { group, single, fiscalCode, payment, facets }: NoticeData,
) {
  const facet = (value: string | null) => (value === null ? null : vault.hash('facet', value))
  return {
    group: group === null ? null : vault.hash('key', group),
    fiscalCode: vault.hash('fiscal-code', fiscalCode),
    customer: facet(facets.customer),
    document: facet(facets.document),
    emission: facets.emission,
    noticeNumber: payment === null ? null : noticeNumberHash(vault, payment.noticeNumber),
    pays: single === undefined ? null : single ? 'whole' : 'part',
  }
}

export const NOTICES: CopyTable = {
  name: 'notices',
  columns: [
    ['id', 'int8'],
    ['institution_id', 'int4'],
    ['series_id', 'int4'],
    ['key_hash', 'bytea'],
    ['group_hash', 'bytea'],
    ['state', 'text'],
    ['flow_id', 'int8'],
    ['mapping_version_id', 'int4'],
    ['service', 'text'],
    ['content_hash', 'bytea'],
    ['matter_hash', 'bytea'],
    ['fiscal_code_hash', 'bytea'],
    ['customer_hash', 'bytea'],
    ['document_hash', 'bytea'],
    ['emission', 'text'],
    ['notice_number_hash', 'bytea'],
    ['pays', 'text'],
    ['due_at', 'timestamptz'],
    ['amount_cents', 'int8'],
    ['sealed', 'bytea'],
    ['created_at', 'timestamptz'],
    ['changed_at', 'timestamptz'],
    ['ended_at', 'timestamptz'],
    ['ended_by', 'text'],
  ],
}

export function* noticeRows(
  vault: Vault,
  target: WriteTarget,
  placed: PlacedNotice[],
  now: Temporal.Instant,
): Generator<CopyValue[]> {
  for (const { entry, id } of placed) {
    if (entry.noticeId === null) yield noticeRow(vault, target, entry, id, now)
  }
}

function noticeRow(
  vault: Vault,
  target: WriteTarget,
  { data, contentHash, matterHash, quiet }: LotNotice,
  id: number,
  now: Temporal.Instant,
): CopyValue[] {
  const micros = instantMicros(now)
  const state = quiet?.state ?? 'open'
  const endedBy: EndedBy | null = state === 'open' ? null : 'settlement'
  const found = searchedBy(vault, data)
  return [
    id,
    target.institutionId,
    target.seriesId,
    vault.hash('key', data.key),
    found.group,
    state,
    target.flowId,
    target.mappingVersionId,
    target.service,
    contentHash,
    matterHash,
    found.fiscalCode,
    found.customer,
    found.document,
    found.emission,
    found.noticeNumber,
    found.pays,
    dueMicros(data),
    data.payment?.amountCents ?? null,
    vault.seal(noticeContext(target.institutionId, id), JSON.stringify(data)),
    micros,
    micros,
    endedBy && micros,
    endedBy,
  ]
}

export const MESSAGES: CopyTable = {
  name: 'messages',
  columns: [
    ['id', 'int8'],
    ['institution_id', 'int4'],
    ['flow_id', 'int8'],
    ['notice_id', 'int8'],
    ['purpose', 'text'],
    ['template', 'int2'],
    ['send_at', 'timestamptz'],
    ['civil_at', 'timestamp'],
    ['state', 'text'],
    ['text_hash', 'bytea'],
    ['due_at', 'timestamptz'],
    ['one_a_day', 'bool'],
    ['moved', 'text'],
    ['emission', 'text'],
    ['has_payment', 'bool'],
  ],
}

export function* messageRows(target: WriteTarget, placed: PlacedNotice[]): Generator<CopyValue[]> {
  for (const { entry, id, messageIds } of placed) {
    for (const [index, message] of entry.messages.entries()) {
      yield messageRow(target, entry, message, id, messageIds[index] as number)
    }
  }
}

function messageRow(
  target: WriteTarget,
  { data, textHashes }: LotNotice,
  message: PlannedMessage,
  noticeId: number,
  id: number,
): CopyValue[] {
  const civil = message.civilAt
  return [
    id,
    target.institutionId,
    target.flowId,
    noticeId,
    message.purpose,
    message.template,
    instantMicros(message.sendAt),
    civil === null ? null : civilMicros(civil),
    'waiting',
    textHashes[message.template] as Uint8Array,
    dueMicros(data),
    message.isOneADay ? 1 : null,
    message.moved ?? null,
    data.facets.emission,
    data.payment === null ? 0 : 1,
  ]
}

function dueMicros({ dueAt }: NoticeData): number | null {
  return dueAt === null ? null : Date.parse(dueAt) * 1000
}

/** A civil time as if it were UTC, which is how PostgreSQL's `timestamp` counts. */
function civilMicros(civil: Temporal.PlainDateTime): number {
  return Date.UTC(civil.year, civil.month - 1, civil.day, civil.hour, civil.minute) * 1000
}

export const RECORDS: CopyTable = {
  name: 'source_records',
  columns: [
    ['flow_id', 'int8'],
    ['record', 'int4'],
    ['line', 'int4'],
    ['institution_id', 'int4'],
    ['fate', 'text'],
    ['notice_id', 'int8'],
    ['message_id', 'int8'],
    ['sealed', 'bytea'],
    ['warnings', 'int2'],
    ['code', 'text'],
    ['field', 'text'],
  ],
}

/** Why a record was refused, as far as it may stand in clear: of its first refusal. */
export function causeOf(fate: RecordFate, detail: object | null): [string | null, string | null] {
  if (fate !== 'refused' || detail === null || !('refusals' in detail)) return [null, null]
  const [first] = detail.refusals as readonly Refusal[]
  return [first?.code ?? null, first?.field ?? null]
}

export function* recordRows(
  vault: Vault,
  target: WriteTarget,
  placed: PlacedNotice[],
  ended: LotRecord[],
): Generator<CopyValue[]> {
  const { flowId, institutionId } = target
  const seal = (record: number, detail: object) =>
    vault.seal(recordContext(flowId, record), JSON.stringify(detail))
  for (const { record, line, fate, noticeId, detail } of ended) {
    const sealed = seal(record, detail)
    const cause = causeOf(fate, detail)
    yield [flowId, record, line, institutionId, fate, noticeId, null, sealed, null, ...cause]
  }
  for (const { entry, id, messageIds } of placed) {
    const { record, line, quiet, data, warnings = [] } = entry
    const { fate = 'message', detail } = quiet ?? {}
    const warned = warnings.length > 0 ? { key: data.key, ...detail, warnings } : detail
    const sealed = warned === undefined ? null : seal(record, warned)
    const messageId = fate === 'message' ? (messageIds[0] as number) : null
    const count = warnings.length || null
    const none = causeOf(fate, null)
    yield [flowId, record, line, institutionId, fate, id, messageId, sealed, count, ...none]
  }
}
