// What testers answer: by their link, or by voice to somebody who writes it down. Answers are added
// and never changed; the last one counts. Invariant: only those of the last batch of a flow count,
// and only while the flow is what was tested.
import type { Asked, Decided, DecisionRefusal } from '../domain/decision.ts'
import type { FlowReason, FlowState } from '../domain/flow.ts'
import { whyNotBefore } from '../domain/flow-moves.ts'
import type { MessageState } from '../domain/message.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import {
  countAnswers,
  type TestAnswer,
  type TestCounts,
  type TestSaid,
} from '../domain/test-answer.ts'
import type { TestItem } from '../pipeline/release/test-batch.ts'
import { addFlowAct } from './acts.ts'
import { DIGEST } from './approvals.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { noSuchFlow } from './flows.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

/** A tester’s view of one message, and what they said of it last. */
export interface TestCell {
  item: number
  state: MessageState
  /** Why it did not arrive; null: it did, or will. */
  code: string | null
  answer: TestAnswer | null
  note: string | null
  at: Temporal.Instant | null
  /** Who wrote the answer down; null: the tester. */
  by: string | null
}

/** The last batch of a flow. */
export interface TestState {
  flowId: number
  testFlowId: number
  sentAt: Temporal.Instant
  expiresAt: Temporal.Instant
  actor: string
  /** The flow is no longer what was tested: the answers are void. */
  isVoid: boolean
  items: TestItem[]
  testers: { tester: string; hasLink: boolean; cells: TestCell[] }[]
  counts: TestCounts
}

/** What a link opens. */
export interface OpenInvitation {
  flowId: number
  institution: string
  service: string
  tester: string
  expiresAt: Temporal.Instant
  items: TestItem[]
  cells: TestCell[]
}

export interface Answered {
  flowId: number
  institution: string
  tester: string
  /** Messages that they have reported now. */
  reported: number
  counts: TestCounts
}

/** What staff is told of an answer; null: nothing. */
export type MailOf = (answered: Answered) => StaffMail | null

export type TestAnswers = ReturnType<typeof createTestAnswers>

export function createTestAnswers(pool: Pool, vault: Vault, enqueue: Enqueue) {
  return {
    /** Null: it has no batch. */
    async state(flowId: number): Promise<TestState | null> {
      const { rows } = await pool.query<BatchRow>(LAST_BATCH, [flowId])
      return rows[0] ? stateOf(pool, vault, rows[0]) : null
    },

    /** Of its last batch; null: there is none, or the flow has changed since. */
    async counts(flowId: number): Promise<TestCounts | null> {
      const { rows } = await pool.query<BatchRow>(LAST_BATCH, [flowId])
      const [batch] = rows
      if (!batch || batch.isVoid) return null
      const cells = await cellsOf(pool, vault, batch.id)
      return countAnswers(cells.map(({ answer }) => answer))
    },

    /** What a link opens; null: it is none, it is over, or its batch no longer counts. */
    async open(tokenHash: Uint8Array, now: Temporal.Instant): Promise<OpenInvitation | null> {
      const invitation = await findOpen(pool, tokenHash, now)
      if (invitation === null) return null
      const { batchId, invitationId, institutionId: _, ...shown } = invitation
      const items = await itemsOf(pool, batchId)
      const cells = await cellsOf(pool, vault, batchId)
      return { ...shown, items, cells: cells.filter((cell) => cell.invitationId === invitationId) }
    },

    /** Keeps what a tester says by their link. Null: it opens nothing, and nothing is kept. */
    async answer(
      tokenHash: Uint8Array,
      said: readonly TestSaid[],
      mailOf: MailOf,
      now: Temporal.Instant,
    ): Promise<Answered | null> {
      return transaction(pool, async (client) => {
        const invitation = await findOpen(client, tokenHash, now)
        if (invitation === null) return null
        const who = { actor: invitation.tester, origin: 'console' }
        return keep(client, { invitation, said, who, mailOf }, now)
      })
    },

    /** Keeps what a tester said by voice, as somebody writes it down. */
    async write(
      flowId: number,
      { tester, answer, item, asked }: Voiced,
      mailOf: MailOf,
      now: Temporal.Instant,
    ): Promise<Decided<{ counts: TestCounts }>> {
      return transaction(pool, async (client) => {
        const { rows } = await client.query<Invitation & Standing>(NAMED, [flowId, tester])
        const [found] = rows
        const { state, reason, isOpen } = found ?? (await standingOf(client, flowId))
        const refuse = (because: DecisionRefusal) =>
          ({ kind: 'refused', because, state, figures: { tester } }) as const
        const closed = whyNotBefore({ state, reason })
        if (closed !== null) return refuse(closed)
        if (!found) return refuse('not-asked')
        if (!isOpen) return refuse('changed')
        const items = await itemsOf(client, found.batchId)
        const meant = items.filter((one) => item === null || one.item === item)
        const said = meant.map((one) => ({ item: one.item, answer, note: asked.note }))
        const kept = { invitation: found, said, who: asked, mailOf }
        const { counts } = await keep(client, kept, now)
        return { kind: 'done', counts }
      })
    },
  }

  async function keep(
    client: Client,
    { invitation, said, who, mailOf }: Kept,
    now: Temporal.Instant,
  ): Promise<Answered> {
    const { institutionId, batchId, invitationId, flowId, institution, tester } = invitation
    const known = new Set((await itemsOf(client, batchId)).map(({ item }) => item))
    const meant = said.filter(({ item }) => known.has(item))
    for (const { item, answer, note } of meant) {
      const sealed = note === null ? null : vault.seal(noteContext(institutionId, batchId), note)
      await client.query(
        `insert into test_answers (institution_id, batch_id, invitation_id, item, answer,
           note_sealed, at, actor, origin) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          ...[institutionId, batchId, invitationId, item, answer, sealed],
          ...[now.toString(), who.actor, who.origin],
        ],
      )
    }
    const cells = await cellsOf(client, vault, batchId)
    const counts = countAnswers(cells.map(({ answer }) => answer))
    const reported = meant.filter(({ answer }) => answer === 'problem').length
    const answered = { flowId, institution, tester, reported, counts }
    const detail = { tester, confirmed: meant.length - reported, reported }
    const verb = reported > 0 ? 'reported-test' : 'confirmed-test'
    const { actor, origin } = who
    if (meant.length > 0) await addFlowAct(client, { flowId, actor, origin, verb, detail }, now)
    const mail = mailOf(answered)
    if (mail) await addStaffMail(client, institutionId, mail, now)
    // One that nobody approves is kept back by its testers alone: it is looked at as they answer.
    const isTold = reported > 0 || counts.confirmed === counts.messages
    if (isTold) await enqueue(client, 'release', String(flowId), now)
    return answered
  }
}

/** What somebody writes down for a tester; null: of every message. */
export interface Voiced {
  tester: string
  answer: TestAnswer
  item: number | null
  asked: Asked
}

interface Kept {
  invitation: Invitation
  said: readonly TestSaid[]
  who: Pick<Asked, 'actor' | 'origin'>
  mailOf: MailOf
}

interface Invitation {
  institutionId: number
  institution: string
  service: string
  batchId: number
  invitationId: number
  flowId: number
  tester: string
  expiresAt: Temporal.Instant
}

interface Standing {
  state: FlowState
  reason: FlowReason
  /** The flow is what was tested. */
  isOpen: boolean
}

interface BatchRow extends Pick<TestState, 'flowId' | 'testFlowId' | 'sentAt' | 'expiresAt'> {
  id: number
  actor: string
  isVoid: boolean
}

interface CellRow extends TestCell {
  invitationId: number
  tester: string
  hasLink: boolean
}

async function stateOf(db: Queryable, vault: Vault, batch: BatchRow): Promise<TestState> {
  const { id, ...shown } = batch
  const [items, cells] = [await itemsOf(db, id), await cellsOf(db, vault, id)]
  const testers = [...Map.groupBy(cells, ({ invitationId }) => invitationId).values()].map(
    (own) => ({
      tester: own[0]!.tester,
      hasLink: own[0]!.hasLink,
      cells: own.map(({ invitationId: _, tester: __, hasLink: ___, ...cell }) => cell),
    }),
  )
  return { ...shown, items, testers, counts: countAnswers(cells.map(({ answer }) => answer)) }
}

async function itemsOf(db: Queryable, batchId: number): Promise<TestItem[]> {
  const { rows } = await db.query<TestItem>(
    `select item, record, line, template, reasons, notice_number as "noticeNumber"
     from test_items where batch_id = $1 order by item`,
    [batchId],
  )
  return rows
}

async function cellsOf(db: Queryable, vault: Vault, batchId: number): Promise<CellRow[]> {
  const { rows } = await db.query<
    Omit<CellRow, 'note'> & { institutionId: number; note: Buffer | null }
  >(CELLS, [batchId])
  return rows.map(({ note, institutionId, ...cell }) => ({
    ...cell,
    note: note && vault.open(noteContext(institutionId, batchId), note).toString('utf8'),
  }))
}

/** What a note is bound to. */
function noteContext(institutionId: number, batchId: number): string {
  return `test-answer/${institutionId}/${batchId}`
}

async function findOpen(
  db: Queryable,
  tokenHash: Uint8Array,
  now: Temporal.Instant,
): Promise<Invitation | null> {
  const { rows } = await db.query<Invitation>(OPEN, [tokenHash, now.toString()])
  return rows[0] ?? null
}

async function standingOf(db: Queryable, flowId: number): Promise<Standing> {
  const sql = 'select state, reason, false as "isOpen" from flows where id = $1'
  const { rows } = await db.query<Standing>(sql, [flowId])
  if (!rows[0]) throw noSuchFlow(flowId)
  return rows[0]
}

const IS_SAME = `b.digest = ${DIGEST}`

/** $1 the flow. */
const LAST_BATCH = `
  select b.id, b.flow_id as "flowId", b.test_flow_id as "testFlowId", b.actor,
    b.sent_at as "sentAt", b.expires_at as "expiresAt", not ${IS_SAME} as "isVoid"
  from test_batches b join flows f on f.id = b.flow_id
  where b.flow_id = $1 order by b.id desc limit 1`

const INVITED = `v.institution_id as "institutionId", i.name as institution, f.service,
    v.batch_id as "batchId", v.id as "invitationId", b.flow_id as "flowId", v.tester,
    b.expires_at as "expiresAt"
  from test_invitations v join test_batches b on b.id = v.batch_id
    join flows f on f.id = b.flow_id join institutions i on i.id = v.institution_id`

const IS_LAST = 'b.id = (select max(id) from test_batches where flow_id = b.flow_id)'

/** $1 the hash of the token, $2 now. */
const OPEN = `
  select ${INVITED}
  where v.token_hash = $1 and b.expires_at > $2 and f.state = 'active' and f.sending_at is null
    and ${IS_LAST} and ${IS_SAME}`

/** $1 the flow, $2 the name of a tester of its last batch. */
const NAMED = `
  select f.state, f.reason, ${IS_SAME} as "isOpen", ${INVITED}
  where b.flow_id = $1 and v.tester = $2 and ${IS_LAST}`

const CELLS = `
  select v.id as "invitationId", v.institution_id as "institutionId", v.tester,
    v.token_hash is not null as "hasLink", t.item, m.state, m.code, a.answer,
    a.note_sealed as note, a.at, case when a.actor <> v.tester then a.actor end as by
  from test_messages t join test_invitations v on v.id = t.invitation_id
    join messages m on m.id = t.message_id
    left join lateral (select * from test_answers
      where invitation_id = v.id and item = t.item order by id desc limit 1) a on true
  where t.batch_id = $1 order by v.id, t.item`
