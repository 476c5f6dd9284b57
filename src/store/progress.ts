// How far the sending of a flow, or of all flows of an account, has come: counted anew each time,
// so that a restart forgets nothing. Shown and logged; nothing is decided upon it.
import type { SendingProgress } from '../domain/forecast.ts'
import type { Pool } from './database.ts'
import { OWN } from './flow-ends.ts'

export type Progress = ReturnType<typeof createProgress>

/** The last minutes, by which the speed is told. */
const RECENT_SECONDS = 300

export function createProgress(pool: Pool) {
  async function count(
    flows: string,
    values: unknown[],
    now: Temporal.Instant,
  ): Promise<SendingProgress> {
    const { rows } = await pool.query<SendingProgress>(progressSql(flows), [
      now.toString(),
      RECENT_SECONDS,
      ...values,
    ])
    return rows[0] as SendingProgress
  }
  return {
    ofFlow: (id: number, now: Temporal.Instant) => count('f.id = $3', [id], now),

    /** All its flows that are being sent; no others are left. */
    ofAccount: (account: string, now: Temporal.Instant) =>
      count(`f.account = $3 and f.state = 'sending'`, [account], now),
  }
}

const progressSql = (flows: string) => `
  with own as (
    select f.id, f.account, f.sending_at from flows f where ${flows}),
  seen as (
    select least($2, extract(epoch from $1::timestamptz - min(sending_at)))::float8 as seconds
    from own),
  counted as (
    select
      count(*) filter (where m.state in ('waiting', 'claimed', 'sending')) as remaining,
      count(*) filter (where m.state in ('sent', 'undeliverable', 'rejected', 'uncertain')) as ended,
      count(*) filter (where m.state in ('sent', 'rejected', 'uncertain')
        or m.state = 'undeliverable' and m.io_id is not null) as reached,
      count(*) filter (where coalesce(m.sent_at, m.closed_at)
        > $1::timestamptz - seen.seconds * interval '1 second') as recent
    from own join messages m on m.flow_id = own.id and m.purpose in ${OWN}, seen),
  others as (
    select count(*) as n from flows f join messages m on m.flow_id = f.id
    where f.account in (select account from own) and f.id not in (select id from own)
      and f.state in ('active', 'sending') and f.released_at is not null
      and f.suspended_at is null and f.stopped_at is null
      and m.purpose in ${OWN} and m.state in ('waiting', 'claimed', 'sending') and m.send_at <= $1)
  select remaining, ended, reached, recent, others.n as others,
    greatest(coalesce(seen.seconds, 0), 0) as "recentSeconds"
  from counted, others, seen`
