// How the installation itself is: its database, what its queue has waiting, mails that will not
// leave. For whoever looks; nothing is decided upon it, and nobody's data is in it.
import type { Pool } from './database.ts'

export interface SystemState {
  /** What PostgreSQL says it is: `16.4`. */
  serverVersion: string
  databaseBytes: number
  /** The tables with the most bytes, indexes counted in. */
  tables: { name: string; bytes: number; rows: number }[]
  /** Migrations that have been applied. */
  migrations: number
  lastMigration: string | null
  connections: number
  mostConnections: number
  /** Seconds that the database's clock is ahead of `now`; the way there and back counts in. */
  databaseAheadSeconds: number
  /** Since when our clock has been found wrong; null: it is right. */
  clockWrongSince: Temporal.Instant | null
  /** To the staff, that have not left; why the last of them failed. */
  mailsWaiting: number
  mailsFailing: number
  mailsOldestAt: Temporal.Instant | null
  mailFailure: string | null
  /** Received, and not mapped yet. */
  dropsWaiting: number
  dropsOldestAt: Temporal.Instant | null
}

export interface QueueState {
  name: string
  /** Due now. */
  waiting: number
  /** To come at an instant of their own. */
  later: number
  working: number
  /** Of those that are due. */
  oldestAt: Temporal.Instant | null
}

const MOST_TABLES = 8

export function createSystemState(pool: Pool) {
  return {
    async read(now: Temporal.Instant): Promise<SystemState> {
      const { rows } = await pool.query<SystemState>(STATE, [now.toString()])
      return rows[0] as SystemState
    },

    /** By queue; empty where it has never been opened. */
    async queues(now: Temporal.Instant): Promise<QueueState[]> {
      const { rows: there } = await pool.query<{ is: boolean }>(
        `select to_regclass('pgboss.job') is not null as is`,
      )
      if (!there[0]?.is) return []
      const { rows } = await pool.query<QueueState>(QUEUES, [now.toString()])
      return rows
    },
  }
}

const STATE = `
  select current_setting('server_version') as "serverVersion",
    pg_database_size(current_database()) as "databaseBytes",
    (select coalesce(json_agg(t), '[]') from (
      select c.relname as name, pg_total_relation_size(c.oid) as bytes,
        greatest(c.reltuples, 0)::bigint as rows
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname = 'public'
      order by 2 desc limit ${MOST_TABLES}) t) as tables,
    (select count(*) from schema_migrations) as migrations,
    (select max(name) from schema_migrations) as "lastMigration",
    (select count(*) from pg_stat_activity where datname = current_database()) as connections,
    current_setting('max_connections')::int as "mostConnections",
    extract(epoch from clock_timestamp() - $1::timestamptz)::float8 as "databaseAheadSeconds",
    (select clock_wrong_since from installation) as "clockWrongSince",
    mails.*, drops.*
  from (select count(*) as "mailsWaiting", count(failure) as "mailsFailing",
      min(created_at) as "mailsOldestAt", max(failure) as "mailFailure"
    from staff_mails where sent_at is null) mails,
    (select count(*) as "dropsWaiting", min(received_at) as "dropsOldestAt"
    from drops where state = 'received') drops`

const QUEUES = `
  select name,
    count(*) filter (where state in ('created', 'retry') and start_after <= $1) as waiting,
    count(*) filter (where state in ('created', 'retry') and start_after > $1) as later,
    count(*) filter (where state = 'active') as working,
    min(start_after) filter (where state in ('created', 'retry') and start_after <= $1) as "oldestAt"
  from pgboss.job where state in ('created', 'retry', 'active') and name not like '\\_\\_%'
  group by name order by name`
