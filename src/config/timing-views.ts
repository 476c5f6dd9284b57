// What the configuration says of when messages leave, by what made them: a feed, a campaign or
// neither. What the configuration no longer has leaves when its institution is open.
import { type Calendar, isOpenAt, nextOpening } from '../domain/calendar.ts'
import type { LateRule } from '../domain/lateness.ts'
import type { PaymentSource } from '../domain/payment-news.ts'
import type { MessageOrigin } from '../pipeline/send/one.ts'
import type { ClosedOrigin } from '../pipeline/send/timing.ts'
import { calendarOf } from './calendar.ts'
import { type Config, findInstitution, findMaker, type Institution } from './config.ts'

/** When messages of this origin may leave; null: there is no such institution any more. */
export function originCalendar(config: Config, origin: MessageOrigin): Calendar | null {
  const { institution } = origin
  if (findInstitution(config, institution) === undefined) return null
  return calendarOf(config, institution, findMaker(config, origin)?.window)
}

/** Every origin of which nothing may leave at this instant, and when it opens. */
export function closedOrigins(config: Config, now: Temporal.Instant): ClosedOrigin[] {
  return config.institutions.flatMap(originsOf).flatMap((origin) => {
    const calendar = originCalendar(config, origin) as Calendar
    if (isOpenAt(calendar, now)) return []
    const opensAt = nextOpening(calendar, now)
    return opensAt === null ? [] : [{ ...origin, opensAt }]
  })
}

function originsOf({ id: institution, feeds, campaigns }: Institution): MessageOrigin[] {
  const sending = feeds.filter(({ service }) => service !== undefined)
  return [
    { institution, feed: null, campaign: null },
    ...sending.map(({ id }) => ({ institution, feed: id, campaign: null })),
    ...campaigns.map(({ id }) => ({ institution, feed: null, campaign: id })),
  ]
}

/** What becomes of a campaign’s messages that are late; null: it is gone. */
export function campaignLateRule(config: Config, origin: MessageOrigin): LateRule | null {
  const campaigns = findInstitution(config, origin.institution)?.campaigns ?? []
  return campaigns.find(({ id }) => id === origin.campaign)?.late ?? null
}

/**
 * The feeds of settlements that must be fresh before reminders of this origin leave. Of a feed, or
 * a campaign, that has been removed or has another name now, nobody knows any more: then all that
 * its institution relies on must be.
 */
export function paymentsOf(config: Config, origin: MessageOrigin): readonly PaymentSource[] {
  const { feeds = [], campaigns = [] } = findInstitution(config, origin.institution) ?? {}
  if (origin.campaign === null && origin.feed === null) return []
  const drawn =
    origin.campaign === null
      ? [origin.feed]
      : campaigns.find(({ id }) => id === origin.campaign)?.feeds
  const own = feeds.filter(({ id }) => drawn?.includes(id))
  return (own.length > 0 ? own : feeds).flatMap(({ payments }) => payments)
}

/** Other sources that feeds which rely on this one rely on too. */
export function reliedOnBeside(
  config: Config,
  institution: string,
  feed: string,
): readonly PaymentSource[] {
  const feeds = findInstitution(config, institution)?.feeds ?? []
  return feeds
    .filter(({ payments }) => payments.some((source) => source.feed === feed))
    .flatMap(({ payments }) => payments.filter((source) => source.feed !== feed))
}

/** What all feeds that rely on this one say of it. */
export function relyingOn(
  config: Config,
  institution: string,
  feed: string,
): readonly PaymentSource[] {
  const feeds = findInstitution(config, institution)?.feeds ?? []
  return feeds.flatMap(({ payments }) => payments).filter((source) => source.feed === feed)
}
