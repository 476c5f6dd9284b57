// citizen → may this service write to them now, and in which languages. The subscriptions feed
// answers where it is whole up to yesterday; otherwise, and for whoever needs more than it tells,
// the profile is asked. Invariant: a profile's answer serves one sending and is kept nowhere.
import type { Outcome } from '../../domain/outcome.ts'
import type { AccountSession } from '../send.ts'
import type { IoPort, SendService } from './one.ts'
import { lastWholeDay } from './subscriptions.ts'
import { inTurn } from './turn.ts'

export type Reach =
  /** Languages as the citizen prefers them, by IO's names; empty: none is known. */
  { allowed: true; languages: string[] } | { allowed: false; outcome: Outcome }

export interface ReachPorts {
  io: Pick<IoPort, 'profile'>
  /**
   * Whether the feed of the service, which must be whole through this day, names the citizen as
   * subscribed. Null: it is not whole, or the service reads none.
   */
  findSubscribed?(
    service: SendService,
    fiscalCode: string,
    through: Temporal.PlainDate,
  ): Promise<boolean | null>
  now(): Temporal.Instant
  monotonic(): number
}

/**
 * `languages` is how many the message has: with one, nobody needs to be asked which. Null when the
 * wait for the account's turn was cut short.
 */
export async function reachOf(
  service: SendService,
  fiscalCode: string,
  languages: number,
  session: AccountSession,
  ports: ReachPorts,
): Promise<Reach | null> {
  const day = lastWholeDay(ports.now())
  // A colleague who has just switched the service on tries it today, not tomorrow.
  const subscribed = service.testers.has(fiscalCode)
    ? null
    : ((await ports.findSubscribed?.(service, fiscalCode, day)) ?? null)
  if (subscribed === false) return { allowed: false, outcome: notSubscribed(day) }
  if (subscribed && languages === 1) return { allowed: true, languages: [] }
  return inTurn(session, ports, () => ports.io.profile(service, fiscalCode))
}

function notSubscribed(day: Temporal.PlainDate): Outcome {
  const detail = `the subscriptions feed does not name the citizen, read through ${day.toString()}`
  return { kind: 'undeliverable', code: 'not-subscribed', detail }
}
