// Closing notices, by whatever they are named: the notices end, what their payment stands for ends
// with them, and every message of theirs that has not left is cancelled, in one statement: who has
// paid hears nothing more. Invariant: the caller keeps the series locked meanwhile.
import type { EndedBy } from '../domain/notice.ts'
import type { Queryable } from './database.ts'

/** The columns by which notices are named. */
export type NamedBy = 'id' | 'key_hash' | 'notice_number_hash' | 'fiscal_code_hash'

export interface Closing<Name> {
  institutionId: number
  seriesIds: readonly number[]
  by: NamedBy
  names: readonly Name[]
  as: 'settled' | 'cancelled'
  endedBy: EndedBy
}

export interface Closed<Name> {
  /** Each name that has a notice, with whether one of its notices was open and ended now. */
  found: { name: Name; closed: boolean }[]
  /** Notices that ended, those that go with them too. */
  notices: number
}

/** Ends the notices of these names, and of a group what is paid or replaced with them. */
export async function closeNotices<Name>(
  tx: Queryable,
  { institutionId, seriesIds, by, names, as, endedBy }: Closing<Name>,
  now: Temporal.Instant,
): Promise<Closed<Name>> {
  if (names.length === 0) return { found: [], notices: 0 }
  const { rows } = await tx.query<{ name: Name; closed: boolean; notices: number }>(closeSql(by), [
    institutionId,
    seriesIds,
    names,
    as,
    now.toString(),
    endedBy,
  ])
  return { found: rows, notices: rows[0]?.notices ?? 0 }
}

/**
 * Ends what payments from before mean for notices that were just made: of the ones that were born
 * settled, and of settled ones in the groups of the others.
 */
export async function settleGroups(
  tx: Queryable,
  place: { institutionId: number; seriesId: number },
  made: { settled: readonly number[]; open: readonly number[] },
  now: Temporal.Instant,
): Promise<void> {
  if (made.settled.length + made.open.length === 0) return
  const { institutionId, seriesId } = place
  const { rows } = await tx.query<{ id: number }>(PAID_BEFORE, [institutionId, seriesId, made.open])
  const names = [...made.settled, ...rows.map(({ id }) => id)]
  const ended = { institutionId, seriesIds: [seriesId], by: 'id', names } as const
  await closeNotices(tx, { ...ended, as: 'settled', endedBy: 'settlement' }, now)
}

/** One that was only missing says nothing of the others. */
const PAID_BEFORE = `
  select distinct paid.id from notices n join notices paid on paid.institution_id = $1
    and paid.series_id = $2 and paid.group_hash = n.group_hash and paid.id <> n.id
  where n.institution_id = $1 and n.series_id = $2 and n.id = any($3)
    and paid.state = 'settled' and paid.pays is not null
    and paid.ended_by is distinct from 'missing'`

/**
 * Of a group of instalments one may be the single payment of the whole. Where the mapping does not
 * say which, it is told by its amount: it asks for no less than all the others together, two at
 * least. Paying it settles them. Paying an instalment settles that one and leaves the others, since
 * the citizen must go on hearing of the rest; the single payment, where the mapping names it, is
 * cancelled: who pays by instalments is not asked for the whole again.
 */
const closeSql = (by: NamedBy) => `
  with named as (
    select id, ${by} as name, series_id, group_hash, amount_cents, pays from notices
    where institution_id = $1 and series_id = any($2) and ${by} = any($3)),
  grouped as (select * from named where $4 = 'settled' and group_hash is not null),
  whole as (
    select series_id, group_hash from grouped where pays = 'whole'
    union
    select grouped.series_id, grouped.group_hash from grouped join notices other
      on other.institution_id = $1 and other.series_id = grouped.series_id
      and other.group_hash = grouped.group_hash and other.id <> grouped.id
    where grouped.pays is null
    group by grouped.id, grouped.series_id, grouped.group_hash, grouped.amount_cents
    having count(other.amount_cents) >= 2 and grouped.amount_cents >= sum(other.amount_cents)),
  closing as (
    select id, max(state) as state from (
      select id, $4 as state from named
      union all
      select n.id, 'settled' from whole join notices n on n.institution_id = $1
        and n.series_id = whole.series_id and n.group_hash = whole.group_hash
      union all
      select n.id, 'cancelled' from grouped join notices n on n.institution_id = $1
        and n.series_id = grouped.series_id and n.group_hash = grouped.group_hash
        where grouped.pays = 'part' and n.pays = 'whole') each
    group by id),
  ended as (
    update notices n set state = closing.state, ended_at = $5, ended_by = $6 from closing
    where n.id = closing.id and n.state in ('open', 'expired') returning n.id, n.state),
  silenced as (
    update messages m set state = 'cancelled', code = ended.state, closed_at = $5 from ended
    where m.notice_id = ended.id and m.state in ('waiting', 'held'))
  select named.name, bool_or(ended.id is not null) as closed,
    (select count(*) from ended) as notices
  from named left join ended on ended.id = named.id group by named.name`
