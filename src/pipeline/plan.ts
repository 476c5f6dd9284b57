// notice → messages. The first message leaves as soon as its flow is released; each reminder at its
// own stored instant. A reminder whose instant has already passed when the record is read is not
// planned, what somebody else sends is left to them, and a record may have its reminders alone.
import type { Purpose } from '../domain/message.ts'
import type { NotifiedElsewhere } from '../domain/notified-elsewhere.ts'
import { createPlanner, parseOffset } from '../domain/reminder-plan.ts'

export interface PlannedMessage {
  purpose: Purpose
  /** Which text of the mapping: 0 the first message, then its reminders in order. */
  template: number
  sendAt: Temporal.Instant
  /** The civil time that `sendAt` came from; null when it means "at once". */
  civilAt: Temporal.PlainDateTime | null
}

/** The messages of a notice, from its due instant: ISO in UTC, or null. */
export type Plan = (dueAt: string | null, hasFirst: boolean) => PlannedMessage[]

/** Why a notice has no first message where its mapping says so (`firstWhen`), as reports say it. */
export const REMINDERS_ONLY = 'senza primo avviso: solo i promemoria'

/**
 * Answers the plan of the notices of one mapping.
 * `offsets` are the mapping's reminders: `-7d 09:30`. `elsewhere`: who sends some of them instead.
 */
export function planMessages(
  offsets: string[],
  zone: string,
  now: Temporal.Instant,
  elsewhere: NotifiedElsewhere | null = null,
): Plan {
  if (elsewhere?.messages === 'all') return () => []
  const times = createPlanner(offsets.map(parseOffset), zone, now)
  const first: PlannedMessage = { purpose: 'first', template: 0, sendAt: now, civilAt: null }
  return (dueAt, hasFirst) => {
    const messages = hasFirst && elsewhere === null ? [first] : []
    times(dueAt).forEach((time, index) => {
      if (time) messages.push({ purpose: 'reminder', template: index + 1, ...time })
    })
    return messages
  }
}
