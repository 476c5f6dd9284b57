// What a person may take away of one day: its bounds in the institution’s zone, and the runs of
// campaigns that are to come in it. Whom a run would choose is known when it is made, so that of a
// feed or an emission alone there is none.
import { runsBetween } from './campaign.ts'

/** `[from, to)`: 23 or 25 hours twice a year. */
export interface DayBounds {
  date: Temporal.PlainDate
  zone: string
  from: Temporal.Instant
  to: Temporal.Instant
}

/** That day, as its zone has it. */
export function dayIn(date: Temporal.PlainDate, zone: string): DayBounds {
  const start = (day: Temporal.PlainDate) => day.toZonedDateTime(zone).toInstant()
  return { date, zone, from: start(date), to: start(date.add({ days: 1 })) }
}

/** A campaign, as far as its runs are concerned. */
interface RunningCampaign {
  id: string
  service: string
  times: Parameters<typeof runsBetween>[0]
}

/** Null means all. */
interface RunsAsked {
  service: string | null
  services?: readonly string[] | null | undefined
  campaign: string | null
  feed: string | null
  emission: string | null
}

/** Those of that day that are still to come. */
export function runsOfDay(
  campaigns: readonly RunningCampaign[],
  { service, services, campaign, feed, emission }: RunsAsked,
  { zone, from, to }: DayBounds,
  now: Temporal.Instant,
): { campaign: string; at: Temporal.Instant }[] {
  if (feed !== null || emission !== null) return []
  const before = from.subtract({ nanoseconds: 1 })
  const after = Temporal.Instant.compare(now, before) > 0 ? now : before
  const until = to.subtract({ nanoseconds: 1 })
  if (Temporal.Instant.compare(after, until) >= 0) return []
  return campaigns
    .filter((one) => campaign === null || one.id === campaign)
    .filter((one) => service === null || one.service === service)
    .filter((one) => services?.includes(one.service) ?? true)
    .flatMap(({ id, times }) =>
      runsBetween(times, zone, after, until).map((at) => ({ campaign: id, at })),
    )
}
