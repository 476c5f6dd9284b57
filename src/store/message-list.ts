// Messages as people look through them: pages newest first, found by the key of a row, how many
// there are, and all of them for an export. Only reads. Invariants: `m` is only what its scope may
// see; what would take too long is given up and said so (`search-too-wide`), so that a page never
// keeps anybody.
import Cursor from 'pg-cursor'
import type { Delivery, MessageState, Purpose } from '../domain/message.ts'
import type { NoticeData } from '../domain/notice.ts'
import { type Client, type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import {
  type MessageCondition,
  type MessageFilter,
  type MessageScope,
  messageCondition,
} from './message-filter.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'

export interface ListedMessage {
  id: number
  flowId: number
  noticeId: number
  purpose: Purpose
  template: number
  service: string
  state: MessageState
  code: string | null
  delivery: Delivery | null
  sendAt: Temporal.Instant
  sentAt: Temporal.Instant | null
  closedAt: Temporal.Instant | null
  readAt: Temporal.Instant | null
  paidAt: Temporal.Instant | null
  hasReadStatus: boolean
  amountCents: number | null
  dueAt: Temporal.Instant | null
  mappingVersionId: number
  data: NoticeData
}

/** A page, or that nobody waits so long for it. */
export type Found<T> = { found: T } | { found: null; because: 'search-too-wide' }

/** Of one statement of a search. */
const SEARCH_SECONDS = 5
const CANCELLED = '57014'

export type MessageList = ReturnType<typeof createMessageList>

export function createMessageList(pool: Pool, vault: Vault, institutions: Institutions) {
  const conditionOf = async ({ institution, services }: MessageScope, filter: MessageFilter) =>
    messageCondition(vault, await institutions.idOf(institution), services, filter)

  async function ask<Row extends object>(sql: string, values: unknown[]): Promise<Found<Row[]>> {
    try {
      const found = await transaction(pool, async (tx) => {
        await tx.query(`set local statement_timeout = '${SEARCH_SECONDS}s'`)
        return (await tx.query<Row>(sql, values)).rows
      })
      return { found }
    } catch (error) {
      if ((error as { code?: string }).code !== CANCELLED) throw error
      return { found: null, because: 'search-too-wide' }
    }
  }

  return {
    /** From before this message on; or those after it, as near as can be. */
    async page(
      scope: MessageScope,
      filter: MessageFilter,
      { before, after }: { before: number | null; after: number | null },
      limit: number,
    ): Promise<Found<ListedMessage[]>> {
      const condition = await conditionOf(scope, filter)
      const values = [...condition.values, before ?? LAST_ID, after ?? FIRST_ID, limit]
      const sql = pageSql(condition, values, after === null ? 'desc' : 'asc')
      const answer = await ask<SealedRow>(sql, values)
      if (answer.found === null) return answer
      const rows = answer.found.map(({ sealed, institutionId, ...row }) => ({
        ...row,
        data: openNotice(vault, { institutionId, noticeId: row.noticeId }, sealed),
      }))
      return { found: after === null ? rows : rows.reverse() }
    },

    /** At most so many are counted. */
    async count(scope: MessageScope, filter: MessageFilter, most: number): Promise<Found<number>> {
      const { where, values, states } = await conditionOf(scope, filter)
      const inStates = states === null ? '' : `and m.state = any($${values.length + 2})`
      const all = [...values, most, ...(states === null ? [] : [states])]
      const answer = await ask<{ n: number }>(
        `select count(*) as n from (select 1 ${FROM} where ${where} ${inStates}
         limit $${values.length + 1}) matching`,
        all,
      )
      return answer.found === null ? answer : { found: answer.found[0]?.n ?? 0 }
    },
  }
}

type SealedRow = Omit<ListedMessage, 'data'> & { institutionId: number; sealed: Buffer }

const FROM = `from messages m join flows f on f.id = m.flow_id join notices n on n.id = m.notice_id`

const LISTED = `m.id, m.flow_id as "flowId", m.notice_id as "noticeId", m.purpose, m.template,
  f.service, m.state, m.code, m.delivery, m.send_at as "sendAt", m.sent_at as "sentAt",
  m.closed_at as "closedAt", m.read_at as "readAt", m.paid_at as "paidAt",
  m.read_status is not null as "hasReadStatus", n.amount_cents as "amountCents",
  n.due_at as "dueAt", coalesce(m.mapping_version_id, n.mapping_version_id) as "mappingVersionId",
  n.institution_id as "institutionId", n.sealed`

/** Beyond every id that there is. */
const FIRST_ID = '-9223372036854775808'
const LAST_ID = '9223372036854775807'

/**
 * Bounded and ordered as one index has it that is to be read, so that no plan walks another past
 * all that came since: within a flow each state has its own order by id, and the first of each are
 * merged; what is named is found by its notices and then put into order. The last three values are
 * the bounds and how many.
 */
function pageSql(
  { where, states, isNamed }: MessageCondition,
  values: unknown[],
  order: 'asc' | 'desc',
): string {
  const [before, after, limit] = [2, 1, 0].map((back) => `$${values.length - back}::bigint`)
  const some = (also: string, by: string) =>
    `select ${LISTED} ${FROM} where ${where} and ${also} order by ${by} limit ${limit}`
  if (states === null) {
    const id = isNamed ? '(m.id + 0)' : 'm.id'
    return some(`${id} < ${before} and ${id} > ${after}`, `${id} ${order}`)
  }
  values.push(states)
  const inState = `(m.state, m.id) < (s.state, ${before})
    and (m.state, m.id) > (s.state, ${after})`
  return `select found.* from unnest($${values.length}::text[]) as s (state)
    cross join lateral (${some(inState, `m.state ${order}, m.id ${order}`)}) found
    order by found.id ${order} limit ${limit}`
}

/** A message of an export: instants as seconds since 1970 on the clock of its flow’s zone. */
export interface ExportedMessage {
  id: number
  flowId: number
  noticeId: number
  purpose: Purpose
  service: string
  state: MessageState
  code: string | null
  delivery: Delivery | null
  sentSeconds: number | null
  plannedSeconds: number
  readSeconds: number | null
  paidSeconds: number | null
  emission: string | null
  amountCents: number | null
  dueDays: number | null
  ioId: string | null
  /** Null where the export holds no people’s data. */
  data: NoticeData | null
}

/** Rows that are read at once. */
const ROWS_AT_ONCE = 1000

/** All of them, oldest first, in the snapshot of the client. */
export async function* exportMessages(
  client: Client,
  vault: Vault,
  { institution, services }: MessageScope,
  filter: MessageFilter,
  isPersonal: boolean,
): AsyncGenerator<ExportedMessage> {
  const { rows } = await client.query<{ id: number }>(
    'select id from institutions where name = $1',
    [institution],
  )
  const institutionId = rows[0]?.id
  if (institutionId === undefined) return
  const { where, values, states } = messageCondition(vault, institutionId, services, filter)
  const inStates = states === null ? '' : `and m.state = any($${values.length + 1})`
  const sql = `select ${EXPORTED}, ${isPersonal ? 'n.sealed' : 'null as sealed'}
    ${FROM} where ${where} ${inStates} order by m.id`
  const all = states === null ? values : [...values, states]
  const cursor = client.query(new Cursor<SealedExport>(sql, all))
  try {
    for (;;) {
      const batch = await cursor.read(ROWS_AT_ONCE)
      if (batch.length === 0) return
      for (const { sealed, ...row } of batch) {
        const notice = { institutionId, noticeId: row.noticeId }
        yield { ...row, data: sealed === null ? null : openNotice(vault, notice, sealed) }
      }
    }
  } finally {
    await cursor.close().catch(() => {})
  }
}

type SealedExport = Omit<ExportedMessage, 'data'> & { sealed: Buffer | null }

const seconds = (column: string, name: string) =>
  `floor(extract(epoch from ${column} at time zone f.zone))::bigint as "${name}"`

const EXPORTED = `m.id, m.flow_id as "flowId", m.notice_id as "noticeId", m.purpose, f.service,
  m.state, m.code, m.delivery, ${seconds('m.sent_at', 'sentSeconds')},
  ${seconds('m.send_at', 'plannedSeconds')}, ${seconds('m.read_at', 'readSeconds')},
  ${seconds('m.paid_at', 'paidSeconds')}, m.emission, n.amount_cents as "amountCents",
  (n.due_at at time zone f.zone)::date - date '1970-01-01' as "dueDays", m.io_id as "ioId"`
