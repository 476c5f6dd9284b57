// The counts of messages and records, counted anew from the rows themselves: what those that are
// kept must be at every moment. For tests, and for whoever measures.
import type pg from 'pg'

/** Each count that differs from the rows, in words; empty: they are exact. */
export async function recount(pool: Pick<pg.Pool, 'query'>): Promise<string[]> {
  const { rows } = await pool.query<{ differs: string }>(RECOUNT)
  return rows.map(({ differs }) => differs)
}

/** Written anew rather than shared with the triggers: a mistake there is no mistake here. */
const RECOUNT = `
  with kept as (
    select flow_id, kind, state, code, delivery, is_read, is_paid, has_payment, emission, day,
      sum(n) as n, sum(seconds) as seconds
    from (select * from counts union all select * from count_changes) c
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 having sum(n) <> 0),
  counted as (
    select m.flow_id, m.purpose as kind,
      replace(replace(m.state, 'claimed', 'waiting'), 'sending', 'waiting') as state,
      case when m.state in ('waiting', 'claimed', 'sending', 'sent', 'recorded') then ''
        else coalesce(m.code, '') end as code,
      coalesce(m.delivery, '') as delivery, m.read_at is not null as is_read,
      m.paid_at is not null as is_paid, m.has_payment, coalesce(m.emission, '') as emission,
      coalesce(case when m.state not in ('waiting', 'claimed', 'sending', 'held', 'uncertain')
        then (coalesce(m.sent_at, m.closed_at) at time zone f.zone)::date end, '-infinity') as day,
      count(*) as n,
      coalesce(sum(round(extract(epoch from m.processed_at - m.sent_at))), 0) as seconds
    from messages m left join flows f on f.id = m.flow_id
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    union all
    select r.flow_id, 'record', r.fate, coalesce(r.code, ''), '', false, false, false, '',
      coalesce((f.created_at at time zone f.zone)::date, '-infinity'), count(*), 0
    from source_records r left join flows f on f.id = r.flow_id
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
  select concat_ws(' ', 'flow', flow_id, kind, state, code, delivery, day,
    case when is_read then 'read' end, case when is_paid then 'paid' end, emission,
    'kept', coalesce(kept.n, 0), 'counted', coalesce(counted.n, 0),
    'seconds', kept.seconds, counted.seconds) as differs
  from kept full join counted using
    (flow_id, kind, state, code, delivery, is_read, is_paid, has_payment, emission, day)
  where kept.n is distinct from counted.n
    or kept.seconds is distinct from counted.seconds
  order by 1 limit 20`
