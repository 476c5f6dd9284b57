// The figures of today and of the days to come: each a link to the list that makes it. Counted as
// the statistics and the calendar count, so that they agree.
import { type EndedStand, errorsOfIo, notOnIo, statisticsOf } from '../../domain/statistics.ts'
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { barChart } from '../parts/chart.ts'
import { messagesHref, refusedHref } from '../statistics/asked.ts'
import { linked } from '../statistics/figures.ts'
import { endingLink, errorsLink, type MessagesOf, notOnIoLink } from '../statistics/links.ts'
import type { Visit } from '../visit.ts'
import { dashboardWords as words } from './dashboard-words.ts'

/** Taken by IO, wherever they are since. */
const accepted: readonly EndedStand[] = ['available', 'taken', 'handed-over', 'late', 'odd']

export async function todaysFigures(visit: Visit): Promise<Html> {
  const { app, language, now, place } = visit
  const today = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
  const filter = {
    ...{ institution: place.id, services: visit.services('look'), from: today, to: today },
    emission: null,
  }
  const counted = (await app.store.counts.byPeriod(filter, 'all')).get('') ?? []
  const all = statisticsOf(counted)
  const { byEnding } = all
  const asked = { filter, service: null, emission: null }
  const messages = (said: MessagesOf) => messagesHref(visit, asked, said)
  const sent = accepted.reduce((sum, ending) => sum + byEnding[ending], 0)
  const cards = [
    card('', words.sent[language], linked(visit, sent, messages(endingLink(...accepted)))),
    card(
      'green',
      words.inbox[language],
      linked(visit, byEnding.available, messages(endingLink('available'))),
    ),
    card('grey', words.notOnIo[language], linked(visit, notOnIo(all), messages(notOnIoLink))),
    card('red', words.errors[language], linked(visit, errorsOfIo(all), messages(errorsLink))),
    card(
      'orange',
      words.refusedToday[language],
      linked(visit, all.refused, refusedHref(visit, asked)),
    ),
  ]
  return html`<ul class="cards cards-day">
${cards}</ul>`
}

function card(tone: string, title: string, value: Piece): Html {
  const look = tone === '' ? 'figure' : `figure figure-${tone}`
  return html`<li class="${look}">${title}<span class="value">${value}</span></li>
`
}

/** Days that are looked ahead. */
const DAYS = 7

/** Null where whoever looks may not see the reminders. */
export async function daysToCome(visit: Visit): Promise<Html | null> {
  if (!visit.may('reminders')) return null
  const { language } = visit
  const days = await remindersAhead(visit)
  if (days.every(({ reminders }) => reminders === 0)) {
    return html`<p class="empty">${words.noReminders[language]}</p>`
  }
  return barChart({
    caption: words.days[language],
    what: words.day[language],
    series: [words.reminders[language]],
    bars: days.map(({ date, reminders }) => ({
      label: dayIn(date, language),
      values: [reminders],
      hrefs: [visit.to(`/reminders/${date}`)],
    })),
    language,
  })
}

/** Of the services that whoever looks may see: one question for all, else one for each. */
async function remindersAhead(visit: Visit) {
  const { app, place } = visit
  const seen = visit.services('reminders')
  const services = seen === null ? [null] : seen
  const sums = new Map<string, { date: Temporal.PlainDate; reminders: number }>()
  for (const service of services) {
    const query = { institution: place.id, feed: null, service, emission: null }
    for (const { days } of await app.schedule.ahead(query, DAYS)) {
      for (const { date, reminders } of days) {
        if (date === null) continue
        const sum = sums.get(String(date)) ?? { date, reminders: 0 }
        sum.reminders += Object.values(reminders).reduce((all, n) => all + n, 0)
        sums.set(String(date), sum)
      }
    }
  }
  return [...sums.values()]
}

/** `Mer 24/11`. */
function dayIn(date: Temporal.PlainDate, language: StaffLanguage): string {
  const locale = language === 'it' ? 'it-IT' : 'en-GB'
  const name = date.toLocaleString(locale, { weekday: 'short' })
  const [first = '', ...rest] = name
  const two = (value: number) => String(value).padStart(2, '0')
  return `${first.toUpperCase()}${rest.join('')} ${two(date.day)}/${two(date.month)}`
}
