// A campaign's schedule → the days on which it runs and the time of day. The cron expression is
// compared with civil times, as if they were UTC, so that no rule of node-cron about zones applies:
// ours about daylight saving does.
import { createTask, parse } from 'node-cron'
import type { CampaignTimes } from '../domain/campaign.ts'
import type { CampaignSpec } from './campaign.ts'

/** Null when it would run more than once a day, or says no time at all. */
export function timesOf({ schedule, on }: Pick<CampaignSpec, 'schedule' | 'on'>) {
  if (on !== undefined) return timesOn(on)
  return schedule === undefined ? null : timesOfCron(schedule)
}

/** Once: `2026-12-01 09:30`. */
function timesOn(on: string): CampaignTimes {
  const at = Temporal.PlainDateTime.from(on.replace(' ', 'T'))
  const day = at.toPlainDate()
  return { time: at.toPlainTime(), isOn: (one) => day.equals(one) }
}

function timesOfCron(expression: string): CampaignTimes | null {
  const { second, minute, hour } = parse(expression)
  const [[h, ...hours], [m, ...minutes]] = [hour, minute]
  const isOnce = second.length === 1 && second[0] === 0 && hours.length + minutes.length === 0
  if (!isOnce || h === undefined || m === undefined) return null
  const task = createTask(expression, () => {}, { timezone: 'UTC' })
  // It never runs: only its comparison is used, and the library need not keep it.
  task.destroy()
  const time = new Temporal.PlainTime(h, m)
  const isOn = (day: Temporal.PlainDate) =>
    task.match(new Date(Date.UTC(day.year, day.month - 1, day.day, h, m)))
  return { time, isOn }
}
