// What waits for whoever looks, as lines that lead to it: approvals, what a check keeps back, what
// nobody knows, what is refused, what stands still. Each says as many as its list has.
import { flowReasonWords } from '../../domain/flow.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { fileOf } from '../flows/flow.ts'
import { toDoServices } from '../frame.ts'
import { type BadgeTone, badge } from '../parts/badge.ts'
import { count } from '../parts/show.ts'
import { askedRefusals } from '../refusals/asked.ts'
import type { Visit } from '../visit.ts'
import { dashboardWords as words } from './dashboard-words.ts'

/** Flows that are told one by one; a link leads to the others. */
const MOST_KEPT = 10

interface Line {
  tone: BadgeTone
  text: string
  href: string
}

export async function waitingList(visit: Visit): Promise<Html> {
  const [counted, kept, troubled] = await Promise.all([
    countedLines(visit),
    keptLines(visit),
    troubledLines(visit),
  ])
  const lines = [...counted, ...kept, ...troubled]
  const { language } = visit
  if (lines.length === 0) return html`<p class="empty">${words.nothing[language]}</p>`
  return html`<ul class="to-do">
${lines.map(
  ({ tone, text, href }) => html`<li><a href="${href}">${badge(tone, '▸', text)}</a></li>
`,
)}</ul>`
}

async function countedLines(visit: Visit): Promise<Line[]> {
  const { app, language, place } = visit
  const refusals = askedRefusals(visit, new URLSearchParams())
  const [waiting, refused] = await Promise.all([
    app.store.toDo.of(place.id, toDoServices(visit)),
    visit.may('refusals') ? app.store.corrections.count(refusals.filter) : 0,
  ])
  const { approvals, uncertain, held } = waiting
  const line = (
    n: number,
    tone: BadgeTone,
    which: 'approvals' | 'uncertain' | 'held' | 'refused',
    path: string,
  ): Line[] => {
    const text = which === 'approvals' && n === 1 ? words.approval : words[which]
    if (n === 0) return []
    return [{ tone, text: fill(text, language, { n: count(visit, n) }), href: visit.to(path) }]
  }
  return [
    ...line(approvals, 'blue', 'approvals', '/approvals'),
    ...line(uncertain, 'purple', 'uncertain', '/uncertain'),
    ...line(held, 'purple', 'held', '/uncertain?state=held'),
    ...line(refused, 'grey', 'refused', '/refusals'),
  ]
}

/** Flows that stand still until a person acts, each by itself. */
async function keptLines(visit: Visit): Promise<Line[]> {
  if (!visit.may('flows')) return []
  const { app, language, place } = visit
  const flows = await app.store.toDo.kept(place.id, visit.services('flows'))
  const more = { tone: 'orange' as const, text: words.more[language], href: visit.to('/flows') }
  const lines = flows.slice(0, MOST_KEPT).map(({ id, key, campaign, service, reason }): Line => {
    const name = fileOf(key) ?? campaign ?? service
    const why = reason === null ? '' : flowReasonWords[reason][language]
    const text = fill(words.kept, language, { id, name, reason: why })
    return { tone: 'orange', text, href: visit.to(`/flows/${id}`) }
  })
  return flows.length > MOST_KEPT ? [...lines, more] : lines
}

/** For whoever can do something about it. */
async function troubledLines(visit: Visit): Promise<Line[]> {
  if (!visit.may('system')) return []
  const { app, language, now, place } = visit
  const services = visit.services('system')
  const [pauses, feeds] = await Promise.all([
    app.store.pauses.list(),
    app.desk.overseeing.feeds(place.id, services, now),
  ])
  const paused = pauses.filter(
    ({ institution, service }) =>
      institution === place.id && (services === null || services.includes(service)),
  )
  return [
    ...paused.map(({ service }) => ({
      tone: 'red' as const,
      text: fill(words.paused, language, { name: service }),
      href: visit.to(`/services/${service}`),
    })),
    ...feeds
      .filter(({ state }) => state?.failingSince != null)
      .map(({ feed }) => ({
        tone: 'red' as const,
        text: fill(words.feed, language, { name: feed.id }),
        href: visit.to(`/feeds/${feed.id}`),
      })),
  ]
}
