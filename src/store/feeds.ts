// Feeds as the database knows them: where they are, when they are due and how their polls went.
// Invariant: a cursor is saved with the drop that carries it, or by itself, never before it.
import type { Json } from '../connector.ts'
import { createCounters } from './counters.ts'
import type { Pool, Queryable } from './database.ts'
import { createFeedFailures } from './feed-failures.ts'
import type { Institutions } from './institutions.ts'

export interface FeedRow {
  institution: string
  name: string
  polledAt: Temporal.Instant | null
  nextPollAt: Temporal.Instant | null
  /** One of `SRC_…`; null while it does not fail, or of a failure from before it was kept. */
  failureCode: string | null
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

    /** The next value of a counter of the institution. */
    nextCount: createCounters(pool, institutions),

    /** Saves a cursor that belongs to no drop. */
    async remember(institution: string, feed: string, cursor: Json): Promise<void> {
      await saveCursor(pool, await institutions.idOf(institution), feed, cursor)
    },

    ...createFeedFailures(pool, institutions),

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
                f.next_poll_at as "nextPollAt", f.failure, f.failure_code as "failureCode",
                f.failing_since as "failingSince"
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
