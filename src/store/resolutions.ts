// What waits for a person, and what they decide: held and uncertain messages. A decision, the act
// that records it, the flow's new state and the job that wakes the sender are one transaction, on
// rows that are locked: a late answer of IO comes before it or after it, never between.
import type { MessageState, Purpose } from '../domain/message.ts'
import type { NoticeData } from '../domain/notice.ts'
import { type Resolution, resolve } from '../domain/resolution.ts'
import { addFlowAct } from './acts.ts'
import { addChanged, type ChangedMessages, voidApprovals } from './approval-voids.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { recloseFlows } from './flow-ends.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

/** A message that waits for a person. */
export interface WaitingMessage {
  id: number
  institution: string
  flowId: number
  feed: string | null
  /** Of what a campaign has made. */
  campaign: string | null
  /** Of the drop; null for a reminder, and for what no drop brought. */
  line: number | null
  purpose: Purpose
  fiscalCode: string
  state: 'held' | 'uncertain'
  code: string | null
  /** What IO, or a system, said; free of people's data. */
  detail: string | null
  /** Since when, as far as attempts tell; else when it was to leave. */
  since: Temporal.Instant
}

export interface Decision {
  as: Resolution
  /** IO's id of the message, for `sent`: following it goes on. */
  ioId: string | null
  /** Why, in the words of who decides. No person's data. */
  note: string | null
  actor: string
  /** `cli` or `console`. */
  origin: string
}

export interface DecidedMessage {
  id: number
  state: MessageState | null
  code: string | null
  /** Null: it was done. Else why not, as the end of a sentence. */
  because: string | null
}

/** A message whose text is to be accepted as it renders now. */
export interface RenderedAnew {
  purpose: Purpose
  mappingVersionId: number
  template: number
  data: NoticeData
}

/** The keyed hash of what a message says now; null when its mapping cannot be compiled. */
export type TextHashOf = (message: RenderedAnew) => Promise<Uint8Array | null>

export type Resolutions = ReturnType<typeof createResolutions>

/** Messages decided in one transaction, and listed in one act. */
export const DECIDED_AT_ONCE = 1000

export function createResolutions(pool: Pool, vault: Vault, enqueue: Enqueue) {
  return {
    /** By flow, oldest messages first. Null filters mean all. */
    async list(filter: {
      institution: string | null
      flowId: number | null
      limit: number
    }): Promise<WaitingMessage[]> {
      const { institution, flowId, limit } = filter
      const { rows } = await pool.query<WaitingRow>(WAITING, [institution, flowId, limit])
      return rows.map(({ sealed, noticeId, institutionId, ...message }) => ({
        ...message,
        fiscalCode: openNotice(vault, { institutionId, noticeId }, sealed).fiscalCode,
      }))
    },

    /** How many wait, by code. */
    async counts(flowId: number | null): Promise<{ state: string; code: string; n: number }[]> {
      const { rows } = await pool.query<{ state: string; code: string; n: number }>(
        `select state, coalesce(code, '') as code, count(*) as n from messages
         where state in ('held', 'uncertain')
           and case when $1::bigint is null then purpose <> 'test' else flow_id = $1 end
         group by 1, 2 order by n desc`,
        [flowId],
      )
      return rows
    },

    /** Of a flow: the uncertain messages, or those that wait with this code. */
    async ofFlow(flowId: number, code: string | null): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(
        `select id from messages where flow_id = $1 and state in ('held', 'uncertain')
           and case when $2::text is null then state = 'uncertain' else code = $2 end
         order by id`,
        [flowId, code],
      )
      return rows.map((row) => row.id)
    },

    /** The institutions that these messages belong to. */
    async institutionsOf(ids: number[]): Promise<string[]> {
      const { rows } = await pool.query<{ name: string }>(
        `select distinct i.name from messages m join institutions i on i.id = m.institution_id
         where m.id = any($1)`,
        [ids],
      )
      return rows.map((row) => row.name)
    },

    /** Decides up to `DECIDED_AT_ONCE` messages: each is moved, or says why it is not. */
    async decide(
      ids: number[],
      decision: Decision,
      now: Temporal.Instant,
      textHashOf: TextHashOf,
    ): Promise<DecidedMessage[]> {
      if (ids.length > DECIDED_AT_ONCE) throw new Error(`more than ${DECIDED_AT_ONCE} at once`)
      return transaction(pool, async (tx) => {
        const { rows } = await tx.query<LockedRow>(LOCK, [ids])
        const known = new Map(rows.map((row) => [row.id, row]))
        const moves: Move[] = []
        const decided: DecidedMessage[] = []
        for (const id of ids) {
          const row = known.get(id)
          const judged = row ? await judge(row, decision.as, vault, textHashOf) : NOT_THERE
          decided.push({
            id,
            state: row?.state ?? null,
            code: row?.code ?? null,
            because: judged.because,
          })
          if (row && judged.move) moves.push(judged.move)
        }
        if (moves.length > 0) await carryOut(tx, moves, decision, now, enqueue)
        return decided
      })
    },
  }
}

type WaitingRow = Omit<WaitingMessage, 'fiscalCode'> & {
  sealed: Buffer
  noticeId: number
  institutionId: number
}

const WAITING = `
  select m.id, i.name as institution, m.flow_id as "flowId", f.feed, f.campaign, r.line, m.purpose, m.state,
    m.code, m.detail, m.notice_id as "noticeId", m.institution_id as "institutionId", n.sealed,
    coalesce((select max(o.at) from attempts a join attempt_outcomes o on o.attempt_id = a.id
      where a.message_id = m.id), m.send_at) as since
  from messages m join flows f on f.id = m.flow_id join institutions i on i.id = m.institution_id
    join notices n on n.id = m.notice_id
    left join source_records r on r.flow_id = m.flow_id and r.message_id = m.id
  where m.state in ('held', 'uncertain') and ($1::text is null or i.name = $1)
    and case when $2::bigint is null then m.purpose <> 'test' else m.flow_id = $2 end
  order by m.flow_id, r.line, m.id limit $3`

interface LockedRow {
  id: number
  purpose: Purpose
  state: MessageState
  code: string | null
  template: number
  flowId: number
  noticeId: number
  institutionId: number
  account: string
  flowStopped: boolean
  noticeOver: boolean
  mappingVersionId: number
  sealed: Buffer
}

const LOCK = `
  select m.id, m.purpose, m.state, m.code, m.template, m.flow_id as "flowId", m.notice_id as "noticeId",
    m.institution_id as "institutionId", f.account, f.stopped_at is not null as "flowStopped",
    (n.state in ('settled', 'cancelled') and m.purpose <> 'errata')
      or (n.flow_id <> m.flow_id and m.purpose in ('first', 'reminder')) as "noticeOver",
    coalesce(m.mapping_version_id, n.mapping_version_id) as "mappingVersionId", n.sealed
  from messages m join flows f on f.id = m.flow_id join notices n on n.id = m.notice_id
  where m.id = any($1) order by m.id for update of m`

interface Move {
  row: LockedRow
  to: 'sent' | 'waiting' | 'cancelled'
  /** Of the text that a person accepts; null: as it was. */
  textHash: Uint8Array | null
}

type Judged = { move: Move; because: null } | { move: null; because: string }

const NOT_THERE: Judged = { move: null, because: 'does not exist; `resolve --list` shows them' }

async function judge(
  row: LockedRow,
  as: Resolution,
  vault: Vault,
  textHashOf: TextHashOf,
): Promise<Judged> {
  const { to, because } = resolve(row, as)
  if (to === null) return { move: null, because }
  if (to !== 'waiting' || row.code !== 'HOLD_TEXT_CHANGED') {
    return { move: { row, to, textHash: null }, because: null }
  }
  const data = openNotice(vault, row, row.sealed)
  const textHash = await textHashOf({ ...row, data })
  if (textHash === null) return { move: null, because: 'can no longer be rendered: say cancelled' }
  return { move: { row, to, textHash }, because: null }
}

async function carryOut(
  tx: Client,
  moves: Move[],
  decision: Decision,
  now: Temporal.Instant,
  enqueue: Enqueue,
): Promise<void> {
  await tx.query(MOVE, [
    moves.map(({ row }) => row.id),
    moves.map(({ to }) => to),
    moves.map(({ textHash }) => textHash),
    decision.ioId,
    now.toString(),
  ])
  const byFlow = Map.groupBy(moves, ({ row }) => row.flowId)
  for (const [flowId, ofFlow] of byFlow) await recordAct(tx, flowId, ofFlow, decision, now)
  await recloseFlows(tx, [...byFlow.keys()], now)
  const changed: ChangedMessages = new Map()
  for (const { row, textHash } of moves) if (textHash) addChanged(changed, row.flowId, row.id)
  await voidApprovals(tx, enqueue, changed, decision.actor, now)
  for (const account of new Set(moves.map(({ row }) => row.account))) {
    await enqueue(tx, 'send', account, now)
  }
}

/**
 * A message resolved as sent was sent when it was last tried; without IO's id nobody can follow it.
 * One that a person lets go is not held again for what it was held for, nor for being late by now.
 */
const MOVE = `
  update messages m set state = d.state, detail = null,
    code = case when d.state = 'cancelled' then 'given-up'
      when d.state = 'waiting' and m.code in ('HOLD_ANSWER', 'HOLD_UNANSWERED') then 'let-go' end,
    text_hash = coalesce(d.text_hash, m.text_hash),
    waived = case when d.state = 'waiting' then coalesce(m.waived, '{}')
      || array_remove(array['HOLD_LATE', m.code], null) else m.waived end,
    due_at = case when d.state = 'waiting' and m.code = 'HOLD_DUE_DATE_PASSED' then null else m.due_at end,
    send_at = case when d.state = 'waiting' then $5::timestamptz else m.send_at end,
    closed_at = case when d.state <> 'waiting' then $5::timestamptz end,
    io_id = coalesce($4, m.io_id),
    sent_at = case when d.state = 'sent' then coalesce(
      (select max(started_at) from attempts a where a.message_id = m.id), $5::timestamptz) end,
    delivery = case when d.state = 'sent' and $4::text is not null then 'accepted' end,
    track_at = case when d.state = 'sent' and $4::text is not null then $5::timestamptz end
  from unnest($1::bigint[], $2::text[], $3::bytea[]) as d (id, state, text_hash)
  where m.id = d.id`

async function recordAct(
  tx: Client,
  flowId: number,
  moves: Move[],
  { as, ioId, note, actor, origin }: Decision,
  now: Temporal.Instant,
): Promise<void> {
  const messages = moves.map(({ row: { id, state, code } }) => ({ id, was: state, code }))
  const detail = { as, messages, ...(ioId && { ioId }), ...(note && { note }) }
  const verb = `resolved ${moves.length} as ${as}`
  await addFlowAct(tx, { flowId, actor, origin, verb, detail }, now)
}
