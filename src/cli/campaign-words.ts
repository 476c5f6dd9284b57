// When a campaign runs, in words: the usual schedules are said, a rare one stays as it is written.
// Stands between the campaigns of the configuration and what the terminal shows of them.
import { nextRun } from '../domain/campaign.ts'
import { type App, type Config, zoneOf } from './command.ts'

export type Campaign = Config['institutions'][number]['campaigns'][number]

/** The next run that nobody has skipped; null: there is none. */
export async function nextOf(
  { config, store }: App,
  { institution, id, times }: Campaign,
  now: Temporal.Instant,
): Promise<Temporal.Instant | null> {
  const skipped = await store.skippedDays.runs(institution, now)
  const own = skipped.filter(({ campaign }) => campaign === id).map(({ at }) => at)
  return nextRun(times, zoneOf(config, institution), now, own)
}

/** `the first Monday of the month at 09:30`, `once, on 2026-12-01 at 09:30`. */
export function scheduleWords({ schedule = '', on, times }: Campaign): string {
  const time = times.time.toString({ smallestUnit: 'minute' })
  if (on !== undefined) return `once, on ${on.slice(0, 10)} at ${time}`
  const days = daysOf(schedule.trim().split(/\s+/).slice(-3))
  return days === null ? schedule : `${days} at ${time}`
}

const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth']

function daysOf([date = '', month = '', weekday = '']: string[]): string | null {
  if (month !== '*') return null
  if (date === '*' && weekday === '*') return 'every day'
  if (weekday === '*') return datesOf(date)
  return date === '*' ? weekdaysOf(weekday) : null
}

function datesOf(date: string): string | null {
  if (date === 'L') return 'on the last day of the month'
  if (!/^\d+(,\d+)*$/.test(date)) return null
  const dates = date.split(',')
  return `on day${dates.length > 1 ? 's' : ''} ${dates.join(', ')} of the month`
}

function weekdaysOf(weekday: string): string | null {
  const [, day = '', nth] = /^([0-7])(?:#([1-5])|L)?$/.exec(weekday) ?? []
  const name = weekdays[Number(day)]
  if (day !== '' && nth !== undefined)
    return `the ${ordinals[Number(nth) - 1]} ${name} of the month`
  if (day !== '' && weekday.endsWith('L')) return `the last ${name} of the month`
  if (day !== '') return `every ${name}`
  const range = /^([0-7])-([0-7])$/.exec(weekday)
  if (range) return `from ${weekdays[Number(range[1])]} to ${weekdays[Number(range[2])]}`
  if (!/^[0-7](,[0-7])+$/.test(weekday)) return null
  return `every ${weekday
    .split(',')
    .map((one) => weekdays[Number(one)])
    .join(', ')}`
}
