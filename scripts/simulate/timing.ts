// What is judged of messages as they are due, where it is always open, nobody has said what becomes
// of late ones, and each recipient's day is free: what is left of it is the due date.
import { alwaysOpen } from '../../src/domain/calendar.ts'
import type { TimingPorts } from '../../src/pipeline/send/timing.ts'

const calendar = alwaysOpen('Europe/Rome')

export const everyHour: TimingPorts = {
  calendar: () => calendar,
  closed: () => [],
  lateRule: async () => null,
  others: async () => [],
  paymentsOf: () => [],
  payments: { findStale: async () => null },
  contactDays: {
    take: async (wishes) => new Set(wishes.map(({ messageId }) => messageId)),
    nextOf: async () => new Map(),
  },
}
