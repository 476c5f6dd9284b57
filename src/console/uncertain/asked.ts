// What an address asks of the messages that wait for a person, and the same as an address again.
// Nobody’s data is a filter.
import type { App } from '../../app.ts'
import { withQuery } from '../parts/day-filter.ts'
import type { Visit } from '../visit.ts'

type Questions = App['store']['openQuestions']
export type QuestionFilter = Parameters<Questions['list']>[0]
export type QuestionRow = Awaited<ReturnType<Questions['list']>>[number]
export type QuestionCount = Awaited<ReturnType<Questions['counts']>>[number]

/** Messages that are decided about at once, all of a list. */
export const MOST_AT_ONCE = 5000

export function askedQuestions(visit: Visit, query: URLSearchParams): QuestionFilter {
  const flow = Number(query.get('flow'))
  return {
    institution: visit.place.id,
    services: visit.services('uncertain'),
    state: query.get('state') === 'held' ? 'held' : 'uncertain',
    code: query.get('code'),
    service: query.get('service') || null,
    flowId: Number.isSafeInteger(flow) && flow > 0 ? flow : null,
  }
}

/** The list of this filter; a cause that is not known stands as an empty `code`. */
export function questionsHref(visit: Visit, filter: Partial<QuestionFilter>): string {
  const address = withQuery('/uncertain', {
    state: filter.state === 'held' ? 'held' : null,
    service: filter.service ?? null,
    flow: filter.flowId ? String(filter.flowId) : null,
  })
  if (filter.code === undefined || filter.code === null) return visit.to(address)
  const code = new URLSearchParams({ code: filter.code })
  return visit.to(`${address}${address.includes('?') ? '&' : '?'}${code}`)
}
