// Leaving out what a release check concerns: the messages of those notices never leave, and a
// notice that is about another bill, or none at all, ends with them, so that its record makes a new
// message once it comes corrected. In pieces of bounded size, each a transaction that finds the
// flow as it was seen: broken off, the flow says so (`leaving_out`), goes nowhere, and whoever
// looks at it next leaves out the rest.
import { isConcerning } from '../domain/release-check.ts'
import type { Leaving, ReleasableFlow } from '../pipeline/release.ts'
import { addFlowAct } from './acts.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { keepAmounts } from './emissions.ts'
import { recloseIncomplete } from './flow-ends.ts'
import { AS_SEEN, prepare, seenValues } from './flow-seen.ts'
import { lockSeries } from './institutions.ts'
import { findConcerned } from './lot-concerned.ts'
import { findLot } from './lot-facts.ts'

/** Notices of one transaction. */
const AT_ONCE = 10_000

/** Answers how many notices have been left out; null: the flow is not as it was seen. */
export async function leaveOut(
  pool: Pool,
  seen: ReleasableFlow,
  leaving: Leaving,
  now: Temporal.Instant,
): Promise<number | null> {
  const { code, act, onProgress = () => {} } = leaving
  if (!isConcerning(code)) throw new Error(`${code} concerns a lot as a whole`)
  const { ending, silent } = await findConcerned(
    pool,
    await findLot(pool, seen.id, code, now),
    code,
  )
  const all = ending.length + silent.length
  if (all === 0) {
    if (seen.leavingOut !== null) await transaction(pool, (client) => finish(client, seen.id, code))
    return (await isAsSeen(pool, seen)) ? 0 : null
  }
  const began = await transaction(pool, async (client) => {
    if (!(await prepare(client, seen, act.origin === 'daemon' ? null : act.actor))) return false
    await client.query('update flows set leaving_out = $2 where id = $1', [seen.id, code])
    const note = [`${all}`, act.detail?.note].filter((text) => text !== undefined).join(': ')
    await addFlowAct(client, { ...act, detail: { code, records: all, note }, flowId: seen.id }, now)
    return true
  })
  if (!began) return null
  let done = 0
  for (const [ids, ends] of [...pieces(ending, true), ...pieces(silent, false)]) {
    const piece = { seen, code, ids, ends }
    if (!(await transaction(pool, (client) => leavePiece(client, piece, now)))) return null
    done += ids.length
    onProgress(done, all)
  }
  await transaction(pool, (client) => finish(client, seen.id, code))
  return all
}

/** Unless somebody leaves out what another check concerns by now. */
async function finish(client: Client, flowId: number, code: string): Promise<void> {
  await keepAmounts(client, flowId)
  const sql = 'update flows set leaving_out = null where id = $1 and leaving_out = $2'
  await client.query(sql, [flowId, code])
}

function pieces(ids: readonly number[], ends: boolean): [number[], boolean][] {
  const count = Math.ceil(ids.length / AT_ONCE)
  return Array.from({ length: count }, (_, n) => [ids.slice(n * AT_ONCE, (n + 1) * AT_ONCE), ends])
}

interface Piece {
  seen: ReleasableFlow
  code: string
  ids: number[]
  /** The notices end too, and whatever else waits of them. */
  ends: boolean
}

/**
 * The series comes first, as for all who write notices; then the messages, and then the flow, which
 * must be as seen: as whoever decides of held messages goes on to their flow.
 */
async function leavePiece(
  client: Client,
  { seen, code, ids, ends }: Piece,
  now: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await client.query<{ id: number }>(
    'select distinct series_id as id from notices where id = any($1) order by 1',
    [ids],
  )
  for (const { id } of rows) await lockSeries(client, id)
  await client.query(LOCK, [ids])
  if (!(await isAsSeen(client, seen, 'for update'))) return false
  if (!ends) {
    await client.query(SILENCE, [ids, code, now.toString(), seen.id])
    return true
  }
  const { rows: silenced } = await client.query<{ flow_id: number }>(END, [
    ids,
    code,
    now.toString(),
  ])
  const others = new Set(silenced.map((row) => row.flow_id))
  others.delete(seen.id)
  await recloseIncomplete(client, others, now)
  return true
}

const LOCK = `
  select from messages where notice_id = any($1) and state in ('waiting', 'held')
  order by id for update`

/** Its reminders go on: only the words that were said before are not said again. */
const SILENCE = `
  update messages set state = 'cancelled', code = $2, detail = null, closed_at = $3
  where flow_id = $4 and notice_id = any($1) and purpose <> 'reminder'
    and state in ('waiting', 'held')`

const END = `
  with ended as (
    update notices set state = 'cancelled', ended_at = $3, ended_by = 'person'
    where id = any($1) and state in ('open', 'expired') returning id)
  update messages m set state = 'cancelled', code = $2, detail = null, closed_at = $3
  where m.notice_id = any($1) and m.state in ('waiting', 'held') returning m.flow_id`

async function isAsSeen(
  tx: Queryable,
  seen: ReleasableFlow,
  lock: '' | 'for update' = '',
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from flows where ${AS_SEEN} ${lock}`,
    seenValues(seen),
  )
  return rowCount === 1
}
