// A lot: all that one drop becomes, written in one transaction. Either the whole flow stands, with
// every record accounted for, or nothing of it does: a crash or a damaged file leaves no half flow
// behind.
// Rows go in by COPY; the series is locked while it is open, so that two drops cannot both find a
// key new.
import type { RecordFate } from '../domain/flow-account.ts'
import type { KnownNotice, NoticeData, NoticeState } from '../domain/notice.ts'
import { type CopyTable, type CopyValue, copyRows, instantMicros } from './copy.ts'
import type { Client, Pool } from './database.ts'
import type { Institutions } from './institutions.ts'
import type { HashUse, Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

export interface LotTarget {
  institution: string
  series: string
  service: string
  flowId: number
  dropId: number
  mappingVersionId: number
}

export interface LotMessage {
  purpose: string
  template: number
  sendAt: Temporal.Instant
  civilAt: Temporal.PlainDateTime | null
  textHash: Uint8Array
}

/** A record that made a notice, or changed one that stands. */
export interface LotNotice {
  record: number
  line: number
  /** Null: a new notice. Else the one it changes; `silent` changes make no message. */
  noticeId: number | null
  silent: boolean
  data: NoticeData
  contentHash: Uint8Array
  matterHash: Uint8Array
  messages: LotMessage[]
}

/** A record that ended at mapping. `detail` may quote it: it is sealed. */
export interface LotRecord {
  record: number
  line: number
  fate: Exclude<RecordFate, 'message'>
  noticeId: number | null
  detail: object
}

export interface FoundNotice extends KnownNotice {
  id: number
  flowId: number
}

export interface Lot {
  hash(use: HashUse, text: string): Uint8Array
  /** The notices that already have these keys, by key. */
  find(keys: string[]): Promise<Map<string, FoundNotice>>
  add(notices: LotNotice[], records: LotRecord[], now: Temporal.Instant): Promise<void>
  /** Makes the flow stand, and wakes `release`. */
  commit(summary: {
    records: number
    contentHash: Uint8Array
    now: Temporal.Instant
  }): Promise<void>
  rollback(): Promise<void>
}

export type OpenLot = (target: LotTarget) => Promise<Lot>

export function createLots(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
): OpenLot {
  return async (target) => {
    const institutionId = await institutions.idOf(target.institution)
    const seriesId = await institutions.seriesIdOf(target.institution, target.series)
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1, $2)', [SERIES_LOCK, seriesId])
    const write = createWriter(client, vault, { ...target, institutionId, seriesId })
    return {
      hash: (use, text) => vault.hash(use, text),
      find: (keys) => findNotices(client, vault, institutionId, seriesId, keys),
      add: write,
      async commit(summary) {
        await finishFlow(client, target, summary)
        await enqueue(client, 'release', String(target.flowId))
        await client.query('commit')
        client.release()
      },
      async rollback() {
        const broken = await client.query('rollback').then(
          () => false,
          () => true,
        )
        client.release(broken)
      },
    }
  }
}

/** First half of the advisory lock's key; the second is the series. */
const SERIES_LOCK = 7272

async function findNotices(
  client: Client,
  vault: Vault,
  institutionId: number,
  seriesId: number,
  keys: string[],
): Promise<Map<string, FoundNotice>> {
  const byHash = new Map(keys.map((key) => [vault.hash('key', key).toString('latin1'), key]))
  const { rows } = await client.query<{
    id: number
    flow_id: number
    state: NoticeState
    key_hash: Buffer
    content_hash: Buffer
    matter_hash: Buffer
  }>(
    `select id, flow_id, state, key_hash, content_hash, matter_hash from notices
     where institution_id = $1 and series_id = $2 and key_hash = any($3)`,
    [institutionId, seriesId, [...byHash.keys()].map((hash) => Buffer.from(hash, 'latin1'))],
  )
  return new Map(
    rows.map((row) => [
      byHash.get(row.key_hash.toString('latin1')) as string,
      {
        id: row.id,
        flowId: row.flow_id,
        state: row.state,
        contentHash: row.content_hash,
        matterHash: row.matter_hash,
      },
    ]),
  )
}

interface WriteTarget extends LotTarget {
  institutionId: number
  seriesId: number
}

function createWriter(client: Client, vault: Vault, target: WriteTarget): Lot['add'] {
  const nextNoticeId = idAllocator(client, 'notice_ids')
  const nextMessageId = idAllocator(client, 'message_ids')
  return async (notices, records, now) => {
    const loud = notices.filter((notice) => !notice.silent)
    const recordRows = records.map((record) => recordRow(vault, target, record))
    const noticeRows: CopyValue[][] = []
    const messageRows: CopyValue[][] = []
    const noticeIds = await nextNoticeId(loud.filter((n) => n.noticeId === null).length)
    const messageIds = await nextMessageId(loud.reduce((n, entry) => n + entry.messages.length, 0))
    let notice = 0
    let message = 0
    for (const entry of loud) {
      const id = entry.noticeId ?? (noticeIds[notice++] as number)
      if (entry.noticeId === null) noticeRows.push(noticeRow(vault, target, entry, id, now))
      const first = messageIds[message] as number
      for (const planned of entry.messages) {
        messageRows.push(messageRow(target, planned, id, messageIds[message++] as number))
      }
      const place = [target.flowId, entry.record, entry.line, target.institutionId]
      recordRows.push([...place, 'message', id, first, null])
    }
    await changeNotices(client, vault, target, notices, now)
    await copyRows(client, NOTICES, noticeRows)
    await copyRows(client, MESSAGES, messageRows)
    await copyRows(client, RECORDS, recordRows)
  }
}

/** Ids from a sequence that steps by blocks: one statement gives thousands. */
function idAllocator(client: Client, sequence: string) {
  let ids: number[] = []
  return async (count: number): Promise<number[]> => {
    const missing = Math.ceil((count - ids.length) / ID_BLOCK)
    if (missing > 0) {
      const { rows } = await client.query<{ start: number }>(
        `select nextval('${sequence}') as start from generate_series(1, $1)`,
        [missing],
      )
      for (const { start } of rows) for (let i = 0; i < ID_BLOCK; i++) ids.push(start + i)
    }
    const given = ids.slice(0, count)
    ids = ids.slice(count)
    return given
  }
}

const ID_BLOCK = 1000

/** Applies changes to notices that stand: their data, what has not left, and the texts' hashes. */
async function changeNotices(
  client: Client,
  vault: Vault,
  target: WriteTarget,
  notices: LotNotice[],
  now: Temporal.Instant,
): Promise<void> {
  const changes = notices.filter((notice) => notice.noticeId !== null)
  if (changes.length === 0) return
  const loud = changes.filter((notice) => !notice.silent).map((notice) => notice.noticeId)
  await client.query(
    `update messages set state = 'cancelled', code = 'superseded', closed_at = $2
     where notice_id = any($1) and state in ('waiting', 'held')`,
    [loud, now.toString()],
  )
  for (const { noticeId, silent, data, contentHash, matterHash, messages } of changes) {
    await client.query(
      `update notices set content_hash = $2, matter_hash = $3, sealed = $4, fiscal_code_hash = $5,
         due_at = $6, amount_cents = $7, mapping_version_id = $8, changed_at = $9,
         flow_id = case when $10 then flow_id else $11 end
       where id = $1`,
      [
        noticeId,
        contentHash,
        matterHash,
        vault.seal(noticeContext(target.institutionId, noticeId as number), JSON.stringify(data)),
        vault.hash('fiscal-code', data.fiscalCode),
        data.dueAt,
        data.payment?.amountCents ?? null,
        target.mappingVersionId,
        now.toString(),
        silent,
        target.flowId,
      ],
    )
    if (!silent) continue
    for (const { template, textHash } of messages) {
      await client.query(
        `update messages set text_hash = $3
         where notice_id = $1 and template = $2 and state in ('waiting', 'held')`,
        [noticeId, template, textHash],
      )
    }
  }
}

/** What a notice's sealed data is bound to. */
export function noticeContext(institutionId: number, noticeId: number): string {
  return `notice/${institutionId}/${noticeId}`
}

/** What a record's sealed detail is bound to. */
export function recordContext(flowId: number, record: number): string {
  return `record/${flowId}/${record}`
}

async function finishFlow(
  client: Client,
  target: LotTarget,
  summary: { records: number; contentHash: Uint8Array; now: Temporal.Instant },
): Promise<void> {
  const now = summary.now.toString()
  await client.query(
    `update flows set state = 'active', reason = 'awaiting-approval', content_hash = $2,
       mapping_version_id = $3, problem = null where id = $1`,
    [target.flowId, summary.contentHash, target.mappingVersionId],
  )
  await client.query(
    `update drops set state = 'mapped', mapped_at = $2, records = $3, progress_bytes = bytes,
       mapping_version_id = $4, problem = null where id = $1`,
    [target.dropId, now, summary.records, target.mappingVersionId],
  )
}

const NOTICES: CopyTable = {
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
    ['due_at', 'timestamptz'],
    ['amount_cents', 'int8'],
    ['sealed', 'bytea'],
    ['created_at', 'timestamptz'],
    ['changed_at', 'timestamptz'],
  ],
}

function noticeRow(
  vault: Vault,
  target: WriteTarget,
  { data, contentHash, matterHash }: LotNotice,
  id: number,
  now: Temporal.Instant,
): CopyValue[] {
  const micros = instantMicros(now)
  const facet = (value: string | null) => (value === null ? null : vault.hash('facet', value))
  return [
    id,
    target.institutionId,
    target.seriesId,
    vault.hash('key', data.key),
    data.group === null ? null : vault.hash('key', data.group),
    'open',
    target.flowId,
    target.mappingVersionId,
    target.service,
    contentHash,
    matterHash,
    vault.hash('fiscal-code', data.fiscalCode),
    facet(data.facets.customer),
    facet(data.facets.document),
    data.facets.emission,
    data.dueAt === null ? null : Date.parse(data.dueAt) * 1000,
    data.payment?.amountCents ?? null,
    vault.seal(noticeContext(target.institutionId, id), JSON.stringify(data)),
    micros,
    micros,
  ]
}

const MESSAGES: CopyTable = {
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
  ],
}

function messageRow(
  target: WriteTarget,
  message: LotMessage,
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
    message.textHash,
  ]
}

/** A civil time as if it were UTC, which is how PostgreSQL's `timestamp` counts. */
function civilMicros(civil: Temporal.PlainDateTime): number {
  return Date.UTC(civil.year, civil.month - 1, civil.day, civil.hour, civil.minute) * 1000
}

const RECORDS: CopyTable = {
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
  ],
}

function recordRow(vault: Vault, target: WriteTarget, entry: LotRecord): CopyValue[] {
  const context = recordContext(target.flowId, entry.record)
  const sealed = vault.seal(context, JSON.stringify(entry.detail))
  const { record, line, fate, noticeId } = entry
  return [target.flowId, record, line, target.institutionId, fate, noticeId, null, sealed]
}
