// SQL: which services have accepted messages that IO is still to be asked about. Invariant: the
// index is skipped through, from one service to the next, so that no backlog is ever read past.

/** For `with recursive`: an account, institution and service a row, however much each has. */
export const TRACKED = `tracked (account, institution_id, service) as (
    (select account, institution_id, service from messages where track_at is not null
      order by account, institution_id, service limit 1)
    union all
    select next.* from tracked t cross join lateral (
      select m.account, m.institution_id, m.service from messages m where m.track_at is not null
        and (m.account, m.institution_id, m.service) > (t.account, t.institution_id, t.service)
      order by m.account, m.institution_id, m.service limit 1) next)`

/** The services of `tracked` that IO may be asked about: none that is paused. */
export const ASKED = `asked as materialized (
    select account, institution_id, service from tracked t where not exists (
      select from service_pauses p
      where p.institution_id = t.institution_id and p.service = t.service))`

/** Of the service `t`. */
export const TRACKED_FIRST = `(select m.track_at from messages m
  where m.account = t.account and m.institution_id = t.institution_id and m.service = t.service
    and m.track_at is not null order by m.track_at limit 1)`
