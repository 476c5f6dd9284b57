// day of UTC → who can be written to. Replays IO's subscriptions feed, which only large senders
// have, one service after the other and one day after the other, in turn with the account's other
// calls. Invariant: the set kept for a service is that of its last whole day; no day is left out.
import type { Deferred } from '../../domain/outcome.ts'
import type { AccountSession } from '../send.ts'
import type { ServiceStates } from './heed.ts'
import type { SendService } from './one.ts'
import { inTurn, slowDown } from './turn.ts'

/** Hashes by which IO names citizens, in the case in which it wrote them. */
export interface FeedDay {
  subscriptions: readonly string[]
  unsubscriptions: readonly string[]
}

export type FeedAnswer = { rateRemaining: number | null } & (
  | { kind: 'day'; changes: FeedDay }
  /** IO has the day from the next midnight of UTC, by its own clock. */
  | { kind: 'not-yet' }
  /** The account has no feed, or what came is not one. Profiles are asked meanwhile. */
  | { kind: 'refused'; code: 'IO_FEED_FORBIDDEN' | 'IO_FEED_ODD' }
  | { kind: 'deferred'; deferred: Deferred }
)

export interface FeedProgress {
  /** The last day that was applied whole; null: none yet. */
  through: Temporal.PlainDate | null
  /** Not to be asked again before; null: as soon as there is a day. */
  askAt: Temporal.Instant | null
}

export interface SubscriptionsPorts {
  /** The services of an account that read the feed; none when it has no feed. */
  readers(account: string): SendService[]
  feed: {
    progress(service: SendService): Promise<FeedProgress>
    /** In one transaction, once; false when the day is not the one after the last. */
    apply(service: SendService, day: Temporal.PlainDate, changes: FeedDay): Promise<boolean>
    postpone(service: SendService, askAt: Temporal.Instant): Promise<void>
    /** Postpones it and tells the staff, once until a day is read again. */
    refuse(service: SendService, code: string, askAt: Temporal.Instant): Promise<void>
  }
  io: { subscriptions(service: SendService, day: Temporal.PlainDate): Promise<FeedAnswer> }
  services: Pick<ServiceStates, 'pause'>
  now(): Temporal.Instant
  monotonic(): number
  log: { info(fields: object, message: string): void }
}

/** Before it the feed has no data (io-api, "GET /subscriptions-feed"). */
const FIRST_DAY = Temporal.PlainDate.from('2020-03-24')
const NOT_YET_SECONDS = 60
const FAULT_SECONDS = 300
/** A missing permission is given by people; the answer to one call a day tells. */
const FORBIDDEN_SECONDS = 86_400
const ODD_SECONDS = 3_600

/** The day that IO has whole since the last midnight of UTC. */
export function lastWholeDay(now: Temporal.Instant): Temporal.PlainDate {
  return now.toZonedDateTimeISO('UTC').toPlainDate().subtract({ days: 1 })
}

/** Reads what is missing, with at most `limit` calls. Answers how many were made. */
export async function readFeeds(
  session: AccountSession,
  limit: number,
  ports: SubscriptionsPorts,
): Promise<number> {
  let calls = 0
  for (const service of ports.readers(session.account.name)) {
    const read = await readDays(service, session, limit - calls, ports)
    calls += read.calls
    // What keeps one service waiting keeps the others too, and each wait may be a whole timeout.
    if (read.failed) break
  }
  return calls
}

/** Whether the feed of this service has a day to be asked for now. */
export function isDue({ through, askAt }: FeedProgress, now: Temporal.Instant): boolean {
  if (askAt !== null && Temporal.Instant.compare(now, askAt) < 0) return false
  return Temporal.PlainDate.compare(dayAfter(through), lastWholeDay(now)) <= 0
}

async function readDays(
  service: SendService,
  session: AccountSession,
  limit: number,
  ports: SubscriptionsPorts,
): Promise<{ calls: number; failed: boolean }> {
  if (limit <= 0) return { calls: 0, failed: false }
  let progress = await ports.feed.progress(service)
  let calls = 0
  let failed = false
  while (calls < limit && !session.signal.aborted && isDue(progress, ports.now())) {
    const day = dayAfter(progress.through)
    const askedAt = ports.now()
    const ask = () => ports.io.subscriptions(service, day)
    const answer = await inTurn(session, ports, ask, 'follow')
    if (answer === null) break
    calls += 1
    if (answer.kind !== 'day') {
      failed = answer.kind === 'deferred' && answer.deferred.scope !== 'service'
      await wait(answer, { service, askedAt }, session, ports)
      break
    }
    // Another reader was faster: its progress is read at the next turn.
    if (!(await ports.feed.apply(service, day, answer.changes))) break
    progress = { through: day, askAt: null }
  }
  if (calls > 0) {
    const { institution, service: name } = service
    const through = progress.through?.toString() ?? null
    ports.log.info({ institution, service: name, calls, through }, 'subscriptions feed read')
  }
  return { calls, failed }
}

async function wait(
  answer: Exclude<FeedAnswer, { kind: 'day' }>,
  { service, askedAt }: { service: SendService; askedAt: Temporal.Instant },
  session: AccountSession,
  ports: SubscriptionsPorts,
): Promise<void> {
  const inSeconds = (seconds: number) => ports.now().add({ seconds: Math.ceil(seconds) })
  switch (answer.kind) {
    case 'not-yet':
      return ports.feed.postpone(service, inSeconds(NOT_YET_SECONDS))
    case 'refused': {
      const forbidden = answer.code === 'IO_FEED_FORBIDDEN'
      const askAt = inSeconds(forbidden ? FORBIDDEN_SECONDS : ODD_SECONDS)
      return ports.feed.refuse(service, answer.code, askAt)
    }
    case 'deferred': {
      const { scope, code, detail, retryAfterSeconds } = answer.deferred
      if (scope === 'service') await ports.services.pause(service, code, detail, askedAt)
      if (scope === 'account') slowDown(answer.deferred, session, ports)
      return ports.feed.postpone(service, inSeconds(retryAfterSeconds ?? FAULT_SECONDS))
    }
  }
}

function dayAfter(through: Temporal.PlainDate | null): Temporal.PlainDate {
  return through?.add({ days: 1 }) ?? FIRST_DAY
}
