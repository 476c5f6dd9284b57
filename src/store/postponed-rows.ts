// What a postponement writes, a batch at a time: the notices, what of them waits, and the reminders
// of their new plan in place of those before. Within the caller's transaction.
import type { NoticeData } from '../domain/notice.ts'
import type { PlannedMessage } from '../pipeline/plan.ts'
import { addChanged, type ChangedMessages } from './approval-voids.ts'
import type { Client } from './database.ts'
import { noticeContext } from './lot-rows.ts'
import type { Vault } from './vault.ts'

/** A message that has not left and whose text is made anew. */
export interface WaitingText {
  id: number
  template: number
  /** Its own, of a campaign's; null: that of its notice. */
  mappingVersionId: number | null
}

/** What a notice becomes. */
export interface Revision {
  data: NoticeData
  dueAt: string
  contentHash: Uint8Array
  matterHash: Uint8Array
  /** The reminders of its new plan. */
  messages: readonly PlannedMessage[]
  /** Of the templates of its mapping. */
  textHashes: readonly Uint8Array[]
  /** Of what waits, in the order in which it was asked for; null: it can no longer be rendered. */
  waitingHashes: readonly (Uint8Array | null)[]
}

interface Revised {
  notice: { id: number; institutionId: number; flowId: number; waiting: readonly WaitingText[] }
  revision: Revision
}

/** A message that goes now, by its flow. */
export interface Released {
  flowId: number
  account: string
}

/** Answers how many reminders it cancelled, and what it let go; `changed` is filled. */
export async function writeRevisions(
  tx: Client,
  vault: Vault,
  revised: readonly Revised[],
  messageIds: readonly number[],
  changed: ChangedMessages,
  now: Temporal.Instant,
): Promise<{ cancelled: number; released: Released[] }> {
  const column = <T>(read: (one: Revised) => T) => revised.map(read)
  const ids = column(({ notice }) => notice.id)
  await tx.query(NOTICES, [
    ids,
    column(({ notice: { institutionId, id }, revision }) =>
      vault.seal(noticeContext(institutionId, id), JSON.stringify(revision.data)),
    ),
    column(({ revision }) => revision.contentHash),
    column(({ revision }) => revision.matterHash),
    column(({ revision }) => revision.dueAt),
    now.toString(),
  ])
  const cancelled = (await tx.query(CANCEL, [ids, now.toString()])).rowCount ?? 0
  const texts = revised.flatMap(({ notice, revision }) =>
    notice.waiting.map((text, n) => ({
      id: text.id,
      hash: revision.waitingHashes[n] ?? null,
      dueAt: revision.dueAt,
    })),
  )
  const { rows } = await tx.query<WrittenText>(WAITING, [
    texts.map(({ id }) => id),
    texts.map(({ hash }) => hash),
    texts.map(({ dueAt }) => dueAt),
    now.toString(),
  ])
  await insertReminders(tx, revised, messageIds)
  for (const { id, flowId, saysElse } of rows) if (saysElse) addChanged(changed, flowId, id)
  const owners = revised.flatMap(({ notice, revision }) => revision.messages.map(() => notice))
  for (const [n, { flowId }] of owners.entries())
    addChanged(changed, flowId, messageIds[n] as number)
  return { cancelled, released: rows.filter(({ isReleased }) => isReleased) }
}

type WrittenText = Released & { id: number; isReleased: boolean; saysElse: boolean }

/** Moved back to what the source says, nothing is postponed any more. */
const NOTICES = `
  update notices n set sealed = d.sealed, content_hash = d.content, matter_hash = d.matter,
    due_at = d.due, state = 'open', changed_at = $6,
    postponed_from = nullif(coalesce(n.postponed_from, n.due_at), d.due)
  from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::timestamptz[])
    as d (id, sealed, content, matter, due)
  where n.id = d.id`

/** One that is claimed is stopped before its attempt: it would still say the old date. */
const CANCEL = `
  update messages set state = 'cancelled', code = 'postponed', detail = null, closed_at = $2
  where notice_id = any($1) and purpose = 'reminder' and state in ('waiting', 'held', 'claimed')`

/**
 * What has not left says the new date. What was claimed waits again, since its text was read with
 * the old one; what was held because the old date had passed goes, unless the new one has too.
 */
const WAITING = `
  with before as (
    select m.id, m.text_hash, d.hash, d.due, m.state = 'held' and m.code = 'HOLD_DUE_DATE_PASSED' and d.due > $4
      as is_released
    from unnest($1::bigint[], $2::bytea[], $3::timestamptz[]) as d (id, hash, due)
      join messages m on m.id = d.id
    where m.state in ('waiting', 'claimed', 'held', 'uncertain') for update of m)
  update messages m set text_hash = coalesce(before.hash, m.text_hash), due_at = before.due,
    state = case when m.state = 'claimed' or before.is_released then 'waiting' else m.state end,
    code = case when before.is_released then null else m.code end,
    send_at = case when before.is_released then $4 else m.send_at end
  from before where m.id = before.id
  returning m.id, m.flow_id as "flowId", before.is_released as "isReleased",
    m.text_hash is distinct from before.text_hash as "saysElse",
    (select account from flows where id = m.flow_id) as account`

async function insertReminders(
  tx: Client,
  revised: readonly Revised[],
  messageIds: readonly number[],
): Promise<void> {
  const rows = revised.flatMap(({ notice, revision }) =>
    revision.messages.map((message) => ({ notice, revision, message })),
  )
  if (rows.length === 0) return
  const column = <T>(read: (row: (typeof rows)[number]) => T) => rows.map(read)
  await tx.query(REMINDERS, [
    messageIds,
    column(({ notice }) => notice.institutionId),
    column(({ notice }) => notice.flowId),
    column(({ notice }) => notice.id),
    column(({ message }) => message.template),
    column(({ message }) => message.sendAt.toString()),
    column(({ message }) => message.civilAt?.toString() ?? null),
    column(({ message, revision }) => revision.textHashes[message.template]),
    column(({ revision }) => revision.dueAt),
    column(({ message }) => message.isOneADay ?? null),
    column(({ message }) => message.moved ?? 'postponed'),
  ])
}

/** The sender finds the first of them by the wakes of their flows, and the others from there. */
const REMINDERS = `
  with made as (
    insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
      civil_at, state, text_hash, due_at, one_a_day, moved, emission, has_payment)
    select d.id, institution, flow, notice, 'reminder', template, send_at, civil_at, 'waiting', hash,
      due, one_a_day, moved, n.emission, n.amount_cents is not null
    from unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::smallint[],
        $6::timestamptz[], $7::timestamp[], $8::bytea[], $9::timestamptz[], $10::boolean[],
        $11::text[])
      as d (id, institution, flow, notice, template, send_at, civil_at, hash, due, one_a_day, moved)
      join notices n on n.id = d.notice
    returning flow_id, send_at)
  insert into flow_wakes (flow_id, account, at)
  select f.id, f.account, min(made.send_at) from made join flows f on f.id = made.flow_id
  where f.released_at is not null group by f.id, f.account`
