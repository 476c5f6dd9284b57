// Closing notices, by whatever they are named: the notices end, what their payment stands for ends
// with them, and every message of theirs that has not left is cancelled, in one statement: who has
// paid hears nothing more, unless it corrects a message that they have had. Invariant: the caller
// keeps the series locked meanwhile, and ends the flows of what was cancelled anew, at the end of
// its transaction.
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
  /** Of the messages that were cancelled: for `recloseIncomplete`. */
  flows: readonly number[]
}

/** Ends the notices of these names, and of a group what is paid or replaced with them. */
export async function closeNotices<Name>(
  tx: Queryable,
  { institutionId, seriesIds, by, names, as, endedBy }: Closing<Name>,
  now: Temporal.Instant,
): Promise<Closed<Name>> {
  if (names.length === 0) return { found: [], notices: 0, flows: [] }
  const { rows } = await tx.query<ClosedRow<Name>>(closeSql(by), [
    institutionId,
    seriesIds,
    names,
    as,
    now.toString(),
    endedBy,
  ])
  const [first] = rows
  const found = rows.map(({ name, closed }) => ({ name, closed }))
  return { found, notices: first?.notices ?? 0, flows: first?.flows ?? [] }
}

interface ClosedRow<Name> {
  name: Name
  closed: boolean
  /** Of all together. */
  notices: number
  /** Whose messages will not leave; null: there are none. */
  flows: number[] | null
}

/**
 * Ends what payments from before mean for notices that were just made: of the ones that were born
 * settled, and of settled ones in the groups of the others. Answers `flows` of `Closed`.
 */
export async function settleGroups(
  tx: Queryable,
  place: { institutionId: number; seriesId: number },
  made: { settled: readonly number[]; open: readonly number[] },
  now: Temporal.Instant,
): Promise<readonly number[]> {
  if (made.settled.length + made.open.length === 0) return []
  const { institutionId, seriesId } = place
  const { rows } = await tx.query<{ id: number }>(PAID_BEFORE, [institutionId, seriesId, made.open])
  const names = [...made.settled, ...rows.map(({ id }) => id)]
  const ended = { institutionId, seriesIds: [seriesId], by: 'id', names } as const
  const closing = { ...ended, as: 'settled', endedBy: 'settlement' } as const
  return (await closeNotices(tx, closing, now)).flows
}

/**
 * SQL: the notices of the group of `of`, as a row `one`. Looked up group by group: of the first
 * instalments that a table ever has, nothing is known of groups, and a join reads all for each.
 */
const inGroup = (of: string, one: string, series = `${of}.series_id`) => `
  cross join lateral (select * from notices where institution_id = $1
    and series_id = ${series} and group_hash = ${of}.group_hash offset 0) ${one}`

/** One that was only missing says nothing of the others. */
const PAID_BEFORE = `
  with made as materialized (
    select n.id, n.group_hash from unnest($3::bigint[]) as open (id) join notices n using (id))
  select distinct paid.id from made ${inGroup('made', 'paid', '$2')}
  where paid.id <> made.id and paid.state = 'settled' and paid.pays is not null
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
    select grouped.series_id, grouped.group_hash from grouped ${inGroup('grouped', 'other')}
    where grouped.pays is null and other.id <> grouped.id
    group by grouped.id, grouped.series_id, grouped.group_hash, grouped.amount_cents
    having count(other.amount_cents) >= 2 and grouped.amount_cents >= sum(other.amount_cents)),
  closing as (
    select id, max(state) as state from (
      select id, $4 as state from named
      union all
      select n.id, 'settled' from whole ${inGroup('whole', 'n')}
      union all
      select n.id, 'cancelled' from grouped ${inGroup('grouped', 'n')}
        where grouped.pays = 'part' and n.pays = 'whole') each
    group by id),
  ended as (
    update notices n set state = closing.state, ended_at = $5, ended_by = $6 from closing
    where n.id = closing.id and n.state in ('open', 'expired') returning n.id, n.state),
  silenced as (
    update messages m set state = 'cancelled', code = ended.state, detail = null,
      closed_at = $5 from ended
    where m.notice_id = ended.id and m.state in ('waiting', 'held') and m.purpose <> 'errata'
    returning m.flow_id)
  select named.name, bool_or(ended.id is not null) as closed,
    (select count(*) from ended) as notices,
    (select array_agg(distinct flow_id) from silenced) as flows
  from named left join ended on ended.id = named.id group by named.name`
