// The composition of what is judged of messages as they are due: calendars and rules from the
// configuration, payments and days from the tables. A part of `app.ts`; nothing here decides
// anything.
import { zoneOf } from './config/config.ts'
import { toldOf } from './config/stage-views.ts'
import * as views from './config/timing-views.ts'
import { dayAt } from './domain/civil-date.ts'
import type { CompiledNotice } from './mapping/mapping.ts'
import { ambient, type Parts } from './parts.ts'
import {
  type FreshnessPorts,
  findStale,
  releaseFresh as release,
} from './pipeline/send/freshness.ts'
import type { TimingPorts } from './pipeline/send/timing.ts'

/** Days for which it is remembered who has had a message: the zones of the world, and one more. */
const REMEMBERED_DAYS = 3

/** `mapping`: the compiled versions. */
export function openTiming(
  parts: Parts,
  mapping: (versionId: number) => Promise<CompiledNotice | null>,
): TimingPorts {
  const { config, store } = parts
  const freshness = freshnessPorts(parts)
  return {
    calendar: (origin) => views.originCalendar(config, origin),
    closed: (now) => views.closedOrigins(config, now),
    async lateRule(message) {
      if (message.campaign !== null) return views.campaignLateRule(config, message)
      const compiled = await mapping(message.mappingVersionId)
      return compiled?.spec.reminders[message.template - 1]?.late ?? null
    },
    paymentsOf: freshness.paymentsOf,
    payments: {
      findStale: (institution, source, now) => findStale(institution, source, now, freshness),
    },
    contactDays: store.contactDays,
    others: store.otherMessages.find,
  }
}

/** Lets go what was held for payments that are known by now; answers how many messages. */
export async function releaseFresh(parts: Parts): Promise<number> {
  return release(parts.now(), freshnessPorts(parts))
}

/** Tells staff of messages that wait for a person; answers how many mails. */
export async function tellHeld({ config, store, now }: Parts): Promise<number> {
  return store.toldHolds.tell((institution) => toldOf(config, institution), now())
}

/** Forgets who had a message on days that are over; answers how many. */
export async function forgetContactDays({ store, now }: Parts): Promise<number> {
  const today = dayAt(now(), 'UTC')
  return store.contactDays.forget(today.subtract({ days: REMEMBERED_DAYS }))
}

function freshnessPorts(parts: Parts): FreshnessPorts {
  const { config, store } = parts
  return {
    ...ambient(parts),
    payments: store.payments,
    paymentsOf: (origin) => views.paymentsOf(config, origin),
    relyingOn: (institution, feed) => views.relyingOn(config, institution, feed),
    reliedOnBeside: (institution, feed) => views.reliedOnBeside(config, institution, feed),
    toldOf: (institution) => ({
      zone: zoneOf(config, institution),
      notify: toldOf(config, institution),
    }),
  }
}
