// The flows that are being sent just now, each with how far it has come, its speed and its end; as
// a part of the dashboard that renews itself while somebody looks.
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { fileOf } from '../flows/flow.ts'
import { sendingBar, sendingOf } from '../flows/forecast.ts'
import { words as flowWords } from '../flows/frame-words.ts'
import { flowBadge } from '../parts/badge.ts'
import { button, postForm } from '../parts/form.ts'
import type { Visit } from '../visit.ts'
import { dashboardWords as words } from './dashboard-words.ts'

export async function sendingFlows(visit: Visit): Promise<Html> {
  const { app, language, place } = visit
  const flows = await app.store.underWay.of(place.id, visit.services('look'))
  const shown: Html[] = []
  for (const flow of flows) {
    const sending = await sendingOf(visit, { ...flow, state: 'sending' })
    const name = fileOf(flow.key) ?? flow.campaign ?? flow.service
    const title = `${fill(words.flow, language, { id: flow.id })} – ${name}`
    const head = visit.may('flows', flow.service)
      ? html`<a href="${visit.to(`/flows/${flow.id}`)}">${title}</a>`
      : title
    const state = flow.reason === null ? null : flowBadge('sending', flow.reason, language)
    shown.push(html`<div class="sending"><h3>${head}</h3>${state}${
      sending === null ? null : sendingBar(visit, sending)
    }${quickAct(visit, flow)}</div>
`)
  }
  if (shown.length === 0) return html`<p class="empty">${words.notSending[language]}</p>`
  return html`${shown}`
}

type UnderWay = Awaited<ReturnType<Visit['app']['store']['underWay']['of']>>[number]

/** What one does in a hurry, without opening the flow first. */
function quickAct(visit: Visit, { id, service, reason }: UnderWay): Html | null {
  if (!visit.may('stop', service)) return null
  const isSuspended = reason === 'suspended' || reason === 'braked'
  if (!isSuspended && reason !== null) return null
  const act = isSuspended ? 'resume' : 'suspend'
  const label = html`${flowWords[act][visit.language]}<span class="visually-hidden"> ${id}</span>`
  return postForm(visit, visit.to(`/flows/${id}/${act}`), button(label, { tone: 'secondary' }))
}
