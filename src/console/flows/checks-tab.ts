// The tab of a flow with what its checks have found: as it was found last, or counted anew when
// somebody asks.

import type { CheckCode } from '../../domain/release-check.ts'
import { findBlocking } from '../../domain/release-checks.ts'
import { type Html, html } from '../../html.ts'
import { button, postForm } from '../parts/form.ts'
import { callout } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { checksPanel } from './checks.ts'
import { words } from './checks-words.ts'
import { findFlow, type ShownFlow } from './flow.ts'
import { durationText, sendingOf } from './forecast.ts'
import { flowPage } from './frame.ts'
import { refusedText } from './refusal-words.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/checks',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'checks', await kept(visit, flow))
    },
  },
  {
    method: 'POST',
    path: '/flows/:flow/checks',
    permission: 'prepare',
    async handle(visit) {
      const flow = await findFlow(visit, 'prepare')
      if (flow === null) return missing
      const checked = await visit.app.flows.check(flow.id)
      const to = visit.to(`/flows/${flow.id}/checks`)
      if (checked.kind === 'done') return { kind: 'redirect', to }
      return { kind: 'redirect', to, said: refusedText(flow.id, checked, visit.language) }
    },
  },
]

async function kept(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, app } = visit
  const report = await app.store.flowChecks.report(flow.id)
  const isOpen = flow.state === 'active'
  const again =
    visit.may('prepare', flow.service) && isOpen
      ? postForm(
          visit,
          visit.to(`/flows/${flow.id}/checks`),
          button(words.again[language], { tone: 'secondary' }),
          { class: 'actions' },
        )
      : null
  if (report === null) return html`${callout('info', null, words.none[language])}${again}`
  const overrides = await app.store.flowChecks.overrides(flow.id)
  const blocking = new Set<CheckCode>(
    findBlocking(report.findings, report.facts, overrides).map(({ code }) => code),
  )
  const sending = await sendingOf(visit, flow)
  const duration = sending === null ? null : durationText(sending, language)
  return html`${checksPanel(visit, { flow, report, blocking, duration, isOpen })}
${again}`
}
