// The facts of a lot: what is counted of a mapped flow before it may leave, beside the emission
// before it. Counted anew each time, in one snapshot; what is read of other flows is found by
// index.
import type { EmissionAmounts } from '../domain/emission.ts'
import { withoutFiscalCodes } from '../domain/fiscal-code.ts'
import type { FlowOrigin } from '../domain/flow.ts'
import type { CheckCode, LotDueDates, LotFacts, LotTexts } from '../domain/release-check.ts'
import type { Pool, Queryable } from './database.ts'
import { EMISSION_BEFORE } from './emissions.ts'
import { OWN, ownPurposes } from './flow-ends.ts'
import { countConcerned, type Lot } from './lot-concerned.ts'
import { countLot, type LotCounts } from './lot-counts.ts'
import { readReport } from './release-report.ts'

/** Bills of another file, from this share of the lot on, are that file again; in percent. */
const SAME_BILLS_PERCENT = 80

/** A feed that is younger than a file by more than this has found an old one. */
const FEEDS_TOGETHER = "interval '1 hour'"

/** Everything but the test’s answers, which are not of the lot. */
export async function collectFacts(
  tx: Pool | Queryable,
  flowId: number,
  now: Temporal.Instant,
): Promise<Omit<LotFacts, 'test'>> {
  const { lot, texts, dropId, before } = await openLotOf(tx, flowId, now)
  const counts = await countLot(tx, lot)
  const repeats = await findRepeated(tx, { ...lot, dropId }, counts)
  const repeated = { ...lot, repeatsId: repeats?.flowId ?? null }
  return {
    origin: lot.origin as FlowOrigin,
    ...counts.facts,
    ...(await countRecords(tx, flowId)),
    before: lot.origin === 'errata' || lot.origin === 'correction' ? null : before,
    dueBefore: await dueBefore(tx, lot.beforeId),
    repeats: repeats && {
      ...repeats,
      records: await countConcerned(tx, repeated, 'FLOW_REPEATED_FILE'),
    },
    leftOut: await countLeftOut(tx, lot),
    texts,
    reachBefore: await reachBefore(tx, flowId),
  }
}

/** The lot as the query for the messages of this check wants it. */
export async function findLot(
  tx: Queryable,
  flowId: number,
  code: CheckCode,
  now: Temporal.Instant,
): Promise<Lot> {
  const { lot, dropId } = await openLotOf(tx, flowId, now)
  if (code !== 'FLOW_REPEATED_FILE') return lot
  const repeats = await findRepeated(tx, { ...lot, dropId }, await countLot(tx, lot))
  return { ...lot, repeatsId: repeats?.flowId ?? null }
}

interface LotRow {
  institutionId: number
  zone: string
  origin: string
  dropId: number | null
  texts: LotTexts | null
  hasOwn: boolean
  beforeId: number | null
  before: EmissionAmounts | null
}

async function openLotOf(tx: Queryable, flowId: number, now: Temporal.Instant) {
  const { rows } = await tx.query<LotRow>(
    `select f.institution_id as "institutionId", f.zone, f.origin, f.drop_id as "dropId", f.texts,
       exists (select from messages where flow_id = f.id and purpose in ${OWN}) as "hasOwn",
       before.id as "beforeId", before.amounts as before
     from flows f ${EMISSION_BEFORE} where f.id = $1`,
    [flowId],
  )
  const { texts, hasOwn, dropId, before, ...row } = rows[0] as LotRow
  const purposes = hasOwn ? ownPurposes : ['reminder']
  const lot: Lot = { ...row, flowId, purposes, repeatsId: null, now }
  return { lot, texts, dropId, before }
}

async function countRecords(
  tx: Queryable,
  flowId: number,
): Promise<Pick<LotFacts, 'read' | 'refused'>> {
  const { rows } = await tx.query<{ read: number; refused: number }>(
    `select count(*) as read, count(*) filter (where fate = 'refused') as refused
     from source_records where flow_id = $1`,
    [flowId],
  )
  return rows[0]!
}

/** As they were when that emission was looked at. */
async function dueBefore(tx: Queryable, beforeId: number | null): Promise<LotDueDates | null> {
  if (beforeId === null) return null
  const { rows } = await tx.query<{ checks: unknown }>('select checks from flows where id = $1', [
    beforeId,
  ])
  return readReport(rows[0]?.checks)?.facts.due ?? null
}

type RepeatedFile = Omit<NonNullable<LotFacts['repeats']>, 'records'>

/**
 * The same bytes come first; else the file of which most of these bills are. Two feeds may read one
 * file for series of their own, such as appointments and their cancellations: what the other one
 * made of it is no repeat, where both were there when it came.
 */
async function findRepeated(
  tx: Queryable,
  lot: Lot & { dropId: number | null },
  { facts, most }: LotCounts,
): Promise<RepeatedFile | null> {
  if (lot.dropId === null) return null
  const { rows } = await tx.query<RepeatedFile>(
    `select f.id as "flowId", ${NAME} as file, d.received_at as at
     from drops own join drops d on d.institution_id = own.institution_id and d.sha256 = own.sha256
       join flows f on f.drop_id = d.id
     where own.id = $1 and own.bytes > 0 and d.id < own.id and f.released_at is not null
       and (select m.id from messages m where m.flow_id = f.id
         and (m.state <> 'cancelled' or m.code = 'settled') limit 1) is not null
       and (d.feed = own.feed or ${seriesOf('f.id')} = ${seriesOf('$2')}
         or ${SINCE} > d.received_at + ${FEEDS_TOGETHER})
     order by d.id desc limit 1`,
    [lot.dropId, lot.flowId],
  )
  const [same] = rows
  if (same) return shown(same)
  if (most === null || most.records * 100 < facts.messages * SAME_BILLS_PERCENT) return null
  const { rows: named } = await tx.query<RepeatedFile>(
    `select f.id as "flowId", ${NAME} as file, d.received_at as at
     from flows f join drops d on d.id = f.drop_id where f.id = $1 and d.id <> $2`,
    [most.flowId, lot.dropId],
  )
  return named[0] ? shown(named[0]) : null
}

/** SQL: the series of the notices that a flow tells: one, that of its mapping. */
const seriesOf = (flow: string) => `(select n.series_id from messages m
  join notices n on n.id = m.notice_id where m.flow_id = ${flow} limit 1)`

/** SQL: since when the feed of the drop `own` has been there. */
const SINCE = `coalesce(
  (select first_polled_at from feeds where institution_id = own.institution_id and name = own.feed),
  (select min(received_at) from drops where institution_id = own.institution_id and feed = own.feed))`

/** Mails, acts and terminals quote the name, which is the source's to give. */
function shown<Repeated extends { file: string }>(repeated: Repeated): Repeated {
  const file = withoutFiscalCodes(repeated.file.replace(/\p{Cc}+/gu, ' '))
  return { ...repeated, file }
}

/** SQL: how the people of the source know the drop `d`. */
const NAME = `coalesce((select string_agg(p.name, ', ' order by p.part) from drop_parts p
  where p.drop_id = d.id), d.key)`

async function countLeftOut(tx: Queryable, lot: Lot): Promise<LotFacts['leftOut']> {
  const { rows } = await tx.query<{ code: CheckCode; n: number }>(
    `select code, count(*) as n from messages
     where flow_id = $1 and purpose = any($2) and state = 'cancelled' and code like 'FLOW\\_%'
     group by code`,
    [lot.flowId, lot.purposes],
  )
  return Object.fromEntries(rows.map(({ code, n }) => [code, n]))
}

/** Of the last flow of its feed, or campaign, that ended with somebody asked for. */
async function reachBefore(tx: Queryable, flowId: number): Promise<number | null> {
  const { rows } = await tx.query<{ share: number | null }>(
    `select (select count(*) filter (where m.state in ('sent', 'rejected', 'uncertain'))::float8
         / nullif(count(*) filter (where m.state in
           ('sent', 'rejected', 'uncertain', 'undeliverable')), 0)
       from messages m where m.flow_id = ended.id and m.purpose in ${OWN}) as share
     from flows f cross join lateral (
       select id from flows earlier
       where earlier.institution_id = f.institution_id and earlier.id < f.id
         and earlier.feed is not distinct from f.feed
         and earlier.campaign is not distinct from f.campaign and earlier.origin not in ('test', 'correction')
         and earlier.state in ('sent', 'incomplete') and earlier.sending_at is not null
       order by earlier.id desc limit 1) ended
     where f.id = $1`,
    [flowId],
  )
  return rows[0]?.share ?? null
}
