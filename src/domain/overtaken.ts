// Whether another message of the same notice makes a late one needless. After an outage or a late
// approval several of them are due at once, and the recipient is to get one: the last of them.
import { dayAt } from './civil-date.ts'
import type { Purpose } from './message.ts'

/** Another message of the same notice. */
export interface OtherMessage {
  purpose: Extract<Purpose, 'first' | 'reminder'>
  /** A first message: when its flow was released. */
  plannedAt: Temporal.Instant
  /** When it left, or may have; null: it is still to leave. */
  leftAt: Temporal.Instant | null
}

/** A reminder, or a message of a campaign, that is due. */
export interface DueMessage {
  plannedAt: Temporal.Instant
  /** A person has let it go. */
  isLetGo: boolean
}

/** How long after another has left one is still spared that a person lets go: it went with it. */
const TOGETHER = { hours: 1 }

/**
 * A reminder overtakes what was planned for before it, once it is due or has left, and from the
 * morning of its day on what is days late; the first message whatever was to leave before it did.
 */
export function overtakes(
  other: OtherMessage,
  { plannedAt, isLetGo }: DueMessage,
  now: Temporal.Instant,
  zone: string,
): boolean {
  const { compare } = Temporal.Instant
  const isFirst = other.purpose === 'first'
  if (other.leftAt !== null) {
    const overtook = isFirst
      ? compare(other.leftAt, plannedAt) >= 0
      : compare(other.plannedAt, plannedAt) > 0
    return overtook && (!isLetGo || compare(other.leftAt.add(TOGETHER), now) >= 0)
  }
  const isDue = compare(other.plannedAt, now) <= 0
  if (isFirst) return isDue
  if (compare(other.plannedAt, plannedAt) <= 0) return false
  const isOfToday = (at: Temporal.Instant) => dayAt(at, zone).equals(dayAt(now, zone))
  return isDue || (isOfToday(other.plannedAt) && !isOfToday(plannedAt))
}
