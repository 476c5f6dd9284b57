// What should have left, worked out from the world alone: a plan for each reading of a position,
// and for each recipient the order in which their messages come up. Where two come up at one
// instant and only one may leave, either is right: what did leave says which one it was.
import { HOUR, instantOf, localOf, minutesOf } from './days.ts'
import { dueInstant, type Openings, openingsOf } from './openings.ts'
import {
  type EndCause,
  institutionOf,
  type Position,
  type Reading,
  type World,
} from './position.ts'
import { campaign, type LateRule, type PaymentRule, type ReminderRule, rulesOf } from './rules.ts'
import { awake, brokenService } from './timeline.ts'

export type StopCause =
  | EndCause
  | ('superseded' | 'postponed' | 'silent' | 'late' | 'overtaken' | 'crowded')

export type Fate =
  | { kind: 'sent'; at: number }
  | { kind: 'held'; code: string }
  | { kind: 'waiting' }
  | { kind: 'cancelled'; cause: StopCause; at: number }

/** One message that a reading of a position asks for. */
export interface Slot {
  position: Position
  /** Which reading, from 0. */
  reading: number
  /** 0 is the first message, or a campaign’s. */
  template: number
  /** The instant of its run; null: it is no campaign’s. */
  run: number | null
  openings: Openings
  /** Null: it is never late. */
  late: LateRule | null
  payments: PaymentRule | null
  plannedAt: number
  dueAt: number
  isOneADay: boolean
  /** When it comes up next. */
  at: number
  crowdedSince: number | null
  fate: Fate | null
}

export interface Seen {
  /** Whether this slot did leave then, as Staffetta’s tables say. */
  hasLeft(slot: Slot, at: number): boolean
  /** When Staffetta heard that it was paid on IO. */
  heardOfPayment(position: Position): number | null
  /** When Staffetta found out that the service of the year works again. */
  resumedAt: number
}

const MOST_CROWDED_DAYS = 7

/** Every slot of the world, with what became of it by `until`. */
export function foretell(slots: Slot[], world: World, seen: Seen, until: number): void {
  const byRecipient = Map.groupBy(
    slots,
    ({ position }) => `${institutionOf(position)}/${position.fiscalCode}`,
  )
  for (const [recipient, own] of byRecipient) {
    liveThrough(own, world, world.silent.get(recipient) ?? Infinity, seen, until)
  }
}

/** What a position’s readings ask for, whatever happens to it after. */
export function slotsOf(position: Position): Slot[] {
  const { institution, window, payments, reminders, isRemindedByIo } = rulesOf(position.feed)
  const openings = openingsOf(institution, window)
  return position.readings.flatMap(({ at, due, isPostponed }, reading) => {
    const slot = (template: number, plannedAt: number, isOneADay: boolean): Slot => ({
      ...{ position, reading, template, run: null, plannedAt, dueAt: dueInstant(due), isOneADay },
      ...{ openings, late: reminders[template - 1]?.late ?? null, payments },
      ...{ at: plannedAt, crowdedSince: null, fate: null },
    })
    const hasFirst = !isPostponed && (position.part === 'U' || position.part === '0')
    const first = hasFirst ? [slot(0, at, false)] : []
    const own = isRemindedByIo ? [] : reminders
    const times = own.map((rule) => placeOf(due, rule, openings))
    const last = times.findLastIndex((time) => time !== null)
    const planned = times.flatMap((time, index) =>
      time === null || time <= at ? [] : [slot(index + 1, time, index !== last)],
    )
    return [...first, ...planned]
  })
}

/** What the campaign asks for: open canteen dues, at each of its runs. */
export function campaignSlotsOf(position: Position, world: World): Slot[] {
  if (position.feed !== campaign.feed) return []
  const { institution } = rulesOf(campaign.feed)
  const openings = openingsOf(institution, campaign.window)
  const silentSince = world.silent.get(`${institution}/${position.fiscalCode}`) ?? Infinity
  return campaign.runs.flatMap((run) => {
    const reading = position.readings.findLastIndex(({ at }) => at < run)
    const said = position.readings[reading]
    const hasEnded = position.ends.some(({ at }) => at <= run) || silentSince <= run
    if (said === undefined || hasEnded) return []
    const fromToday = said.due - localOf(openings.zone, run).day
    if (fromToday < campaign.due[0] || fromToday > campaign.due[1]) return []
    const { late, payments } = campaign
    const slot: Slot = {
      ...{ position, reading, template: 0, run, plannedAt: openings.next(run) },
      ...{ dueAt: dueInstant(said.due), isOneADay: true, openings, late, payments },
      ...{ at: openings.next(run), crowdedSince: null, fate: null },
    }
    return [slot]
  })
}

function placeOf(due: number, rule: ReminderRule, openings: Openings): number | null {
  const { zone } = openings
  const own = { day: due + rule.days, minute: minutesOf(rule.time) }
  const at = instantOf(zone, own.day, own.minute)
  if (openings.isOpen(at)) return at
  if (rule.whenClosed === 'skip') return null
  const instant = ({ day, minute }: { day: number; minute: number }) => instantOf(zone, day, minute)
  const before = () => instant(openings.before(own.day, own.minute))
  if (rule.whenClosed === 'earlier') return before()
  const after = instant(openings.after(own.day, own.minute))
  return at <= dueInstant(due) && after > dueInstant(due) ? before() : after
}

/** The messages of one recipient of one institution, in the order in which they come up. */
function liveThrough(
  slots: Slot[],
  world: World,
  silentSince: number,
  seen: Seen,
  until: number,
): void {
  const daysTaken = new Set<number>()
  const left = new Set(slots)
  while (left.size > 0) {
    let next: Slot | null = null
    for (const slot of left) if (next === null || isBefore(slot, next, seen)) next = slot
    const slot = next as Slot
    const fate = comeUp(slot, slots, { world, silentSince, daysTaken, seen, until })
    if (fate === null) continue
    slot.fate = fate
    left.delete(slot)
  }
}

/** Of two that come up together, the one that did leave comes first. */
function isBefore(slot: Slot, other: Slot, seen: Seen): boolean {
  if (slot.at !== other.at) return slot.at < other.at
  return seen.hasLeft(slot, slot.at) && !seen.hasLeft(other, other.at)
}

interface Life {
  world: World
  silentSince: number
  daysTaken: Set<number>
  seen: Seen
  until: number
}

/** What becomes of a slot at its instant; null: it comes up again later. */
function comeUp(slot: Slot, all: Slot[], life: Life): Fate | null {
  const { openings } = slot
  const at = atWork(slot, life.seen)
  const ended = endBy(slot, Math.min(at, life.until - 1), life)
  if (ended !== null) return ended
  if (at >= life.until) return { kind: 'waiting' }
  const later = (instant: number) => {
    slot.at = instant
    return null
  }
  if (at > slot.at) return later(at)
  if (!openings.isOpen(at)) return later(openings.next(at))
  if (slot.late === null) return { kind: 'sent', at }
  if (isOvertaken(slot, all, at, life)) return { kind: 'cancelled', cause: 'overtaken', at }
  const late = judgeLate(slot, slot.late, at)
  if (late !== null) return late.kind === 'held' ? heldUntilEnd(slot, late, life) : late
  const news = nextNews(slot, at, life.world)
  if (news !== at) return news === null ? heldUntilEnd(slot, stale, life) : later(news)
  if (!slot.isOneADay) return { kind: 'sent', at }
  const { day } = localOf(openings.zone, at)
  if (!life.daysTaken.has(day)) {
    life.daysTaken.add(day)
    return { kind: 'sent', at }
  }
  const moved = otherDay(slot, all, at, life)
  if (moved === null) return { kind: 'cancelled', cause: 'crowded', at }
  slot.crowdedSince ??= day
  slot.plannedAt = moved
  return later(moved)
}

/** When it comes up indeed: not while nobody is at work, nor while its service is paused. */
function atWork({ at, position }: Slot, { resumedAt }: Seen): number {
  const isPaused = position.feed === brokenService.feed && brokenService.from <= at
  return isPaused && at < resumedAt ? resumedAt : awake(at)
}

const stale = { kind: 'held', code: 'HOLD_PAYMENTS_STALE' } as const

/** What has ended it by this instant, the earliest first. */
function endBy(slot: Slot, by: number, { silentSince, seen }: Life): Fate | null {
  const { position, reading } = slot
  const heard = seen.heardOfPayment(position)
  const { at: readAt } = position.readings[reading] as Reading
  const next = position.readings[reading + 1]
  const supersedes = next !== undefined && !(next.isPostponed && slot.run !== null)
  const ends: { at: number; cause: StopCause }[] = [
    ...position.ends,
    ...(heard === null || seen.hasLeft(slot, heard)
      ? []
      : [{ at: heard, cause: 'paid-on-io' as const }]),
    ...(supersedes
      ? [
          {
            at: next.at,
            cause: next.isPostponed ? ('postponed' as const) : ('superseded' as const),
          },
        ]
      : []),
  ]
  const first = ends.reduce((one, other) => (other.at < one.at ? other : one), {
    // Of what was read since then nothing is cancelled before it would leave.
    at: silentSince < readAt ? atWork(slot, seen) : silentSince,
    cause: 'silent',
  })
  return first.at <= by ? { kind: 'cancelled', ...first } : null
}

/** What is held stays so until something ends it. */
function heldUntilEnd(slot: Slot, held: Fate, life: Life): Fate {
  return endBy(slot, life.until, life) ?? held
}

/**
 * Whether another message of its notice was to leave after it and leaves now, later today, or did;
 * or the first one leaves only now. What is too late itself leaves nobody without this one.
 */
function isOvertaken(slot: Slot, all: Slot[], at: number, life: Life): boolean {
  const { position, plannedAt, openings } = slot
  const day = (instant: number) => localOf(openings.zone, instant).day
  return all.some((other) => {
    if (other === slot || other.position !== position || other.run !== null) return false
    const isFirst = other.template === 0
    const { fate } = other
    if (fate?.kind === 'sent') {
      return isFirst ? fate.at >= plannedAt : other.plannedAt > plannedAt
    }
    const waitsForNews = fate?.kind === 'held' && fate.code === stale.code
    const isKnown = (position.readings[other.reading] as Reading).at <= at
    if ((fate !== null && !waitsForNews) || !isKnown || endBy(other, at, life)) return false
    if (isFirst) return other.plannedAt <= at
    const isToday = day(other.plannedAt) === day(at) && day(plannedAt) < day(at)
    if (other.plannedAt <= plannedAt || !(other.plannedAt <= at || isToday)) return false
    return judgeLate(other, other.late as LateRule, Math.max(at, other.plannedAt)) === null
  })
}

function judgeLate({ plannedAt, dueAt, openings }: Slot, late: LateRule, at: number): Fate | null {
  if (plannedAt <= dueAt && dueAt < at) {
    if (late.policy === 'skip') return { kind: 'cancelled', cause: 'late', at }
    return { kind: 'held', code: 'HOLD_DUE_DATE_PASSED' }
  }
  if (late.policy === 'send' || at <= plannedAt) return null
  let days = 0
  const today = localOf(openings.zone, at).day
  for (let day = localOf(openings.zone, plannedAt).day + 1; day <= today; day++) {
    if (openings.isOpenDay(day)) days += 1
  }
  if (days <= late.afterDays) return null
  return late.policy === 'skip'
    ? { kind: 'cancelled', cause: 'late', at }
    : { kind: 'held', code: 'HOLD_LATE' }
}

/** `at` itself while the news are fresh; else when they are again; null: never in this year. */
function nextNews({ position, payments }: Slot, at: number, world: World): number | null {
  if (payments === null) return at
  const own = (payments.by === 'polls' ? world.polls : world.news)[institutionOf(position)]
  const last = own.findLast((one) => one <= at)
  if (last !== undefined && at <= last + payments.hours * HOUR) return at
  return own.find((one) => one > at) ?? null
}

/** The next open day at its own time, unless its notice has another message by then. */
function otherDay(slot: Slot, all: Slot[], at: number, life: Life): number | null {
  const { openings, position, plannedAt, dueAt, crowdedSince } = slot
  const { zone } = openings
  const today = localOf(zone, at).day
  const { day, minute } = openings.nextDay(today, localOf(zone, plannedAt).minute)
  const moved = instantOf(zone, day, minute)
  if (plannedAt <= dueAt && moved > dueAt) return null
  const waiting = all.filter(
    (other) =>
      other.position === position &&
      other !== slot &&
      other.run === null &&
      other.fate === null &&
      (position.readings[other.reading] as Reading).at <= at &&
      endBy(other, at, life) === null,
  )
  const next = Math.min(...waiting.map((other) => other.at))
  if (next < Infinity && day >= localOf(zone, next).day) return null
  if (day - (crowdedSince ?? today) > MOST_CROWDED_DAYS) return null
  return moved
}
