// Feeds as the database knows them: cursor, persistent counters, when they were polled and how it
// went.
import type { Json } from '../connector.ts'
import type { Pool, Queryable } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface FeedRow {
  institution: string
  name: string
  polledAt: Temporal.Instant | null
  nextPollAt: Temporal.Instant | null
  failure: string | null
  failingSince: Temporal.Instant | null
}

export type Feeds = ReturnType<typeof createFeeds>

export function createFeeds(pool: Pool, institutions: Institutions) {
  return {
    /** The feed's state, made on its first poll. */
    async open(institution: string, feed: string, now: Temporal.Instant) {
      const { rows } = await pool.query<{ cursor: Json; first_polled_at: Temporal.Instant }>(
        `insert into feeds as f (institution_id, name, first_polled_at) values ($1, $2, $3)
         on conflict (institution_id, name)
           do update set first_polled_at = coalesce(f.first_polled_at, excluded.first_polled_at)
         returning cursor, first_polled_at`,
        [await institutions.idOf(institution), feed, now.toString()],
      )
      const row = rows[0]
      return { cursor: row?.cursor ?? null, firstPolledAt: row?.first_polled_at ?? null }
    },

    /**
     * When the feed was first polled, null when it never was; and whether a drop before this one
     * has brought it any good record.
     */
    async beginning({ institution, feed, id }: { institution: string; feed: string; id: number }) {
      const { rows } = await pool.query<{
        firstPolledAt: Temporal.Instant | null
        hasRecords: boolean
      }>(
        `select (select first_polled_at from feeds where institution_id = $1 and name = $2)
             as "firstPolledAt",
           exists (select from flows f join source_records r on r.flow_id = f.id
             where f.institution_id = $1 and f.feed = $2 and f.drop_id < $3
               and r.fate <> 'refused') as "hasRecords"`,
        [await institutions.idOf(institution), feed, id],
      )
      return rows[0] ?? { firstPolledAt: null, hasRecords: false }
    },

    /** The next value of a counter, committed before it is answered: never given twice. */
    async nextCount(institution: string, feed: string, counter: string): Promise<bigint> {
      const { rows } = await pool.query<{ value: string }>(
        `insert into feeds as f (institution_id, name, counters)
         values ($1, $2, jsonb_build_object($3::text, 1))
         on conflict (institution_id, name) do update
           set counters = jsonb_set(f.counters, array[$3::text],
             to_jsonb(coalesce((f.counters ->> $3)::bigint, 0) + 1))
         returning counters ->> $3 as value`,
        [await institutions.idOf(institution), feed, counter],
      )
      return BigInt((rows[0] as { value: string }).value)
    },

    /** Saves a cursor that belongs to no drop. */
    async remember(institution: string, feed: string, cursor: Json): Promise<void> {
      await saveCursor(pool, await institutions.idOf(institution), feed, cursor)
    },

    async polled(institution: string, feed: string, now: Temporal.Instant): Promise<void> {
      await pool.query(
        `update feeds set polled_at = $3, failing_since = null, failure = null
         where institution_id = $1 and name = $2`,
        [await institutions.idOf(institution), feed, now.toString()],
      )
    },

    async failed(institution: string, feed: string, failure: string, now: Temporal.Instant) {
      await pool.query(
        `update feeds set polled_at = $3, failing_since = coalesce(failing_since, $3), failure = $4
         where institution_id = $1 and name = $2`,
        [await institutions.idOf(institution), feed, now.toString(), failure.slice(0, 2000)],
      )
    },

    /** When the schedule wants the feed polled next: what the sweep compares with the clock. */
    async schedule(institution: string, feed: string, at: Temporal.Instant): Promise<void> {
      await pool.query(
        `insert into feeds (institution_id, name, next_poll_at) values ($1, $2, $3)
         on conflict (institution_id, name) do update set next_poll_at = excluded.next_poll_at`,
        [await institutions.idOf(institution), feed, at.toString()],
      )
    },

    async list(): Promise<FeedRow[]> {
      const { rows } = await pool.query<FeedRow>(
        `select i.name as institution, f.name, f.polled_at as "polledAt",
                f.next_poll_at as "nextPollAt", f.failure, f.failing_since as "failingSince"
         from feeds f join institutions i on i.id = f.institution_id order by 1, 2`,
      )
      return rows
    },
  }
}

/** Saves a poll's cursor inside the transaction that saves its drop. */
export async function saveCursor(
  tx: Queryable,
  institutionId: number,
  feed: string,
  cursor: Json,
): Promise<void> {
  await tx.query('update feeds set cursor = $3 where institution_id = $1 and name = $2', [
    institutionId,
    feed,
    JSON.stringify(cursor),
  ])
}
