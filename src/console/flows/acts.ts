// What people do to a flow: suspend, resume and ask anew at once; stop, process again, leave out
// and override on a page of their own, which says what follows and asks why. Invariant: what cannot
// be taken back asks for the number of what it concerns, and does nothing where that has changed.
import type { App } from '../../app.ts'
import type { Permission } from '../../domain/access.ts'
import type { Decided } from '../../domain/decision.ts'
import { readEuro } from '../../domain/money.ts'
import { type CheckCode, isConcerning } from '../../domain/release-check.ts'
import { checkTitles, findingText } from '../../domain/release-words.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import {
  button,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  textArea,
  textField,
} from '../parts/form.ts'
import { callout, count } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { words } from './acts-words.ts'
import { findFlow, flowCrumbs, type ShownFlow, titleOf } from './flow.ts'
import { redoForecast } from './redo-forecast.ts'
import { refusedText } from './refusal-words.ts'

/** Characters of a reason. */
export const MOST_REASON = 500

export const routes: readonly PageRoute[] = [
  quickRoute('suspend', 'stop', words.suspended, (app, id, asked) => app.flows.suspend(id, asked)),
  quickRoute('resume', 'stop', words.resumed, (app, id, asked) => app.flows.resume(id, asked)),
  quickRoute('recheck', 'prepare', words.rechecked, (app, id, asked) =>
    app.flows.recheck(id, asked),
  ),
  ...askedRoutes('stop', 'stop', stopPage, stop),
  ...askedRoutes('redo', 'prepare', redoPage, redo),
  ...askedRoutes('leave-out', 'prepare', leaveOutPage, leaveOut),
  ...askedRoutes('override', 'override', overridePage, override),
]

type Move = (app: App, id: number, asked: ReturnType<Visit['asked']>) => Promise<Decided>

function quickRoute(act: string, permission: Permission, done: Words, move: Move): PageRoute {
  return {
    method: 'POST',
    path: `/flows/:flow/${act}`,
    permission,
    async handle(visit) {
      const flow = await findFlow(visit, permission)
      if (flow === null) return missing
      const decided = await move(visit.app, flow.id, visit.asked(null))
      return answerOf(visit, flow, decided, done)
    },
  }
}

function answerOf(visit: Visit, flow: ShownFlow, decided: Decided, done: Words): Answer {
  const { language } = visit
  const said =
    decided.kind === 'refused'
      ? refusedText(flow.id, decided, language)
      : fill(done, language, { flow: flow.id })
  return { kind: 'redirect', to: visit.to(`/flows/${flow.id}`), said }
}

type ActPage = (visit: Visit, flow: ShownFlow, faults: readonly Fault[]) => Promise<Answer>

/** The page that asks, and what its form does. */
function askedRoutes(
  act: string,
  permission: Permission,
  page: ActPage,
  work: (visit: Visit, flow: ShownFlow) => Promise<Answer>,
): PageRoute[] {
  const path = `/flows/:flow/${act}`
  const route = (method: 'GET' | 'POST', handle: typeof work): PageRoute => ({
    ...{ method, path, permission },
    async handle(visit) {
      const flow = await findFlow(visit, permission)
      return flow === null ? missing : handle(visit, flow)
    },
  })
  return [route('GET', (visit, flow) => page(visit, flow, [])), route('POST', work)]
}

interface AskingPage {
  title: Words
  act: string
  says: Piece
  fields: Piece
  send: Words
  faults: readonly Fault[]
}

function askingPage(visit: Visit, flow: ShownFlow, page: AskingPage): Answer {
  const { language } = visit
  const { title, act, says, fields, send, faults } = page
  const back = visit.to(`/flows/${flow.id}`)
  const form = html`${fields}
<div class="actions">${button(send[language], { tone: act === 'stop' ? 'danger' : 'primary' })} <a href="${back}">${words.back[language]}</a></div>`
  return {
    kind: 'page',
    title: `${title[language]} – ${titleOf(flow, language)}`,
    section: 'flows',
    crumbs: flowCrumbs(visit, flow),
    status: faults.length > 0 ? 422 : 200,
    content: html`${faultSummary(faults, language)}
${says}
${postForm(visit, visit.to(`/flows/${flow.id}/${act}`), form)}`,
  }
}

export function reasonField(visit: Visit, faults: readonly Fault[]): Html {
  const { language, form } = visit
  return textArea({
    name: 'reason',
    label: words.reason[language],
    hint: words.reasonHint[language],
    value: form.get('reason') ?? '',
    rows: 3,
    fault: faultOf(faults, 'reason'),
    required: true,
    attributes: { maxlength: MOST_REASON },
  })
}

/** Why, in their words; a fault where they give none. */
export function reasonOf({ form, language }: Visit, faults: Fault[]): string {
  const reason = form.get('reason')?.trim().slice(0, MOST_REASON) ?? ''
  if (reason === '') faults.push({ field: 'reason', text: words.noReason[language] })
  return reason
}

function countField(visit: Visit, label: Words, faults: readonly Fault[]): Html {
  const { language, form } = visit
  return textField({
    name: 'count',
    label: label[language],
    value: form.get('count') ?? '',
    fault: faultOf(faults, 'count'),
    required: true,
    attributes: { inputmode: 'numeric', autocomplete: 'off', size: 12 },
  })
}

/** `1.204` or `1204`; null: it is no number. */
export function typedCount(typed: string | null): number | null {
  const digits = (typed ?? '').trim().replace(/[.\s,](?=\d{3}(\D|$))/g, '')
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}

async function stopPage(visit: Visit, flow: ShownFlow, faults: readonly Fault[]): Promise<Answer> {
  const { language, app } = visit
  const messages = await app.flows.left(flow.id)
  const says = callout(
    'warning',
    null,
    fill(words.stopSays, language, { messages: count(visit, messages) }),
  )
  const fields = html`${reasonField(visit, faults)}
${messages === 0 ? null : countField(visit, words.stopCount, faults)}`
  const { stopTitle: title, stopSend: send } = words
  return askingPage(visit, flow, { title, act: 'stop', says, fields, send, faults })
}

async function stop(visit: Visit, flow: ShownFlow): Promise<Answer> {
  const { language, app } = visit
  const faults: Fault[] = []
  const reason = reasonOf(visit, faults)
  const messages = await app.flows.left(flow.id)
  const typed = messages === 0 ? 0 : typedCount(visit.form.get('count'))
  if (typed !== messages) faults.push({ field: 'count', text: words.otherCount[language] })
  if (typed === null || faults.length > 0) return stopPage(visit, flow, faults)
  const decided = await app.flows.stop(flow.id, { ...visit.asked(reason), atMost: typed })
  if (decided.kind === 'refused') return answerOf(visit, flow, decided, words.stopped)
  const { cancelled, inFlight } = decided
  const figures = { cancelled: count(visit, cancelled), inFlight: count(visit, inFlight) }
  const said = fill(words.stopped, language, { flow: flow.id, ...figures })
  return { kind: 'redirect', to: visit.to(`/flows/${flow.id}`), said }
}

async function redoPage(visit: Visit, flow: ShownFlow, faults: readonly Fault[]): Promise<Answer> {
  const { language } = visit
  const says = html`${callout('info', null, words.redoSays[language])}
${await redoForecast(visit, flow)}`
  const fields = reasonField(visit, faults)
  const { redoTitle: title, redoSend: send } = words
  return askingPage(visit, flow, { title, act: 'redo', says, fields, send, faults })
}

async function redo(visit: Visit, flow: ShownFlow): Promise<Answer> {
  const { language, app } = visit
  const faults: Fault[] = []
  const reason = reasonOf(visit, faults)
  if (faults.length > 0) return redoPage(visit, flow, faults)
  const decided = await app.flows.beginRedo(flow.id, visit.asked(reason))
  if (decided.kind === 'refused') return answerOf(visit, flow, decided, words.redone)
  await app.queue.wake('map', String(decided.dropId), visit.now)
  const figures = { flow: flow.id, cancelled: count(visit, decided.cancelled) }
  return {
    kind: 'redirect',
    to: visit.to(`/flows/${decided.flowId}`),
    said: fill(words.redone, language, figures),
  }
}

/** The finding that the address or the form names, as it is found now. */
async function findFinding({ app, query, form }: Visit, flow: ShownFlow) {
  const code = form.get('check') ?? query.get('check') ?? ''
  if (!Object.hasOwn(checkTitles, code)) return null
  const checked = await app.flows.check(flow.id)
  if (checked.kind === 'refused') return null
  const found = checked.blocking.find((one) => one.code === code)
  return found ? { code: code as CheckCode, finding: found, facts: checked.report.facts } : null
}

/** The checks find it no more, or it blocks no more. */
function gone(visit: Visit, flow: ShownFlow): Answer {
  const refused = { kind: 'refused', because: 'no-such-finding', state: flow.state } as const
  const said = refusedText(flow.id, refused, visit.language)
  return { kind: 'redirect', to: visit.to(`/flows/${flow.id}/checks`), said }
}

async function leaveOutPage(
  visit: Visit,
  flow: ShownFlow,
  faults: readonly Fault[],
): Promise<Answer> {
  const { language } = visit
  const found = await findFinding(visit, flow)
  if (found === null || !isConcerning(found.code)) return gone(visit, flow)
  const { finding, code } = found
  const says = callout('warning', checkTitles[code][language], findingText(finding, language))
  const messages = count(visit, finding.messages ?? 0)
  const fields = html`<input type="hidden" name="check" value="${code}">
<p>${fill(words.leaveOutSays, language, { messages })}</p>
${reasonField(visit, faults)}${countField(visit, words.leaveOutCount, faults)}`
  const { leaveOutTitle: title, leaveOutSend: send } = words
  return askingPage(visit, flow, { title, act: 'leave-out', says, fields, send, faults })
}

async function leaveOut(visit: Visit, flow: ShownFlow): Promise<Answer> {
  const { language, app } = visit
  const found = await findFinding(visit, flow)
  if (found === null || !isConcerning(found.code)) return gone(visit, flow)
  const faults: Fault[] = []
  const reason = reasonOf(visit, faults)
  if (typedCount(visit.form.get('count')) !== (found.finding.messages ?? 0)) {
    faults.push({ field: 'count', text: words.otherCount[language] })
  }
  if (faults.length > 0) return leaveOutPage(visit, flow, faults)
  const asked = { ...visit.asked(reason), code: found.code }
  const decided = await app.flows.leaveOut(flow.id, asked)
  if (decided.kind === 'refused') return answerOf(visit, flow, decided, words.leftOut)
  const figures = {
    messages: count(visit, decided.leftOut),
    rest: count(visit, decided.report.facts.messages),
  }
  const said = fill(words.leftOut, language, figures)
  return { kind: 'redirect', to: visit.to(`/flows/${flow.id}/checks`), said }
}

async function overridePage(
  visit: Visit,
  flow: ShownFlow,
  faults: readonly Fault[],
): Promise<Answer> {
  const { language, form } = visit
  const found = await findFinding(visit, flow)
  if (found === null) return gone(visit, flow)
  const { finding, code, facts } = found
  const what = callout('warning', checkTitles[code][language], findingText(finding, language))
  const says = html`${what}
<p>${words.overrideSays[language]}</p>`
  const named =
    facts.amounts === null
      ? countField(visit, words.overrideCount, faults)
      : textField({
          name: 'total',
          label: words.overrideTotal[language],
          hint: words.overrideTotalHint[language],
          value: form.get('total') ?? '',
          fault: faultOf(faults, 'total'),
          required: true,
          attributes: { inputmode: 'decimal', autocomplete: 'off' },
        })
  const fields = html`<input type="hidden" name="check" value="${code}">
${named}${reasonField(visit, faults)}`
  const { overrideTitle: title, overrideSend: send } = words
  return askingPage(visit, flow, { title, act: 'override', says, fields, send, faults })
}

async function override(visit: Visit, flow: ShownFlow): Promise<Answer> {
  const { language, app, form } = visit
  const found = await findFinding(visit, flow)
  if (found === null) return gone(visit, flow)
  const faults: Fault[] = []
  const reason = reasonOf(visit, faults)
  const hasTotal = found.facts.amounts !== null
  const total = hasTotal ? readEuro(form.get('total')?.trim() ?? '', 'comma') : null
  const messages = hasTotal ? null : typedCount(form.get('count'))
  if (total?.kind === 'bad') faults.push({ field: 'total', text: words.badTotal[language] })
  if (!hasTotal && messages === null) {
    faults.push({ field: 'count', text: words.otherCount[language] })
  }
  if (faults.length > 0) return overridePage(visit, flow, faults)
  const totalCents = total !== null && total.kind !== 'bad' ? total.cents : null
  const said = { ...visit.asked(reason), code: found.code, totalCents, messages }
  const decided = await app.flows.override(flow.id, said)
  if (decided.kind === 'refused') {
    const text = refusedText(flow.id, decided, language)
    return overridePage(visit, flow, [{ field: hasTotal ? 'total' : 'count', text }])
  }
  const to = visit.to(`/flows/${flow.id}/checks`)
  return { kind: 'redirect', to, said: fill(words.overridden, language, { flow: flow.id }) }
}
