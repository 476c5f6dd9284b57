// What people do about one planned day: take it away, or move its reminders to another day on which
// their feeds send. A part of `desk.ts`. Invariant: what is done is what was counted and named.
import { getInstitution } from '../config/config.ts'
import { originCalendar } from '../config/timing-views.ts'
import { isAmong } from '../domain/campaign.ts'
import { type DayBounds, dayIn, runsOfDay } from '../domain/skippable-runs.ts'
import type { Parts } from '../parts.ts'
import type { PersonAct } from '../store/acts.ts'
import type { MovableCount } from '../store/moved-days.ts'
import type { SkipCount, SkipFilter, SkippableRun, Skipped } from '../store/skipped-days.ts'

/** What of a day could be taken away. */
export interface Meant extends SkipCount {
  runs: SkippableRun[]
}

export interface MoveAnswer extends MovableCount {
  /** Feeds and campaigns that send nothing on that day: then nothing is moved. */
  closed: string[]
}

/** Nothing is planned further ahead. */
const MOST_DAYS = 3660

export type PlannedDays = ReturnType<typeof openPlannedDays>

export function openPlannedDays(parts: Parts) {
  const { config, store, now } = parts
  const dayOf = (filter: SkipFilter, date: Temporal.PlainDate): DayBounds =>
    dayIn(date, getInstitution(config, filter.institution).timeZone)

  /** From today on; what was due before is on its way, or waits for a person. */
  function everyDay(filter: SkipFilter): DayBounds {
    const { timeZone } = getInstitution(config, filter.institution)
    const today = dayIn(now().toZonedDateTimeISO(timeZone).toPlainDate(), timeZone)
    return { ...today, to: now().add({ hours: 24 * MOST_DAYS }) }
  }

  async function meant(filter: SkipFilter, date: Temporal.PlainDate): Promise<Meant> {
    const { institution } = filter
    const day = dayOf(filter, date)
    const { campaigns } = getInstitution(config, institution)
    const known = await store.skippedDays.runs(institution, now())
    const isKnown = (run: SkippableRun) =>
      known.some(({ campaign, at }) => campaign === run.campaign && isAmong(at, [run.at]))
    const runs = runsOfDay(campaigns, filter, day, now()).filter((run) => !isKnown(run))
    return { ...(await store.skippedDays.count(filter, day)), runs }
  }

  async function movable(
    filter: SkipFilter,
    date: Temporal.PlainDate,
    to: Temporal.PlainDate,
  ): Promise<MoveAnswer> {
    const day = dayOf(filter, date)
    const { origins, ...counts } = await store.movedDays.count(filter, day, to, now())
    const { institution } = filter
    const closed = origins
      .filter((one) => originCalendar(config, { institution, ...one })?.opening(to) == null)
      .map(({ feed, campaign }) => campaign ?? feed ?? '–')
    return { ...counts, closed: [...new Set(closed)] }
  }

  return {
    meant,
    movable,

    /** See `SkippedDays.skip`. */
    async skip(filter: SkipFilter, date: Temporal.PlainDate, act: PersonAct): Promise<Skipped> {
      const { runs } = await meant(filter, date)
      return store.skippedDays.skip(filter, dayOf(filter, date), runs, act, now())
    },

    /** What still waits of an emission that is named, of the days to come. */
    async ofEmission(filter: SkipFilter): Promise<SkipCount> {
      return store.skippedDays.count(filter, everyDay(filter))
    },

    /** Takes away all of that; answers how many messages. */
    async cancelEmission(filter: SkipFilter, act: PersonAct): Promise<number> {
      if (filter.emission === null) throw new Error('no emission is named')
      const verb = `cancelled reminders of emission ${filter.emission}`
      const days = { ...everyDay(filter), verb }
      return (await store.skippedDays.skip(filter, days, [], act, now())).messages
    },

    /** Nothing where somebody sends nothing on that day; answers how many were moved. */
    async move(
      filter: SkipFilter,
      date: Temporal.PlainDate,
      to: Temporal.PlainDate,
      act: PersonAct,
    ): Promise<number> {
      const { closed } = await movable(filter, date, to)
      if (closed.length > 0) return 0
      return store.movedDays.move(filter, dayOf(filter, date), to, act, now())
    },
  }
}
