// The messages of a flow that are worth a test: those at the edges, those that mapping has marked,
// and some by chance. Only what has not left is looked at, and nothing is changed.
// Invariant: chance is a hash of seed and id, so that the same seed draws the same messages.
import type { LotSample } from '../domain/release-check.ts'
import { MOST_SAMPLED, type SamplePick } from '../domain/test-sample.ts'
import type { Draw, FoundSample, TestedMessage } from '../pipeline/release/test-texts.ts'
import type { Pool } from './database.ts'
import { OWN } from './flow-ends.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'

type Edge = 'largest-amount' | 'smallest-amount' | 'nearest-due'

/** See the stage `test-batch`. */
export async function findSample(
  pool: Pool,
  flowId: number,
  { seed, random }: Draw,
  now: Temporal.Instant,
): Promise<FoundSample> {
  const { rows: edges } = await pool.query<Record<Edge, number | null>>(EDGES, [
    flowId,
    now.toString(),
  ])
  const picks: SamplePick[] = Object.entries(edges[0] ?? {}).flatMap(([because, messageId]) =>
    messageId === null ? [] : { messageId, because: because as Edge },
  )
  const { rows: marked } = await pool.query<LotSample & { messageId: number }>(MARKED, [flowId])
  for (const { messageId, because, branch } of marked) {
    picks.push({ messageId, because, ...(branch ? { branch } : {}) })
  }
  if (random === 0) return { picks, drawn: [] }
  // Some of those drawn may be among the others.
  const { rows: drawn } = await pool.query<{ id: number }>(DRAWN, [
    flowId,
    seed,
    Math.min(random, MOST_SAMPLED) + MOST_SAMPLED,
  ])
  return { picks, drawn: drawn.map(({ id }) => id) }
}

/** What the texts of these messages are made of. */
export async function readTested(
  pool: Pool,
  vault: Vault,
  messageIds: readonly number[],
): Promise<TestedMessage[]> {
  const { rows } = await pool.query<
    Omit<TestedMessage, 'data'> & { noticeId: number; institutionId: number; sealed: Buffer }
  >(READ, [messageIds])
  return rows.map(({ sealed, noticeId, institutionId, ...message }) => ({
    ...message,
    data: openNotice(vault, { noticeId, institutionId }, sealed),
  }))
}

/** Of flow $1, what has not left: its own messages; its reminders, where it has none of those. */
const OPEN = `
  select m.id, m.notice_id from messages m
  where m.flow_id = $1 and m.state in ('waiting', 'held') and case
    when exists (select from messages where flow_id = $1 and purpose in ${OWN})
    then m.purpose in ${OWN} else m.purpose = 'reminder' end`

/** $2 now. The nearest due date is the first that comes, else the last that has passed. */
const EDGES = `
  with open as materialized (
    select o.id, n.amount_cents, n.due_at from (${OPEN}) o join notices n on n.id = o.notice_id)
  select
    (select id from open where amount_cents is not null
      order by amount_cents desc, id limit 1) as "largest-amount",
    (select id from open where amount_cents is not null
      order by amount_cents, id limit 1) as "smallest-amount",
    (select id from open where due_at is not null
      order by due_at < $2, abs(extract(epoch from due_at - $2::timestamptz)), id limit 1)
      as "nearest-due"`

/** Those that mapping has marked, as long as they wait. */
const MARKED = `
  select r.message_id as "messageId", s.sample->>'because' as because, s.sample->>'branch' as branch
  from flows f cross join jsonb_array_elements(coalesce(f.texts->'samples', '[]')) as s (sample)
    join source_records r on r.flow_id = f.id and r.record = (s.sample->>'record')::int
    join messages m on m.id = r.message_id and m.state in ('waiting', 'held')
  where f.id = $1`

const DRAWN = `
  select id from (${OPEN}) open
  order by sha256(convert_to($2 || '/' || id, 'UTF8')), id limit $3`

const READ = `
  select m.id, r.record, r.line, m.template, n.sealed, n.id as "noticeId",
    m.institution_id as "institutionId",
    coalesce(m.mapping_version_id, n.mapping_version_id) as "mappingVersionId",
    coalesce((select jsonb_agg(distinct o.template order by o.template) from messages o
      where o.notice_id = m.notice_id and o.flow_id = m.flow_id and o.purpose = 'reminder'
        and o.state in ('waiting', 'held') and o.id <> m.id), '[]') as reminders
  from messages m join notices n on n.id = m.notice_id
    left join source_records r on r.flow_id = m.flow_id and r.message_id = m.id
  where m.id = any($1) order by m.id`
