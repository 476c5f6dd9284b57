// What an address asks of the statistics: a year, a month of it or an emission, and a service. Also
// the ways from a figure to the list that makes it, where whoever looks may see all of that list.
import type { MessageStand } from '../../domain/message-words.ts'
import type { Visit } from '../visit.ts'

export const views = { year: '', emissions: '/emissions', months: '/months' } as const
export type View = keyof typeof views

export interface AskedStatistics {
  view: View
  /** With figures, the latest first; never empty. */
  years: readonly number[]
  year: number
  /** `2026-11`; null: the whole year. */
  month: string | null
  /** Empty: those without one; null: whatever it is. */
  emission: string | null
  service: string | null
  /** Services that may be chosen. */
  services: readonly string[]
  filter: Parameters<Visit['app']['store']['counts']['byPeriod']>[0]
}

/** Null: what it asks for is not there, or not theirs. */
export async function askedStatistics(visit: Visit, view: View): Promise<AskedStatistics | null> {
  const { app, place, query, now } = visit
  const visible = visit.services('look')
  const institution = app.config.institutions.find(({ id }) => id === place.id)
  const services = (institution?.services ?? [])
    .map(({ name }) => name)
    .filter((name) => visible === null || visible.includes(name))
  const service = query.get('service') || null
  if (service !== null && !services.includes(service)) return null
  const seen = service === null ? visible : [service]
  const thisYear = now.toZonedDateTimeISO(place.timeZone).year
  const known = await app.store.counts.years(place.id, visible)
  const years = known.length === 0 ? [thisYear] : known
  const asked = query.get('year')
  const year = /^\d{4}$/.test(asked ?? '') ? Number(asked) : (years[0] as number)
  const month = view === 'months' ? monthOf(query.get('month'), year) : null
  const emission = view === 'emissions' ? query.get('emission') : null
  const first = Temporal.PlainDate.from(month === null ? `${year}-01-01` : `${month}-01`)
  const to = first.add(month === null ? { years: 1 } : { months: 1 }).subtract({ days: 1 })
  const filter = { institution: place.id, services: seen, from: first, to, emission }
  return { view, years, year, month, emission, service, services, filter }
}

function monthOf(text: string | null, year: number): string | null {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text ?? '') && Number(text?.slice(0, 4)) === year
    ? text
    : null
}

/** These statistics with other words; null takes one away. */
export function statisticsHref(
  visit: Visit,
  { view, year, month, emission, service }: AskedStatistics,
  changes: Partial<Pick<AskedStatistics, 'view' | 'year' | 'month' | 'emission' | 'service'>>,
): string {
  const next = { view, year, month, emission, service, ...changes }
  const query = new URLSearchParams({ year: String(next.year) })
  if (next.view === 'months' && next.month !== null) query.set('month', next.month)
  if (next.view === 'emissions' && next.emission !== null) query.set('emission', next.emission)
  if (next.service !== null) query.set('service', next.service)
  return visit.to(`/statistics${views[next.view]}?${query}`)
}

type Said = Readonly<Record<string, string | readonly string[]>>

/** Messages that are counted by a figure of these statistics; null: not all are theirs to see. */
export function messagesHref(
  visit: Visit,
  { filter, service, emission }: Pick<AskedStatistics, 'filter' | 'service' | 'emission'>,
  said: Said,
): string | null {
  // An address cannot ask for those without one.
  if (emission === '' || !seesAll(visit.services('messages'), filter.services)) return null
  return visit.to(`/messages?${queryOf({ ...endedIn(filter), service, emission }, said)}`)
}

/** What has not ended, of any day. */
export function openHref(
  visit: Visit,
  { filter, service }: Pick<AskedStatistics, 'filter' | 'service'>,
  stands: readonly MessageStand[],
): string | null {
  if (!seesAll(visit.services('messages'), filter.services)) return null
  return visit.to(`/messages?${queryOf({ service }, { state: stands })}`)
}

/** Refused records of the same days; none where an emission is looked at. */
export function refusedHref(
  visit: Visit,
  { filter, service }: Pick<AskedStatistics, 'filter' | 'service'>,
): string | null {
  if (!seesAll(visit.services('refusals'), filter.services)) return null
  const query = queryOf({ ...periodOf(filter), service }, { standing: 'all' })
  return visit.to(`/refusals/records?${query}`)
}

function seesAll(seen: readonly string[] | null, counted: readonly string[] | null): boolean {
  if (seen === null) return true
  return counted?.every((name) => seen.includes(name)) ?? false
}

function endedIn({ from, to }: AskedStatistics['filter']) {
  return { endedFrom: from.toString(), endedTo: to.toString() }
}

function periodOf({ from, to }: AskedStatistics['filter']) {
  return { from: from.toString(), to: to.toString() }
}

function queryOf(place: Readonly<Record<string, string | null>>, said: Said): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(place)) if (value !== null) query.set(name, value)
  for (const [name, values] of Object.entries(said)) {
    for (const value of [values].flat()) query.append(name, value)
  }
  return query
}
