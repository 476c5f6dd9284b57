// The dashboard: what waits for whoever looks, what is being sent, today, the days to come, the
// sources and the health of it all; before the first flow, the steps to it. Nothing is decided
// here.
import { durationIn } from '../../domain/duration-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { listTable } from '../parts/list.ts'
import { live } from '../parts/live.ts'
import { feedBadge } from '../system/feeds.ts'
import { componentLine, healthOf, worstOf } from '../system/health.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { checklist } from './checklist.ts'
import { dashboardWords as words } from './dashboard-words.ts'
import { sendingFlows } from './sending.ts'
import { daysToCome, todaysFigures } from './today.ts'
import { waitingList } from './waiting.ts'

/** How often what is being sent is shown anew, in seconds. */
const LIVE_SECONDS = 4

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/', permission: 'look', handle: show },
  {
    method: 'GET',
    path: '/dashboard/sending',
    permission: 'look',
    handle: async (visit) => ({ kind: 'fragment', html: await sendingFlows(visit) }),
  },
]

async function show(visit: Visit): Promise<Answer> {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const [steps, waiting, sending, today, days, sources, health] = await Promise.all([
    checklist(visit),
    waitingList(visit),
    sendingFlows(visit),
    todaysFigures(visit),
    daysToCome(visit),
    sourcesTable(visit),
    healthLines(visit),
  ])
  const shownLive = live(visit.to('/dashboard/sending'), LIVE_SECONDS, language, sending)
  const content = html`${steps}
<div class="panels">
${section('waits', say('waits'), waiting)}
${section('sending', say('sending'), shownLive)}
</div>
${section('today', say('today'), today)}
${days === null ? null : section('days', say('days'), days)}
<div class="panels">
${section('sources', say('sources'), sources)}
${section('health', say('health'), health)}
</div>`
  return { kind: 'page', title: say('title'), section: 'dashboard', content }
}

function section(id: string, title: string, content: Piece): Html {
  return html`<section><h2 id="${id}">${title}</h2>
${content}</section>
`
}

async function sourcesTable(visit: Visit): Promise<Html> {
  const { app, language, now, place } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const feeds = await app.desk.overseeing.feeds(place.id, visit.services('look'), now)
  const leads = visit.may('system')
  return listTable({
    caption: say('sources'),
    columns: (['source', 'state', 'lastFile', 'usually'] as const).map((which) => ({
      title: say(which),
    })),
    rows: feeds.map((seen) => {
      const { silentSeconds, usualSeconds } = seen.rhythm
      const span = (seconds: number) => ({ span: durationIn(language, seconds) })
      return {
        href: leads ? visit.to(`/feeds/${seen.feed.id}`) : null,
        cells: [
          ...[seen.feed.id, feedBadge(visit, seen)],
          silentSeconds === null ? say('never') : fill(words.ago, language, span(silentSeconds)),
          usualSeconds === null ? say('notKnown') : fill(words.every, language, span(usualSeconds)),
        ],
      }
    }),
    empty: say('noSources'),
  })
}

/** What is not well, to who can mend it; to the others, that something is not. */
async function healthLines(visit: Visit): Promise<Html> {
  const { language } = visit
  const { components } = await healthOf(visit)
  if (worstOf(components) === 'good') return html`<p>${words.allWell[language]}</p>`
  if (!visit.may('system')) return html`<p>${words.tellThem[language]}</p>`
  const wrong = components.filter(({ condition }) => condition !== 'good')
  return html`<ul class="health">
${wrong.map(
  (one) => html`<li>${componentLine(visit, one)}</li>
`,
)}</ul>
<p><a href="${visit.to('/status')}">${words.status[language]}</a></p>`
}
