// notice → messages. The first message leaves as soon as its flow is released; each reminder at its
// own stored instant. A reminder whose instant has already passed when the record is read is not
// planned, what somebody else sends is left to them, and a record may have its reminders alone.
import type { Calendar } from '../domain/calendar.ts'
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
  /** It does not leave when its rule says, since nothing leaves then. */
  moved?: 'closed'
  /** At most one such message a recipient, institution and day: a reminder that is not the last. */
  isOneADay?: boolean
}

/** A reminder of a mapping, as far as its time goes. */
export interface ReminderRule {
  /** `-7d 09:30` */
  at: string
  whenClosed: 'later' | 'earlier' | 'skip'
}

/** The messages of a notice, from its due instant: ISO in UTC, or null. */
export type Plan = (dueAt: string | null, hasFirst: boolean) => PlannedMessage[]

/** Why a notice has no first message where its mapping says so (`firstWhen`), as reports say it. */
export const REMINDERS_ONLY = 'senza primo avviso: solo i promemoria'

/**
 * Answers the plan of the notices of one mapping.
 * `rules` are the mapping's reminders. `elsewhere`: who sends some of them instead.
 */
export function planMessages(
  rules: readonly ReminderRule[],
  calendar: Calendar,
  now: Temporal.Instant,
  elsewhere: NotifiedElsewhere | null = null,
): Plan {
  if (elsewhere?.messages === 'all') return () => []
  const offsets = rules.map(({ at }) => parseOffset(at))
  const times = createPlanner(offsets, calendar.zone, now)
  const first: PlannedMessage = { purpose: 'first', template: 0, sendAt: now, civilAt: null }
  return (dueAt, hasFirst) => {
    const messages = hasFirst && elsewhere === null ? [first] : []
    times(dueAt).forEach((time, index) => {
      if (!time) return
      const template = index + 1
      const isOneADay = index < rules.length - 1
      messages.push({ purpose: 'reminder', template, ...time, isOneADay })
    })
    return messages
  }
}
