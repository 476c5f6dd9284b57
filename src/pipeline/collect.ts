// source → drops. Polls one feed once: saves each drop with its cursor in one transaction, and only
// then lets the connector acknowledge it at the source. A feed lease decides who polls, so that two
// processes never take the same file; a failed poll is recorded on the feed and shown, never lost
// in a log.
import type { Connector, Json, PollContext, SourceDrop, SourceLog } from '../connector.ts'
import { describeFailure, type SourceFailure } from './connector/source-failure.ts'
import { workContext } from './connector/work-context.ts'

/** What this stage needs to know of a feed. */
export interface CollectFeed {
  institution: string
  feed: string
  connector: Connector
  settings: unknown
  from: 'now' | 'all' | Temporal.Instant
  maximumDropBytes: number
  /** Who is told by mail that a file was received, or that none can be. */
  notify: readonly string[]
}

export interface FeedState {
  cursor: Json
  firstPolledAt: Temporal.Instant | null
}

export interface CollectPorts {
  /** Runs the work while the lease is held; null when another process holds it. */
  whileLeased<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>
  feeds: {
    open(institution: string, feed: string, now: Temporal.Instant): Promise<FeedState>
    nextCount(institution: string, counter: string): Promise<bigint>
    remember(institution: string, feed: string, cursor: Json): Promise<void>
    polled(feed: CollectFeed, now: Temporal.Instant): Promise<void>
    /** Writes it down, and tells the staff where it is time. */
    failed(feed: CollectFeed, failure: SourceFailure, now: Temporal.Instant): Promise<void>
  }
  drops: {
    known(institution: string, feed: string, keys: string[]): Promise<Set<string>>
    /**
     * Saves bytes, cursor, the staff's mail and the waking of `map` in one transaction; null: known
     * already.
     */
    save(feed: CollectFeed, drop: SourceDrop, now: Temporal.Instant): Promise<SavedDrop | null>
  }
  now(): Temporal.Instant
  sleep(seconds: number, signal: AbortSignal): Promise<void>
  log: SourceLog
}

export interface SavedDrop {
  id: number
  key: string
  bytes: number
}

export interface CollectSummary {
  drops: SavedDrop[]
  /** Why the poll ended early, in words for a person; null when it ended well. */
  failure: SourceFailure | null
}

/** Polls a feed once. Null when another process is polling it. */
export async function collectFeed(
  feed: CollectFeed,
  ports: CollectPorts,
  stop: AbortSignal,
): Promise<CollectSummary | null> {
  const { institution } = feed
  return ports.whileLeased(`feed/${institution}/${feed.feed}`, async (leaseLost) => {
    const state = await ports.feeds.open(institution, feed.feed, ports.now())
    const signal = AbortSignal.any([stop, leaseLost])
    const drops: SavedDrop[] = []
    try {
      for await (const drop of feed.connector.poll(pollContext(feed, state, ports, signal))) {
        signal.throwIfAborted()
        const saved = await ports.drops.save(feed, drop, ports.now())
        if (saved) drops.push(saved)
      }
      await ports.feeds.polled(feed, ports.now())
      return { drops, failure: null }
    } catch (error) {
      if (stop.aborted) return { drops, failure: null }
      const failure = describeFailure(error)
      await ports.feeds.failed(feed, failure, ports.now())
      ports.log.warn({ institution, feed: feed.feed, ...failure }, 'poll failed')
      return { drops, failure }
    }
  })
}

function pollContext(
  feed: CollectFeed,
  state: FeedState,
  ports: CollectPorts,
  signal: AbortSignal,
): PollContext<unknown> {
  const { institution } = feed
  const { nextCount } = ports.feeds
  return {
    ...workContext(feed, { ...ports, nextCount }, signal),
    cursor: state.cursor,
    from: startOf(feed, state),
    known: (keys) => ports.drops.known(institution, feed.feed, keys),
    remember: (cursor) => ports.feeds.remember(institution, feed.feed, cursor),
  }
}

/** `now` means the first poll of this feed ever: later polls start from the same instant. */
function startOf(feed: CollectFeed, state: FeedState): Temporal.Instant | null {
  if (feed.from === 'all') return null
  return feed.from === 'now' ? state.firstPolledAt : feed.from
}
