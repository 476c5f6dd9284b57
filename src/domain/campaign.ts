// When a campaign runs, and which notices it is about. Its schedule is civil: days, and one time of
// day, in the institution's zone. Daylight saving as in plans: a local time that does not exist
// moves forward, one that comes twice fires at its first.
// Invariant: each run has one instant, and the same instant is never answered for two days.
import { dayAt, instantAt } from './civil-date.ts'

/** One time of day, on some days. */
export interface CampaignTimes {
  time: Temporal.PlainTime
  /** Whether it runs on that day; the same for the same day. */
  isOn(day: Temporal.PlainDate): boolean
}

/** How many days are looked through for a run, forwards: the 29th of February, eight years off. */
const MOST_DAYS_AHEAD = 2930
/** How far back missed runs are looked for, in days. */
export const MOST_DAYS_BACK = 400

/** The first run after `after` that is not `skipped`; null: there is none within eight years. */
export function nextRun(
  times: CampaignTimes,
  zone: string,
  after: Temporal.Instant,
  skipped: readonly Temporal.Instant[] = [],
): Temporal.Instant | null {
  const first = dayAt(after, zone)
  for (let days = 0; days <= MOST_DAYS_AHEAD; days++) {
    const day = first.add({ days })
    if (!times.isOn(day)) continue
    const at = instantAt(day.toPlainDateTime(times.time), zone)
    if (Temporal.Instant.compare(at, after) > 0 && !isAmong(at, skipped)) return at
  }
  return null
}

/** The runs in `(after, until]`, newest first; none that is more than `MOST_DAYS_BACK` old. */
export function runsBetween(
  times: CampaignTimes,
  zone: string,
  after: Temporal.Instant,
  until: Temporal.Instant,
): Temporal.Instant[] {
  const runs: Temporal.Instant[] = []
  const last = dayAt(until, zone)
  const first = dayAt(after, zone)
  for (let days = 0; days <= MOST_DAYS_BACK; days++) {
    const day = last.subtract({ days })
    if (Temporal.PlainDate.compare(day, first) < 0) break
    if (!times.isOn(day)) continue
    const at = instantAt(day.toPlainDateTime(times.time), zone)
    const isDue = Temporal.Instant.compare(at, until) <= 0
    if (isDue && Temporal.Instant.compare(at, after) > 0) runs.push(at)
  }
  return runs
}

/** What is said of the notices that a campaign is about, with days as instants. */
export interface Selection {
  /** Feeds whose records made them, or changed them last. */
  feeds: readonly string[]
  /** Made in `[from, before)`. */
  made: Span
  /** Due in `[from, before)`; without a due date only where both are null. */
  due: Span
  /** Cents, both ends included. */
  amount: { from: number | null; to: number | null }
  emission: string | null
  /** Only those that ask for a payment. */
  unpaid: boolean
  /** Only those whose first message IO does not say to be read. */
  unread: boolean
}

export interface Span {
  from: Temporal.Instant | null
  before: Temporal.Instant | null
}

/** Days before a run (`7`) or from it (`-60`, `30`), as instants: whole days of the zone. */
export function daySpan(
  day: Temporal.PlainDate,
  zone: string,
  { from, to }: { from: number | null; to: number | null },
): Span {
  const start = (days: number) => day.add({ days }).toZonedDateTime(zone).toInstant()
  return { from: from === null ? null : start(from), before: to === null ? null : start(to + 1) }
}

/** Why a notice that is selected gets no message. The first five stand in the run's flow. */
export const leftOutReasons = [
  'do-not-contact',
  'not-told',
  'never-told',
  'in-campaign',
  'prompted',
  'same-debt',
  'same-recipient',
] as const

export type LeftOutReason = (typeof leftOutReasons)[number]

/** The same in Italian, as reports say it. */
export const leftOutLabels: Record<LeftOutReason, string> = {
  'do-not-contact': 'il destinatario ha chiesto di non essere contattato',
  'not-told': 'la prima comunicazione non è ancora partita',
  'never-told': 'la prima comunicazione non è mai partita',
  'in-campaign': 'ha già un messaggio di una campagna in attesa',
  prompted: 'la campagna gli ha già scritto da poco',
  'same-debt': 'un’altra rata dello stesso dovuto è scaduta prima',
  'same-recipient': 'il destinatario ha già un messaggio di questa campagna',
}

/** Whether a reason makes a record of its own in the flow; the others are only counted. */
export function isRecorded(reason: LeftOutReason): boolean {
  return reason !== 'same-debt' && reason !== 'same-recipient'
}

/** What a run came to: notices by what became of them. */
export interface CampaignCounts {
  /** They got a message. */
  messages: number
  /** What these ask for, in cents. */
  totalCents: number
  /** Their text cannot be written, or IO would refuse it. */
  refused: number
  leftOut: Partial<Record<LeftOutReason, number>>
}

/**
 * `too-many`: more than the campaign’s own bound, so that it made no flow. `skipped`: a person said
 * before its time that it is not to be made.
 */
export type CampaignRunState = 'made' | 'empty' | 'missed' | 'too-many' | 'skipped'

/** Whether an instant is one of them. */
export function isAmong(at: Temporal.Instant, some: readonly Temporal.Instant[]): boolean {
  return some.some((one) => Temporal.Instant.compare(one, at) === 0)
}
