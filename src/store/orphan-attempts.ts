// Attempts that only the send journal knew of, because the database was restored from before them.
// Of messages that stand they become attempts with an uncertain outcome at once; of messages that
// were lost they wait here, until the same notice is mapped again: its new message takes them over,
// and is uncertain instead of leaving a second time.
import type { Queryable } from './database.ts'
import { MARK, MARK_JOINS } from './message-mark.ts'
import type { JournalLine } from './send-journal.ts'

/** Of these lines, those that the database did not know; they are known from now on. */
export async function adoptAttempts(
  tx: Queryable,
  lines: JournalLine[],
  now: Temporal.Instant,
): Promise<JournalLine[]> {
  const { rows } = await tx.query<JournalLine>(ADOPT, [
    lines.map((line) => line.attemptId),
    lines.map((line) => line.messageId),
    lines.map((line) => line.mark),
    now.toString(),
  ])
  return rows
}

/** The attempts among these that the database does not know: how many. */
export async function countUnknown(tx: Queryable, lines: JournalLine[]): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    `select count(*) as n from unnest($1::bigint[]) as line (attempt_id) where ${UNKNOWN}`,
    [lines.map((line) => line.attemptId)],
  )
  return rows[0]?.n ?? 0
}

/**
 * To be called in the transaction that made these messages: those that the journal says were
 * attempted already become uncertain.
 */
export async function takeOverOrphans(
  tx: Queryable,
  messageIds: number[],
  now: Temporal.Instant,
): Promise<void> {
  const { rows } = await tx.query<{ any: boolean }>(
    'select exists (select from orphan_attempts) as any',
  )
  if (rows[0]?.any !== true) return
  await tx.query(takeOver('m.id = any($1)'), [messageIds, now.toString()])
}

/** The same for whatever was made before this journal was read, by a node with another journal. */
export async function takeOverLate(tx: Queryable, now: Temporal.Instant): Promise<void> {
  const made = 'm.id > (select min(message_id) from orphan_attempts where mark is not null)'
  await tx.query(takeOver(`${made} and $1::bigint[] is null`), [null, now.toString()])
}

const UNKNOWN = `line.attempt_id > 0
  and not exists (select from attempts a where a.id = line.attempt_id)
  and not exists (select from orphan_attempts o where o.attempt_id = line.attempt_id)`

const UNSENT = `('waiting', 'claimed', 'sending', 'held')`

/** An id alone may since have been given to another message: the mark tells, where there is one. */
const ADOPT = `
  with unknown as (
    select distinct on (attempt_id) * from unnest($1::bigint[], $2::bigint[], $3::bytea[])
      as line (attempt_id, message_id, mark)
    where ${UNKNOWN}),
  known as (
    select u.attempt_id, m.id, m.institution_id, m.flow_id, f.account, f.service
    from unknown u join messages m on m.id = u.message_id ${MARK_JOINS}
      join flows f on f.id = m.flow_id
    where u.mark is null or u.mark = ${MARK}),
  ${asAttempts('known', '$4')},
  moved as (
    update messages m set state = 'uncertain', code = 'HOLD_JOURNAL_AHEAD', detail = null
    from known where m.id = known.id and m.state in ${UNSENT}),
  orphaned as (
    insert into orphan_attempts (attempt_id, message_id, mark, found_at)
    select attempt_id, message_id, mark, $4 from unknown
    where attempt_id not in (select attempt_id from known))
  select attempt_id as "attemptId", message_id as "messageId", mark from unknown`

/** The nth new message of a mark takes over the attempts of its nth lost message. */
function takeOver(which: string): string {
  return `
  with made as (
    select m.id, m.institution_id, m.flow_id, f.account, f.service, ${MARK} as mark
    from messages m ${MARK_JOINS} join flows f on f.id = m.flow_id
    where ${which} and m.state in ${UNSENT}),
  numbered as (
    select *, row_number() over (partition by mark order by id) as n from made),
  lost as (
    select mark, message_id, row_number() over (partition by mark order by message_id) as n
    from orphan_attempts where mark in (select mark from made) group by mark, message_id),
  matched as (
    select numbered.*, lost.message_id from numbered join lost using (mark, n)
    where lost.message_id < numbered.id),
  taken as (
    delete from orphan_attempts o using matched
    where o.mark = matched.mark and o.message_id = matched.message_id
    returning o.attempt_id, matched.id, institution_id, flow_id, account, service),
  ${asAttempts('taken', '$2')}
  update messages m set state = 'uncertain', code = 'HOLD_JOURNAL_AHEAD'
  from taken where m.id = taken.id`
}

function asAttempts(from: string, now: string): string {
  return `attempted as (
    insert into attempts
      (id, institution_id, message_id, flow_id, account, service, fence, started_at)
    overriding system value
    select attempt_id, institution_id, id, flow_id, account, service, 0, ${now} from ${from}),
  told as (
    insert into attempt_outcomes (attempt_id, institution_id, at, outcome, code)
    select attempt_id, institution_id, ${now}, 'uncertain', 'HOLD_JOURNAL_AHEAD' from ${from})`
}
