// How a flow ends: when no message of its own waits any more, in the state that these give it. Its
// own are all but reminders, which follow later and end for themselves.
// Invariant: whoever moves messages of a flow that has ended ends it anew in the same transaction;
// one that was stopped stays as the stop left it.
import type { MessageState, Purpose } from '../domain/message.ts'
import type { Queryable } from './database.ts'

/** The purposes of a flow's own messages, by which its account is kept: all but its reminders. */
export const ownPurposes = ['first', 'campaign', 'errata', 'test'] as const satisfies Purpose[]

/** SQL: the same, as an index has it. */
export const OWN = `(${listOf(ownPurposes)})`

/**
 * Ends the flows of an account whose own messages have all ended: *Inviato*, or *Invio incompleto*
 * when a refusal, a hold or an uncertain outcome asks for a person. A flow whose records were all
 * refused or repeated has nothing to send and ends too. Answers which ended.
 */
export async function endFlows(
  db: Queryable,
  account: string,
  now: Temporal.Instant,
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(END_OF_ACCOUNT, [account, now.toString()])
  return rows.map((row) => row.id)
}

/**
 * To be called in the transaction that moved own messages of ended flows: a flow with something to
 * send is open again, the others end in the state that their messages now give.
 */
export async function recloseFlows(
  tx: Queryable,
  ids: number[],
  now: Temporal.Instant,
): Promise<void> {
  await tx.query(
    `update flows set state = 'sending', reason = null, ended_at = null
     where id = any($1) and state in ('sent', 'incomplete') and released_at is not null
       and stopped_at is null`,
    [ids],
  )
  await tx.query(END_NAMED, [ids, now.toString()])
}

/**
 * To be called at the end of the transaction that cancelled messages of these flows: what was held
 * of one that had ended is decided by that, and it may be incomplete no more. Its row is locked
 * only then, so that a long transaction does not keep people from it.
 */
export async function recloseIncomplete(
  tx: Queryable,
  flowIds: ReadonlySet<number>,
  now: Temporal.Instant,
): Promise<void> {
  if (flowIds.size === 0) return
  const { rows } = await tx.query<{ id: number }>(
    `select id from flows where id = any($1) and state = 'incomplete' and stopped_at is null`,
    [[...flowIds]],
  )
  const incomplete = rows.map(({ id }) => id)
  if (incomplete.length > 0) await recloseFlows(tx, incomplete, now)
}

function endSql(which: string): string {
  const isAny = (...states: MessageState[]) => `exists (select from messages m
    where m.flow_id = f.id and m.purpose in ${OWN} and m.state in (${listOf(states)}))`
  return `
  update flows f set ended_at = $2,
    state = case when ${isAny('rejected', 'held', 'uncertain')} then 'incomplete' else 'sent' end,
    reason = case
      when ${isAny('uncertain')} then 'uncertain'
      when ${isAny('rejected', 'held')} then 'errors'
      when ${isAny('recorded')} then 'recorded' end
  where ${which} and f.released_at is not null and f.state in ('active', 'sending')
    and (select m.id from messages m where m.flow_id = f.id and m.purpose in ${OWN}
      and m.state in ('waiting', 'claimed', 'sending') limit 1) is null
    and not exists (select from record_waits w where w.flow_id = f.id)
  returning f.id`
}

/** Names from the code, as SQL lists them. */
export function listOf(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}

const END_OF_ACCOUNT = endSql('f.account = $1')
const END_NAMED = endSql('f.id = any($1)')
