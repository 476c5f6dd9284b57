// One message with all that is known of it: its notice, its flow, the record that it came of, and
// every attempt with IO's answers. Only reads. Invariant: it is not there for who may not see its
// service.
import type { Delivery, MessageState, Purpose } from '../domain/message.ts'
import type { EndedBy, NoticeData, NoticeState } from '../domain/notice.ts'
import type { OutcomeKind } from '../domain/outcome.ts'
import type { ActRow } from './acts.ts'
import type { Pool } from './database.ts'
import { IS_BLOCKED } from './do-not-contact.ts'
import type { MessageScope } from './message-filter.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'

export interface ViewedMessage {
  id: number
  flowId: number
  noticeId: number
  purpose: Purpose
  template: number
  service: string
  feed: string | null
  campaign: string | null
  state: MessageState
  code: string | null
  /** What IO, or a system, said; free of people’s data. */
  detail: string | null
  delivery: Delivery | null
  ioStatus: string | null
  ioId: string | null
  moved: 'closed' | 'crowded' | 'postponed' | null
  sendAt: Temporal.Instant
  sentAt: Temporal.Instant | null
  processedAt: Temporal.Instant | null
  closedAt: Temporal.Instant | null
  readStatus: string | null
  readAt: Temporal.Instant | null
  paidAt: Temporal.Instant | null
  attempts: number
  textHash: Buffer
  mapping: string
  mappingVersionId: number
  isReleased: boolean
  noticeState: NoticeState
  noticeEndedBy: EndedBy | null
  emission: string | null
  /** Of the recipient, as an address of ours names them. */
  recipient: string
  isBlocked: boolean
  noticeSince: Temporal.Instant
  fileName: string | null
  receivedAt: Temporal.Instant | null
  data: NoticeData
}

export interface ViewedAttempt {
  id: number
  startedAt: Temporal.Instant
  at: Temporal.Instant | null
  outcome: OutcomeKind | null
  code: string | null
  httpStatus: number | null
  ioId: string | null
}

export interface ViewedRecord {
  flowId: number
  record: number
  line: number
  /** What its source has been told last; null: nothing yet. */
  reported: string | null
}

/** Attempts, and acts, that are shown of one message. */
const MOST_SHOWN = 100

export type MessageView = ReturnType<typeof createMessageView>

export function createMessageView(pool: Pool, vault: Vault) {
  return {
    /** Null where it is not there, or not theirs. */
    async find({ institution, services }: MessageScope, id: number): Promise<ViewedMessage | null> {
      const { rows } = await pool.query<ViewedRow>(VIEWED, [institution, services, id])
      const [row] = rows
      if (row === undefined) return null
      const { sealed, institutionId, recipientHash, ...message } = row
      const data = openNotice(vault, { institutionId, noticeId: row.noticeId }, sealed)
      return { ...message, recipient: recipientHash.toString('base64url'), data }
    },

    async hasNotice({ institution, services }: MessageScope, id: number): Promise<boolean> {
      const { rowCount } = await pool.query(
        `select from notices n join institutions i on i.id = n.institution_id
         where i.name = $1 and ($2::text[] is null or n.service = any($2)) and n.id = $3`,
        [institution, services, id],
      )
      return rowCount === 1
    },

    /** Whom a notice is for, as an address of ours names them. */
    async recipientOf(noticeId: number): Promise<string | null> {
      const { rows } = await pool.query<{ hash: Buffer }>(
        'select fiscal_code_hash as hash from notices where id = $1',
        [noticeId],
      )
      return rows[0]?.hash.toString('base64url') ?? null
    },

    /** Oldest first. */
    async attempts(id: number): Promise<ViewedAttempt[]> {
      const { rows } = await pool.query<ViewedAttempt>(ATTEMPTS, [id, MOST_SHOWN])
      return rows
    },

    /** The record that made it, or the notice that it is about; null: none that is known. */
    async record({
      id,
      flowId,
      noticeId,
    }: Pick<ViewedMessage, 'id' | 'flowId' | 'noticeId'>): Promise<ViewedRecord | null> {
      const { rows } = await pool.query<ViewedRecord>(RECORD, [flowId, id, noticeId])
      return rows[0] ?? null
    },

    /** Decisions about it, and about its notice, oldest first. */
    async acts({
      id,
      flowId,
      noticeId,
    }: Pick<ViewedMessage, 'id' | 'flowId' | 'noticeId'>): Promise<ActRow[]> {
      const { rows } = await pool.query<ActRow>(ACTS, [id, noticeId, MOST_SHOWN, flowId])
      return rows
    },
  }
}

type ViewedRow = Omit<ViewedMessage, 'data' | 'recipient'> & {
  institutionId: number
  recipientHash: Buffer
  sealed: Buffer
}

const VIEWED = `
  select m.id, m.flow_id as "flowId", m.notice_id as "noticeId", m.purpose, m.template, f.service,
    f.feed, f.campaign, m.state, m.code, m.detail, m.delivery, m.io_status as "ioStatus",
    m.io_id as "ioId", m.moved, m.send_at as "sendAt", m.sent_at as "sentAt",
    m.processed_at as "processedAt", m.closed_at as "closedAt", m.read_status as "readStatus",
    m.read_at as "readAt", m.paid_at as "paidAt", m.attempts, m.text_hash as "textHash",
    v.name as mapping, v.id as "mappingVersionId", f.released_at is not null as "isReleased",
    n.state as "noticeState", n.ended_by as "noticeEndedBy", n.emission,
    n.fiscal_code_hash as "recipientHash", ${IS_BLOCKED} as "isBlocked",
    n.created_at as "noticeSince", d.key as "fileName", d.received_at as "receivedAt",
    n.institution_id as "institutionId", n.sealed
  from messages m join flows f on f.id = m.flow_id join notices n on n.id = m.notice_id
    join institutions i on i.id = m.institution_id
    join mapping_versions v on v.id = coalesce(m.mapping_version_id, n.mapping_version_id)
    left join drops d on d.id = f.drop_id
  where i.name = $1 and ($2::text[] is null or f.service = any($2)) and m.id = $3`

const ATTEMPTS = `
  select a.id, a.started_at as "startedAt", o.at, o.outcome, o.code, o.http_status as "httpStatus",
    o.io_id as "ioId"
  from attempts a left join attempt_outcomes o on o.attempt_id = a.id
  where a.message_id = $1 order by a.id, o.at limit $2`

const RECORD = `
  select r.flow_id as "flowId", r.record, r.line, (
      select t.fate from receipts t where t.flow_id = r.flow_id and t.record = r.record
        and t.state = 'given' order by t.at desc limit 1) as reported
  from source_records r
  where r.flow_id = $1 and (r.message_id = $2 or r.notice_id = $3) order by r.record limit 1`

const ACTS = `
  select a.at, a.actor, a.origin, a.verb, a.detail->>'note' as note from acts a
  where a.subject = 'message/' || $1::bigint
    or a.id in (select act_id from notice_acts where notice_id = $2)
    -- What was decided of an uncertain or held message is an act on its flow, which names it.
    or (a.subject = 'flow/' || $4::bigint and a.verb like 'resolved %'
      and a.detail->'messages' @> jsonb_build_array(jsonb_build_object('id', $1::bigint)))
  order by a.id limit $3`
