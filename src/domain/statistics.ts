// The figures of a period: what became of its messages, and the shares that offices read. Pure.
// The formulas are those of the consoles that offices know: what is read is counted net of what
// could not arrive, what was caught before sending belongs to the total and to the errors, and
// payments are shares of the notices of payment that were read.
import type { Delivery } from './message.ts'
import { type MessageStand, standOf } from './message-words.ts'

/** Where messages that have ended stand; in the order in which they are shown. */
export const endings = [
  'available',
  'taken',
  'handed-over',
  'late',
  'odd',
  'not-on-io',
  'not-reached',
  'switched-off',
  'failed',
  'refused',
  'wrong-data',
] as const satisfies MessageStand[]
export type EndedStand = (typeof endings)[number]

/** Whom IO does not know, as far as could be asked. */
export const endingsNotOnIo = ['not-on-io', 'not-reached'] as const satisfies EndedStand[]
/** Not accepted, rejected later, failed. */
export const endingsOfErrors = ['wrong-data', 'refused', 'failed'] as const satisfies EndedStand[]

/** So many that are alike; `kind`: `record` of what was read, else the purpose of a message. */
export interface StatisticsCount {
  kind: string
  /** Of a record its fate. */
  state: string
  /** Empty: none. */
  code: string
  delivery: Delivery | ''
  isRead: boolean
  isPaid: boolean
  hasPayment: boolean
  n: number
  seconds: number
}

/** A part of a whole; the whole may be 0. */
export interface Share {
  part: number
  whole: number
}

export interface Statistics {
  /** Messages that ended, but for those that were cancelled or recorded. */
  messages: number
  byEnding: Record<EndedStand, number>
  /** Records that gave no message: errors before sending. */
  refused: number
  /** Cancelled before they left, and recorded by a service in dry-run: of no total. */
  cancelled: number
  recorded: number
  read: number
  paid: number
  /** Read, of those with a payment. */
  readWithPayment: number
  /** From IO’s acceptance to the inbox, of all those in `byEnding.available` together. */
  inboxSeconds: number
}

type Ended = Pick<StatisticsCount, 'state' | 'code' | 'delivery'>

/** Null: it has not ended, or never left. */
export function endingOf({ state, code, delivery }: Ended): EndedStand | null {
  if (!isEnded(state)) return null
  const stand = standOf({ state, code: code || null, delivery: delivery || null })
  return isEnding(stand) ? stand : null
}

function isEnded(state: string): state is 'sent' | 'undeliverable' | 'rejected' {
  return ['sent', 'undeliverable', 'rejected'].includes(state)
}

function isEnding(stand: MessageStand): stand is EndedStand {
  return (endings as readonly MessageStand[]).includes(stand)
}

/** Of nothing at all. */
export function noStatistics(): Statistics {
  const byEnding = Object.fromEntries(endings.map((ending) => [ending, 0]))
  return {
    messages: 0,
    byEnding: byEnding as Record<EndedStand, number>,
    ...{ refused: 0, cancelled: 0, recorded: 0, read: 0, paid: 0, readWithPayment: 0 },
    inboxSeconds: 0,
  }
}

/** All of these together. */
export function statisticsOf(counts: Iterable<StatisticsCount>): Statistics {
  const all = noStatistics()
  for (const one of counts) addCount(all, one)
  return all
}

function addCount(all: Statistics, one: StatisticsCount): void {
  const { kind, state, n } = one
  if (kind === 'record') {
    if (state === 'refused') all.refused += n
    return
  }
  if (state === 'cancelled') all.cancelled += n
  if (state === 'recorded') all.recorded += n
  const ending = endingOf(one)
  if (ending === null) return
  all.messages += n
  all.byEnding[ending] += n
  if (one.isRead) all.read += n
  if (one.isPaid) all.paid += n
  if (one.isRead && one.hasPayment) all.readWithPayment += n
  if (ending === 'available') all.inboxSeconds += one.seconds
}

/** With what was caught before sending. */
export function totalOf({ messages, refused }: Statistics): number {
  return messages + refused
}

/** Of IO: not accepted, rejected later, failed. */
export function errorsOfIo({ byEnding }: Statistics): number {
  return endingsOfErrors.reduce((sum, ending) => sum + byEnding[ending], 0)
}

/** Messages to whom IO does not know. */
export function notOnIo({ byEnding }: Statistics): number {
  return endingsNotOnIo.reduce((sum, ending) => sum + byEnding[ending], 0)
}

/** What was caught before sending, and errors of IO, of the total with both. */
export function errorShare(all: Statistics): Share {
  return { part: all.refused + errorsOfIo(all), whole: totalOf(all) }
}

/** Read, net of errors and of whom IO cannot reach: of the others nobody can have read it. */
export function readShare(all: Statistics): Share {
  const unreached = notOnIo(all) + all.byEnding['switched-off']
  return { part: all.read, whole: all.messages - errorsOfIo(all) - unreached }
}

/** Paid, of the messages with a payment that were read. */
export function paidShare({ paid, readWithPayment }: Statistics): Share {
  return { part: paid, whole: readWithPayment }
}

/** How many of those written to are on IO: all but whom it does not know. */
export function onIoShare(all: Statistics): Share {
  return { part: all.messages - notOnIo(all), whole: all.messages }
}

/** Seconds from acceptance to the inbox; null: none is there. */
export function meanInboxSeconds({ byEnding, inboxSeconds }: Statistics): number | null {
  return byEnding.available === 0 ? null : Math.round(inboxSeconds / byEnding.available)
}
