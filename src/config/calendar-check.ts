// What the calendar of an institution and the windows of its feeds and campaigns come to: hours in
// which something can leave, and reminders that count for what is sent. It works on the data as
// written. Invariant: a configuration by which nothing would ever leave is an error with its place.
import { isWithin, MOST_CLOSED_DAYS } from '../domain/calendar.ts'
import type { Problem } from '../domain/problem.ts'
import { parseOffset } from '../domain/reminder-plan.ts'
import { ReminderSpec } from '../mapping/spec.ts'
import { closedSpan, openHours } from './calendar.ts'
import { CalendarSpec, WindowSpec } from './calendar-spec.ts'
import { type FeedFile, type InstitutionFiles, listAt, problemAt } from './cross-check.ts'
import { valueAt } from './shape.ts'
import { textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

/** Closed days in a row, so that with weekends and holidays there is always an opening in sight. */
const MOST_CLOSED_IN_A_ROW = MOST_CLOSED_DAYS - 66

/** The quiet hours and the closed days of an institution. */
export function checkCalendar(file: YamlFile): Problem[] {
  return [...checkQuietHours(file), ...checkClosed(file)]
}

/** The window at a path of a feed's or campaign's file, beside the institution's quiet hours. */
export function checkWindow(
  file: YamlFile,
  path: Path,
  quiet: CalendarSpec['quietHours'],
): Problem[] {
  const window = WindowSpec.safeParse(valueAt(file.data, path))
  if (!window.success) return []
  const { from, to } = window.data
  // `24:00` is after every other time as text, too.
  if (from >= to) {
    const message = `the window opens at ${from} and closes at ${to}: it never opens`
    const hint = 'let `from` come before `to`, which is at most `24:00`'
    return [problemAt(file, [...path, 'to'], 'CFG_VALUE', 'error', message, hint)]
  }
  // Those that are wrong themselves are said where they stand.
  if (quiet === undefined || !isOverMidnight(quiet)) return []
  if (openHours(window.data, quiet) !== null) return []
  const message = `the window from ${from} to ${to} is within the quiet hours of the institution`
  const hint = `these are ${quiet.from}–${quiet.to}: change them in institution.yaml, or the window`
  return [problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
}

/** When the messages of a feed leave, and whose reminders count. */
export function checkTiming(feed: FeedFile, files: InstitutionFiles): Problem[] {
  const institution = files.institution.file
  const problems = checkWindow(feed.file, ['window'], quietHoursOf(institution))
  const mapping = files.mappings.find((one) => one.id === textAt(feed.file, 'mapping'))
  if (problems.length > 0 || mapping === undefined) return problems
  if (textAt(feed.file, 'reminders') === 'io') return checkOwner(feed, mapping.file)
  return checkHours(feed.file, mapping.file, institution)
}

/** Reminders at an hour that its feed never has are moved on every day: a slip, most likely. */
function checkHours(feed: YamlFile, mapping: YamlFile, institution: YamlFile): Problem[] {
  const window = WindowSpec.safeParse(valueAt(feed.data, ['window']))
  const hours = openHours(window.data, quietHoursOf(institution))
  if (hours === null) return []
  return [...listAt(mapping, 'reminders').keys()].flatMap((index) => {
    const path = ['reminders', index, 'at']
    const at = textAt(mapping, ...path)
    if (!ReminderSpec.shape.at.safeParse(at).success) return []
    if (isWithin(hours, parseOffset(String(at)).time)) return []
    const message = `nothing leaves at this hour: each such reminder is moved, or skipped`
    const end = hours.to ? minuteOf(hours.to) : '24:00'
    const hint = `messages of ${feed.name} leave from ${minuteOf(hours.from)} to ${end}`
    return [problemAt(mapping, path, 'CFG_VALUE', 'warning', message, hint)]
  })
}

/** IO reminds of premium messages with a payment, and of no others. */
function checkOwner({ file }: FeedFile, mapping: YamlFile): Problem[] {
  const path = ['reminders']
  const isPremium = valueAt(mapping.data, ['notice', 'premium']) === true
  const lacking = isPremium
    ? ['payment', 'dueDate'].find((key) => valueAt(mapping.data, ['notice', key]) === undefined)
    : 'premium'
  if (lacking !== undefined) {
    const message =
      'IO reminds of premium messages with a payment and a due date alone; its mapping has no ' +
      `\`notice.${lacking}\``
    const hint = 'say `reminders: ours`, or leave it out'
    return [problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
  }
  const message =
    'IO’s own reminders may not come: at most four, 13, 10, 7 and 4 days before the due date, ' +
    'only where that is pagoPA’s own too, and from the third day after the message'
  const hint = 'with `reminders: ours`, the default, those of the mapping leave'
  return [problemAt(file, path, 'CFG_VALUE', 'warning', message, hint)]
}

function checkQuietHours(file: YamlFile): Problem[] {
  const quiet = quietHoursOf(file)
  if (quiet === undefined || isOverMidnight(quiet)) return []
  const message = `the quiet hours from ${quiet.from} to ${quiet.to} are not over midnight`
  const hint =
    'give the evening first: `{ from: "21:00", to: "08:00" }`; hours of the day are the `window` ' +
    'of a feed'
  return [problemAt(file, ['calendar', 'quietHours'], 'CFG_VALUE', 'error', message, hint)]
}

/** From midnight on they end on the same day, and are still one piece of it. */
function isOverMidnight({ from, to }: NonNullable<CalendarSpec['quietHours']>): boolean {
  return from > to || (from === '00:00' && to > from)
}

function checkClosed(file: YamlFile): Problem[] {
  const written = valueAt(file.data, ['calendar', 'closed'])
  const parsed = CalendarSpec.shape.closed.safeParse(written)
  if (!parsed.success) return []
  const spans = parsed.data.map((one, index) => {
    const { from, to } = closedSpan(one)
    return { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to), index }
  })
  const { compare } = Temporal.PlainDate
  const turned = spans.filter(({ from, to }) => compare(from, to) > 0)
  const problems = turned.map(({ index }) => {
    const message = 'the last day comes before the first: nothing is closed'
    const path = ['calendar', 'closed', index, 'to']
    return problemAt(file, path, 'CFG_VALUE', 'error', message, 'turn them round')
  })
  let run: { from: Temporal.PlainDate; to: Temporal.PlainDate } | null = null
  for (const { from, to, index } of spans.sort((a, b) => compare(a.from, b.from))) {
    const joins: boolean = run !== null && compare(from, run.to.add({ days: 1 })) <= 0
    run = run !== null && joins ? { from: run.from, to: later(run.to, to) } : { from, to }
    const days = run.from.until(run.to).days + 1
    if (days <= MOST_CLOSED_IN_A_ROW) continue
    const message = `closed for ${days} days in a row, at most ${MOST_CLOSED_IN_A_ROW} can be`
    const hint = 'a feed that is to send nothing has no `schedule`, its service is in `dry-run`'
    const path = ['calendar', 'closed', index]
    return [...problems, problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
  }
  return problems
}

function later(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(a, b) >= 0 ? a : b
}

function quietHoursOf({ data }: YamlFile): CalendarSpec['quietHours'] {
  const written = valueAt(data, ['calendar', 'quietHours'])
  const parsed = CalendarSpec.shape.quietHours.safeParse(written)
  return parsed.success ? parsed.data : undefined
}

function minuteOf(time: Temporal.PlainTime): string {
  return time.toString({ smallestUnit: 'minute' })
}
