// Counts of messages and records, kept by triggers as these are written. Invariant: what is read
// here is at every moment what counting the tables would give, and reads nobody's row.
// Writers only add changes; who holds the lease folds them into the counts.

import { emptyAccount, type FlowAccount, type RecordFate, termOf } from '../domain/flow-account.ts'
import type { DeliveryCounts } from '../domain/following.ts'
import type { Delivery, MessageState, Purpose } from '../domain/message.ts'
import { type Pool, transaction } from './database.ts'
import { ownPurposes } from './flow-ends.ts'

export interface FlowCounts {
  account: FlowAccount
  /** Of its own messages that IO accepted: where they are, and how many were read and paid. */
  deliveries: DeliveryCounts
  /** Of `undeliverable`: not on IO, and those whose recipient has switched the service off. */
  notOnIo: number
  serviceOff: number
  /** Own messages that have a payment. */
  payments: number
  reminders: Partial<Record<MessageState, number>>
}

/** Of an institution and services (null: all) between two days of its flows' zones, both in it. */
export interface CountFilter {
  institution: string
  services: readonly string[] | null
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  /** Empty: what has none; null: whatever it is. Records have none. */
  emission?: string | null
}

/** So many messages, or records, that are alike in all this. */
export interface Counted {
  kind: 'record' | Purpose
  /** Of a record its fate. What is on its way counts as `waiting`. */
  state: MessageState | RecordFate
  /** Why, where the state says that it did not go; empty else. */
  code: string
  /** Empty: IO has not accepted it. */
  delivery: Delivery | ''
  isRead: boolean
  isPaid: boolean
  hasPayment: boolean
  n: number
  /** From IO's acceptance to the citizen's inbox, all of them together. */
  seconds: number
}

/** What `byPeriod` tells apart. */
export type CountedBy = 'all' | 'month' | 'service' | 'purpose' | 'emission'

export type Counts = ReturnType<typeof createCounts>

/** Changes that one transaction folds. */
const FOLDED_AT_ONCE = 5000

export function createCounts(pool: Pool) {
  return {
    /** Those of these flows; one without a record or message has zeros. */
    async ofFlows(ids: readonly number[]): Promise<Map<number, FlowCounts>> {
      const counts = new Map(ids.map((id) => [id, emptyCounts()]))
      if (ids.length === 0) return counts
      const { rows } = await pool.query<FlowCounted>(OF_FLOWS, [ids])
      for (const row of rows) addToFlow(counts.get(row.flowId) as FlowCounts, row)
      return counts
    },

    /**
     * All that ended in these days, by month (`2026-11`), service, purpose or emission (empty:
     * none); `all`: together, under an empty name.
     * Left out are tests, and records that were read again.
     */
    async byPeriod(filter: CountFilter, by: CountedBy): Promise<Map<string, Counted[]>> {
      const { rows } = await pool.query<Counted & { name: string }>(
        byPeriodSql(by),
        periodValues(filter),
      )
      const named = new Map<string, Counted[]>()
      for (const { name, ...counted } of rows) {
        const found = named.get(name)
        if (found) found.push(counted)
        else named.set(name, [counted])
      }
      return named
    },

    /** What has not ended, whatever the day: it waits, is held or uncertain. Tests are left out. */
    async open(institution: string, services: readonly string[] | null): Promise<Counted[]> {
      const { rows } = await pool.query<Counted>(OPEN, [institution, services])
      return rows
    },

    /** The years in which messages ended, the latest first. */
    async years(institution: string, services: readonly string[] | null): Promise<number[]> {
      const { rows } = await pool.query<{ year: number }>(YEARS, [institution, services])
      return rows.map(({ year }) => year)
    },

    /** Whether there is something to fold. */
    async hasChanges(): Promise<boolean> {
      const { rowCount } = await pool.query('select from count_changes limit 1')
      return (rowCount ?? 0) > 0
    },

    /** Folds changes into the counts, a bounded part at a time; answers how many. */
    async fold(stopping?: AbortSignal): Promise<number> {
      for (let folded = 0; ; ) {
        const taken = await foldSome(pool)
        folded += taken
        if (taken < FOLDED_AT_ONCE || stopping?.aborted) return folded
      }
    },
  }
}

async function foldSome(pool: Pool): Promise<number> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<{ taken: number; flows: number[] | null }>(FOLD, [
      FOLDED_AT_ONCE,
    ])
    const [{ taken, flows }] = rows as [{ taken: number; flows: number[] | null }]
    // What is none any more would only be read past.
    if (flows) await client.query(`delete from counts where flow_id = any($1) and n = 0`, [flows])
    return taken
  })
}

type FlowCounted = Omit<Counted, 'seconds'> & { flowId: number; isTest: boolean }

function emptyCounts(): FlowCounts {
  const deliveries: DeliveryCounts = { deliveries: {}, read: 0, paid: 0 }
  const none = { notOnIo: 0, serviceOff: 0, payments: 0, reminders: {} }
  return { account: emptyAccount(), deliveries, ...none }
}

const own: readonly string[] = ownPurposes

function addToFlow(counts: FlowCounts, row: FlowCounted): void {
  const { account, deliveries, reminders } = counts
  const { kind, n } = row
  if (kind === 'record') {
    const fate = row.state as RecordFate
    account.read += n
    if (fate !== 'message') account[termOf(fate, null)] += n
    return
  }
  const state = row.state as MessageState
  if (kind === 'reminder') reminders[state] = (reminders[state] ?? 0) + n
  if (!own.includes(kind)) return
  // The messages of a test come of no record: each counts as one that was read.
  if (kind === 'test' && row.isTest) account.read += n
  account[termOf('message', state)] += n
  if (row.code === 'no-profile' || row.code === 'not-subscribed') counts.notOnIo += n
  if (row.code === 'sender-blocked') counts.serviceOff += n
  if (row.hasPayment) counts.payments += n
  if (row.delivery !== '') {
    const known = deliveries.deliveries
    known[row.delivery] = (known[row.delivery] ?? 0) + n
    if (row.isRead) deliveries.read += n
    if (row.isPaid) deliveries.paid += n
  }
}

const KEY = `kind, state, code, delivery, is_read, is_paid, has_payment`

const ALIKE = `c.kind, c.state, c.code, c.delivery, c.is_read, c.is_paid, c.has_payment`

/** SQL: a `Counted` without its sums. */
const COUNTED = `c.kind, c.state, c.code, c.delivery, c.is_read as "isRead", c.is_paid as "isPaid",
  c.has_payment as "hasPayment"`

/** SQL: counts and changes alike, where both say so; each of the two is read by an index. */
const bothWhere = (condition: string) => `(
  select * from counts c where ${condition}
  union all select * from count_changes c where ${condition})`

const OF_FLOWS = `
  select c.flow_id as "flowId", f.origin = 'test' as "isTest", ${COUNTED}, sum(c.n)::bigint as n
  from ${bothWhere('c.flow_id = any($1)')} c join flows f on f.id = c.flow_id
  group by c.flow_id, f.origin, ${ALIKE} having sum(c.n) <> 0`

/** SQL: of this institution, and of services that who asks may see; $1 and $2. */
const SEEN = `f.institution_id = (select id from institutions where name = $1)
  and ($2::text[] is null or f.service = any($2)) and f.origin <> 'test'`

const ITS_INSTITUTION = `c.institution_id = (select id from institutions where name = $1)`

const names: Record<CountedBy, string> = {
  all: `''`,
  month: `to_char(c.day, 'YYYY-MM')`,
  service: 'f.service',
  purpose: 'c.kind',
  emission: 'c.emission',
}

function byPeriodSql(by: CountedBy): string {
  return `
  select ${names[by]} as name, ${COUNTED}, sum(c.n)::bigint as n, sum(c.seconds)::bigint as seconds
  from ${bothWhere(`${ITS_INSTITUTION} and c.day between $3 and $4`)} c
    join flows f on f.id = c.flow_id
  where ${SEEN} and (c.kind <> 'record' or f.replaced_by is null)
    and ($5::text is null or c.kind <> 'record' and c.emission = $5)
  group by 1, ${ALIKE} having sum(c.n) <> 0 order by 1`
}

function periodValues(filter: CountFilter): unknown[] {
  const { institution, services, from, to, emission = null } = filter
  return [institution, services, from.toString(), to.toString(), emission]
}

const OPEN = `
  select ${COUNTED}, sum(c.n)::bigint as n, sum(c.seconds)::bigint as seconds
  from ${bothWhere(`${ITS_INSTITUTION} and c.day = '-infinity'`)} c join flows f on f.id = c.flow_id
  where ${SEEN} group by ${ALIKE} having sum(c.n) <> 0`

const YEARS = `
  select extract(year from c.day)::int as year
  from ${bothWhere(`${ITS_INSTITUTION} and c.day > '-infinity'`)} c
    join flows f on f.id = c.flow_id
  where ${SEEN} and c.kind <> 'record'
  group by 1 having sum(c.n) > 0 order by 1 desc`

/** $1 at most so many. */
const FOLD = `
  with taken as (
    delete from count_changes where ctid = any(array(select ctid from count_changes limit $1))
    returning *),
  folded as (
    insert into counts
    select institution_id, flow_id, ${KEY}, emission, day, sum(n), sum(seconds) from taken
    group by institution_id, flow_id, ${KEY}, emission, day
    on conflict (flow_id, ${KEY}, emission, day)
      do update set n = counts.n + excluded.n, seconds = counts.seconds + excluded.seconds
    returning flow_id, n)
  select (select count(*) from taken) as taken,
    (select array_agg(distinct flow_id) from folded where n = 0) as flows`
