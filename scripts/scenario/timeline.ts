// The year’s own events: when nobody is at work, and when news of payments come. What happens while
// nobody is at work is known when somebody is again.
import { dayOf, rome, weekdayOf } from './days.ts'
import type { FeedName, InstitutionName } from './rules.ts'

/** One hour over the leap day’s half past nine, and nine days in June. */
export const outages = [
  { from: rome('2028-02-29', '08:55'), until: rome('2028-02-29', '09:55') },
  { from: rome('2028-06-20', '12:00'), until: rome('2028-06-29', '12:00') },
]

/** IO refuses the key of a service until somebody has mended it. */
export const brokenService: { feed: FeedName; from: number; until: number } = {
  feed: 'bollo',
  from: rome('2028-11-14', '00:00'),
  until: rome('2028-11-14', '21:30'),
}

/** *Proroghe*: an emission is due later, and another later and then not so late after all. */
export const postponements = [
  { emission: 'mensa-5', at: rome('2028-05-29', '11:00'), due: dayOf('2028-06-30') },
  { emission: 'mensa-8', at: rome('2028-09-20', '11:00'), due: dayOf('2028-10-24') },
  { emission: 'mensa-8', at: rome('2028-10-03', '11:00'), due: dayOf('2028-10-10') },
]

/** Days on which no file of payments comes. */
const isSilentDay = (day: number) => day >= dayOf('2028-05-22') && day <= dayOf('2028-05-26')

/** When what happens at an instant is noticed: in an outage at its end. */
export function awake(at: number): number {
  return outages.find(({ from, until }) => from <= at && at < until)?.until ?? at
}

/** The municipality hears of payments every morning, but on a few days; the other on Mondays. */
export const isNewsDay: Record<InstitutionName, (day: number) => boolean> = {
  'comune-di-prova': (day) => !isSilentDay(day),
  'ente-di-prova': (day) => weekdayOf(day) === 0,
}

/** Only one is asked every day whether there is anything new, but for three days in July. */
export const isPollDay: Record<InstitutionName, (day: number) => boolean> = {
  'comune-di-prova': () => false,
  'ente-di-prova': (day) => day < dayOf('2028-07-18') || day > dayOf('2028-07-20'),
}
