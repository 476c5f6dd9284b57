// Which flows the page of accounts is about: a period, a service, a feed. All of it stands in the
// address; without a period it is the month that runs.
import type { App } from '../../app.ts'
import { dayFrom, periodOf } from '../parts/day-filter.ts'
import type { Visit } from '../visit.ts'

type FlowList = App['store']['flowList']
export type ListedFlow = Awaited<ReturnType<FlowList['page']>>[number]
export type FlowFilter = Parameters<FlowList['page']>[1]

export interface AskedAccounts {
  scope: Parameters<FlowList['page']>[0]
  filter: FlowFilter
  from: Temporal.PlainDate
  to: Temporal.PlainDate
}

/** Flows that are summed at most. */
export const MOST_FLOWS = 2000

export function askedAccounts(visit: Visit): AskedAccounts {
  const { query, now, place } = visit
  const today = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
  const from = dayFrom(query.get('from')) ?? today.with({ day: 1 })
  const to = dayFrom(query.get('to')) ?? today
  const period = periodOf(visit, from, to)
  return {
    scope: { institution: place.id, services: visit.services('accounts') },
    filter: {
      ...{ state: null, emission: null, text: null, preparedBy: null },
      service: query.get('service') || null,
      feed: query.get('feed') || null,
      ...{ arrivedFrom: period.from, arrivedTo: period.to, sentFrom: null, sentTo: null },
      ...{ withErrors: false, withUncertain: false, tests: false },
    },
    ...{ from, to },
  }
}
