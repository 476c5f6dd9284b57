// Which messages of a flow a release check is about, as SQL: the facts count them, and leaving them
// out cancels the very same. Every query begins with the flow's own messages that have not left,
// and goes from each by index to what is known of the same bill, or of the same citizen, elsewhere.
import type { ConcerningCheck } from '../domain/release-check.ts'
import type { Queryable } from './database.ts'
import { OWN } from './flow-ends.ts'

/** The flow that is looked at, as its queries want it. */
export interface Lot {
  flowId: number
  institutionId: number
  zone: string
  origin: string
  /** Purposes of its own messages: reminders, where somebody else sends all the first ones. */
  purposes: readonly string[]
  /** The emission of its feed that was let go before it; null: there is none. */
  beforeId: number | null
  /** The flow that its file repeats; null: none. */
  repeatsId: number | null
  now: Temporal.Instant
}

/** $1 to $7 of every query that begins with `OWN_LOT`. */
export function lotValues(lot: Lot): unknown[] {
  return [
    ...[lot.flowId, lot.purposes, lot.institutionId, lot.now.toString()],
    ...[lot.beforeId, lot.repeatsId, lot.origin],
  ]
}

/** SQL: every parameter has its type, also where a query does not use it. */
const TYPED = `typed as (select $1::bigint, $2::text[], $3::integer, $4::timestamptz, $5::bigint,
  $6::bigint, $7::text)`

/** SQL: the notices of a flow with a message that has not left, each once. */
export const OWN_LOT = `${TYPED},
  own as materialized (
    select n.id, n.service, n.amount_cents, n.due_at, n.fiscal_code_hash, n.notice_number_hash,
      n.changed_at > n.created_at as is_changed, m.text_hash
    from (select distinct on (notice_id) notice_id, text_hash from messages
      where flow_id = $1 and purpose = any($2) and state in ('waiting', 'held')) m
    join notices n on n.id = m.notice_id)`

/**
 * SQL: each payment of the lot with all that its citizen is asked for by the service, here and in
 * the emission before; null: nothing. What another flow has changed since is not what they were
 * told. By windows: a lot that was just written has no statistics, and a join would be guessed.
 */
export const BESIDE = `
  asked as (
    select id, service, fiscal_code_hash, amount_cents as cents, null::bigint as before
    from own where amount_cents is not null
    union all
    select null, n.service, n.fiscal_code_hash, null, n.amount_cents
    from messages m join notices n on n.id = m.notice_id
    where m.flow_id = $5 and m.purpose in ${OWN} and n.flow_id = $5 and n.amount_cents is not null),
  summed as (
    select id, sum(cents) over citizen as cents, sum(before) over citizen as before,
      row_number() over (partition by fiscal_code_hash, service order by id) = 1 as is_first
    from asked window citizen as (partition by fiscal_code_hash, service)),
  beside as (
    select *, greatest(cents, before) >= 10 * least(cents, before) as far
    from summed where id is not null)`

/** SQL: other notices of the institution with the notice number of a bill of the lot. */
export const OTHERS = `
  others as materialized (
    select own.id as own_id, other.id, other.state, other.ended_by,
      other.fiscal_code_hash = own.fiscal_code_hash and other.service = own.service as is_same
    from own join notices other on other.institution_id = $3
      and other.notice_number_hash = own.notice_number_hash and other.id <> own.id)`

/**
 * Notices of the lot that a check is about: `id`, and whether the notice ends when it is left out.
 * Told already: by another notice, also by one before it in this very lot, or in the same words by
 * its own, which goes on with its reminders. A campaign repeats what was told, and an errata goes
 * to what was paid: that is what they are for.
 */
export const TOLD = `
  select id, bool_or(ends) as ends from (
    select others.own_id as id, true as ends from others
    where others.is_same and $7 not in ('campaign', 'errata') and exists (
      select from messages m join flows f on f.id = m.flow_id
      where m.notice_id = others.id and m.flow_id <> $1 and m.purpose in ('first', 'campaign')
        and (m.state in ('sent', 'uncertain', 'sending')
          or m.state in ('waiting', 'claimed', 'held') and f.released_at is not null
            and f.stopped_at is null))
    union all
    select others.own_id, true from others join own before on before.id = others.id
    where others.is_same and others.id < others.own_id and $7 not in ('campaign', 'errata')
    union all
    select own.id, false from own
    where (own.is_changed and $7 <> 'campaign' or $7 = 'errata') and exists (
      select from messages m
      where m.notice_id = own.id and m.flow_id <> $1 and m.purpose = any($2)
        and m.state in ('sent', 'uncertain') and m.text_hash = own.text_hash)) said
  group by id`

export const PAID = `
  select own_id as id, true as ends from others
  where $7 <> 'errata' and state = 'settled' and ended_by is distinct from 'missing'
  union
  select own.id, true from own
    join series s on s.institution_id = $3
    join early_settlements e on e.series_id = s.id and e.named_by = 'noticeNumber'
      and e.hash = own.notice_number_hash
  where $7 <> 'errata' and e.state = 'settled' and e.until > $4`

const AMOUNTS = 'select id, true as ends from beside where before is null or far'

/** Bills without a notice number cannot be compared: of the same bytes all came before. */
const REPEATED = `
  select own.id, true as ends from own where own.notice_number_hash is null
    and $6::bigint is not null
  union
  select others.own_id, true from others join messages m on m.notice_id = others.id
  where others.is_same and m.flow_id = $6`

const concerned: Record<ConcerningCheck, string> = {
  FLOW_AMOUNTS: `with ${OWN_LOT}, ${BESIDE} ${AMOUNTS}`,
  FLOW_PAST_DUE: `with ${OWN_LOT} select own.id, true as ends from own where own.due_at < $4`,
  FLOW_REPEATED_FILE: `with ${OWN_LOT}, ${OTHERS} ${REPEATED}`,
  FLOW_TOLD_ALREADY: `with ${OWN_LOT}, ${OTHERS} ${TOLD}`,
  FLOW_PAID_ALREADY: `with ${OWN_LOT}, ${OTHERS} ${PAID}`,
}

/** How many notices of the lot a check is about. */
export async function countConcerned(
  tx: Queryable,
  lot: Lot,
  code: ConcerningCheck,
): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    `select count(*) as n from (${concerned[code]}) concerned`,
    lotValues(lot),
  )
  return rows[0]?.n ?? 0
}

/** The notices that a check is about: those that end with it, and those that only keep silent. */
export async function findConcerned(
  tx: Queryable,
  lot: Lot,
  code: ConcerningCheck,
): Promise<{ ending: number[]; silent: number[] }> {
  const { rows } = await tx.query<{ id: number; ends: boolean }>(concerned[code], lotValues(lot))
  const found: { ending: number[]; silent: number[] } = { ending: [], silent: [] }
  for (const { id, ends } of rows) found[ends ? 'ending' : 'silent'].push(id)
  return found
}
