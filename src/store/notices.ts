// Notices as people look at them: where each stands, what was sent of it and what will be, what a
// person decided about it, and the others of its group. Nothing here changes anything.
import type { MessageState, Purpose } from '../domain/message.ts'
import type { EndedBy, NoticeState } from '../domain/notice.ts'
import type { ActRow } from './acts.ts'
import type { Pool } from './database.ts'
import { IS_BLOCKED } from './do-not-contact.ts'
import { openNotice } from './messages.ts'
import { conditionOf, type NoticeFilter } from './notice-choice.ts'
import type { Vault } from './vault.ts'

/** A notice in a list. */
export interface NoticeRow {
  id: number
  institution: string
  series: string
  key: string
  fiscalCode: string
  state: NoticeState
  /** Null while it is open, and where it ended before this was kept. */
  endedBy: EndedBy | null
  endedAt: Temporal.Instant | null
  dueAt: Temporal.Instant | null
  /** What its source says, while a person's postponement holds; null: nobody postponed it. */
  postponedFrom: Temporal.Instant | null
  amountCents: number | null
  noticeNumber: string | null
  emission: string | null
  /** Whether it asks for the whole of its group; null where its mapping does not say. */
  pays: 'whole' | 'part' | null
  /** The flow whose record made it, or changed it last. */
  flowId: number
  feed: string | null
  service: string
  createdAt: Temporal.Instant
  /** Its recipient is on the institution's list. */
  isBlocked: boolean
  sent: number
  waiting: number
  held: number
}

/** A message of a notice, as its plan and its outcome stand. */
export interface NoticeMessage {
  id: number
  flowId: number
  purpose: Purpose
  template: number
  sendAt: Temporal.Instant
  state: MessageState
  code: string | null
  /** Why it is not there, or was not sent; free of people's data. */
  detail: string | null
  /** Why it does not leave when its rule says; null: it does. */
  moved: 'closed' | 'crowded' | 'postponed' | null
  isReleased: boolean
  sentAt: Temporal.Instant | null
  closedAt: Temporal.Instant | null
  delivery: string | null
  readAt: Temporal.Instant | null
  paidAt: Temporal.Instant | null
}

/** Another notice of the same group. */
export interface GroupMember {
  id: number
  state: NoticeState
  dueAt: Temporal.Instant | null
  amountCents: number | null
  pays: 'whole' | 'part' | null
}

export interface NoticeDetail extends NoticeRow {
  messages: NoticeMessage[]
  group: GroupMember[]
  /** What people decided about it, oldest first. */
  acts: ActRow[]
}

export type Notices = ReturnType<typeof createNotices>

/** Messages, group members and acts that are shown of one notice. */
const MOST_SHOWN = 200

export function createNotices(pool: Pool, vault: Vault) {
  return {
    /** The first of what is meant, by due date, and how many there are in all. */
    async list(filter: NoticeFilter, limit: number): Promise<{ all: number; first: NoticeRow[] }> {
      const { where, values } = await conditionOf(pool, vault, filter)
      const { rows } = await pool.query<SealedRow>(listSql(where), [...values, limit])
      return { all: rows[0]?.all ?? 0, first: rows.map((row) => opened(vault, row)) }
    },

    /** What belongs to a notice of the list. */
    async detail(notice: NoticeRow): Promise<NoticeDetail> {
      const [messages, group, acts] = await Promise.all([
        pool.query<NoticeMessage>(MESSAGES, [notice.id, MOST_SHOWN]),
        pool.query<GroupMember>(GROUP, [notice.id, MOST_SHOWN]),
        pool.query<ActRow>(ACTS, [notice.id, MOST_SHOWN]),
      ])
      return { ...notice, messages: messages.rows, group: group.rows, acts: acts.rows }
    },
  }
}

type SealedRow = Omit<NoticeRow, 'key' | 'fiscalCode' | 'noticeNumber'> & {
  institutionId: number
  sealed: Buffer
  all: number
}

const listSql = (where: string) => `
  with chosen as (
    select n.*, count(*) over () as all_of_them from notices n where ${where}
    order by n.due_at nulls last, n.id limit $4)
  select n.id, n.institution_id as "institutionId", i.name as institution, s.name as series,
    n.state, n.ended_by as "endedBy", n.ended_at as "endedAt", n.due_at as "dueAt",
    n.postponed_from as "postponedFrom", n.amount_cents as "amountCents", n.emission, n.pays,
    n.flow_id as "flowId", f.feed, n.service, n.created_at as "createdAt", n.sealed,
    n.all_of_them as "all", counted.*,
    ${IS_BLOCKED} as "isBlocked"
  from chosen n join institutions i on i.id = n.institution_id join series s on s.id = n.series_id
    join flows f on f.id = n.flow_id cross join lateral (
      select count(*) filter (where m.state = 'sent') as sent,
        count(*) filter (where m.state in ('waiting', 'claimed', 'sending')) as waiting,
        count(*) filter (where m.state in ('held', 'uncertain')) as held
      from messages m where m.notice_id = n.id) counted
  order by n.due_at nulls last, n.id`

function opened(vault: Vault, { sealed, institutionId, all: _, ...row }: SealedRow): NoticeRow {
  const data = openNotice(vault, { institutionId, noticeId: row.id }, sealed)
  const { key, fiscalCode, payment } = data
  return { ...row, key, fiscalCode, noticeNumber: payment?.noticeNumber ?? null }
}

const MESSAGES = `
  select m.id, m.flow_id as "flowId", m.purpose, m.template, m.send_at as "sendAt", m.state, m.code,
    m.detail, m.moved, f.released_at is not null as "isReleased", m.sent_at as "sentAt",
    m.closed_at as "closedAt", m.delivery, m.read_at as "readAt", m.paid_at as "paidAt"
  from messages m join flows f on f.id = m.flow_id
  where m.notice_id = $1 order by coalesce(m.sent_at, m.send_at), m.id limit $2`

const GROUP = `
  select other.id, other.state, other.due_at as "dueAt", other.amount_cents as "amountCents",
    other.pays
  from notices n join notices other on other.institution_id = n.institution_id
    and other.series_id = n.series_id and other.group_hash = n.group_hash and other.id <> n.id
  where n.id = $1 and n.group_hash is not null order by other.due_at nulls last, other.id limit $2`

const ACTS = `
  select a.at, a.actor, a.origin, a.verb, a.detail->>'note' as note
  from notice_acts d join acts a on a.id = d.act_id where d.notice_id = $1 order by a.id limit $2`
