// What each feed of an institution has brought lately: the last files, by which is told how often
// they come. Read through the key of the drops; nothing sealed is opened.
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface BroughtDrop {
  id: number
  feed: string
  key: string
  receivedAt: Temporal.Instant
  bytes: number
  state: 'received' | 'mapped' | 'failed'
}

/** Of each feed; by them its usual gap is told. */
export const DROPS_LOOKED_AT = 31

export function createFeedNews(pool: Pool, institutions: Institutions) {
  return {
    /** The newest of each feed, its newest first. */
    async last(institution: string, feeds: readonly string[]): Promise<BroughtDrop[]> {
      const { rows } = await pool.query<BroughtDrop>(LAST, [
        ...[await institutions.idOf(institution), feeds, DROPS_LOOKED_AT],
      ])
      return rows
    },
  }
}

const LAST = `
  select d.id, d.feed, d.key, d.received_at as "receivedAt", d.bytes, d.state
  from unnest($2::text[]) feed cross join lateral (
    select * from drops where institution_id = $1 and drops.feed = feed.feed
    order by id desc limit $3) d
  order by d.feed, d.id desc`
