// One day: what leaves at which hour and what does not, and why; to be skipped, or moved to another
// day, by who says why and types how many messages that is.
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { dayFrom } from '../parts/day-filter.ts'
import { button, type Fault, faultOf, faultSummary, postForm, textField } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { count } from '../parts/show.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { type AskedSchedule, askedSchedule, dayName, ruleText, scheduleHref } from './asked.ts'
import { gonePart } from './month.ts'
import { movedWords, standingWords, words } from './words.ts'

type Days = Visit['app']['desk']['plannedDays']
type Meant = Awaited<ReturnType<Days['meant']>>
type DaySchedule = Awaited<ReturnType<Visit['app']['schedule']['day']>>[number]

interface Returned {
  query: URLSearchParams
  faults: readonly Fault[]
}

export async function dayPage(visit: Visit, returned?: Returned): Promise<Answer> {
  const { app, language } = visit
  const date = dayFrom(visit.params['date'] ?? null)
  if (date === null) return missing
  const asked = askedSchedule(visit, returned?.query ?? visit.query)
  const [schedule] = await app.schedule.day(asked, date)
  if (schedule === undefined) return missing
  const mayAct = visit.may('prepare') && !isOver(visit, date)
  const meant = mayAct ? await app.desk.plannedDays.meant(actable(visit, asked), date) : null
  const title = fill(words.dayTitle, language, { day: dayName(visit, date) })
  const faults = returned?.faults ?? []
  const content = html`${faultSummary(faults, language)}
${instantsTable(visit, asked, date, schedule)}
${gonePart(visit, schedule, words.goneOfDay[language])}
${meant === null ? null : acts(visit, asked, date, meant, faults)}`
  const month = date.toPlainYearMonth().toString()
  return {
    ...{ kind: 'page', title, section: 'reminders', content },
    crumbs: [
      { title: words.title[language], href: scheduleHref(visit, '/reminders', asked, { month }) },
    ],
    ...(faults.length > 0 && { status: 422 }),
  }
}

export async function skipDay(visit: Visit): Promise<Answer> {
  const given = saidIn(visit, 'skip')
  if (given === null) return missing
  const { date, asked, query, reason, typed } = given
  const { app, language } = visit
  const back = (field: string, text: string) => dayPage(visit, { query, faults: [{ field, text }] })
  const filter = actable(visit, asked)
  const meant = await app.desk.plannedDays.meant(filter, date)
  const all = meant.reminders + meant.campaigns
  if (all + meant.runs.length === 0) return back('skip-reason', words.skipNothing[language])
  if (reason === '') return back('skip-reason', words.faultReason[language])
  if (typed !== String(all)) {
    return back('skip-typed', fill(words.faultTyped, language, { n: count(visit, all) }))
  }
  const act = { ...visit.asked(reason), note: reason }
  const done = await app.desk.plannedDays.skip(filter, date, act)
  const figures = { n: count(visit, done.messages), runs: done.runs.length }
  const to = scheduleHref(visit, `/reminders/${date}`, asked)
  return { kind: 'redirect', to, said: fill(words.saidSkipped, language, figures) }
}

export async function moveDay(visit: Visit): Promise<Answer> {
  const given = saidIn(visit, 'move')
  if (given === null) return missing
  const { date, asked, query, reason, typed } = given
  const { app, language, form } = visit
  const back = (field: string, text: string) => dayPage(visit, { query, faults: [{ field, text }] })
  const to = dayFrom(form.get('to'))
  if (to === null || isOver(visit, to)) return back('to', words.faultDay[language])
  if (to.equals(date)) return back('to', words.faultSame[language])
  if (reason === '') return back('move-reason', words.faultReason[language])
  const filter = actable(visit, asked)
  const { reminders } = await app.desk.plannedDays.meant(filter, date)
  if (typed !== String(reminders)) {
    return back('move-typed', fill(words.faultTyped, language, { n: count(visit, reminders) }))
  }
  const { movable, closed } = await app.desk.plannedDays.movable(filter, date, to)
  if (closed.length > 0) {
    return back('to', fill(words.faultClosed, language, { feeds: closed.join(', ') }))
  }
  if (movable === 0) return back('to', words.faultFixed[language])
  const act = { ...visit.asked(reason), note: reason }
  const moved = await app.desk.plannedDays.move(filter, date, to, act)
  const figures = { n: count(visit, moved), fixed: count(visit, Math.max(0, reminders - moved)) }
  const href = scheduleHref(visit, `/reminders/${to}`, asked)
  return { kind: 'redirect', to: href, said: fill(words.saidMoved, language, figures) }
}

/** What a form says; null where its day is none. */
function saidIn(visit: Visit, which: 'move' | 'skip') {
  const { form, params } = visit
  const date = dayFrom(params['date'] ?? null)
  if (date === null) return null
  const query = new URLSearchParams(form.get('filter') ?? '')
  const typed = (form.get(`${which}-typed`) ?? '').replace(/[.\s]/g, '')
  const reason = form.get(`${which}-reason`)?.trim().slice(0, 500) ?? ''
  return { date, query, asked: askedSchedule(visit, query), reason, typed }
}

/** Of the services for which they may do it, not only see it. */
function actable(visit: Visit, asked: AskedSchedule) {
  return { ...asked, services: visit.services('prepare'), campaign: null }
}

function isOver({ now, place }: Visit, date: Temporal.PlainDate): boolean {
  const today = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
  return Temporal.PlainDate.compare(date, today) < 0
}

function instantsTable(
  visit: Visit,
  asked: AskedSchedule,
  date: Temporal.PlainDate,
  { instants }: DaySchedule,
): Html {
  const { language, place } = visit
  const titles = [
    'at',
    'what',
    'recipients',
    'origin',
    'flow',
    'service',
    'moved',
    'standing',
  ] as const
  const rows = instants.map((one) => {
    const at = one.at
      .toZonedDateTimeISO(place.timeZone)
      .toPlainTime()
      .toString({ smallestUnit: 'minute' })
    const rule = one.rule === null ? purposeText(visit, one.purpose) : ruleText(visit, one.rule)
    return {
      href: null,
      cells: [
        html`<time datetime="${one.at.toString()}">${at}</time>`,
        rule,
        count(visit, one.messages),
        one.campaign ?? one.feed ?? '–',
        html`<a href="${visit.to(`/flows/${one.flowId}`)}">${one.flowId}</a>`,
        one.service,
        one.moved === null ? '–' : movedWords[one.moved][language],
        standingWords[one.standing][language],
      ],
    }
  })
  const sum = instants.reduce((all, { messages }) => all + messages, 0)
  const filtered = [asked.service, asked.emission].filter((one) => one !== null).join(', ')
  const empty = isOver(visit, date) ? words.dayOver[language] : words.dayEmpty[language]
  const table = listTable({
    caption: filtered === '' ? words.title[language] : `${words.title[language]}: ${filtered}`,
    columns: titles.map((title) => ({
      title: words[title][language],
      isNumber: title === 'recipients',
    })),
    rows,
    empty,
  })
  if (rows.length === 0) return table
  return html`${table}<p class="total">${words.sum[language]}: <strong>${count(visit, sum)}</strong></p>`
}

function purposeText({ language }: Visit, purpose: DaySchedule['instants'][number]['purpose']) {
  if (purpose === 'first') return words.first[language]
  return purpose === 'campaign' ? words.campaigns[language] : words.reminders[language]
}

function acts(
  visit: Visit,
  { service, emission }: AskedSchedule,
  date: Temporal.PlainDate,
  { reminders, campaigns, runs }: Meant,
  faults: readonly Fault[],
): Html {
  const { language } = visit
  const all = reminders + campaigns
  if (all + runs.length === 0) return html`<p>${words.skipNothing[language]}</p>`
  const query = new URLSearchParams()
  if (service !== null) query.set('service', service)
  if (emission !== null) query.set('emission', emission)
  const filter = html`<input type="hidden" name="filter" value="${query.toString()}">`
  const isOpen = (...names: string[]) =>
    names.some((name) => faultOf(faults, name) !== undefined) ? html` open` : null
  const means = fill(words.skipMeans, language, {
    reminders: count(visit, reminders),
    campaigns: count(visit, campaigns),
    runs: runs.length,
  })
  const move =
    reminders === 0
      ? null
      : html`<details class="more"${isOpen('to', 'move-reason', 'move-typed')}>
<summary>${words.move[language]}</summary>
<p class="form-text">${words.moveHint[language]}</p>${postForm(
          visit,
          visit.to(`/reminders/${date}/move`),
          html`${filter}${textField({
            name: 'to',
            label: words.moveTo[language],
            type: 'date',
            required: true,
            ...faultIn(faults, 'to'),
          })}
${confirming(visit, 'move', reminders, faults)}${button(words.move[language])}`,
        )}</details>`
  return html`${move}<details class="more"${isOpen('skip-reason', 'skip-typed')}>
<summary>${words.skip[language]}</summary>
<p class="form-text">${words.skipHint[language]}</p><p>${means}</p>${postForm(
    visit,
    visit.to(`/reminders/${date}/skip`),
    html`${filter}${confirming(visit, 'skip', all, faults)}${button(words.skip[language], { tone: 'danger' })}`,
  )}</details>`
}

/** Two forms of one page: their fields have names of their own. */
function confirming(
  visit: Visit,
  form: 'move' | 'skip',
  n: number,
  faults: readonly Fault[],
): Html {
  const { language } = visit
  const reason = textField({
    ...{ name: `${form}-reason`, label: words.reason[language] },
    ...{ hint: words.reasonHint[language], required: true, attributes: { maxlength: 500 } },
    ...faultIn(faults, `${form}-reason`),
  })
  const typed = textField({
    ...{ name: `${form}-typed`, label: fill(words.typed, language, { n: count(visit, n) }) },
    ...{ required: true, attributes: { inputmode: 'numeric', autocomplete: 'off' } },
    ...faultIn(faults, `${form}-typed`),
  })
  return html`${reason}${typed}`
}

function faultIn(faults: readonly Fault[], field: string) {
  const fault = faultOf(faults, field)
  return fault === undefined ? {} : { fault }
}
