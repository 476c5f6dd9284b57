// An errata for a flow: who writes it sees to how many it goes and how it reads, and types that
// number before a flow of its own is made, with its own checks, test and approval. Nothing is kept
// of a text that was only looked at.
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import {
  button,
  checkField,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  textArea,
  textField,
} from '../parts/form.ts'
import { phoneOfPayload } from '../parts/phone.ts'
import { callout, count, facts } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { reasonField, reasonOf, typedCount } from './acts.ts'
import { words } from './errata-words.ts'
import { findFlow, flowCrumbs, type ShownFlow, titleOf } from './flow.ts'
import { refusedText } from './refusal-words.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/errata',
    permission: 'prepare',
    async handle(visit) {
      const flow = await findFlow(visit, 'prepare')
      return flow === null ? missing : page(visit, flow, null, [])
    },
  },
  { method: 'POST', path: '/flows/:flow/errata', permission: 'prepare', handle: write },
]

type Preview = Extract<
  Awaited<ReturnType<Visit['app']['flows']['previewErrata']>>,
  { kind: 'done' }
>

const MOST_TEXT = 10_000
const MOST_TITLE = 120

function page(
  visit: Visit,
  flow: ShownFlow,
  seen: Preview | null,
  faults: readonly Fault[],
): Answer {
  const { language, form } = visit
  const area = (name: 'it' | 'en', required: boolean) =>
    textArea({
      name,
      label: words[name][language],
      ...(name === 'it' && { hint: words.textHint[language] }),
      value: form.get(name) ?? '',
      fault: faultOf(faults, name),
      required,
      attributes: { maxlength: MOST_TEXT, lang: name },
    })
  const fields = html`${textField({
    name: 'subject',
    label: words.subject[language],
    hint: words.subjectHint[language],
    value: form.get('subject') ?? '',
    attributes: { maxlength: MOST_TITLE },
  })}
${area('it', true)}
<details class="more"${form.get('en') ? html` open` : null}><summary>${words.alsoEnglish[language]}</summary>${area('en', false)}</details>
${checkField({ name: 'payment', label: words.payment[language], checked: form.get('payment') === 'on' })}
${reasonField(visit, faults)}
${seen === null ? null : confirmation(visit, flow, seen, faults)}
<div class="actions">${seen === null ? null : button(words.make[language], { name: 'act', value: 'make' })} ${button(
    words.look[language],
    { tone: seen === null ? 'primary' : 'secondary', name: 'act', value: 'look' },
  )} <a href="${visit.to(`/flows/${flow.id}`)}">${words.back[language]}</a></div>`
  return {
    kind: 'page',
    title: `${words.title[language]} – ${titleOf(flow, language)}`,
    section: 'flows',
    crumbs: flowCrumbs(visit, flow),
    status: faults.length > 0 ? 422 : 200,
    content: html`${faultSummary(faults, language)}
${callout('info', null, words.explains[language])}
${postForm(visit, visit.to(`/flows/${flow.id}/errata`), fields)}`,
  }
}

/** To whom, what is left out and why, how it reads. */
function confirmation(
  visit: Visit,
  flow: ShownFlow,
  seen: Preview,
  faults: readonly Fault[],
): Html {
  const { language, place } = visit
  const n = (value: number) => count(visit, value)
  const warnings = [
    ...(seen.refused > 0 ? [fill(words.refused, language, { n: n(seen.refused) })] : []),
    ...(seen.uncertain.count > 0
      ? [fill(words.uncertain, language, { n: n(seen.uncertain.count) })]
      : []),
    ...(seen.waiting > 0 ? [fill(words.waiting, language, { n: n(seen.waiting) })] : []),
    ...(seen.reminders > 0 ? [fill(words.reminders, language, { n: n(seen.reminders) })] : []),
    ...(seen.errata.length > 0
      ? [fill(words.earlier, language, { flows: seen.errata.join(', ') })]
      : []),
  ]
  const names = { institution: place.name, service: flow.service, language: 'it' as const }
  const phones = visit.may('reveal', flow.service)
    ? html`<div class="phones">${seen.samples.map((sample) => phoneOfPayload(visit, names, sample))}</div>`
    : null
  return html`<section class="confirmed"><h2 class="h4">${words.toWhom[language]}</h2>
${facts([
  [words.reached[language], n(seen.reached)],
  [words.messages[language], html`<strong>${n(seen.messages)}</strong>`],
  [words.longest[language], n(seen.longest)],
])}
${warnings.length === 0 ? null : callout('warning', null, html`<ul>${warnings.map((one) => html`<li>${one}</li>`)}</ul>`)}
${phones}
<input type="hidden" name="seen" value="${seen.messages}"><input type="hidden" name="earlier" value="${seen.errata.join(' ')}">
${textField({
  name: 'count',
  label: words.type[language],
  fault: faultOf(faults, 'count'),
  attributes: { inputmode: 'numeric', autocomplete: 'off', size: 12 },
})}</section>`
}

async function write(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'prepare')
  if (flow === null) return missing
  const { language, app, form } = visit
  const faults: Fault[] = []
  const reason = reasonOf(visit, faults)
  const it = textOf(form, 'it')
  if (it === '') faults.push({ field: 'it', text: words.noText[language] })
  if (faults.length > 0) return page(visit, flow, null, faults)
  const source = { name: words.source[language], text: sourceOf(form) }
  const seen = await app.flows.previewErrata(flow.id, source)
  if (seen.kind === 'wrong-text') return page(visit, flow, null, wrongText(seen.problems))
  if (seen.kind === 'refused') {
    return page(visit, flow, null, [{ field: null, text: refusedText(flow.id, seen, language) }])
  }
  if (form.get('act') !== 'make') {
    if (visit.may('reveal', flow.service) && seen.samples.length > 0) {
      const act = { verb: 'revealed texts', subject: `flow/${flow.id}` }
      await app.store.acts.add(visit.place.id, { ...visit.asked(null), ...act }, visit.now)
    }
    return page(visit, flow, seen, [])
  }
  if (seen.messages === 0 || typedCount(form.get('count')) !== seen.messages) {
    return page(visit, flow, seen, [{ field: 'count', text: words.otherCount[language] }])
  }
  const earlier = (form.get('earlier') ?? '').split(' ').filter(Boolean).map(Number)
  const looked = { messages: Number(form.get('seen')), errata: earlier }
  const made = await app.flows.errata(flow.id, source, looked, visit.asked(reason))
  if (made.kind === 'wrong-text') return page(visit, flow, null, wrongText(made.problems))
  if (made.kind === 'refused') {
    return page(visit, flow, null, [{ field: null, text: refusedText(flow.id, made, language) }])
  }
  const figures = { flow: flow.id, messages: count(visit, made.messages) }
  const said = fill(words.made, language, figures)
  return { kind: 'redirect', to: visit.to(`/flows/${made.flowId}`), said }
}

type Problems = readonly { message: string; hint: string; severity: string }[]

function wrongText(problems: Problems): Fault[] {
  const errors = problems.filter(({ severity }) => severity === 'error')
  return errors.map(({ message, hint }) => ({
    field: 'it',
    text: hint === '' ? message : `${message} ${hint}`,
  }))
}

function textOf(form: URLSearchParams, name: string): string {
  return (form.get(name) ?? '').replaceAll('\r\n', '\n').trim().slice(0, MOST_TEXT)
}

/** JSON is YAML too: the text stands in it as it was typed. */
function sourceOf(form: URLSearchParams): string {
  const [it, en] = [textOf(form, 'it'), textOf(form, 'en')]
  const subject = form.get('subject')?.trim().slice(0, MOST_TITLE) ?? ''
  const markdown = { it, ...(en !== '' && { en }) }
  const titled =
    subject === '' ? {} : { subject: en === '' ? { it: subject } : { it: subject, en: subject } }
  return JSON.stringify({ ...titled, markdown, payment: form.get('payment') === 'on' }, null, 1)
}
