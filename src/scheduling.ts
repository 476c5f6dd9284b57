// What will leave when, and why something will not: what the store counts, the calendar and the
// configuration, put together for who looks. A part of `app.ts`; nothing here decides anything.
import { createCalendar } from './config/calendar.ts'
import { weekdays } from './config/calendar-spec.ts'
import type { Config, Institution } from './config/config.ts'
import { originCalendar, paymentsOf } from './config/timing-views.ts'
import { isOpenAt, nextOpening } from './domain/calendar.ts'
import { isAmong, runsBetween } from './domain/campaign.ts'
import { dayAt } from './domain/civil-date.ts'
import { isFresh, knownUntil, type PaymentSource } from './domain/payment-news.ts'
import {
  type LeftToOthers,
  type Obstacle,
  obstaclesOf,
  type ScheduledDay,
  type ScheduledRun,
  type ScheduleOrigin,
  type ScheduleSurroundings,
  scheduleDays,
} from './domain/schedule.ts'
import type { Parts } from './parts.ts'
import type { ScheduledInstant, ScheduleFilter, Unsent } from './store/schedule.ts'
import type { SkippedRun } from './store/skipped-days.ts'

/** Null filters mean all. */
export interface ScheduleQuery {
  institution: string | null
  feed: { institution: string; id: string } | null
  service: string | null
  /** Those that whoever looks may see; absent: all. */
  services?: readonly string[] | null
  emission: string | null
}

/** An obstacle with what is known of it. */
export interface ExplainedObstacle extends Obstacle {
  since: Temporal.Instant | null
  /** When it ends by itself: the next opening. */
  until: Temporal.Instant | null
  /** A code of `docs/operations.md`, where one stands for it. */
  code: string | null
  detail: string | null
}

/** What leaves of one institution, day by day in its zone. */
export interface InstitutionSchedule extends Unsent {
  institution: string
  zone: string
  /** The first and the last day. */
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  due: ScheduledDay
  days: ScheduledDay[]
  /** Runs of campaigns in these days, the earliest first. */
  campaigns: ScheduledRun[]
  obstacles: ExplainedObstacle[]
  leftToOthers: LeftToOthers
}

/** The instants of one day of one institution. */
export interface DaySchedule {
  institution: string
  zone: string
  date: Temporal.PlainDate
  instants: ScheduledInstant[]
  /** Reminders and campaign messages of that day that were cancelled, by code. */
  cancelled: Unsent['cancelled']
}

/** What is read of the schedule; of each institution that the query leaves. */
export interface Schedules {
  /** The next `count` days, today the first. */
  ahead(query: ScheduleQuery, count: number): Promise<InstitutionSchedule[]>
  /** One day, instant by instant. */
  day(query: ScheduleQuery, date: Temporal.PlainDate): Promise<DaySchedule[]>
}

export function openSchedules(parts: Parts): Schedules {
  const { config, store, now } = parts
  return {
    async ahead(query, count) {
      const schedules: InstitutionSchedule[] = []
      for (const one of chosen(config, query)) {
        schedules.push(await ofInstitution(parts, one, filterOf(one, query), now(), count))
      }
      return schedules
    },
    async day(query, date) {
      const schedules: DaySchedule[] = []
      for (const institution of chosen(config, query)) {
        const { id, timeZone: zone } = institution
        const [from, to] = startsOf(date, 1, zone) as [Temporal.Instant, Temporal.Instant]
        const filter = filterOf(institution, query)
        const [instants, { cancelled }] = await Promise.all([
          store.schedule.instants(filter, from, to),
          store.schedule.unsent(filter, from, to),
        ])
        schedules.push({ institution: id, zone, date, instants, cancelled })
      }
      return schedules
    },
  }
}

function chosen({ institutions }: Config, query: ScheduleQuery): readonly Institution[] {
  const wanted = query.feed?.institution ?? query.institution
  return institutions.filter(({ id }) => wanted === null || id === wanted)
}

function filterOf({ id }: Institution, query: ScheduleQuery): ScheduleFilter {
  const { feed, service, services = null, emission } = query
  return { institution: id, feed: feed?.id ?? null, service, services, emission }
}

async function ofInstitution(
  parts: Parts,
  institution: Institution,
  filter: ScheduleFilter,
  now: Temporal.Instant,
  count: number,
): Promise<InstitutionSchedule> {
  const { store } = parts
  const { id, timeZone: zone } = institution
  const from = dayAt(now, zone)
  const starts = startsOf(from, count, zone)
  const [first, end] = [starts[0], starts.at(-1)] as [Temporal.Instant, Temporal.Instant]
  const [lots, unsent, skipped, around] = await Promise.all([
    store.schedule.lots(filter, now, starts),
    store.schedule.unsent(filter, first, end),
    store.skippedDays.runs(id, now),
    surroundingsOf(parts, institution, now, from),
  ])
  const { due, days } = scheduleDays(lots, from, count, holidaysOf(institution))
  const obstacles = obstaclesOf(lots, around.surroundings).map((one) => around.explain(one))
  return {
    ...{ institution: id, zone, from, to: from.add({ days: count - 1 }), due, days },
    campaigns: runsOf(institution, filter, now, end, skipped),
    ...{ obstacles, ...unsent },
    leftToOthers: leftToOthers(institution, filter),
  }
}

/** The first instants of so many days, and of the one after the last. */
function startsOf(from: Temporal.PlainDate, count: number, zone: string): Temporal.Instant[] {
  return Array.from({ length: count + 1 }, (_, index) =>
    from.add({ days: index }).toZonedDateTime(zone).toInstant(),
  )
}

/** What is known of those who send, and what is to be said of each obstacle. */
async function surroundingsOf(
  parts: Parts,
  institution: Institution,
  now: Temporal.Instant,
  from: Temporal.PlainDate,
) {
  const { config, store } = parts
  const [installation, clockWrongSince, pauses, stale] = await Promise.all([
    store.installation.status(),
    store.schedule.clockWrongSince(),
    store.pauses.list(),
    staleSources(parts, institution, now),
  ])
  const pauseOf = (service: string | null) =>
    pauses.find((one) => one.institution === institution.id && one.service === service)
  const services = institution.services.map(
    ({ name, mode }) => [name, { mode, isPaused: pauseOf(name) !== undefined }] as const,
  )
  const calendarOf = ({ feed, campaign }: ScheduleOrigin) => {
    const calendar = originCalendar(config, { institution: institution.id, feed, campaign })
    if (calendar === null) throw new Error(`the configuration has no ${institution.id}`)
    return calendar
  }
  const staleOf = ({ feed, campaign }: ScheduleOrigin) =>
    paymentsOf(config, { institution: institution.id, feed, campaign }).flatMap(
      (source) => stale.get(keyOf(source)) ?? [],
    )
  const surroundings: ScheduleSurroundings = {
    isPaused: installation.pausedBecause !== null,
    isClockWrong: clockWrongSince !== null,
    services: new Map(services),
    isStale: (origin) => staleOf(origin).length > 0,
    isClosed: (origin) => !isOpenAt(calendarOf(origin), now),
    isClosedOn: (day, origin) => calendarOf(origin).opening(from.add({ days: day })) === null,
  }
  function explain(obstacle: Obstacle): ExplainedObstacle {
    const told = { ...obstacle, since: null, until: null, code: null, detail: null }
    const pause = pauseOf(obstacle.service)
    switch (obstacle.kind) {
      case 'installation-paused':
        return { ...told, since: installation.pausedSince, detail: installation.pausedBecause }
      case 'clock-wrong':
        return { ...told, since: clockWrongSince, code: 'IO_CLOCK' }
      case 'service-paused':
        return { ...told, ...(pause && { since: pause.since, code: pause.code }) }
      case 'payments-stale': {
        const [source] = staleOf(obstacle)
        const { feed = null, until = null } = source ?? {}
        return { ...told, since: until, detail: feed, code: 'HOLD_PAYMENTS_STALE' }
      }
      case 'closed':
        return { ...told, until: nextOpening(calendarOf(obstacle), now) }
      default:
        return told
    }
  }
  return { surroundings, explain }
}

interface StaleSource {
  feed: string
  /** Until when its payments are known; null: never yet. */
  until: Temporal.Instant | null
}

/** The sources of payments that are too old for who relies on them, by what is asked of each. */
async function staleSources(
  { store }: Parts,
  { id, feeds }: Institution,
  now: Temporal.Instant,
): Promise<Map<string, StaleSource>> {
  const asked = feeds.flatMap(({ payments }) => payments)
  const stale = new Map<string, StaleSource>()
  for (const source of new Map(asked.map((one) => [keyOf(one), one])).values()) {
    const until = knownUntil(await store.payments.of(id, source.feed), source.by)
    if (!isFresh(until, source, now)) stale.set(keyOf(source), { feed: source.feed, until })
  }
  return stale
}

function keyOf({ feed, maximumAgeHours, by }: PaymentSource): string {
  return JSON.stringify([feed, maximumAgeHours, by])
}

/** Campaigns make their messages when they run: until then nobody is chosen. */
function runsOf(
  { campaigns, timeZone }: Institution,
  { feed, service, services, emission }: ScheduleFilter,
  now: Temporal.Instant,
  end: Temporal.Instant,
  skipped: readonly SkippedRun[],
): ScheduledRun[] {
  const skippedBecause = (campaign: string, at: Temporal.Instant) =>
    skipped.find((one) => one.campaign === campaign && isAmong(at, [one.at]))?.because ?? null
  const runs = campaigns
    .filter((one) => feed === null || one.feeds.includes(feed))
    .filter((one) => service === null || one.service === service)
    .filter((one) => services?.includes(one.service) ?? true)
    .filter(({ select }) => emission === null || (select.emission ?? emission) === emission)
    .flatMap(({ id, service, times }) =>
      runsBetween(times, timeZone, now, end.subtract({ nanoseconds: 1 })).map((at) => ({
        ...{ campaign: id, service, at, skippedBecause: skippedBecause(id, at) },
      })),
    )
  return runs.sort((one, other) => Temporal.Instant.compare(one.at, other.at))
}

/** A window that only holidays close. */
const EVERY_HOUR = { days: [...weekdays], from: '00:00', to: '24:00', holidays: false }

function holidaysOf(institution: Institution): (day: Temporal.PlainDate) => boolean {
  const calendar = createCalendar(
    { ...institution, calendar: { ...institution.calendar, quietHours: undefined } },
    EVERY_HOUR,
  )
  return (day) => calendar.opening(day) === null
}

function leftToOthers(
  { services, feeds }: Institution,
  { feed, service, services: seen }: ScheduleFilter,
): LeftToOthers {
  const own = feeds.filter((one) => feed === null || one.id === feed)
  const isOwn = (name: string) =>
    (service === null || name === service) &&
    (seen?.includes(name) ?? true) &&
    (feed === null || own.some((one) => one.service === name))
  return {
    services: services.flatMap(({ name, notifiedElsewhere }) =>
      notifiedElsewhere && isOwn(name) ? [{ service: name, elsewhere: notifiedElsewhere }] : [],
    ),
    feeds: own.flatMap(({ id, service: name, reminders }) =>
      reminders === 'io' && isOwn(name ?? '') ? [id] : [],
    ),
  }
}
