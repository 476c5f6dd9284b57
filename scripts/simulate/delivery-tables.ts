// What the tables know after acceptance: deliveries that are due, what was learnt of them, and
// notices that were paid. By the rules of `src/store/deliveries.ts` and `src/store/settlements.ts`;
// see `tables.ts` for how that is made sure of.
import type { TrackedMessage, TrackResult } from '../../src/pipeline/track.ts'
import { recloseIncomplete } from './flow-tables.ts'
import {
  type FlowRow,
  flowOf,
  isPaused,
  type MessageRow,
  move,
  type NoticeRow,
  type Tables,
} from './tables.ts'

export function deliveriesDue(tables: Tables, account: string, limit: number, now: number) {
  return [...tables.messages.values()]
    .filter(({ trackAt }) => trackAt !== null && trackAt <= now)
    .filter((one) => {
      const flow = flowOf(tables, one)
      return flow.account === account && !isPaused(tables, flow)
    })
    .sort((one, other) => (one.trackAt as number) - (other.trackAt as number))
    .slice(0, limit)
    .map(trackedOf)
}

export function recordDeliveries(tables: Tables, results: TrackResult[]): void {
  for (const { id, asked, found, answers, trackAt } of results) {
    const message = tables.messages.get(id) as MessageRow
    if (message.state !== 'sent') continue
    message.delivery = found?.delivery ?? message.delivery
    message.trackAt = trackAt?.epochMilliseconds ?? null
    message.tracked += asked ? 1 : 0
    message.answers = answers
    message.code = found?.code ?? message.code
    const { delivery } = message
    if (delivery === 'rejected' || delivery === 'failed') move(tables, message, 'undeliverable')
    if (found?.paid) settle(tables, message.noticeId, 'settled')
  }
}

/** Paid or cancelled at the source: what has not left never does. */
export function settle(tables: Tables, noticeId: number, as: 'settled' | 'cancelled'): void {
  const notice = tables.notices.get(noticeId) as NoticeRow
  if (notice.state !== 'open' && notice.state !== 'expired') return
  notice.state = as
  const flows = new Set<FlowRow>()
  for (const message of tables.messages.values()) {
    if (message.noticeId !== noticeId || message.purpose === 'errata') continue
    if (message.state !== 'waiting' && message.state !== 'held') continue
    move(tables, message, 'cancelled')
    message.code = as
    flows.add(flowOf(tables, message))
  }
  for (const flow of flows) recloseIncomplete(tables, flow)
}

function trackedOf({ told, ...message }: MessageRow): TrackedMessage {
  return {
    id: message.id,
    institution: told.institution,
    service: told.service,
    ioId: message.ioId as string,
    fiscalCode: told.data.fiscalCode,
    sentAt: Temporal.Instant.fromEpochMilliseconds(message.sentAt as number),
    delivery: message.delivery as TrackedMessage['delivery'],
    tracked: message.tracked,
    answers: message.answers,
  }
}
