// Test batches, sent: a flow of its own with messages to colleagues, in one transaction with their
// links. Invariant: nothing of it is ever met by what is done about citizens. Its notices stand in
// a series of their own, under random keys and without number, group, amount, facets or day, so
// that no search, settlement, campaign, check or snapshot finds them.
import { randomBytes, randomUUID } from 'node:crypto'
import type { TestBatch, TestMessage } from '../pipeline/release/test-batch.ts'
import { addFlowAct } from './acts.ts'
import { DIGEST } from './approvals.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { wakeFlow } from './flows.ts'
import { noticeContext } from './lot-rows.ts'
import { idAllocator } from './lots.ts'
import { addStaffMail } from './staff-mails.ts'
import { findSample, readTested } from './test-sample.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

export type TestBatches = ReturnType<typeof createTestBatches>

export function createTestBatches(pool: Pool, vault: Vault, enqueue: Enqueue) {
  return {
    find: findSample.bind(null, pool),
    read: (messageIds: readonly number[]) => readTested(pool, vault, messageIds),

    async digest(flowId: number): Promise<Uint8Array> {
      const sql = `select ${DIGEST} as digest from flows f where f.id = $1`
      const { rows } = await pool.query<{ digest: Buffer }>(sql, [flowId])
      return rows[0]?.digest ?? Buffer.alloc(0)
    },

    /**
     * Makes the flow of a batch, released, with its acts and mails. False: the tested flow has
     * begun to leave, or is another by now.
     */
    send(batch: TestBatch, now: Temporal.Instant): Promise<boolean> {
      return transaction(pool, async (client) => {
        const tested = await lockTested(client, batch)
        if (tested === null) return false
        const testFlowId = await openFlow(client, batch, now)
        const batchId = await addBatch(client, batch, tested.institutionId, testFlowId, now)
        const place = { ...tested, batchId, testFlowId }
        await addInvitations(client, vault, batch, place, now)
        await addActs(client, batch, testFlowId, now)
        await wakeFlow(client, enqueue, testFlowId, tested.account)
        return true
      })
    },
  }
}

interface Tested {
  institutionId: number
  account: string
  service: string
}

interface Place extends Tested {
  batchId: number
  testFlowId: number
}

/** The flow, locked against whoever would let it go meanwhile; null: it is not what it was. */
async function lockTested(client: Client, { flowId, digest }: TestBatch): Promise<Tested | null> {
  await client.query('select from flows where id = $1 for update', [flowId])
  const { rows } = await client.query<Tested>(
    `select institution_id as "institutionId", account, service from flows f
     where id = $1 and state = 'active' and sending_at is null and stopped_at is null
       and ${DIGEST} = $2`,
    [flowId, digest],
  )
  return rows[0] ?? null
}

/** Nobody checks or approves it: it reaches colleagues alone. */
async function openFlow(
  client: Client,
  { flowId, asked }: TestBatch,
  now: Temporal.Instant,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `insert into flows (institution_id, origin, about_flow_id, service, account, state, reason,
       zone, calendar_version, created_at, mapping_version_id, prepared_by, approved_by,
       released_at)
     select institution_id, 'test', id, service, account, 'active', 'approved', zone,
       calendar_version, $2, mapping_version_id, $3, $3, $2
     from flows where id = $1 returning id`,
    [flowId, now.toString(), [asked.actor]],
  )
  return (rows[0] as { id: number }).id
}

async function addBatch(
  client: Client,
  { flowId, digest, asked, items, expiresAt }: TestBatch,
  institutionId: number,
  testFlowId: number,
  now: Temporal.Instant,
): Promise<number> {
  const { actor, origin } = asked
  const { rows } = await client.query<{ id: number }>(
    `insert into test_batches (institution_id, flow_id, test_flow_id, digest, actor, origin,
       sent_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [
      ...[institutionId, flowId, testFlowId, digest, actor, origin],
      ...[now.toString(), expiresAt.toString()],
    ],
  )
  const { id } = rows[0] as { id: number }
  for (const { item, record, line, template, reasons, noticeNumber } of items) {
    await client.query(
      `insert into test_items (batch_id, item, institution_id, record, line, template, reasons,
         notice_number) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, item, institutionId, record, line, template, JSON.stringify(reasons), noticeNumber],
    )
  }
  return id
}

/** At most a hundred testers with some twenty messages each. */
async function addInvitations(
  client: Client,
  vault: Vault,
  { flowId, invitations }: TestBatch,
  place: Place,
  now: Temporal.Instant,
): Promise<void> {
  const { institutionId, batchId } = place
  const seriesId = await seriesOf(client, institutionId, flowId)
  const noticeIds = idAllocator(client, 'notice_ids')
  const messageIds = idAllocator(client, 'message_ids')
  for (const { tester, tokenHash, mail, messages } of invitations) {
    const { rows } = await client.query<{ id: number }>(
      `insert into test_invitations (institution_id, batch_id, tester, token_hash)
       values ($1, $2, $3, $4) returning id`,
      [institutionId, batchId, tester, tokenHash],
    )
    const invitationId = (rows[0] as { id: number }).id
    for (const message of messages) {
      const [noticeId] = (await noticeIds(1)) as [number]
      const [messageId] = (await messageIds(1)) as [number]
      await addNotice(client, vault, { ...place, seriesId, noticeId }, message, now)
      await addMessage(client, { ...place, noticeId, messageId }, message, now)
      await client.query(
        `insert into test_messages (batch_id, invitation_id, item, institution_id, message_id)
         values ($1, $2, $3, $4, $5)`,
        [batchId, invitationId, message.item, institutionId, messageId],
      )
    }
    if (mail) await addStaffMail(client, institutionId, mail, now, vault)
  }
}

async function seriesOf(client: Client, institutionId: number, flowId: number): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `insert into series (institution_id, name) values ($1, $2)
     on conflict (institution_id, name) do update set name = excluded.name returning id`,
    [institutionId, `test/${flowId}`],
  )
  return (rows[0] as { id: number }).id
}

/** Its recipient enters as chance: whoever looks for a person, or counts one’s messages, passes. */
async function addNotice(
  client: Client,
  vault: Vault,
  place: Place & { seriesId: number; noticeId: number },
  { mappingVersionId, data }: TestMessage,
  now: Temporal.Instant,
): Promise<void> {
  const { institutionId, seriesId, noticeId, testFlowId, service } = place
  const sealed = vault.seal(noticeContext(institutionId, noticeId), JSON.stringify(data))
  await client.query(
    `insert into notices (id, institution_id, series_id, key_hash, state, flow_id,
       mapping_version_id, service, content_hash, matter_hash, fiscal_code_hash, sealed,
       created_at, changed_at)
     values ($1, $2, $3, $4, 'open', $5, $6, $7, '', '', $8, $9, $10, $10)`,
    [
      ...[noticeId, institutionId, seriesId, vault.hash('key', randomUUID()), testFlowId],
      ...[mappingVersionId, service, randomBytes(16), sealed, now.toString()],
    ],
  )
}

/** Without a due date of its own: a test of what is overdue shows just that. */
async function addMessage(
  client: Client,
  place: Place & { noticeId: number; messageId: number },
  { mappingVersionId, template, textHash }: TestMessage,
  now: Temporal.Instant,
): Promise<void> {
  const { institutionId, noticeId, messageId, testFlowId } = place
  await client.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
       state, text_hash, mapping_version_id)
     values ($1, $2, $3, $4, 'test', $5, $6, 'waiting', $7, $8)`,
    [
      ...[messageId, institutionId, testFlowId, noticeId, template, now.toString()],
      ...[textHash, mappingVersionId],
    ],
  )
}

/** Both flows show it: what was tested, and by which flow. */
async function addActs(
  client: Client,
  { flowId, asked, invitations, items }: TestBatch,
  testFlowId: number,
  now: Temporal.Instant,
): Promise<void> {
  const { actor, origin, note } = asked
  const testers = invitations.map(({ tester }) => tester)
  const said = note === null ? {} : { note }
  const detail = { ...said, testFlowId, testers, messages: testers.length * items.length }
  await addFlowAct(client, { flowId, actor, origin, verb: 'tested', detail }, now)
  const about = { ...said, about: flowId, testers }
  await addFlowAct(
    client,
    { flowId: testFlowId, actor, origin, verb: 'tested', detail: about },
    now,
  )
}
