// The proof that nothing in the activity log was changed: asked by a form, shown on a page that
// renews itself while a long chain is walked. The act of asking is in the log as well.
import { breakText, headText, verdictText } from '../../domain/act-chain.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { live, progressBar } from '../parts/live.ts'
import { callout, count, facts, time } from '../parts/show.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { verifyForm } from './activity.ts'
import { words } from './words.ts'

const PATH = '/activity/verification'
/** Of a chain that is walked sooner, the next page shows the end at once. */
const WAITED_MILLISECONDS = 1500

/** The chain is that of the whole installation: for who sees all of it. */
function wholly(visit: Visit, answer: () => Promise<Answer>): Promise<Answer> {
  return visit.services('audit') === null ? answer() : Promise.resolve(missing)
}

export function verifyActs(visit: Visit): Promise<Answer> {
  return wholly(visit, async () => {
    const { app, place, now, to } = visit
    const { actor, origin } = visit.asked(null)
    const act = { actor, origin, verb: 'verified the acts', subject: 'acts' }
    await app.store.acts.add(place.id, act, now)
    const { promise: waited, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, WAITED_MILLISECONDS)
    await Promise.race([app.desk.auditing.begin(), waited])
    clearTimeout(timer)
    return { kind: 'redirect', to: to(PATH) }
  })
}

export function verificationPage(visit: Visit): Promise<Answer> {
  return wholly(visit, async () => {
    const { language, to, app } = visit
    const walk = app.desk.auditing.walk()
    const isGoing = walk !== null && walk.ended === null && !walk.isFailed
    const shown = standing(visit)
    const content = html`${isGoing ? live(to(`${PATH}/progress`), 2, language, shown) : shown}
${verifyForm(visit)}
<p><a href="${to('/activity')}">${words.back[language]}</a></p>`
    return {
      ...{ kind: 'page', title: words.verification[language], section: 'activity', content },
      crumbs: [{ title: words.title[language], href: to('/activity') }],
    }
  })
}

export function verificationProgress(visit: Visit): Promise<Answer> {
  return wholly(visit, async () => ({ kind: 'fragment', html: standing(visit) }))
}

function standing(visit: Visit): Html {
  const { language, app, to } = visit
  const walk = app.desk.auditing.walk()
  if (walk === null) return callout('info', null, words.never[language])
  if (walk.isFailed) return callout('danger', null, words.failed[language])
  const { ended, done, all } = walk
  if (ended === null) {
    const text = fill(words.walked, language, { done: count(visit, done), all: count(visit, all) })
    return html`${progressBar(words.walking[language], done, all, text)}
<p><a href="${to(PATH)}">${words.refresh[language]}</a></p>`
  }
  const { verdict, at } = ended
  const { broken, breaks, head, waiting, heads } = verdict
  const more = broken - breaks.length
  const rest =
    more > 0 ? html`<li>${fill(words.more, language, { n: count(visit, more) })}</li>` : null
  const list =
    broken === 0
      ? null
      : html`<p>${words.broken[language]}</p>
<ul>
${breaks.map(
  (one) => html`<li>${breakText(one, language)}</li>
`,
)}${rest}</ul>`
  return html`${callout(broken === 0 ? 'success' : 'danger', verdictText(verdict, language), list)}
${facts([
  [words.at[language], time(visit, at)],
  [words.heads[language], count(visit, heads)],
  [words.waiting[language], waiting === 0 ? null : count(visit, waiting)],
  [
    words.head[language],
    head === null ? null : html`<code class="act-head">${headText(head)}</code>`,
  ],
])}
<p class="form-text">${words.headHint[language]}</p>`
}
