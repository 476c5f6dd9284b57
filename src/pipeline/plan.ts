// notice → messages. The first message leaves as soon as its flow is released; each reminder at its
// own stored instant, where the calendar is open. One whose instant has passed when the record is
// read is not planned, what IO or somebody else sends is left to them, and a record may have its
// reminders alone.
import type { Calendar } from '../domain/calendar.ts'
import type { Purpose } from '../domain/message.ts'
import type { NotifiedElsewhere } from '../domain/notified-elsewhere.ts'
import {
  createPlanner,
  type LeftOut,
  type PlannedReminder,
  type ReminderRule,
} from '../domain/reminder-plan.ts'
import type { UnplannedReason } from '../domain/unplanned.ts'

export interface PlannedMessage {
  purpose: Purpose
  /** Which text of the mapping: 0 the first message, then its reminders in order. */
  template: number
  sendAt: Temporal.Instant
  /** The civil time that `sendAt` came from; null when it means "at once". */
  civilAt: Temporal.PlainDateTime | null
  /** It does not leave when its rule says, since nothing leaves then. */
  moved?: 'closed'
  /** The civil time that its rule says, of one that is moved. */
  movedFrom?: Temporal.PlainDateTime
  /** At most one such message a recipient, institution and day: a reminder that is not the last. */
  isOneADay?: boolean
}

/** The messages of one notice. */
export interface NoticePlan {
  messages: PlannedMessage[]
  /** Reminders that its rules have and that do not leave, in no order. */
  unplanned: readonly Unplanned[]
}

/** A reminder that its rules have, and that is not planned. */
export interface Unplanned {
  template: number
  /** The civil time that its rule says. */
  civilAt: Temporal.PlainDateTime
  because: UnplannedReason
}

/** What of a notice its plan depends on. */
export interface ToPlan {
  /** ISO in UTC; null: nothing is due. */
  dueAt: string | null
  hasFirst: boolean
  hasPayment: boolean
}

export type Plan = (notice: ToPlan) => NoticePlan

/** Of a feed: whose reminders count, and who else tells its citizens. */
export interface PlanTerms {
  elsewhere: NotifiedElsewhere | null
  /** `io`: where IO may remind of a notice, it is left to it. */
  reminders: 'ours' | 'io'
  /** First messages leave no sooner; absent: as soon as their flow may. */
  firstAt?: Temporal.Instant | null | undefined
}

/** Why a notice has no first message where its mapping says so (`firstWhen`), as reports say it. */
export const REMINDERS_ONLY = 'senza primo avviso: solo i promemoria'

/** Answers the plan of the notices of one mapping. */
export function planMessages(
  { reminders: rules, notice: { premium } }: PlannedMapping,
  calendar: Calendar,
  now: Temporal.Instant,
  { elsewhere, reminders, firstAt }: PlanTerms,
): Plan {
  if (elsewhere?.messages === 'all') return () => ({ messages: [], unplanned: [] })
  const remindersOf = createPlanner(rules, calendar, now)
  const isLater = firstAt && Temporal.Instant.compare(firstAt, now) > 0
  const sendAt = isLater ? firstAt : now
  const first: PlannedMessage = { purpose: 'first', template: 0, sendAt, civilAt: null }
  return ({ dueAt, hasFirst, hasPayment }) => {
    const messages = hasFirst && elsewhere === null ? [first] : []
    const { planned, leftOut } = remindersOf(dueAt)
    // IO reminds of premium messages with a payment, and only of those that have left as such.
    if (reminders === 'io' && premium && hasPayment && messages.length > 0) {
      const toCome = [...planned, ...leftOut.filter(({ because }) => because !== 'past')]
      return { messages, unplanned: toCome.map((one) => unplanned(one, 'io')) }
    }
    for (const reminder of planned) messages.push(messageOf(reminder))
    return { messages, unplanned: leftOut.map((one) => unplanned(one, one.because)) }
  }
}

/** As much of a mapping as a plan needs. */
interface PlannedMapping {
  reminders: readonly ReminderRule[]
  notice: { premium: boolean }
}

function messageOf({ rule, civilAt, sendAt, movedFrom, isLast }: PlannedReminder): PlannedMessage {
  const message: PlannedMessage = { purpose: 'reminder', template: rule + 1, sendAt, civilAt }
  if (!isLast) message.isOneADay = true
  return movedFrom === null ? message : { ...message, moved: 'closed', movedFrom }
}

function unplanned(
  { rule, civilAt, movedFrom = null }: Pick<LeftOut, 'rule' | 'civilAt'> & Partial<PlannedReminder>,
  because: Unplanned['because'],
): Unplanned {
  return { template: rule + 1, civilAt: movedFrom ?? civilAt, because }
}
