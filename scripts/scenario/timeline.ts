// The year’s own events: when nobody is at work, and when news of payments come. What happens while
// nobody is at work is known when somebody is again.
import { dayOf, instantOf, weekdayOf } from './days.ts'
import type { InstitutionName } from './rules.ts'

/** An instant by the clocks of Rome. */
export const rome = (day: string | number, time = '10:00') => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return instantOf('Europe/Rome', typeof day === 'string' ? dayOf(day) : day, hours * 60 + minutes)
}

/** One hour over the leap day’s half past nine, and nine days in June. */
export const outages = [
  { from: rome('2028-02-29', '08:55'), until: rome('2028-02-29', '09:55') },
  { from: rome('2028-06-20', '12:00'), until: rome('2028-06-29', '12:00') },
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
