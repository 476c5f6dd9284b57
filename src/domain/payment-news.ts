// Whether what is known of payments is fresh enough to remind people of what they may have paid.
// Invariant: news that cannot be dated is not fresh.

/** A feed that says what has been paid, and that a reminder relies on. */
export interface PaymentSource {
  feed: string
  maximumAgeHours: number
  /** `drops`: its last file that was read counts · `polls`: so does a poll without news. */
  by: 'drops' | 'polls'
}

/** What is known of such a feed. */
export interface PaymentNews {
  /** When its last drop was read to its end. */
  mappedAt: Temporal.Instant | null
  /** When it was last polled without a fault. */
  polledAt: Temporal.Instant | null
  /** A drop came after the last that was read, and is not read yet or could not be. */
  isBehind: boolean
}

/** Until when all payments are known; null: nobody knows. */
export function knownUntil(
  { mappedAt, polledAt, isBehind }: PaymentNews,
  by: PaymentSource['by'],
): Temporal.Instant | null {
  if (by === 'drops' || polledAt === null || isBehind) return mappedAt
  return mappedAt === null || Temporal.Instant.compare(mappedAt, polledAt) < 0 ? polledAt : mappedAt
}

/** Whether the source’s last news are young enough. */
export function isFresh(
  until: Temporal.Instant | null,
  { maximumAgeHours }: Pick<PaymentSource, 'maximumAgeHours'>,
  now: Temporal.Instant,
): boolean {
  return until !== null && Temporal.Instant.compare(until.add({ hours: maximumAgeHours }), now) >= 0
}
