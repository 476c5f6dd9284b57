// reminders and campaign messages that are due → those that another message of their notice makes
// needless. Invariant: what overtakes goes itself, or has gone; where nothing else leaves of a
// notice, its late reminder is as late as its rule lets it be.
import type { Calendar } from '../../domain/calendar.ts'
import { judgeLate, type LateRule, type LateVerdict, SEND_LATE } from '../../domain/lateness.ts'
import { type OtherMessage, overtakes } from '../../domain/overtaken.ts'
import type { ClaimedMessage, MessageOrigin } from './one.ts'

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
export type RuledMessage = MessageOrigin & Pick<ClaimedMessage, 'template' | 'mappingVersionId'>

export interface OvertakenPorts {
  /** When messages of this origin may leave; null: its institution is configured no more. */
  calendar(origin: MessageOrigin): Calendar | null
  /** What becomes of it when it is late; null: its mapping says nothing, or cannot be read. */
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
    const { plannedAt, institution, waived } = message
    if (!overtakes(other, { plannedAt, isLetGo: waived.length > 0 }, now, zone)) continue
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
  const at = Temporal.Instant.compare(other.plannedAt, now) > 0 ? other.plannedAt : now
  return (await judgeByRule(ruled, at, calendar, ports)) === 'go'
}

/** What its rule makes of a message that would leave at this instant. */
export async function judgeByRule(
  message: RuledMessage & Pick<OtherOfNotice, 'plannedAt' | 'dueAt' | 'waived'>,
  at: Temporal.Instant,
  calendar: Calendar,
  ports: Pick<OvertakenPorts, 'lateRule'>,
): Promise<LateVerdict> {
  const { plannedAt: planned, dueAt, waived } = message
  const said = waived.includes('HOLD_LATE') ? null : await ports.lateRule(message)
  return judgeLate({ planned, dueAt }, said ?? SEND_LATE, at, calendar)
}
