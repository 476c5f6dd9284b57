// The five steps to the first sending, for an institution without any flow: which are done already,
// and where each is done.
import { type Html, html } from '../../html.ts'
import { type Step, stepper } from '../parts/way.ts'
import type { Visit } from '../visit.ts'
import { dashboardWords as words } from './dashboard-words.ts'

/** Null once there is a flow. */
export async function checklist(visit: Visit): Promise<Html | null> {
  const { app, language, now, place } = visit
  const services = visit.services('look')
  const filter = { ...anyFlow, tests: true }
  const flows = await app.store.flowList.count({ institution: place.id, services }, filter, 1)
  if (flows > 0) return null
  const institution = app.config.institutions.find(({ id }) => id === place.id)
  const feeds = await app.desk.overseeing.feeds(place.id, services, now)
  const done = [
    feeds.some(({ state }) => state?.polledAt != null),
    feeds.some(({ drops }) => drops.length > 0),
    (institution?.mappings.length ?? 0) > 0,
    // Both are done of a flow, and there is none.
    false,
    false,
  ]
  const paths = [
    visit.may('system') ? '/feeds' : null,
    visit.may('prepare') ? '/flows/upload' : null,
    '/mappings',
    visit.may('administer') ? '/settings/testers' : null,
    visit.may('approve') ? '/approvals' : null,
  ]
  const at = done.indexOf(false)
  const steps = ([1, 2, 3, 4, 5] as const).map((number, index): Step => {
    const path = paths[index] ?? null
    return {
      title: `${number} ${words[`step${number}`][language]}`,
      state: done[index] ? 'done' : index === at ? 'at' : 'to-come',
      note: words[`step${number}Hint`][language],
      ...(path !== null && { href: visit.to(path) }),
    }
  })
  return html`<section aria-labelledby="begin"><h2 id="begin">${words.begin[language]}</h2>
<p>${words.beginHint[language]}</p>
${stepper(words.steps[language], steps, language)}</section>`
}

const anyFlow = {
  ...{ state: null, service: null, feed: null, emission: null, arrivedFrom: null, arrivedTo: null },
  ...{ sentFrom: null, sentTo: null, text: null, preparedBy: null },
  ...{ withErrors: false, withUncertain: false },
}
