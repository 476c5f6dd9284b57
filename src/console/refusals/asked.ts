// What an address asks of refused records, and the same as an address again: the filters stand in
// it, so that a count leads to the list that makes it. Nobody’s data is a filter.
import type { App } from '../../app.ts'
import { dayFrom, periodOf, withQuery } from '../parts/day-filter.ts'
import type { Exported } from '../parts/export.ts'
import type { Visit } from '../visit.ts'

type Corrections = App['store']['corrections']
export type RefusalFilter = Parameters<Corrections['count']>[0]
export type RefusalRow = Awaited<ReturnType<Corrections['list']>>[number]
export type RecordName = Pick<RefusalRow, 'flowId' | 'record'>

const standings = ['open', 'settled', 'all'] as const
export type Standing = (typeof standings)[number]

export interface AskedRefusals {
  filter: RefusalFilter
  /** As they stand in the address; null: not asked for. */
  values: Readonly<Record<string, string | null>>
}

/** Of the query of a page, or of a form that repeats it. */
export function askedRefusals(visit: Visit, query: URLSearchParams = visit.query): AskedRefusals {
  const text = (name: string) => query.get(name)?.trim() || null
  const [from, to] = [dayFrom(text('from')), dayFrom(text('to'))]
  const flow = Number(text('flow'))
  const flowId = Number.isSafeInteger(flow) && flow > 0 ? flow : null
  const standing = standings.find((one) => one === text('standing')) ?? 'open'
  // An empty cause is one too: that of records that were read long ago.
  const [code, field] = [query.get('code'), query.get('field')]
  const filter: RefusalFilter = {
    institution: visit.place.id,
    services: visit.services('refusals'),
    service: text('service'),
    feed: text('feed'),
    ...periodOf(visit, from, to),
    ...{ flowId, code, field, standing },
  }
  const values = {
    ...{ service: filter.service, feed: filter.feed },
    ...{ from: from?.toString() ?? null, to: to?.toString() ?? null },
    ...{ flow: flowId === null ? null : String(flowId) },
    standing: standing === 'open' ? null : standing,
  }
  return { filter, values }
}

/** The list of the records of a cause; null: of all. */
export function recordsHref(
  visit: Visit,
  { values }: Pick<AskedRefusals, 'values'>,
  cause: { code: string | null; field: string | null } | null,
): string {
  const address = withQuery('/refusals/records', values)
  if (cause === null) return visit.to(address)
  const named = new URLSearchParams({ code: cause.code ?? '', field: cause.field ?? '' })
  return visit.to(`${address}${address.includes('?') ? '&' : '?'}${named}`)
}

/** `12.4.1`: a record of a form, as it was seen. */
export function markOf({ flowId, record, edition }: RefusalRow): string {
  return `${flowId}.${record}.${edition}`
}

/** The sheet of these records: the same filters, instants as text. */
export async function exportedRefusals(visit: Visit): Promise<Exported | null> {
  if (!visit.may('refusals')) return null
  const { filter, values } = askedRefusals(visit)
  const { institution: _, services, from, to, ...others } = filter
  const said = Object.entries({ ...values, code: filter.code, field: filter.field })
  return {
    kind: 'refusals',
    section: 'refusals',
    services,
    name: { it: 'scarti', en: 'refused' },
    filter: { ...others, from: from?.toString() ?? null, to: to?.toString() ?? null },
    asked: said.flatMap(([name, value]) => (value ? [`${name}=${value}`] : [])).join(' '),
  }
}

export function marksOf(form: URLSearchParams): (RecordName & { edition: number })[] {
  return form.getAll('record').flatMap((mark) => {
    const found = /^(\d{1,15})\.(\d{1,9})\.(\d{1,6})$/.exec(mark)
    if (found === null) return []
    const [flowId, record, edition] = found.slice(1).map(Number) as [number, number, number]
    return [{ flowId, record, edition }]
  })
}
