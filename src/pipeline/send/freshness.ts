// news of payments → what may remind people. Reminders are held while a source that they rely on
// has had no news for too long, and go by themselves once it has. Invariant: a source without news
// is told to staff once while that lasts, and nothing held for another reason goes with them.
import {
  isFresh,
  knownUntil,
  type PaymentNews,
  type PaymentSource,
} from '../../domain/payment-news.ts'
import type { MessageOrigin } from './one.ts'

/** A source without news, and who is told of it. */
export interface PaymentOutage {
  institution: string
  feed: string
  /** Until when its payments are known; null: there never was any news. */
  until: Temporal.Instant | null
  /** Of the institution: times are told in it. */
  zone: string
  notify: readonly string[]
}

export interface FreshnessPorts {
  payments: {
    of(institution: string, feed: string): Promise<PaymentNews>
    noticed(outage: PaymentOutage, now: Temporal.Instant): Promise<void>
    outages(): Promise<{ institution: string; feed: string }[]>
    /** `beside`: other feeds without news, for which the same reminders go on waiting. */
    over(outage: PaymentOutage, beside: readonly string[], now: Temporal.Instant): Promise<void>
    held(): Promise<MessageOrigin[]>
    release(origins: readonly MessageOrigin[], now: Temporal.Instant): Promise<number>
  }
  /** What must be known before messages of this origin leave. */
  paymentsOf(origin: MessageOrigin): readonly PaymentSource[]
  /** All who rely on a feed of settlements, each as it says. */
  relyingOn(institution: string, feed: string): readonly PaymentSource[]
  /** Other feeds that those who rely on this one rely on too. */
  reliedOnBeside(institution: string, feed: string): readonly PaymentSource[]
  /** How an institution is told. */
  toldOf(institution: string): { zone: string; notify: readonly string[] }
  log: { info(fields: object, message: string): void }
}

/** Why what relies on this source is held now; null: its news are fresh. */
export async function findStale(
  institution: string,
  source: PaymentSource,
  now: Temporal.Instant,
  { payments, toldOf }: Pick<FreshnessPorts, 'payments' | 'toldOf'>,
): Promise<string | null> {
  const { feed, by } = source
  const until = knownUntil(await payments.of(institution, feed), by)
  if (isFresh(until, source, now)) return null
  await payments.noticed({ institution, feed, until, ...toldOf(institution) }, now)
  return until === null ? `${feed}: no news yet` : `${feed}: no news since ${until}`
}

/** Lets go what was held for payments that are known by now; answers how many messages. */
export async function releaseFresh(now: Temporal.Instant, ports: FreshnessPorts): Promise<number> {
  const { payments, log } = ports
  const [held, outages] = await Promise.all([payments.held(), payments.outages()])
  if (held.length + outages.length === 0) return 0
  /** The feeds of these that have no news; staff hears of one that it has not been told of. */
  const staleOf = async (institution: string, sources: readonly PaymentSource[]) => {
    const stale = new Set<string>()
    for (const source of sources) {
      if ((await findStale(institution, source, now, ports)) !== null) stale.add(source.feed)
    }
    return [...stale]
  }
  const fresh: MessageOrigin[] = []
  for (const origin of held) {
    const stale = await staleOf(origin.institution, ports.paymentsOf(origin))
    if (stale.length === 0) fresh.push(origin)
  }
  const released = fresh.length === 0 ? 0 : await payments.release(fresh, now)
  if (released > 0) log.info({ messages: released }, 'held reminders let go')
  for (const { institution, feed } of outages) {
    const relying = ports.relyingOn(institution, feed)
    if ((await staleOf(institution, relying)).length > 0) continue
    const news = await payments.of(institution, feed)
    const until = knownUntil(news, relying[0]?.by ?? 'drops')
    const { zone, notify } = ports.toldOf(institution)
    const beside = await staleOf(institution, ports.reliedOnBeside(institution, feed))
    // Where nobody relies on it any more there is nothing to tell.
    const told = relying.length === 0 ? [] : notify
    await payments.over({ institution, feed, until, zone, notify: told }, beside, now)
  }
  return released
}
