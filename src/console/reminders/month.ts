// A month of what leaves: a calendar whose cells are a table for who hears it, the same day by day
// below, and what keeps or changes it. Every count leads to the day that makes it.
import { elsewhereReason } from '../../domain/notified-elsewhere.ts'
import { isFresh, knownUntil } from '../../domain/payment-news.ts'
import { questionText } from '../../domain/question-words.ts'
import { type Moved, type ScheduledDay, sortRules } from '../../domain/schedule.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { button, type Fault, faultSummary, getForm, selectField, textField } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, countLink, time } from '../parts/show.ts'
import type { Answer, Visit } from '../visit.ts'
import {
  type AskedSchedule,
  askedSchedule,
  dayName,
  monthFrom,
  monthName,
  ruleText,
  scheduleHref,
  weekdayNames,
} from './asked.ts'
import { emissionForm } from './emission.ts'
import { endingWords, movedWords, obstacleWords, words } from './words.ts'

type Schedule = Awaited<ReturnType<Visit['app']['schedule']['ahead']>>[number]

/** How far ahead months are shown. */
const MOST_MONTHS = 13

/** What comes back with its faults. */
interface Returned {
  query: URLSearchParams
  faults: readonly Fault[]
}

export async function monthPage(visit: Visit, returned?: Returned): Promise<Answer> {
  const { language, app, now, place } = visit
  const { query, faults } = returned ?? { query: visit.query, faults: [] }
  const asked = askedSchedule(visit, query)
  const today = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
  const thisMonth = today.toPlainYearMonth()
  const month = within(monthFrom(query.get('month')) ?? thisMonth, thisMonth)
  const last = month.toPlainDate({ day: month.daysInMonth })
  const days = today.until(last).days + 1
  const [schedule] = await app.schedule.ahead(asked, days)
  if (schedule === undefined) return { kind: 'missing' }
  const content = html`${faultSummary(faults, language)}<p>${words.intro[language]}</p>
${await paymentsNote(visit)}
${filters(visit, asked, month)}
${monthWays(visit, asked, month, thisMonth)}
${calendar(visit, asked, month, today, schedule)}
${dayList(visit, asked, month, schedule)}
${await emissionForm(visit, asked, faults)}
${runsPart(visit, schedule)}
${keptPart(visit, schedule)}
${gonePart(visit, schedule, words.gone[language])}
${othersPart(visit, schedule)}`
  const status = faults.length > 0 ? { status: 422 } : {}
  return { kind: 'page', title: words.title[language], section: 'reminders', content, ...status }
}

function within(
  month: Temporal.PlainYearMonth,
  first: Temporal.PlainYearMonth,
): Temporal.PlainYearMonth {
  const last = first.add({ months: MOST_MONTHS - 1 })
  if (Temporal.PlainYearMonth.compare(month, first) < 0) return first
  return Temporal.PlainYearMonth.compare(month, last) > 0 ? last : month
}

function filters(visit: Visit, asked: AskedSchedule, month: Temporal.PlainYearMonth): Html {
  const { language, app, place } = visit
  const { services = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  const names = services
    .map(({ name }) => name)
    .filter((name) => asked.services?.includes(name) ?? true)
  const options = [['', words.all[language]] as const, ...names.map((one) => [one, one] as const)]
  return getForm(
    visit.to('/reminders'),
    html`<input type="hidden" name="month" value="${month.toString()}">
${selectField({
  name: 'service',
  label: words.service[language],
  value: asked.service ?? '',
  options,
})}
${textField({
  name: 'emission',
  label: words.emission[language],
  value: asked.emission ?? '',
  attributes: { maxlength: 100 },
})}
<div class="actions">${button(words.list[language])}
<a href="${visit.to('/reminders')}">${words.clear[language]}</a></div>`,
  )
}

function monthWays(
  visit: Visit,
  asked: AskedSchedule,
  month: Temporal.PlainYearMonth,
  first: Temporal.PlainYearMonth,
): Html {
  const { language } = visit
  const way = (to: Temporal.PlainYearMonth, text: string, rel: string): Html => {
    const href = scheduleHref(visit, '/reminders', asked, { month: to.toString() })
    const name = `${text}: ${monthName(visit, to)}`
    return html`<a class="btn btn-outline-primary" rel="${rel}" href="${href}">${name}</a> `
  }
  const isFirst = month.equals(first)
  const isLast = !within(month.add({ months: 1 }), first).equals(month.add({ months: 1 }))
  const before = month.subtract({ months: 1 })
  const after = month.add({ months: 1 })
  const label = fill(words.calendar, language, { month: monthName(visit, month) })
  return html`<nav class="pages" aria-label="${label}">
${isFirst ? null : way(before, words.previous[language], 'prev')}
${isLast ? null : way(after, words.next[language], 'next')}</nav>`
}

function calendar(
  visit: Visit,
  asked: AskedSchedule,
  month: Temporal.PlainYearMonth,
  today: Temporal.PlainDate,
  { days }: Schedule,
): Html {
  const byDate = new Map(days.map((day) => [day.date?.toString(), day]))
  const first = month.toPlainDate({ day: 1 })
  const cells: (Temporal.PlainDate | null)[] = Array.from(
    { length: first.dayOfWeek - 1 },
    () => null,
  )
  for (let day = 1; day <= month.daysInMonth; day++) cells.push(month.toPlainDate({ day }))
  while (cells.length % 7 !== 0) cells.push(null)
  const weeks = Array.from({ length: cells.length / 7 }, (_, n) => cells.slice(n * 7, n * 7 + 7))
  const caption = fill(words.calendar, visit.language, { month: monthName(visit, month) })
  const cell = (date: Temporal.PlainDate | null) =>
    date && cellOf(visit, asked, date, today, byDate.get(date.toString()))
  return html`<div class="table-responsive" role="region" aria-label="${caption}" tabindex="0">
<table class="table calendar"><caption>${caption}</caption>
<thead><tr>${weekdayNames(visit).map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${weeks.map((week) => rowOfWeek(week.map(cell)))}</tbody></table></div>`
}

function rowOfWeek(cells: readonly Piece[]): Html {
  return html`<tr>${cells.map((one) => html`<td>${one}</td>`)}</tr>
`
}

function cellOf(
  visit: Visit,
  asked: AskedSchedule,
  date: Temporal.PlainDate,
  today: Temporal.PlainDate,
  day: ScheduledDay | undefined,
): Html {
  const { language } = visit
  const isToday = date.equals(today)
  const mark = isToday
    ? html`<strong>${date.day}</strong> <span class="reason">${words.today[language]}</span>`
    : String(date.day)
  const holiday = day?.isHoliday
    ? html` <span class="reason">${words.holiday[language]}</span>`
    : null
  if (day === undefined || day.all === 0)
    return html`<time datetime="${date.toString()}">${mark}</time>${holiday}`
  const href = scheduleHref(visit, `/reminders/${date}`, asked)
  const lines = summary(visit, day).map((text) => html`<br>${text}`)
  const shown = html`<time datetime="${date.toString()}">${mark}</time>`
  return html`<a href="${href}">${shown}${lines}</a>${holiday}`
}

function summary(visit: Visit, day: ScheduledDay): string[] {
  const n = remindersOf(day)
  const say = (which: 'reminderShort' | 'firstShort' | 'campaignShort', value: number) =>
    value === 0 ? [] : [fill(words[which], visit.language, { n: count(visit, value) })]
  return [
    ...say('reminderShort', n),
    ...say('firstShort', day.first),
    ...say('campaignShort', day.campaigns),
  ]
}

function remindersOf({ reminders }: ScheduledDay): number {
  return Object.values(reminders).reduce((sum, n) => sum + n, 0)
}

function dayList(
  visit: Visit,
  asked: AskedSchedule,
  month: Temporal.PlainYearMonth,
  { due, days }: Schedule,
): Html {
  const { language } = visit
  const own = days.filter(({ date, all }) => all > 0 && date?.toPlainYearMonth().equals(month))
  const rows = [...(due.all > 0 ? [due] : []), ...own].map((day) => {
    const { date } = day
    const href = date === null ? null : scheduleHref(visit, `/reminders/${date}`, asked)
    const rules = sortRules(Object.keys(day.reminders)).map((rule) => ruleText(visit, rule))
    const moved = Object.entries(day.moved).map(
      ([why, n]) => `${count(visit, n)} (${movedWords[why as Moved][language]})`,
    )
    return {
      href,
      cells: [
        date === null
          ? html`${words.due[language]} ${time(visit, day.firstAt)}`
          : dayName(visit, date),
        rules.join('; ') || '–',
        count(visit, remindersOf(day)),
        count(visit, day.first),
        count(visit, day.campaigns),
        moved.join(', ') || '–',
        href === null ? count(visit, day.all) : countLink(visit, day.all, href),
      ],
    }
  })
  const numbers = ['reminders', 'first', 'campaigns'] as const
  return listTable({
    caption: words.byDay[language],
    columns: [
      { title: words.day[language] },
      { title: words.rules[language] },
      ...numbers.map((name) => ({ title: words[name][language], isNumber: true })),
      { title: words.moved[language] },
      { title: words.sum[language], isNumber: true },
    ],
    rows,
    empty: words.empty[language],
  })
}

function runsPart(visit: Visit, { campaigns }: Schedule): Html | null {
  const { language } = visit
  if (campaigns.length === 0) return null
  const lines = campaigns.slice(0, 50).map(({ campaign, at, skippedBecause: why }) => {
    const skipped = why === null ? null : ` – ${fill(words.runSkipped, language, { why })}`
    return html`<li>${time(visit, at)} ${campaign}${skipped}</li>
`
  })
  return html`<h2>${words.runs[language]}</h2><p>${words.runNote[language]}</p><ul>${lines}</ul>`
}

/** What keeps messages, and what waits for a person. */
function keptPart(visit: Visit, { obstacles, held, uncertain }: Schedule): Html | null {
  const { language } = visit
  const may = visit.may('uncertain')
  const rows = [
    ...obstacles.map(({ kind, messages, service, feed, campaign, flowId, until }) => {
      const who = campaign ?? feed ?? service
      const flow =
        flowId === null
          ? null
          : html` <a href="${visit.to(`/flows/${flowId}`)}">${words.flow[language]} ${flowId}</a>`
      const when = until === null ? null : html` (${time(visit, until)})`
      return [
        html`${who === null ? null : `${who}: `}${obstacleWords[kind][language]}${when}${flow}`,
        messages,
      ] as const
    }),
    ...held.map(({ code, messages }) => {
      const href = visit.to(
        `/uncertain?${new URLSearchParams({ state: 'held', code: code ?? '' })}`,
      )
      const link = may ? html` <a href="${href}">${words.heldGo[language]}</a>` : null
      return [
        html`${words.heldPart[language]}: ${questionText(code, language)}${link}`,
        messages,
      ] as const
    }),
    ...(uncertain > 0 && may
      ? [
          [
            html`<a href="${visit.to('/uncertain')}">${questionText('IO_ANSWER_LOST', language)}</a>`,
            uncertain,
          ] as const,
        ]
      : []),
  ]
  return countTable(visit, words.notAsShown[language], rows)
}

export function gonePart(
  visit: Visit,
  { cancelled }: Pick<Schedule, 'cancelled'>,
  caption: string,
): Html | null {
  const { language } = visit
  const rows = cancelled.map(({ code, messages }) => {
    const said = endingWords[code ?? '']?.[language] ?? code ?? '–'
    return [said, messages] as const
  })
  return countTable(visit, caption, rows)
}

function countTable(
  visit: Visit,
  caption: string,
  rows: readonly (readonly [Piece, number])[],
): Html | null {
  if (rows.length === 0) return null
  const { language } = visit
  return listTable({
    caption,
    columns: [
      { title: words.because[language] },
      { title: words.messages[language], isNumber: true },
    ],
    rows: rows.map(([why, n]) => ({ href: null, cells: [why, count(visit, n)] })),
    empty: '',
  })
}

function othersPart(visit: Visit, { leftToOthers: { services, feeds } }: Schedule): Html | null {
  const { language } = visit
  if (services.length + feeds.length === 0) return null
  return html`<h2>${words.others[language]}</h2><ul>${services.map(
    ({ service, elsewhere }) => html`<li>${service}: ${elsewhereReason(elsewhere)}</li>`,
  )}${feeds.map((feed) => html`<li>${feed}: ${words.othersIo[language]}</li>`)}</ul>`
}

/** How fresh what is known of payments is, for each source that a visible feed relies on. */
async function paymentsNote(visit: Visit): Promise<Html | null> {
  const { language, app, place, now } = visit
  const seen = visit.services('reminders')
  const { feeds = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  const own = feeds.filter(
    ({ service }) => service !== undefined && (seen?.includes(service) ?? true),
  )
  const sources = own.flatMap(({ id, payments }) => payments.map((source) => ({ id, source })))
  if (sources.length === 0) return null
  const lines: Html[] = []
  const stale: string[] = []
  for (const { id, source } of sources) {
    const until = knownUntil(await app.store.payments.of(place.id, source.feed), source.by)
    const [before = '', after = ''] = fill(words.paymentsOf, language, {
      feeds: id,
      source: source.feed,
      at: '\0',
    }).split('\0')
    const known = until === null ? words.paymentsNever[language] : time(visit, until)
    lines.push(html`<li>${before}${known}${after}</li>`)
    if (isFresh(until, source, now)) continue
    const figures = { source: source.feed, hours: source.maximumAgeHours }
    stale.push(fill(words.paymentsStale, language, figures))
  }
  const note = callout('info', null, html`<p>${words.payments[language]}</p><ul>${lines}</ul>`)
  return html`${note}${[...new Set(stale)].map((text) => callout('warning', null, text))}`
}
