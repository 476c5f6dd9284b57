// When a notice is sent again: its reminders, at civil times before or after the due date, moved to
// where its calendar is open. Instants are computed here, once, and stored; nothing later reasons
// about "today". Daylight saving: a local time that does not exist moves forward, one that comes
// twice fires at its first. What is planned never depends on when it is planned: `now` only leaves
// out what has passed.
import { type Calendar, isOpenAt, isWithin, MOST_CLOSED_DAYS } from './calendar.ts'
import { dayAt, instantAt } from './civil-date.ts'

/** `-7d 09:30`: whole days from the due date, and a local time of day. */
export interface Offset {
  days: number
  time: Temporal.PlainTime
}

export interface PlannedTime {
  /** The civil time in the institution's zone. */
  civilAt: Temporal.PlainDateTime
  sendAt: Temporal.Instant
}

/** A reminder of a mapping, as far as its time goes. */
export interface ReminderRule {
  /** `-7d 09:30` */
  at: string
  /** Where its calendar is closed then: the next opening, the one before, or none. */
  whenClosed: 'later' | 'earlier' | 'skip'
}

export interface PlannedReminder extends PlannedTime {
  /** Its place among the rules, from 0. */
  rule: number
  /** The civil time that its rule says, where nothing leaves then; null: it is that time. */
  movedFrom: Temporal.PlainDateTime | null
  /** No other one of the notice comes after it. */
  isLast: boolean
}

/** Why a reminder is not in a plan. */
export interface LeftOut {
  rule: number
  /** The civil time that its rule says. */
  civilAt: Temporal.PlainDateTime
  /**
   * `closed`: nothing leaves then · `next`: it would come with the next one, or after it · `past`:
   * its time was over when it was planned.
   */
  because: 'closed' | 'next' | 'past'
}

export interface ReminderPlan {
  /** In the order of their instants. */
  planned: readonly PlannedReminder[]
  leftOut: readonly LeftOut[]
}

/** The parts of `-7d 09:30`. The text has passed the mapping's schema; anything else throws. */
export function parseOffset(text: string): Offset {
  const match = /^([+-]\d{1,3})d (\d\d:\d\d)$/.exec(text)
  if (!match) throw new Error(`not an offset: ${text}`)
  return { days: Number(match[1]), time: Temporal.PlainTime.from(match[2] as string) }
}

/** The instant of an offset from a due date, which is a civil date of the zone. */
export function resolveOffset(
  dueDate: Temporal.PlainDate,
  offset: Offset,
  zone: string,
): PlannedTime {
  return timeAt(dueDate.add({ days: offset.days }), offset.time, zone)
}

/**
 * A planner for the reminders of one mapping: answers the plan of a due instant (ISO, UTC). What
 * has passed of it is left out, whatever else kept it back. Many records share a due date, so
 * answers are remembered, at most `CACHE_DATES` of them.
 */
export function createPlanner(
  rules: readonly ReminderRule[],
  calendar: Calendar,
  now: Temporal.Instant,
): (dueAt: string | null) => ReminderPlan {
  const offsets = rules.map(({ at, whenClosed }) => ({ ...parseOffset(at), whenClosed }))
  const localNow = now.toZonedDateTimeISO(calendar.zone).toPlainDateTime()
  const cache = new Map<string, ReminderPlan>()
  return (dueAt) => {
    if (dueAt === null) return NO_PLAN
    const known = cache.get(dueAt)
    if (known) return known
    const { planned, leftOut } = planReminders(offsets, calendar, Temporal.Instant.from(dueAt))
    const isToCome = ({ sendAt }: PlannedTime) => Temporal.Instant.compare(sendAt, now) > 0
    const wasToCome = ({ civilAt }: LeftOut) =>
      Temporal.PlainDateTime.compare(civilAt, localNow) > 0
    const passed = planned.flatMap((one) => (isToCome(one) ? [] : [passedOf(one)]))
    const plan: ReminderPlan = {
      planned: planned.filter(isToCome),
      leftOut: [...passed, ...leftOut.map((one) => (wasToCome(one) ? one : passedOf(one)))],
    }
    if (cache.size >= CACHE_DATES) cache.clear()
    cache.set(dueAt, plan)
    return plan
  }
}

type Passed = Pick<LeftOut, 'rule' | 'civilAt'> & Partial<PlannedReminder>

function passedOf({ rule, civilAt, movedFrom }: Passed): LeftOut {
  return { rule, civilAt: movedFrom ?? civilAt, because: 'past' }
}

const CACHE_DATES = 2000
const NO_PLAN: ReminderPlan = { planned: [], leftOut: [] }

type OffsetRule = Offset & Pick<ReminderRule, 'whenClosed'>

/**
 * Where the rules of a mapping stand in a newer version of it: the same offset, or else the same
 * day. Null: the newer one has no such reminder, and its text is no longer said.
 */
export function followRules(
  before: readonly string[],
  after: readonly string[],
): readonly (number | null)[] {
  const free = new Set(after.keys())
  const take = (fits: (at: string) => boolean) => {
    const found = [...free].find((rule) => fits(after[rule] as string))
    if (found !== undefined) free.delete(found)
    return found ?? null
  }
  const same = before.map((at) => take((other) => other === at))
  return same.map((rule, index) => {
    const { days } = parseOffset(before[index] as string)
    return rule ?? take((other) => parseOffset(other).days === days)
  })
}

/** The whole plan of a due instant, whatever has passed of it. */
function planReminders(
  offsets: readonly OffsetRule[],
  calendar: Calendar,
  dueAt: Temporal.Instant,
): ReminderPlan {
  const { compare } = Temporal.Instant
  const dueDate = dayAt(dueAt, calendar.zone)
  const leftOut: LeftOut[] = []
  const placed: PlacedReminder[] = []
  for (const [rule, offset] of offsets.entries()) {
    const own = resolveOffset(dueDate, offset, calendar.zone)
    const time = place(own, offset, calendar, dueAt)
    if (time === null) leftOut.push({ rule, civilAt: own.civilAt, because: 'closed' })
    else placed.push({ rule, own, ...time, movedFrom: time === own ? null : own.civilAt })
  }
  placed.sort((a, b) => compare(a.own.sendAt, b.own.sendAt) || a.rule - b.rule)
  // From the last: the one that comes sooner gives way to the one after it.
  const planned: PlannedReminder[] = []
  for (const { own, ...reminder } of placed.reverse()) {
    const next = planned[0]
    if (next && isInTheWay(reminder, next)) {
      leftOut.push({ rule: reminder.rule, civilAt: own.civilAt, because: 'next' })
    } else planned.unshift({ ...reminder, isLast: next === undefined })
  }
  return { planned, leftOut }
}

type PlacedReminder = Omit<PlannedReminder, 'isLast'> & { own: PlannedTime }
type Placed = Pick<PlannedReminder, 'civilAt' | 'sendAt' | 'movedFrom'>

/** At its instant or after it; or on its day, where the rules themselves do not want both there. */
function isInTheWay(sooner: Placed, next: Placed): boolean {
  if (Temporal.Instant.compare(sooner.sendAt, next.sendAt) >= 0) return true
  const areMoved = sooner.movedFrom !== null || next.movedFrom !== null
  return areMoved && sooner.civilAt.toPlainDate().equals(next.civilAt.toPlainDate())
}

/** `own` itself where it is open then; null: it has no time. */
function place(
  own: PlannedTime,
  { time, whenClosed }: OffsetRule,
  calendar: Calendar,
  dueAt: Temporal.Instant,
): PlannedTime | null {
  if (isOpenAt(calendar, own.sendAt)) return own
  if (whenClosed === 'skip') return null
  const day = own.civilAt.toPlainDate()
  if (whenClosed === 'earlier') return nearest(-1, day, time, calendar)
  const later = nearest(1, day, time, calendar)
  const { compare } = Temporal.Instant
  const isBefore = compare(own.sendAt, dueAt) <= 0
  if (!isBefore || (later !== null && compare(later.sendAt, dueAt) <= 0)) return later
  return nearest(-1, day, time, calendar)
}

/**
 * The nearest that is open after a time (`step` 1) or before it (-1): on the day itself the start
 * of its opening, else its own time on another.
 */
function nearest(
  step: 1 | -1,
  day: Temporal.PlainDate,
  time: Temporal.PlainTime,
  calendar: Calendar,
): PlannedTime | null {
  const opening = calendar.opening(day)
  if (opening !== null && Temporal.PlainTime.compare(opening.from, time) === step) {
    const start = openTime(day, opening.from, calendar)
    if (start !== null) return start
  }
  return onOtherDay(step, day, time, calendar)
}

/** The nearest open day after it (`step` 1) or before it (-1): its time, or its opening's start. */
export function onOtherDay(
  step: 1 | -1,
  day: Temporal.PlainDate,
  time: Temporal.PlainTime,
  calendar: Calendar,
): PlannedTime | null {
  for (let days = 1; days <= MOST_CLOSED_DAYS; days++) {
    const other = day.add({ days: step * days })
    const opening = calendar.opening(other)
    if (opening === null) continue
    const found = openTime(other, isWithin(opening, time) ? time : opening.from, calendar)
    if (found !== null) return found
  }
  return null
}

/** Null where the clock has moved the time to where it is closed. */
function openTime(
  day: Temporal.PlainDate,
  time: Temporal.PlainTime,
  calendar: Calendar,
): PlannedTime | null {
  const at = timeAt(day, time, calendar.zone)
  return isOpenAt(calendar, at.sendAt) ? at : null
}

function timeAt(day: Temporal.PlainDate, time: Temporal.PlainTime, zone: string): PlannedTime {
  const civilAt = day.toPlainDateTime(time)
  return { civilAt, sendAt: instantAt(civilAt, zone) }
}
