// One flow under the eyes of whoever approves it: what leaves, to how many, when, what the checks
// and the testers say, and what has changed. Invariants: what is approved is what this page has
// shown, by its digest; who approves types the number of recipients, and has shown a short while
// ago that it is they; who has prepared the flow reads why they may not.
import { neededApprovers } from '../../domain/approval.ts'
import { readArrival } from '../../domain/arrival.ts'
import type { RefusedDecision } from '../../domain/decision.ts'
import type { CheckCode } from '../../domain/release-check.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { flowBadge } from '../parts/badge.ts'
import {
  button,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  textArea,
  textField,
} from '../parts/form.ts'
import { callout, count, euro, facts, time } from '../parts/show.ts'
import { requireProof } from '../people/proof.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { MOST_REASON, typedCount } from './acts.ts'
import { refusedWhy, words } from './approval-words.ts'
import { checksPanel } from './checks.ts'
import { findFlow, type ShownFlow, sourceOf, titleOf } from './flow.ts'
import { durationText, sendingOf } from './forecast.ts'
import { refusedText } from './refusal-words.ts'
import { leavingPhones } from './texts.ts'

/** Whoever approves has shown so recently that it is they. */
const PROOF_MINUTES = 15
/** Days ahead for which one may approve. */
const MOST_DAYS = 90

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/approvals/:flow',
    permission: 'approve',
    async handle(visit) {
      const flow = await findFlow(visit, 'approve')
      return flow === null ? missing : page(visit, flow, [])
    },
  },
  { method: 'POST', path: '/approvals/:flow', permission: 'approve', handle: approve },
  { method: 'POST', path: '/approvals/:flow/send-back', permission: 'approve', handle: sendBack },
]

type View = Awaited<ReturnType<Visit['app']['flows']['toApprove']>>

async function page(visit: Visit, flow: ShownFlow, faults: readonly Fault[]): Promise<Answer> {
  const { language, app, visitor } = visit
  const view = await app.flows.toApprove(flow.id, visitor.login)
  const title = `${words.title[language]} – ${titleOf(flow, language)}`
  const crumbs = [{ title: words.list[language], href: visit.to('/approvals') }]
  return {
    kind: 'page',
    title,
    section: 'approvals',
    crumbs,
    status: faults.length > 0 ? 422 : 200,
    content: html`<div class="one-column">
${faultSummary(faults, language)}
${summary(visit, flow, view)}
${view.refused === null ? changesNote(visit, view) : null}
<section><h2 class="h4">${words.texts[language]}</h2>${await leavingPhones(visit, flow)}</section>
<section><h2 class="h4">${words.checks[language]}</h2>${await checks(visit, flow, view)}</section>
<section><h2 class="h4">${words.decide[language]}</h2>${decision(visit, flow, view, faults)}</section>
</div>`,
  }
}

/** What leaves, to how many, when; who prepared it and who has approved it. */
function summary(
  visit: Visit,
  flow: ShownFlow,
  { standing, report, recipients, rules }: View,
): Html {
  const { language } = visit
  const { amounts = null, before = null, test = null } = report?.facts ?? {}
  const messages = standing.isReleased ? standing.heldMessages : standing.waitingMessages
  const needed = neededApprovers(rules.approval, standing.preparedBy)
  const given = standing.approvals.map(({ actor, at }) => html`<br>${actor} (${time(visit, at)})`)
  const total = amounts && totalText(visit, amounts, before)
  const rows: [string, Piece][] = [
    [words.source[language], html`${flow.service} · ${sourceOf(flow, language)}`],
    [words.messages[language], count(visit, messages)],
    [words.recipients[language], html`<strong>${count(visit, recipients)}</strong>`],
    [words.reminders[language], count(visit, standing.waitingReminders)],
    [words.total[language], total],
    [words.leaves[language], time(visit, standing.releaseAt ?? standing.leavesAt)],
    [
      words.test[language],
      test === null ? words.noTest[language] : fill(words.testSays, language, { ...test }),
    ],
    [words.prepared[language], standing.preparedBy.join(', ') || words.nobody[language]],
    [
      words.approved[language],
      html`${fill(words.given, language, { given: given.length, needed })}${given}`,
    ],
    [words.until[language], time(visit, standing.approveBy)],
    [words.digest[language], html`<code class="digest">${standing.digest}</code>`],
  ]
  const link = html`<a href="${visit.to(`/flows/${flow.id}`)}">${words.open[language]}</a>`
  return html`<p>${flowBadge(flow.state, flow.reason, language)} ${link}</p>
${facts(rows)}`
}

type Amounts = NonNullable<NonNullable<View['report']>['facts']['amounts']>

/** What is asked for, and below it what the emission before asked for. */
function totalText(visit: Visit, amounts: Amounts, before: Amounts | null): Html {
  const { language } = visit
  const notices = fill(words.notices, language, { n: count(visit, amounts.count) })
  const now = html`${euro(visit, amounts.totalCents)}, ${notices}`
  if (before === null) return now
  const figures = { total: euro(visit, before.totalCents), n: count(visit, before.count) }
  return html`${now}<br><span class="reason">${fill(words.before, language, figures)}</span>`
}

/** What is otherwise than when somebody approved it, or than its mapping is by now. */
function changesNote(visit: Visit, view: View): Html | null {
  const { language } = visit
  const ended = (because: string) =>
    view.approvals.filter((one) => one.voidedBecause === because).map(({ actor }) => actor)
  const said = [
    { actors: ended('changed'), text: words.changed },
    { actors: ended('overridden'), text: words.overridden },
  ]
    .filter(({ actors }) => actors.length > 0)
    .map(({ actors, text }) => fill(text, language, { actors: actors.join(', ') }))
  if (view.isMappingChanged) said.push(words.otherMapping[language])
  if (said.length === 0) return null
  return callout(
    'warning',
    words.changes[language],
    html`<ul>${said.map((one) => html`<li>${one}</li>`)}</ul>`,
  )
}

async function checks(visit: Visit, flow: ShownFlow, { report, blocking }: View): Promise<Html> {
  const { language } = visit
  if (report === null) return html`<p>${words.noChecks[language]}</p>`
  const sending = await sendingOf(visit, flow)
  const duration = sending === null ? null : durationText(sending, language)
  const found: ReadonlySet<CheckCode> = new Set(blocking)
  const isOpen = flow.state === 'active'
  return checksPanel(visit, { flow, report, blocking: found, duration, isOpen })
}

function decision(visit: Visit, flow: ShownFlow, view: View, faults: readonly Fault[]): Html {
  const { language, form } = visit
  const { refused, standing } = view
  if (refused !== null)
    return html`${cannot(visit, flow, refused)}${sendBackForm(visit, flow, view, faults)}`
  const path = `/approvals/${flow.id}`
  if (requireProof(visit, PROOF_MINUTES, path) !== null) {
    const prove = visit.toRoot(`/prove?to=${encodeURIComponent(`/${visit.place.id}${path}`)}`)
    return html`${callout('info', null, words.proof[language])}
<div class="actions"><a class="btn btn-primary" href="${prove}">${words.prove[language]}</a></div>
${sendBackForm(visit, flow, view, faults)}`
  }
  const { recipients } = view
  const asks = standing.isReleased ? words.typeHeld : words.typeRecipients
  const fields = html`<input type="hidden" name="digest" value="${standing.digest}">
${textField({
  name: 'recipients',
  label: fill(asks, language, { n: count(visit, recipients) }),
  hint: words.typeHint[language],
  value: form.get('recipients') ?? '',
  fault: faultOf(faults, 'recipients'),
  required: true,
  attributes: { inputmode: 'numeric', autocomplete: 'off', size: 12 },
})}
${textField({
  name: 'at',
  label: words.at[language],
  hint: words.atHint[language],
  type: 'datetime-local',
  value: form.get('at') ?? '',
  fault: faultOf(faults, 'at'),
})}
<div class="actions">${button(words.approveNow[language], { name: 'when', value: 'now' })} ${button(
    words.approveLater[language],
    { tone: 'secondary', name: 'when', value: 'later' },
  )}</div>`
  return html`${postForm(visit, visit.to(path), fields)}
${sendBackForm(visit, flow, view, faults)}`
}

/** The button stands there all the same, so that nobody looks for it; the text says why not. */
function cannot(visit: Visit, flow: ShownFlow, refused: RefusedDecision): Html {
  const { language } = visit
  const why = refusedWhy[refused.because]?.[language] ?? refusedText(flow.id, refused, language)
  return html`<p id="why-not"><strong>${why}</strong></p>
<div class="actions"><button type="button" class="btn btn-primary" disabled aria-describedby="why-not">${words.approveNow[language]}</button></div>`
}

const decidable: readonly string[] = ['preparer', 'approved-by-you', 'blocked', 'changed']

function sendBackForm(
  visit: Visit,
  flow: ShownFlow,
  { refused, standing }: View,
  faults: readonly Fault[],
): Html | null {
  const { language, form } = visit
  if (standing.isReleased) return null
  if (refused !== null && !decidable.includes(refused.because)) return null
  const note = textArea({
    name: 'note',
    label: words.note[language],
    hint: words.noteHint[language],
    value: form.get('note') ?? '',
    rows: 3,
    fault: faultOf(faults, 'note'),
    attributes: { maxlength: MOST_REASON },
  })
  const action = visit.to(`/approvals/${flow.id}/send-back`)
  const send = button(words.sendBack[language], { tone: 'secondary' })
  const open = faultOf(faults, 'note') ? html` open` : null
  return html`<details class="more"${open}><summary>${words.sendBack[language]}</summary>
${postForm(visit, action, html`${note}${send}`)}</details>`
}

async function approve(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'approve')
  if (flow === null) return missing
  const { language, app, form } = visit
  const unproved = requireProof(visit, PROOF_MINUTES, `/approvals/${flow.id}`)
  if (unproved !== null) return unproved
  const faults: Fault[] = []
  const recipients = typedCount(form.get('recipients'))
  if (recipients === null) {
    faults.push({ field: 'recipients', text: words.badRecipients[language] })
  }
  const notBefore = form.get('when') === 'later' ? laterOf(visit, faults) : null
  if (recipients === null || faults.length > 0) return page(visit, flow, faults)
  const digest = form.get('digest') ?? ''
  const asked = { ...visit.asked(null), digest, recipients, notBefore }
  const decided = await app.flows.approve(flow.id, asked)
  if (decided.kind === 'refused') {
    const field = decided.because === 'other-count' ? 'recipients' : null
    const text =
      field === null ? refusedText(flow.id, decided, language) : words.badRecipients[language]
    return page(visit, flow, [{ field, text }])
  }
  const said = words[decided.missing > 0 ? 'another' : 'done'][language]
  return { kind: 'redirect', to: visit.to(`/flows/${flow.id}/certificate`), said }
}

/** The hour before which nothing of it leaves. */
function laterOf({ form, place, now, language }: Visit, faults: Fault[]): Temporal.Instant | null {
  const typed = (form.get('at') ?? '').replace('T', ' ')
  const at = readArrival(typed, place.timeZone, Temporal.PlainTime.from('00:00'))
  const last = now.add({ hours: MOST_DAYS * 24 })
  if (
    at !== null &&
    Temporal.Instant.compare(at, now) > 0 &&
    Temporal.Instant.compare(at, last) <= 0
  ) {
    return at
  }
  faults.push({ field: 'at', text: fill(words.badAt, language, { days: MOST_DAYS }) })
  return null
}

async function sendBack(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'approve')
  if (flow === null) return missing
  const { language, app, form } = visit
  const note = form.get('note')?.trim().slice(0, MOST_REASON) ?? ''
  if (note === '') return page(visit, flow, [{ field: 'note', text: words.noNote[language] }])
  const decided = await app.flows.sendBack(flow.id, visit.asked(note))
  if (decided.kind === 'refused') {
    return page(visit, flow, [{ field: null, text: refusedText(flow.id, decided, language) }])
  }
  const said = fill(words.sentBack, language, { flow: flow.id })
  return { kind: 'redirect', to: visit.to('/approvals'), said }
}
