// What ends the approvals of a flow: what is added to it or changed in it, a person, or its time.
// Whoever adds messages to a flow that stands, or changes what one of its messages says, calls
// `voidApprovals` in that same transaction. Invariant: nothing that nobody has approved can be
// claimed: it is held, or its flow is released no more.
import { BY_ITSELF } from '../domain/decision.ts'
import { addFlowAct } from './acts.ts'
import type { Queryable } from './database.ts'
import { recloseFlows } from './flow-ends.ts'
import type { Enqueue } from './wake.ts'

/** Messages that were added, or whose texts have changed, by flow. */
export type ChangedMessages = Map<number, number[]>

export function addChanged(changed: ChangedMessages, flowId: number, messageId: number): void {
  const known = changed.get(flowId)
  if (known === undefined) changed.set(flowId, [messageId])
  else known.push(messageId)
}

interface VoidRow {
  id: number
  /** Its rule, when it was last looked at, was that people approve it. */
  isAsked: boolean
  hasBegun: boolean
  isReleased: boolean
  /** Whether anybody had approved it. */
  isApproved: boolean
}

/**
 * To be called at the end of the transaction that changed these messages. A flow that has not begun
 * waits for its approval again, and its checks are made anew; of one that has, what is new is held
 * until the flow is approved again. Flows that need no approval are left as they are. `actor`: who
 * has changed them becomes one of those that have prepared the flow, also before anybody was asked
 * for its approval; null: a source.
 */
export async function voidApprovals(
  tx: Queryable,
  enqueue: Enqueue,
  changed: ChangedMessages,
  actor: string | null,
  now: Temporal.Instant,
): Promise<void> {
  if (changed.size === 0) return
  const ids = [...changed.keys()]
  await tx.query(LOCK, [ids, actor !== null])
  // Who approves at this moment is seen only by a statement after the lock.
  const { rows } = await tx.query<VoidRow>(LOCKED, [ids])
  for (const flow of rows) {
    const messages = changed.get(flow.id) ?? []
    if (actor !== null) await addPreparer(tx, flow.id, actor)
    if (!flow.isAsked) continue
    if (flow.hasBegun) await hold(tx, flow, messages, now)
    else if (flow.isReleased || flow.isApproved) await askAnew(tx, enqueue, flow, messages, now)
  }
}

/** $2 whether a person has changed them: of flows that nobody was asked about yet, too. */
const LOCK = `
  select from flows where id = any($1)
    and (approval <> 'none' or ($2 and released_at is null)) order by id for update`

const LOCKED = `
  select f.id, f.state in ('sending', 'sent', 'incomplete') as "hasBegun",
    f.approval <> 'none' as "isAsked", f.released_at is not null as "isReleased",
    exists (select from flow_approvals a
      where a.flow_id = f.id and a.voided_at is null) as "isApproved"
  from flows f where f.id = any($1) and (f.approval <> 'none' or f.released_at is null)
    and f.replaced_by is null and f.stopped_at is null order by f.id`

/** In the caller's transaction: they have prepared the flow, and do not approve it any more. */
export async function addPreparer(tx: Queryable, flowId: number, actor: string): Promise<void> {
  await tx.query(
    `update flows set prepared_by = prepared_by || $2::text
     where id = $1 and not $2 = any(prepared_by)`,
    [flowId, actor],
  )
}

async function askAnew(
  tx: Queryable,
  enqueue: Enqueue,
  { id }: VoidRow,
  messages: readonly number[],
  now: Temporal.Instant,
): Promise<void> {
  await endApprovals(tx, id, 'changed', now)
  await tx.query(
    `update flows set released_at = null, release_at = null, approved_by = '{}', approve_by = null,
       reason = case when state = 'active' then 'awaiting-approval' else reason end
     where id = $1`,
    [id],
  )
  await addVoidAct(tx, id, messages.length, now)
  // Its own instant: the job that the mapping wrote has another, and may have gone.
  await enqueue(tx, 'release', String(id), now)
}

/**
 * What has left, or may have, is none of it. What is held for something else would go by itself
 * once that is over: it waits for people first, and is judged for the rest as it is to leave.
 */
async function hold(
  tx: Queryable,
  { id }: VoidRow,
  messages: readonly number[],
  now: Temporal.Instant,
): Promise<void> {
  const { rowCount } = await tx.query(
    `update messages set state = 'held', code = 'HOLD_NOT_APPROVED', detail = null
     where id = any($1)
       and (state = 'waiting' or (state = 'held' and code is distinct from 'HOLD_NOT_APPROVED'))`,
    [messages],
  )
  await endApprovals(tx, id, 'changed', now)
  if (!rowCount) return
  await addVoidAct(tx, id, rowCount, now)
  await recloseFlows(tx, [id], now)
}

async function addVoidAct(tx: Queryable, id: number, messages: number, now: Temporal.Instant) {
  const note = `${messages} ${messages === 1 ? 'messaggio' : 'messaggi'} aggiunti o cambiati`
  const act = { ...BY_ITSELF, verb: 'approval ended', detail: { note } }
  await addFlowAct(tx, { ...act, flowId: id }, now)
}

/**
 * To be called in the transaction that overrides a finding: who approved before has not seen it,
 * and approves again.
 */
export async function endOverridden(
  tx: Queryable,
  flowId: number,
  code: string,
  now: Temporal.Instant,
): Promise<void> {
  const ended = await endApprovals(tx, flowId, 'overridden', now)
  if (ended.length === 0) return
  await tx.query('update flows set release_at = null where id = $1', [flowId])
  const detail = { note: `${ended.join(', ')}: ${code}` }
  const act = { ...BY_ITSELF, verb: 'approval ended', detail }
  await addFlowAct(tx, { ...act, flowId }, now)
}

/** In the caller's transaction, which holds the flow. Answers whose approvals ended. */
export async function endApprovals(
  tx: Queryable,
  flowId: number,
  because: 'changed' | 'overridden' | 'expired' | 'sent-back' | 'replaced' | 'stopped',
  now: Temporal.Instant,
): Promise<string[]> {
  const { rows } = await tx.query<{ actor: string }>(
    `update flow_approvals set voided_at = $2, voided_because = $3
     where flow_id = $1 and voided_at is null returning actor`,
    [flowId, now.toString(), because],
  )
  return rows.map(({ actor }) => actor)
}
