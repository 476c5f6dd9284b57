// Where a feed begins, for the records of its drops: its `from` in the words of its mapping.
// A first poll never tells citizens of years of old debts. Invariant: it is the same for a drop
// whenever it is asked, so that what was left out once stays out.
import type { Calendar } from '../../domain/calendar.ts'
import type { NoticeMapping } from '../../mapping/spec.ts'

export interface BeginningPorts {
  feeds: {
    beginning(drop: { id: number; institution: string; feed: string }): Promise<{
      firstPolledAt: Temporal.Instant | null
      /** A drop before this one has brought the feed any good record. */
      hasRecords: boolean
    }>
  }
}

export interface Beginning {
  /** Records from before this day are skipped, where the mapping has `startsAt`; null: none is. */
  startsOn: string | null
  /** The drop says what stands already: its notices are known, and nobody is told of them. */
  isBaseline: boolean
}

interface FeedStart {
  /** `from` of the feed: a day is `2026-03-01`. */
  from: 'now' | 'all' | string
  calendar: Pick<Calendar, 'zone'>
}

interface DropOfFeed {
  id: number
  institution: string
  feed: string
  receivedAt: Temporal.Instant
}

/** Where the feed of this drop begins; `now` is the day of its first poll. */
export async function findBeginning(
  drop: DropOfFeed,
  { from, calendar }: FeedStart,
  { delivery, startsAt }: NoticeMapping,
  ports: BeginningPorts,
): Promise<Beginning> {
  if (from !== 'now') {
    return { startsOn: startsAt === undefined || from === 'all' ? null : from, isBaseline: false }
  }
  if (startsAt === undefined && delivery === 'delta') return { startsOn: null, isBaseline: false }
  const { firstPolledAt, hasRecords } = await ports.feeds.beginning(drop)
  if (startsAt === undefined) return { startsOn: null, isBaseline: !hasRecords }
  const began = (firstPolledAt ?? drop.receivedAt).toZonedDateTimeISO(calendar.zone)
  return { startsOn: began.toPlainDate().toString(), isBaseline: false }
}
