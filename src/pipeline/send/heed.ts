// What IO's answer about one message means for everybody else: its service is paused, or proves to
// be mended; a limit of it is learnt, or gone; its account slows down. Invariant: only an answer to
// a message that was let through on trial ends a pause or a limit that a profile proves nothing of.

import type { Deferred, Outcome } from '../../domain/outcome.ts'
import { limitOf, type ServiceLimit } from '../../domain/service-limit.ts'
import { provesService } from '../../domain/service-pause.ts'
import type { AccountSession } from '../send.ts'
import type { ClaimedMessage, SendService } from './one.ts'
import { slowDown } from './turn.ts'

/** What is known of services beyond this process: whoever sends next for one reads it too. */
export interface ServiceStates {
  /** `askedAt`: when the refused call left; one from before the service was resumed is stale. */
  pause(
    service: SendService,
    code: string,
    detail: string,
    askedAt?: Temporal.Instant,
  ): Promise<void>
  /** A try has not helped: the pause stands, and the next try is later. */
  postpone(service: SendService, code: string, detail: string): Promise<void>
  /** The cause has proved to be gone. */
  resume(service: SendService): Promise<void>
  learn(service: SendService, limit: ServiceLimit, detail: string): Promise<void>
  /** The limit has proved to be gone: what was held for it waits again. */
  lift(service: SendService, feature: ServiceLimit['feature']): Promise<void>
}

export interface HeedPorts {
  services: ServiceStates
  monotonic(): number
}

/** A call to IO about a message. */
export interface Call {
  message: Pick<ClaimedMessage, 'trial'>
  service: SendService
  askedAt: Temporal.Instant
}

/** `answered` is false where nothing came from IO: what was never sent proves nothing. */
export async function heed(
  outcome: Outcome,
  answered: boolean,
  call: Call,
  session: AccountSession,
  ports: HeedPorts,
): Promise<void> {
  const { service, message } = call
  const { services } = ports
  if (outcome.kind === 'deferred') await heedRefusal(outcome, call, session, ports)
  if (message.trial === 'limit' && outcome.kind === 'accepted') {
    await services.lift(service, 'amount')
  }
  if (message.trial === 'pause' && answered && provesService(outcome)) {
    await services.resume(service)
  }
}

/** How a service is named in one account's session. */
export function serviceName({ institution, service }: SendService): string {
  return `${institution}/${service}`
}

async function heedRefusal(
  deferred: Deferred,
  { service, message, askedAt }: Call,
  session: AccountSession,
  ports: HeedPorts,
): Promise<void> {
  const { scope, code, detail, feature } = deferred
  const { services } = ports
  const name = serviceName(service)
  switch (scope) {
    case 'service':
      session.refused.add(name)
      if (message.trial === 'pause') return services.postpone(service, code, detail)
      return services.pause(service, code, detail, askedAt)
    case 'feature': {
      if (feature === undefined) throw new Error(`${code} does not say what the service lacks`)
      const limit = limitOf(feature)
      session.learnt.set(name, [...(session.learnt.get(name) ?? []), limit])
      return services.learn(service, limit, detail)
    }
    case 'account':
      return slowDown(deferred, session, ports)
    case 'message':
      return
  }
}
