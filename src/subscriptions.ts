// The composition of the subscriptions feed: which services read it, the ports of its stage, and
// what the daemon asks about it. A part of `app.ts`; nothing here decides anything.
import * as views from './config/stage-views.ts'
import type { Parts } from './parts.ts'
import { serviceName } from './pipeline/send/heed.ts'
import type { SendService } from './pipeline/send/one.ts'
import { isDue, readFeeds, type SubscriptionsPorts } from './pipeline/send/subscriptions.ts'
import type { AccountSession } from './pipeline/send.ts'

type Shared = Omit<SubscriptionsPorts, 'readers' | 'feed'>

/** What `send` needs of the feed. */
export function openSubscriptions(parts: Parts, shared: Shared) {
  const { config, store } = parts
  const readers = readersOf(parts)
  const reading = new Set(readers.map(serviceName))
  const ports: SubscriptionsPorts = {
    ...shared,
    readers: (account) => readers.filter((service) => service.account === account),
    feed: {
      ...store.subscriptions,
      refuse(service, code, askAt) {
        const refusal = { code, askAt, notify: views.toldOf(config, service.institution) }
        return store.subscriptions.refuse(service, refusal, shared.now())
      },
    },
  }
  return {
    read: (session: AccountSession, limit: number) => readFeeds(session, limit, ports),
    async findSubscribed(service: SendService, fiscalCode: string, through: Temporal.PlainDate) {
      if (!reading.has(serviceName(service))) return null
      return store.subscriptions.find(service, fiscalCode, through)
    },
  }
}

/** Forgets the sets that nobody reads any more; answers the accounts with a day to read now. */
export async function tendSubscriptions(parts: Parts): Promise<string[]> {
  await parts.store.subscriptions.keepOnly(views.servicesWithFeed(parts.config))
  const due = new Set<string>()
  for (const service of readersOf(parts)) {
    const progress = await parts.store.subscriptions.progress(service)
    if (isDue(progress, parts.now())) due.add(service.account)
  }
  return [...due]
}

/** A service in `dry-run` calls nothing, but keeps what it had. */
function readersOf({ config }: Parts): SendService[] {
  return views.servicesWithFeed(config).filter(({ mode }) => mode !== 'dry-run')
}
