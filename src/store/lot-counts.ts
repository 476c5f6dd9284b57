// What is counted of the messages of a lot that have not left: sums of amounts, due dates, citizens
// beside their own amounts of before, and bills that are known from elsewhere. One statement: to
// find the lot costs more than all that is counted of it. Invariant: counts are of notices, each
// once, whatever messages it has.
import type { EmissionAmounts } from '../domain/emission.ts'
import type { LotDueDates, LotFacts } from '../domain/release-check.ts'
import type { Queryable } from './database.ts'
import { BESIDE, type Lot, lotValues, OTHERS, OWN_LOT, PAID, TOLD } from './lot-concerned.ts'

type Plain = Pick<LotFacts, 'messages' | 'recipients' | Beside | Elsewhere>
type Beside = 'comparable' | 'farFromTheirOwn' | 'notHarmless'
type Elsewhere = 'toldAlready' | 'paidAlready' | 'toldOrPaid'

export interface LotCounts {
  facts: Plain & Pick<LotFacts, 'amounts' | 'due'>
  /** The other flow that has most of these bills; null: none has any. */
  most: { flowId: number; records: number } | null
}

/** Months of due dates that are told apart. */
const MOST_MONTHS = 36

type Row = Plain & {
  sums: EmissionAmounts
  middle: number[] | null
  due: Omit<LotDueDates, 'byMonth'>
  months: Record<string, number> | null
  most: LotCounts['most']
}

export async function countLot(tx: Queryable, lot: Lot): Promise<LotCounts> {
  const { rows } = await tx.query<Row>(COUNTS, [...lotValues(lot), lot.zone])
  const { sums, middle, due, months, most, ...plain } = rows[0] as Row
  const hasAmounts = sums.count > 0 && middle !== null && lot.origin !== 'errata'
  const [medianCents, p99Cents] = (middle ?? []) as [number, number]
  return {
    facts: {
      ...plain,
      amounts: hasAmounts ? { ...sums, medianCents, p99Cents } : null,
      due: { ...due, byMonth: inMonths(months ?? {}) },
    },
    most,
  }
}

/**
 * The flow that has `most` of the lot counts them told, paid or not reached, whatever became of
 * them there. What was left out of it, or replaced, comes again rightly.
 */
const COUNTS = `
  with ${OWN_LOT}, ${OTHERS}, told as (${TOLD}), paid as (${PAID}), ${BESIDE},
  most as (
    select m.flow_id, count(distinct others.own_id) as records
    from others join messages m on m.notice_id = others.id join flows f on f.id = m.flow_id
    where others.is_same and m.flow_id <> $1 and m.purpose in ('first', 'campaign')
      and f.released_at is not null and (m.state <> 'cancelled' or m.code = 'settled')
      and $7 not in ('campaign', 'errata')
    group by 1 order by records desc, 1 desc limit 1),
  summed_up as (
    select jsonb_build_object('count', count(*), 'totalCents', sum(amount_cents),
        'minimumCents', min(amount_cents), 'maximumCents', max(amount_cents),
        'wholeEuros', count(*) filter (where amount_cents % 100 = 0)) as sums,
      to_jsonb(percentile_disc(array[0.5, 0.99]) within group (order by amount_cents)) as middle
    from own where amount_cents is not null),
  dated as (
    select (due_at at time zone $8)::date as day, count(*) as n,
      count(*) filter (where due_at < $4) as past
    from own where due_at is not null group by 1),
  months as (select to_char(day, 'YYYY-MM') as month, sum(n) as n from dated group by 1),
  dates as (
    select jsonb_build_object('count', coalesce(sum(n), 0), 'past', coalesce(sum(past), 0),
        'first', min(day), 'last', max(day), 'median', (
          select day from (select day, sum(n) over (order by day) as up_to from dated) by_day
          where up_to * 2 >= (select sum(n) from dated) order by day limit 1)) as due
    from dated)
  select (select count(*) from own) as messages,
    (select count(*) from (select from own group by fiscal_code_hash) one) as recipients,
    (select count(before) filter (where is_first) from beside) as comparable,
    (select count(*) filter (where is_first and far) from beside) as "farFromTheirOwn",
    (select count(*) filter (where before is null or far) from beside) as "notHarmless",
    (select count(*) from told) as "toldAlready", (select count(*) from paid) as "paidAlready",
    (select count(*) from (select id from told union select id from paid) known) as "toldOrPaid",
    (select jsonb_build_object('flowId', flow_id, 'records', records) from most) as most,
    (select jsonb_object_agg(month, n) from months) as months, summed_up.*, dates.*
  from summed_up, dates`

/** In order, the last ones together. */
function inMonths(counts: Record<string, number>): Record<string, number> {
  const months = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const shown = months.slice(0, MOST_MONTHS)
  const later = months.slice(MOST_MONTHS).reduce((sum, [, count]) => sum + count, 0)
  return Object.fromEntries(later > 0 ? [...shown, ['later', later]] : shown)
}
