// The reminders of a day that a person moves to another: each keeps its hour, in the zone of its
// flow. One transaction, with an act on each flow and on each notice. Invariants: a reminder never
// comes to stand on the other side of its due date, nor before or after another of its notice that
// it was not before or after already; what is claimed leaves as it was planned.
import { addFlowAct, type PersonAct } from './acts.ts'
import type { Client, Pool } from './database.ts'
import { decisive } from './notice-choice.ts'
import { nameNotices } from './notice-decisions.ts'
import { EMISSION, FLOWS, type ScheduleFilter, valuesOf } from './schedule.ts'
import type { SkipDay } from './skipped-days.ts'
import type { Enqueue } from './wake.ts'

/** What may be moved of a day, and what may not. Counts of reminders. */
export interface MovableCount {
  movable: number
  /** They would come to stand beyond their due date, or beyond another of their notice. */
  fixed: number
}

/** What made some of them. */
export interface MovedOrigin {
  feed: string | null
  campaign: string | null
}

export function createMovedDays(pool: Pool, enqueue: Enqueue) {
  return {
    /** Nothing is moved. */
    async count(
      filter: ScheduleFilter,
      day: SkipDay,
      to: Temporal.PlainDate,
      now: Temporal.Instant,
    ): Promise<MovableCount & { origins: MovedOrigin[] }> {
      const values = valuesMoving(filter, day, to, now)
      const [counted, origins] = await Promise.all([
        pool.query<MovableCount>(COUNT, values),
        pool.query<MovedOrigin>(ORIGINS, values),
      ])
      return { ...(counted.rows[0] as MovableCount), origins: origins.rows }
    },

    /** Answers how many were moved. */
    async move(
      filter: ScheduleFilter,
      day: SkipDay,
      to: Temporal.PlainDate,
      act: PersonAct,
      now: Temporal.Instant,
    ): Promise<number> {
      return decisive(pool, async (tx) => {
        const values = valuesMoving(filter, day, to, now)
        const { rows } = await tx.query<{ id: number }>(
          `select distinct flow_id as id from (${PLACED}) placed where is_movable order by 1`,
          values,
        )
        let moved = 0
        for (const { id } of rows)
          moved += await moveOfFlow(tx, enqueue, id, { values, day, to, act }, now)
        return moved
      })
    },
  }
}

interface Moving {
  values: unknown[]
  day: SkipDay
  to: Temporal.PlainDate
  act: PersonAct
}

async function moveOfFlow(
  tx: Client,
  enqueue: Enqueue,
  flowId: number,
  { values, day, to, act }: Moving,
  now: Temporal.Instant,
): Promise<number> {
  const { rows } = await tx.query<MovedRow>(MOVE, [...values, flowId])
  if (rows.length === 0) return 0
  const { note, ...who } = act
  const verb = `moved reminders of ${day.date} to ${to}`
  const detail = { note, messages: rows.length }
  const actId = await addFlowAct(tx, { ...who, flowId, verb, detail }, now)
  await nameNotices(tx, [...new Set(rows.map(({ noticeId }) => noticeId))], actId)
  await wake(tx, enqueue, flowId, rows)
  return rows.length
}

interface MovedRow {
  noticeId: number
  at: Temporal.Instant
  account: string
  isReleased: boolean
}

/** A flow that is not let go yet finds its instants when it is. */
async function wake(
  tx: Client,
  enqueue: Enqueue,
  flowId: number,
  rows: readonly MovedRow[],
): Promise<void> {
  const [first] = rows
  if (first === undefined || !first.isReleased) return
  const instants = new Map(rows.map(({ at }) => [at.toString(), at]))
  const [earliest] = [...instants.values()].sort(Temporal.Instant.compare)
  await tx.query('insert into flow_wakes (flow_id, account, at) values ($1, $2, $3)', [
    ...[flowId, first.account, earliest?.toString()],
  ])
  await enqueue(tx, 'send', first.account, [...instants.values()])
}

function valuesMoving(
  filter: ScheduleFilter,
  { from, to: until }: SkipDay,
  to: Temporal.PlainDate,
  now: Temporal.Instant,
): unknown[] {
  return [
    ...[...valuesOf(filter), from.toString(), until.toString(), to.toString(), now.toString()],
  ]
}

/** $5 from when, $6 until when, $7 the other day, $8 now. */
const PLACED = `
  select m.id, m.flow_id, m.feed, m.campaign, m.civil, m.at,
    m.at > $8::timestamptz
      and (m.due_at is null or (m.send_at <= m.due_at) = (m.at <= m.due_at))
      and not exists (select from messages o where o.notice_id = m.notice_id and o.id <> m.id
        and o.purpose = 'reminder' and o.state in ('waiting', 'claimed', 'sending', 'held', 'sent')
        and o.send_at between least(m.send_at, m.at) and greatest(m.send_at, m.at)) as is_movable
  from (
    select m.id, m.notice_id, m.flow_id, m.due_at, m.send_at, f.feed, f.campaign,
      $7::date + (m.send_at at time zone f.zone)::time as civil,
      ($7::date + (m.send_at at time zone f.zone)::time) at time zone f.zone as at
    from flows f join messages m on m.flow_id = f.id and m.state = 'waiting'
    where ${FLOWS} and f.stopped_at is null and m.purpose = 'reminder'
      and m.send_at >= $5 and m.send_at < $6
      and ($4::text is null or m.notice_id in (${EMISSION}))) m`

const COUNT = `
  select count(*) filter (where is_movable) as movable,
    count(*) filter (where not is_movable) as fixed
  from (${PLACED}) placed`

const ORIGINS = `select distinct feed, campaign from (${PLACED}) placed where is_movable`

/** $9 the flow. What a sender has claimed since it was chosen leaves as planned. */
const MOVE = `
  with chosen as (select * from (${PLACED}) placed where is_movable and flow_id = $9)
  update messages m set send_at = chosen.at, civil_at = chosen.civil, moved = 'rescheduled'
  from chosen, flows f
  where m.id = chosen.id and m.state = 'waiting' and f.id = m.flow_id
  returning m.notice_id as "noticeId", m.send_at as at, f.account,
    f.released_at is not null as "isReleased"`
