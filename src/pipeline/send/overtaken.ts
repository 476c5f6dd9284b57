// reminders and campaign messages that are due → those that another message of their notice makes
// needless. Invariant: what overtakes goes itself, or has gone; where nothing else leaves of a
// notice, its late reminder is as late as its rule lets it be.
import type { Calendar } from '../../domain/calendar.ts'
import { judgeLate, type LateRule, SEND_LATE } from '../../domain/lateness.ts'
import { type OtherMessage, overtakes } from '../../domain/overtaken.ts'
import type { ClaimedMessage } from './one.ts'

/** Another message of a claimed one’s notice. */
export interface OtherOfNotice extends OtherMessage {
  /** The claimed one. */
  messageId: number
  feed: string | null
  template: number
  mappingVersionId: number
  dueAt: Temporal.Instant | null
  waived: readonly string[]
}

/** What a rule about late messages is found by. */
export type RuledMessage = Pick<
  ClaimedMessage,
  'institution' | 'feed' | 'campaign' | 'template' | 'mappingVersionId'
>

export interface OvertakenPorts {
  calendar(origin: Pick<ClaimedMessage, 'institution' | 'feed' | 'campaign'>): Calendar | null
  lateRule(message: RuledMessage): Promise<LateRule | null>
  /** What was planned for after these messages and is due by tomorrow, and first messages. */
  others(messageIds: readonly number[], now: Temporal.Instant): Promise<OtherOfNotice[]>
}

/** By message: what overtakes it. What is not in it goes on. */
export async function findOvertaken(
  due: readonly ClaimedMessage[],
  now: Temporal.Instant,
  ports: OvertakenPorts,
): Promise<ReadonlyMap<number, OtherMessage['purpose']>> {
  const found = new Map<number, OtherMessage['purpose']>()
  if (due.length === 0) return found
  const byId = new Map(due.map((message) => [message.id, message]))
  const others = await ports.others([...byId.keys()], now)
  for (const other of others) {
    const message = byId.get(other.messageId)
    const { zone } = (message && ports.calendar(message)) ?? {}
    if (!message?.plannedAt || zone === undefined) continue
    const { plannedAt, institution, waived = [] } = message
    const isLetGo = waived.length > 0
    if (!overtakes(other, { plannedAt, isLetGo }, now, zone)) continue
    if (await goes(other, institution, now, ports)) found.set(message.id, other.purpose)
  }
  return found
}

/** Whether it has gone, or is not itself too late to go. */
async function goes(
  other: OtherOfNotice,
  institution: string,
  now: Temporal.Instant,
  ports: OvertakenPorts,
): Promise<boolean> {
  if (other.leftAt !== null || other.purpose === 'first') return true
  const ruled = { ...other, institution, campaign: null }
  const calendar = ports.calendar(ruled)
  if (calendar === null) return true
  const said = other.waived.includes('HOLD_LATE') ? null : await ports.lateRule(ruled)
  const { plannedAt: planned, dueAt } = other
  const at = Temporal.Instant.compare(planned, now) > 0 ? planned : now
  return judgeLate({ planned, dueAt }, said ?? SEND_LATE, at, calendar) === 'go'
}
