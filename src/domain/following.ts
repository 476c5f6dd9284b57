// How long, and how often, IO is asked what became of a message that it accepted. Counted in
// answers, never in time that went by: a day in which nobody could ask is not a day of silence.
// Source: io-guida-tecnica, "Recuperare lo stato di un messaggio": the states that are final.
import type { Delivery } from './message.ts'

/** What IO says of a premium message that is in the inbox. */
export type ReadState = 'read' | 'unread' | 'unavailable'

/** How many of a flow's accepted first messages stand where. */
export interface DeliveryCounts {
  deliveries: Partial<Record<Delivery, number>>
  read: number
  paid: number
}

const DAY_SECONDS = 86_400
const LONGEST_WAIT_SECONDS = 21_600
const LONGEST_RETRY_SECONDS = 3600
const FIRST_READ_WAIT_SECONDS = 3600
const LONGEST_TRY_DAYS = 90

/**
 * Seconds until IO is asked again, after so many answers that said nothing final (at least one).
 * Null when these answers, each so much later than the one before, cover a day: a person must look.
 */
export function nextStatusCheck(answers: number, firstSeconds: number): number | null {
  let covered = 0
  for (let answer = 0; answer < answers && covered < DAY_SECONDS; answer++) {
    covered += waitAfter(answer, firstSeconds)
  }
  const rest = DAY_SECONDS - covered
  return rest <= 0 ? null : Math.min(waitAfter(answers, firstSeconds), rest)
}

/**
 * Seconds until a question that had no answer is put again, after so many questions in all. Null
 * when IO has had `LONGEST_TRY_DAYS` to answer: a person must look.
 */
export function nextTry(
  questions: number,
  firstSeconds: number,
  sentAt: Temporal.Instant,
  now: Temporal.Instant,
): number | null {
  const end = sentAt.add({ hours: 24 * LONGEST_TRY_DAYS })
  if (Temporal.Instant.compare(now, end) >= 0) return null
  return Math.min(waitAfter(questions, firstSeconds), LONGEST_RETRY_SECONDS)
}

/**
 * Seconds until a premium message in the inbox is asked about again, ever more seldom; null once
 * `followDays` have passed since it was sent.
 */
export function nextReadCheck(
  answers: number,
  sentAt: Temporal.Instant,
  followDays: number,
  now: Temporal.Instant,
): number | null {
  const end = sentAt.add({ hours: 24 * followDays })
  if (Temporal.Instant.compare(now, end) >= 0) return null
  return Math.min(FIRST_READ_WAIT_SECONDS * 2 ** Math.min(answers, 10), DAY_SECONDS)
}

function waitAfter(answers: number, firstSeconds: number): number {
  return Math.min(firstSeconds * 2 ** Math.min(answers, 20), LONGEST_WAIT_SECONDS)
}
