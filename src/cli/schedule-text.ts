// The schedule as people read it at a terminal: a line a day with a bar, the sum of each week, and
// one day instant by instant. What keeps messages back stands below, in `schedule-reasons.ts`.
import { type ScheduledDay, sortRules, sumOf } from '../domain/schedule.ts'
import type { App } from './command.ts'
import { cancelledText, reasonsText } from './schedule-reasons.ts'
import { type Column, formatCount, formatLocal, formatNumber, formatTable } from './table.ts'

type InstitutionSchedule = Awaited<ReturnType<App['schedule']['ahead']>>[number]
type DaySchedule = Awaited<ReturnType<App['schedule']['day']>>[number]

/** Beyond so many days those with nothing are left out. */
const MOST_WHOLE_DAYS = 62
/** Instants of one day that are shown; `--json` has more. */
const SHOWN_INSTANTS = 200

export function scheduleText(schedules: readonly InstitutionSchedule[]): string {
  return schedules.map(institutionText).join('\n\n')
}

function institutionText(schedule: InstitutionSchedule): string {
  const { institution, zone, from, to, due, days } = schedule
  const head = `${institution}  ${from} to ${to}  ${zone}\n\n`
  const all = sumOf([due, ...days])
  const table = all.all === 0 ? 'Nothing waits to leave in these days.\n' : tableText(schedule, all)
  return `${head}${table}${reasonsText(schedule, all)}`
}

interface Counted extends Column {
  of(day: ScheduledDay): number
}

function tableText({ zone, due, days }: InstitutionSchedule, all: ScheduledDay): string {
  const columns = columnsOf(all)
  const most = Math.max(due.all, ...days.map((day) => day.all))
  const row = (title: string, day: ScheduledDay, bar = '') => [
    title,
    ...columns.map(({ of }) => (of(day) === 0 ? '' : formatCount(of(day)))),
    bar,
  ]
  const shown = days.length > MOST_WHOLE_DAYS ? days.filter((day) => day.all > 0) : days
  const weekRow = (week: string, sum: ScheduledDay) =>
    sum.all === 0 ? [] : [row(`  week ${week}`, sum)]
  const weeks = [...Map.groupBy(shown, weekOf)]
  const rows = weeks.flatMap(([week, ofWeek]) => [
    ...ofWeek.map((day) => row(dayTitle(day), day, barOf(day.all, most))),
    ...(weeks.length > 1 ? weekRow(week, sumOf(ofWeek)) : []),
  ])
  const first = due.all > 0 ? [row('due', due, barOf(due.all, most))] : []
  const titles = [{ title: 'day' }, ...columns, { title: '' }]
  const table = formatTable(titles, [...first, ...rows, row('all', all)])
  const holiday = shown.some((day) => day.isHoliday) ? '* a holiday of the institution\n' : ''
  return `${table}${holiday}${dueText(due, zone)}`
}

/** Those in which something is, the rules of the same day before or after the due date in one. */
function columnsOf(all: ScheduledDay): Counted[] {
  const rules = Map.groupBy(sortRules(Object.keys(all.reminders)), dayOfRule)
  const columns: Counted[] = [
    { title: 'first', of: (day) => day.first },
    ...[...rules].map(([title, same]) => ({
      title,
      of: (day: ScheduledDay) => same.reduce((sum, rule) => sum + (day.reminders[rule] ?? 0), 0),
    })),
    { title: 'campaigns', of: (day) => day.campaigns },
    { title: 'other', of: (day) => day.other },
  ]
  const used = columns.filter(({ of }) => of(all) > 0)
  const sum: Counted = { title: 'all', of: (day) => day.all }
  return [...used, sum].map((column) => ({ ...column, align: 'right' }))
}

function dayOfRule(rule: string): string {
  return rule.split(' ')[0] as string
}

/** As the calendar of ISO 8601 counts: `2026-W53` is not `2027-W53`. */
function weekOf({ date }: ScheduledDay): string {
  if (date === null) throw new Error('what is due has no week')
  return `${date.yearOfWeek}-W${String(date.weekOfYear).padStart(2, '0')}`
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function dayTitle({ date, isHoliday }: ScheduledDay): string {
  return `${weekdays[(date?.dayOfWeek ?? 1) - 1]} ${date}${isHoliday ? ' *' : ''}`
}

const BAR_CELLS = 20
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** As long as its share of the fullest day; what is not nothing is seen. */
function barOf(count: number, most: number): string {
  if (count === 0) return ''
  const cells = Math.max(1, Math.round((count / most) * BAR_CELLS * 8))
  return '█'.repeat(Math.floor(cells / 8)) + eighths[cells % 8]
}

function dueText({ all, firstAt }: ScheduledDay, zone: string): string {
  if (all === 0) return ''
  const since = formatLocal(firstAt, zone)
  return `\nDue since ${since}: it leaves once \`staffetta run\` gets to it, or stands below.\n`
}

/** One day instant by instant, in the institution's zone. */
export function dayText(schedules: readonly DaySchedule[]): string {
  return schedules.map(dayOfInstitution).join('\n\n')
}

function dayOfInstitution(day: DaySchedule): string {
  const { institution, zone, date, instants } = day
  const holder = `${institution}  ${date}  ${zone}\n\n`
  if (instants.length === 0) {
    return `${holder}Nothing waits to leave on this day.\n${cancelledText(day)}`
  }
  const shown = instants.slice(0, SHOWN_INSTANTS)
  const columns: Column[] = [
    { title: 'at' },
    { title: 'recipients', align: 'right' },
    { title: 'what' },
    { title: 'feed or campaign' },
    { title: 'flow', align: 'right' },
    { title: 'service' },
    { title: 'moved' },
    { title: 'waits for' },
  ]
  const rows = shown.map((one) => [
    timeOf(one.at, zone),
    formatCount(one.messages),
    one.rule ?? one.purpose,
    one.campaign ?? one.feed ?? '–',
    String(one.flowId),
    one.service,
    one.moved ?? '',
    one.standing === 'released' ? '' : one.standing,
  ])
  const sum = instants.reduce((all, { messages }) => all + messages, 0)
  const more =
    instants.length > shown.length
      ? `… and ${formatCount(instants.length - shown.length)} more lines: --json has them\n`
      : ''
  const table = `${formatTable(columns, rows)}${more}\n${formatNumber(sum, 'message')} in all\n`
  return `${holder}${table}${cancelledText(day)}`
}

/** `09:30`, with its seconds where it has any; of an hour that comes twice, with its offset. */
function timeOf(at: Temporal.Instant, zone: string): string {
  const local = at.toZonedDateTimeISO(zone)
  const time = local.toPlainTime().toString({ smallestUnit: 'second' }).replace(/:00$/, '')
  const other = local.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'later' })
  const earlier = local.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'earlier' })
  return other.offset === earlier.offset ? time : `${time} (${local.offset})`
}
