// What will leave on which day, and what keeps it: lots that were counted, by day and by cause.
// A lot is as many messages as share all that is told of them; nobody's data is in one.
// Invariant: every message of every lot is in one day, and in at most one obstacle.
import type { Purpose } from './message.ts'
import type { NotifiedElsewhere } from './notified-elsewhere.ts'

/** Why a message does not leave when its rule says. */
export const movedBecause = ['closed', 'crowded', 'postponed', 'rescheduled'] as const
export type Moved = (typeof movedBecause)[number]

/** What its flow is waiting for; `released`: nothing. */
export type FlowStanding = 'released' | 'unreleased' | 'kept-back' | 'suspended' | 'stopped'

export interface ScheduledLot {
  /** Which of the days that were asked for, from 0 on; -1: it is due already. */
  day: number
  purpose: Purpose
  /** Of a reminder: `-7d 09:30`. Null where its mapping is not known. */
  rule: string | null
  /** Null: it comes of no feed, as a campaign does. */
  feed: string | null
  campaign: string | null
  service: string
  standing: FlowStanding
  /** Of a flow that is not released; the others are counted together. */
  flowId: number | null
  /** It waits for a system’s answer, for which it is asked again. */
  isUnanswered: boolean
  moved: Moved | null
  messages: number
  /** Of the first of them. */
  firstAt: Temporal.Instant
}

/** What leaves on one day, by why it is sent. */
export interface ScheduledDay {
  /** Null: what is due already. */
  date: Temporal.PlainDate | null
  /** A holiday, the patron saint’s day, or one on which the institution is closed. */
  isHoliday: boolean
  first: number
  campaigns: number
  /** By rule: `-7d 09:30`. */
  reminders: Record<string, number>
  /** Corrections and tests. */
  other: number
  all: number
  /** Of all: how many a rule puts at another time, by why they were moved. */
  moved: Partial<Record<Moved, number>>
  /** When the first of them leaves, or should have left; null: there is none. */
  firstAt: Temporal.Instant | null
}

/** The rule of a reminder whose mapping is not known. */
export const UNKNOWN_RULE = 'reminder'

/** The days from `from` on, each with its lots; before them what is due already. */
export function scheduleDays(
  lots: readonly ScheduledLot[],
  from: Temporal.PlainDate,
  count: number,
  isHoliday: (day: Temporal.PlainDate) => boolean,
): { due: ScheduledDay; days: ScheduledDay[] } {
  const due = emptyDay(null, false)
  const days = Array.from({ length: count }, (_, index) => {
    const date = from.add({ days: index })
    return emptyDay(date, isHoliday(date))
  })
  for (const lot of lots) {
    const day = lot.day < 0 ? due : days[lot.day]
    if (!day) throw new Error(`the lot of a day that was not asked for: ${lot.day}`)
    addLot(day, lot)
  }
  return { due, days }
}

function emptyDay(date: Temporal.PlainDate | null, isHoliday: boolean): ScheduledDay {
  const nothing = { first: 0, campaigns: 0, reminders: {}, other: 0, all: 0 }
  return { date, isHoliday, ...nothing, moved: {}, firstAt: null }
}

function addLot(day: ScheduledDay, lot: ScheduledLot): void {
  const { purpose, rule, moved, messages, firstAt } = lot
  day.all += messages
  day.firstAt = earlier(day.firstAt, firstAt)
  if (moved !== null) day.moved[moved] = (day.moved[moved] ?? 0) + messages
  if (purpose === 'first') day.first += messages
  else if (purpose === 'campaign') day.campaigns += messages
  else if (purpose === 'reminder') {
    const name = rule ?? UNKNOWN_RULE
    day.reminders[name] = (day.reminders[name] ?? 0) + messages
  } else day.other += messages
}

/** Several days as one: a week, or all of them. */
export function sumOf(days: readonly ScheduledDay[]): ScheduledDay {
  const sum = emptyDay(null, false)
  for (const { first, campaigns, reminders, other, all, moved, firstAt } of days) {
    sum.firstAt = earlier(sum.firstAt, firstAt)
    sum.first += first
    sum.campaigns += campaigns
    sum.other += other
    sum.all += all
    for (const [rule, n] of Object.entries(reminders)) {
      sum.reminders[rule] = (sum.reminders[rule] ?? 0) + n
    }
    for (const [why, n] of Object.entries(moved)) {
      sum.moved[why as Moved] = (sum.moved[why as Moved] ?? 0) + n
    }
  }
  return sum
}

function earlier(one: Temporal.Instant | null, other: Temporal.Instant | null) {
  if (one === null || other === null) return one ?? other
  return Temporal.Instant.compare(one, other) <= 0 ? one : other
}

/** Rules from long before the due date to long after it; what is no rule comes last. */
export function sortRules(rules: Iterable<string>): string[] {
  const key = (rule: string) => /^([+-]\d+)d (\d\d:\d\d)$/.exec(rule)
  return [...new Set(rules)].sort((one, other) => {
    const [a, b] = [key(one), key(other)]
    if (!a || !b) return Number(!a) - Number(!b) || (one < other ? -1 : 1)
    return Number(a[1]) - Number(b[1]) || ((a[2] as string) < (b[2] as string) ? -1 : 1)
  })
}

/** Why messages do not leave when they are due, or leave to nobody. */
export type ObstacleKind =
  /** Nothing of the whole installation leaves. */
  | 'installation-paused'
  | 'clock-wrong'
  /** Their flow waits for a person. */
  | Exclude<FlowStanding, 'released'>
  /** The configuration has no such service any more. */
  | 'service-unknown'
  | 'service-paused'
  /** Of today, and who has paid is not known: they are held when they are due. */
  | 'payments-stale'
  /** A system was asked before sending and has not answered. */
  | 'unanswered'
  /** Due, and the feed or campaign sends nothing at this hour. */
  | 'closed'
  /** Planned for a day on which it sends nothing: the calendar has changed since. */
  | 'closed-day'
  /** They are recorded and not sent, or to the testers alone. */
  | 'dry-run'
  | 'testers'

/** As many messages as meet the same obstacle. */
export interface Obstacle {
  kind: ObstacleKind
  /** Null where the obstacle is none of a service, a feed, a campaign, or a flow. */
  service: string | null
  feed: string | null
  campaign: string | null
  flowId: number | null
  messages: number
}

/** What made messages. */
export type ScheduleOrigin = Pick<ScheduledLot, 'feed' | 'campaign'>

/** What is known of those who send. */
export interface ScheduleSurroundings {
  isPaused: boolean
  isClockWrong: boolean
  services: ReadonlyMap<string, { mode: 'dry-run' | 'testers' | 'live'; isPaused: boolean }>
  /** Whether what a feed or a campaign reminds of may have been paid, for all that is known. */
  isStale(origin: ScheduleOrigin): boolean
  /** Whether a feed or a campaign sends nothing now. */
  isClosed(origin: ScheduleOrigin): boolean
  /** Whether it sends nothing on one of the days that were asked for, from 0 on. */
  isClosedOn(day: number, origin: ScheduleOrigin): boolean
}

/** The obstacles, each with its messages; of several the one to be mended first is told. */
export function obstaclesOf(
  lots: readonly ScheduledLot[],
  around: ScheduleSurroundings,
): Obstacle[] {
  const obstacles = new Map<string, Obstacle>()
  for (const lot of lots) {
    const kind = obstacleOf(lot, around)
    if (kind === null) continue
    const whose = { kind, ...whoseOf(kind, lot) }
    const key = JSON.stringify(whose)
    const known = obstacles.get(key)
    if (known) known.messages += lot.messages
    else obstacles.set(key, { ...whose, messages: lot.messages })
  }
  return [...obstacles.values()]
}

function obstacleOf(lot: ScheduledLot, around: ScheduleSurroundings): ObstacleKind | null {
  const { standing, day, purpose } = lot
  if (around.isPaused) return 'installation-paused'
  if (around.isClockWrong) return 'clock-wrong'
  if (standing !== 'released') return standing
  const service = around.services.get(lot.service)
  if (!service) return 'service-unknown'
  if (service.isPaused) return 'service-paused'
  // By tomorrow there may be news; a first message asks for what nobody can have paid.
  const isOfToday = day <= 0 && (purpose === 'reminder' || purpose === 'campaign')
  if (isOfToday && around.isStale(lot)) return 'payments-stale'
  if (lot.isUnanswered) return 'unanswered'
  if (day < 0 && around.isClosed(lot)) return 'closed'
  if (day >= 0 && around.isClosedOn(day, lot)) return 'closed-day'
  return service.mode === 'live' ? null : service.mode
}

/** Whose obstacle it is; the rest is left out, so that its messages are one number. */
function whoseOf(kind: ObstacleKind, { service, feed, campaign, flowId }: ScheduledLot) {
  const none = { service: null, feed: null, campaign: null, flowId: null }
  switch (kind) {
    case 'installation-paused':
    case 'clock-wrong':
      return none
    case 'service-unknown':
    case 'service-paused':
    case 'dry-run':
    case 'testers':
      return { ...none, service }
    case 'payments-stale':
    case 'unanswered':
    case 'closed':
    case 'closed-day':
      return { ...none, feed, campaign }
    default:
      return { ...none, feed, campaign, flowId }
  }
}

/** A campaign that will run. */
export interface ScheduledRun {
  campaign: string
  service: string
  at: Temporal.Instant
  /** Why a person skipped it: it will not be made. Null: nobody did. */
  skippedBecause: string | null
}

/** What never becomes a message here, by the configuration. */
export interface LeftToOthers {
  /** Services whose citizens somebody else tells. */
  services: { service: string; elsewhere: NotifiedElsewhere }[]
  /** Feeds whose reminders are IO’s. */
  feeds: string[]
}
