// claimed messages → those whose time it is. What the plan cannot know is judged here, a claim at a
// time: whether it is open now, whether another message of its notice goes instead, how late it is,
// whether what is known of payments is fresh, and whether its recipient has had one today.
// Invariant: of what is kept back nothing has left, and what goes was judged now; a first message
// costs no question.
import { type Calendar, isOpenAt, nextOpening } from '../../domain/calendar.ts'
import { dayAt } from '../../domain/civil-date.ts'
import { daysLate, type LateVerdict } from '../../domain/lateness.ts'
import { findOtherDay } from '../../domain/one-a-day.ts'
import type { PaymentSource } from '../../domain/payment-news.ts'
import {
  type ClaimedMessage,
  type MessageEnd,
  type MessageOrigin,
  mayAddress,
  type SendLog,
  type SendService,
} from './one.ts'
import { findOvertaken, judgeByRule, type OvertakenPorts } from './overtaken.ts'

/** Of this origin nothing leaves before `opensAt`. */
export interface ClosedOrigin extends MessageOrigin {
  opensAt: Temporal.Instant
}

/** Who is to have their one message of a day. */
export interface DayWish {
  messageId: number
  institutionId: number
  fiscalCode: string
  day: Temporal.PlainDate
}

export interface TimingPorts extends OvertakenPorts {
  /** All that is closed now and will open. */
  closed(now: Temporal.Instant): ClosedOrigin[]
  /** What must be known before its reminders leave. */
  paymentsOf(origin: MessageOrigin): readonly PaymentSource[]
  payments: {
    /** The detail of what is held for it; null: its news are fresh. Staff is told of the first. */
    findStale(
      institution: string,
      source: PaymentSource,
      now: Temporal.Instant,
    ): Promise<string | null>
  }
  contactDays: {
    /** Takes the days of those who have had nothing yet; answers the messages that may leave. */
    take(wishes: readonly DayWish[]): Promise<ReadonlySet<number>>
    /** When the next reminder of the same notice leaves, or has just left, by message. */
    nextOf(messageIds: readonly number[]): Promise<ReadonlyMap<number, Temporal.Instant>>
  }
}

interface SharedPorts {
  timing: TimingPorts
  service(institution: string, service: string): SendService | null
  now(): Temporal.Instant
  log: { info(fields: object, message: string): void }
}

type Ending = Omit<MessageEnd, 'id'>

/** Ends what must not leave now; answers the others. */
export async function keepTime(
  claimed: readonly ClaimedMessage[],
  log: SendLog,
  ports: SharedPorts,
): Promise<ClaimedMessage[]> {
  const now = ports.now()
  const batch = openBatch(now, ports.timing)
  const going: ClaimedMessage[] = []
  const ends: Promise<void>[] = []
  const late = { messages: 0, days: 0 }
  const kept = new Map<string, number>()
  const isDue = (message: ClaimedMessage) => isTimed(message) && batch.closedEnd(message) === null
  const overtaken = await findOvertaken(claimed.filter(isDue), now, ports.timing)
  for (const message of claimed) {
    const by = overtaken.get(message.id)
    const ended = batch.closedEnd(message) ?? (by ? endOfOvertaken(by) : null)
    const end = ended ?? (await judged(message, batch, late))
    if (end === null) going.push(message)
    else ends.push(log.end({ id: message.id, ...end }))
    if (end?.code) kept.set(end.code, (kept.get(end.code) ?? 0) + 1)
  }
  await Promise.all(ends)
  if (late.messages > 0) ports.log.info(late, 'late reminders let go')
  for (const [code, messages] of kept) ports.log.info({ code, messages }, 'due messages kept back')
  return going
}

/** First messages, and what a person sends, are neither late nor about what was paid meanwhile. */
function isTimed({ purpose }: ClaimedMessage): boolean {
  return purpose === 'reminder' || purpose === 'campaign'
}

async function judged(
  message: ClaimedMessage,
  batch: Batch,
  late: { messages: number; days: number },
): Promise<Ending | null> {
  if (!isTimed(message)) return null
  const { days, end } = await batch.lateEnd(message)
  const kept = end ?? (await batch.staleEnd(message))
  if (kept === null && days > 0) {
    late.messages += 1
    late.days = Math.max(late.days, days)
  }
  return kept
}

type Batch = ReturnType<typeof openBatch>

/** What is judged alike for all messages of one origin is judged once a claim. */
function openBatch(now: Temporal.Instant, timing: TimingPorts) {
  const openings = new Map<string, Opening>()
  const stale = new Map<string, Promise<string | null>>()

  function openingOf(origin: MessageOrigin): Opening {
    const name = [origin.institution, origin.feed, origin.campaign].join('\0')
    const known = openings.get(name)
    if (known) return known
    const calendar = timing.calendar(origin)
    const closed = calendar !== null && !isOpenAt(calendar, now)
    const opening = { calendar, closed: closed && endOfClosed(calendar, now) }
    openings.set(name, opening)
    return opening
  }

  function findStale(institution: string, source: PaymentSource): Promise<string | null> {
    const name = [institution, source.feed, source.by, source.maximumAgeHours].join('\0')
    const known = stale.get(name) ?? timing.payments.findStale(institution, source, now)
    stale.set(name, known)
    return known
  }

  return {
    closedEnd: (message: ClaimedMessage): Ending | null => openingOf(message).closed || null,

    async lateEnd(message: ClaimedMessage): Promise<{ days: number; end: Ending | null }> {
      const { plannedAt } = message
      const { calendar } = openingOf(message)
      if (plannedAt === null || calendar === null) return { days: 0, end: null }
      const verdict = await judgeByRule({ ...message, plannedAt }, now, calendar, timing)
      const days = daysLate(plannedAt, now, calendar)
      return { days, end: endOfLate(verdict, days) }
    },

    async staleEnd(message: ClaimedMessage): Promise<Ending | null> {
      if (message.waived.includes('HOLD_PAYMENTS_STALE')) return null
      const details: string[] = []
      for (const source of timing.paymentsOf(message)) {
        const detail = await findStale(message.institution, source)
        if (detail !== null && !details.includes(detail)) details.push(detail)
      }
      return details.length === 0 ? null : held('HOLD_PAYMENTS_STALE', details.join('; '))
    },
  }
}

interface Opening {
  calendar: Calendar | null
  /** What becomes of messages now; false: they may leave. */
  closed: Ending | false
}

function endOfClosed(calendar: Calendar, now: Temporal.Instant): Ending {
  const sendAt = nextOpening(calendar, now)
  if (sendAt === null) return held('HOLD_CLOSED', null)
  return { state: 'waiting', code: null, detail: null, sendAt, moved: 'closed' }
}

function endOfOvertaken(by: 'first' | 'reminder'): Ending {
  const detail = by === 'first' ? 'by the first message' : 'by a later reminder'
  return { state: 'cancelled', code: 'overtaken', detail, sendAt: null }
}

function endOfLate(verdict: LateVerdict, days: number): Ending | null {
  const detail = days === 1 ? 'a day late' : `${days} days late`
  switch (verdict) {
    case 'go':
      return null
    case 'skip':
      return { state: 'cancelled', code: 'late', detail, sendAt: null }
    case 'hold':
      return held('HOLD_LATE', detail)
    case 'overdue':
      return held('HOLD_DUE_DATE_PASSED', detail)
  }
}

function held(code: string, detail: string | null): Ending {
  return { state: 'held', code, detail, sendAt: null }
}

/**
 * Of the messages that go: those whose recipients have had none today. To be called last, so that
 * what is kept back for another reason takes nobody’s day.
 */
export async function takeDays(
  going: readonly ClaimedMessage[],
  log: SendLog,
  ports: SharedPorts,
): Promise<ClaimedMessage[]> {
  const now = ports.now()
  const wishes = going.flatMap((message) => wishOf(message, now, ports) ?? [])
  if (wishes.length === 0) return [...going]
  const taken = await ports.timing.contactDays.take(wishes)
  const days = new Map(wishes.map(({ messageId, day }) => [messageId, day]))
  const onItsDay = (message: ClaimedMessage) => {
    const day = days.get(message.id)
    return day === undefined ? message : { ...message, day }
  }
  const without = new Set(wishes.flatMap(({ messageId: id }) => (taken.has(id) ? [] : [id])))
  if (without.size === 0) return going.map(onItsDay)
  const crowded = going.filter(({ id }) => without.has(id))
  const next = await ports.timing.contactDays.nextOf([...without])
  await Promise.all(
    crowded.map((message) => {
      const end = crowdedEnd(message, next.get(message.id) ?? null, now, ports)
      return log.end({ id: message.id, ...end })
    }),
  )
  return going.filter(({ id }) => !without.has(id)).map(onItsDay)
}

/** Null: it takes nobody’s day, as what is only recorded does not. */
function wishOf(
  message: ClaimedMessage,
  now: Temporal.Instant,
  { timing, service }: SharedPorts,
): DayWish | null {
  if (!message.isOneADay) return null
  const { id: messageId, institutionId, institution, data } = message
  const calendar = timing.calendar(message)
  const sends = service(institution, message.service)
  if (calendar === null || sends === null || !mayAddress(sends, data.fiscalCode)) return null
  const day = dayAt(now, calendar.zone)
  return { messageId, institutionId, fiscalCode: data.fiscalCode, day }
}

function crowdedEnd(
  message: ClaimedMessage,
  nextAt: Temporal.Instant | null,
  now: Temporal.Instant,
  { timing }: SharedPorts,
): Ending {
  const calendar = timing.calendar(message) as Calendar
  const other = findOtherDay({ ...message, nextAt }, now, calendar)
  if (other === null) return { state: 'cancelled', code: 'crowded', detail: null, sendAt: null }
  return { state: 'waiting', code: null, detail: null, moved: 'crowded', ...other }
}
