// A small town for one run of the model: flows with first messages and reminders, made by the
// store's own functions, and how they stand, looked at in two queries.

import { mappingOf, noticeDataOf } from '../../scripts/simulate/letters.ts'
import type { FlowReason, FlowState } from '../../src/domain/flow.ts'
import type { MessageState, Purpose } from '../../src/domain/message.ts'
import type { LotNotice, MapLot } from '../../src/pipeline/map/lot.ts'
import type { GivenStore } from '../store/given.ts'

export interface SeenMessage {
  id: number
  flowId: number
  noticeId: number
  purpose: Purpose
  state: MessageState
  code: string | null
  fence: number | null
  /** Seconds since 1970. */
  sendAt: number
}

export interface SeenFlow {
  id: number
  state: FlowState
  reason: FlowReason
  isReleased: boolean
  isSuspended: boolean
  isStopped: boolean
  /** Records that were read, and the sum of the account’s terms. */
  read: number
  sum: number
}

export interface Seen {
  flows: Map<number, SeenFlow>
  messages: Map<number, SeenMessage>
}

export const INSTITUTION = 'comune'
const SERVICE = 'tributi'
let lastLetter = 0
let lastDrop = 0
let changes = 0

export interface NewNotice {
  /** Of the bill: the same for its change. */
  letter: number
  /** Null: a new one. */
  noticeId: number | null
  /** Its text is another, and nothing that matters: what waits of it says the new. */
  isSilent: boolean
}

export const newLetter = (): NewNotice => ({
  letter: ++lastLetter,
  noticeId: null,
  isSilent: false,
})

/** A flow of a drop with these bills, as it stands once mapped: nobody has approved it. */
export async function addFlow(
  given: GivenStore,
  account: string,
  notices: readonly NewNotice[],
  now: Temporal.Instant,
): Promise<number> {
  const { store, pool } = given
  const { rows } = await pool.query<{ id: number }>(
    `insert into drops (institution_id, feed, key, state, received_at, bytes, sha256)
     select id, $2, $3, 'received', $4, 1, '' from institutions where name = $1 returning id`,
    [INSTITUTION, SERVICE, String(++lastDrop), now.toString()],
  )
  const dropId = (rows[0] as { id: number }).id
  const place = { institution: INSTITUTION, feed: SERVICE, service: SERVICE, account }
  const flow = { ...place, dropId, zone: 'Europe/Rome', calendarVersion: '1', tells: [] }
  const flowId = await store.flows.openForDrop(flow, now)
  const version = { name: SERVICE, sha256: 'ab'.repeat(32), spec: {} }
  const mappingVersionId = await store.versions.idOf(INSTITUTION, version, now)
  const target = { institution: INSTITUTION, series: SERVICE, service: SERVICE, flowId, dropId }
  const lot = (await store.openLot({ ...target, mappingVersionId })) as MapLot
  const made = notices.map((notice, n) => noticeOf(given, lot, notice, n + 1, now))
  // A silent change ends at mapping: its own flow has nothing to send of it.
  const ended = notices.flatMap(({ isSilent, noticeId }, n) =>
    isSilent
      ? [{ record: n + 1, line: n + 2, fate: 'duplicate' as const, noticeId, detail: {} }]
      : [],
  )
  await lot.add(made, ended, now)
  await lot.commit({ records: notices.length, contentHash: Buffer.of(1), now })
  return flowId
}

function noticeOf(
  { vault }: GivenStore,
  lot: MapLot,
  { letter, noticeId, isSilent }: NewNotice,
  record: number,
  now: Temporal.Instant,
): LotNotice {
  const amountCents = 1_000 + (noticeId === null ? 0 : ++changes)
  const data = noticeDataOf({ number: letter, amountCents, hasPayee: false, isPremium: false })
  const texts = [0, 1].map((n) => vault.hash('text', JSON.stringify(mappingOf.payloads(data, n))))
  return {
    record,
    line: record + 1,
    noticeId,
    silent: isSilent,
    data,
    contentHash: lot.hash('content', `${data.key} ${amountCents}`),
    matterHash: lot.hash('content', `${data.key} ${amountCents}`),
    messages: [
      { purpose: 'first', template: 0, sendAt: now, civilAt: null },
      { purpose: 'reminder', template: 1, sendAt: now.add({ hours: 2 }), civilAt: null },
    ],
    textHashes: texts,
  }
}

/** One question: what it answers is of one instant. */
export async function look({ pool }: GivenStore, flowIds: readonly number[]): Promise<Seen> {
  const { rows } = await pool.query<{ messages: SeenMessage[]; flows: SeenFlow[] }>(LOOK, [flowIds])
  const [{ messages, flows }] = rows as [(typeof rows)[number]]
  return {
    messages: new Map(messages.map((row) => [row.id, row])),
    flows: new Map(flows.map((row) => [row.id, row])),
  }
}

const MESSAGES = `
  select id, flow_id as "flowId", notice_id as "noticeId", purpose, state, code, fence,
    extract(epoch from send_at)::bigint as "sendAt"
  from messages where flow_id = any($1) order by id`

/** The identity of the account, counted here by itself: every record by its first message. */
const FLOWS = `
  select f.id, f.state, f.reason, f.released_at is not null as "isReleased",
    f.suspended_at is not null as "isSuspended", f.stopped_at is not null as "isStopped",
    (select count(*) from source_records r where r.flow_id = f.id) as read,
    (select count(*) from source_records r join messages m on m.id = r.message_id
      where r.flow_id = f.id and m.purpose = 'first' and m.flow_id = f.id) as sum
  from flows f where f.id = any($1)`

const asList = (sql: string) => `(select coalesce(json_agg(x), '[]') from (${sql}) x)`

const LOOK = `select ${asList(MESSAGES)} as messages, ${asList(FLOWS)} as flows`
