// A message to one citizen, written by hand: the form, IO asked about the recipient, the message as
// the app would show it, and then it is sent, now or later, or to a colleague first. Invariants: a
// page that was sent twice sends once; a fiscal code stands in no address.
import { randomUUID } from 'node:crypto'
import { adviceText } from '../../domain/advice-words.ts'
import type { MessageFinding } from '../../domain/message-finding.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { WrittenMessage } from '../../domain/written-message.ts'
import { type Html, html } from '../../html.ts'
import {
  button,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  selectField,
  textField,
} from '../parts/form.ts'
import { phoneOfPayload } from '../parts/phone.ts'
import { callout, facts } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import {
  faultsOf,
  hiddenFields,
  messageFields,
  messageOf,
  type Typed,
  typedOf,
} from './message-form.ts'
import { messageWords } from './message-words.ts'
import { enterDoes, servicesOf } from './services.ts'
import { startingText, startingTexts } from './starting-text.ts'

const PATH = '/messages/new'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: PATH,
    permission: 'prepare',
    async handle(visit) {
      const from = visit.query.get('from') ?? ''
      const typed = { ...typedOf(new URLSearchParams()), ...startingText(visit, from) }
      typed.service = visit.query.get('service') ?? ''
      return formPage(visit, typed, { from })
    },
  },
  {
    method: 'POST',
    path: PATH,
    permission: 'prepare',
    async handle(visit) {
      const typed = typedOf(visit.form)
      const step = steps[visit.form.get('act') ?? ''] ?? review
      return step(visit, typed)
    },
  },
]

type Step = (visit: Visit, typed: Typed) => Promise<Answer>

const steps: Record<string, Step> = {
  edit: async (visit, typed) => formPage(visit, typed),
  verify,
  review,
  send: (visit, typed) => send(visit, typed, null),
  schedule,
  test,
}

function serviceOf(visit: Visit, typed: Typed) {
  return servicesOf(visit).find(({ name }) => name === typed.service) ?? null
}

async function verify(visit: Visit, typed: Typed): Promise<Answer> {
  const words = messageWords[visit.language]
  const { message } = messageOf(typed, visit)
  const { app, place } = visit
  const wrong = app.desk.writing
    .look(place.id, message)
    .problems.filter(({ part }) => part === 'fiscalCode' || part === 'service')
  const faults = faultsOf(wrong, visit)
  if (serviceOf(visit, typed) === null && faultOf(faults, 'service') === undefined) {
    faults.push({ field: 'service', text: words.choose })
  }
  if (faults.length > 0) return formPage(visit, typed, { faults })
  const verified = await app.desk.writing.verify(place.id, message, visit.asked(null))
  return formPage(visit, typed, { verified: html`${words.verified[verified]}` })
}

interface Checked {
  message: WrittenMessage
  payload: NewMessage
  warnings: readonly MessageFinding[]
}

/** The message, if it can be sent; else what is wrong with it. */
function check(visit: Visit, typed: Typed): Checked | Fault[] {
  const { message, faults } = messageOf(typed, visit)
  const looked = visit.app.desk.writing.look(visit.place.id, message)
  const all = [...faults, ...faultsOf(looked.problems, visit)]
  if (serviceOf(visit, typed) === null && faultOf(all, 'service') === undefined) {
    all.unshift({ field: 'service', text: messageWords[visit.language].choose })
  }
  if (all.length > 0 || looked.payload === null) return all
  return { message, payload: looked.payload, warnings: looked.warnings }
}

async function review(visit: Visit, typed: Typed): Promise<Answer> {
  const checked = check(visit, typed)
  if (Array.isArray(checked)) return formPage(visit, typed, { faults: checked })
  return reviewPage(visit, typed, checked)
}

async function schedule(visit: Visit, typed: Typed): Promise<Answer> {
  const leavesAt = timeOf(visit, visit.form.get('leavesAt') ?? '')
  if (leavesAt !== null) return send(visit, typed, leavesAt)
  const checked = check(visit, typed)
  if (Array.isArray(checked)) return formPage(visit, typed, { faults: checked })
  const text = messageWords[visit.language].wrongTime
  return reviewPage(visit, typed, checked, [{ field: 'leavesAt', text }])
}

/** Days ahead for which a message may be scheduled. */
const MOST_DAYS = 366

/** `2026-10-31T09:30` in the institution’s zone, if it is still to come. */
function timeOf({ place, now }: Visit, typed: string): Temporal.Instant | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(typed)) return null
  try {
    const at = Temporal.PlainDateTime.from(typed).toZonedDateTime(place.timeZone).toInstant()
    const hours = now.until(at).total('hours')
    return hours > 0 && hours < MOST_DAYS * 24 ? at : null
  } catch {
    return null
  }
}

async function send(
  visit: Visit,
  typed: Typed,
  leavesAt: Temporal.Instant | null,
): Promise<Answer> {
  const checked = check(visit, typed)
  if (Array.isArray(checked)) return formPage(visit, typed, { faults: checked })
  const words = messageWords[visit.language]
  const { app, place } = visit
  // The same page sends once, however often it comes; now and later are two wishes.
  const key = `${keyOf(visit)}${leavesAt === null ? '' : '-later'}`
  const wish = { key, leavesAt }
  const sent = await app.desk.writing.send(place.id, checked.message, visit.asked(null), wish)
  switch (sent.kind) {
    case 'refused':
      return formPage(visit, typed, { faults: faultsOf(sent.problems, visit) })
    case 'key-used':
      return formPage(visit, typed, { faults: [{ field: null, text: words.keyUsed }] })
    case 'kept':
      return { kind: 'redirect', to: visit.to('/flows'), said: words.kept }
    case 'sent': {
      const asks = serviceOf(visit, typed)?.written.messages.approval !== 'none'
      const said = leavesAt === null ? words.sent : words.scheduled
      const isMessage = !asks && sent.messageId !== null
      const to = isMessage ? `/messages/${sent.messageId}` : `/flows/${sent.flowId}`
      return { kind: 'redirect', to: visit.to(to), said: asks ? words.asked : said }
    }
  }
}

async function test(visit: Visit, typed: Typed): Promise<Answer> {
  const words = messageWords[visit.language]
  const checked = check(visit, typed)
  if (Array.isArray(checked)) return formPage(visit, typed, { faults: checked })
  const { app, place } = visit
  const tester = testersOf(visit)[Number(visit.form.get('tester') || '-1')]
  if (tester === undefined) {
    const fault = { field: 'tester', text: words.wrongTester }
    return reviewPage(visit, typed, checked, [fault])
  }
  const key = `${keyOf(visit)}-test-${randomUUID()}`
  const { message } = checked
  await app.desk.writing.sendTest(place.id, message, tester, visit.asked(null), key)
  const said = words.tested.replace('{name}', tester.name)
  return reviewPage(visit, typed, checked, [], said)
}

/** Made when the message is first shown, and kept by its page. */
function keyOf(visit: Visit): string {
  const given = visit.form.get('key') ?? ''
  return /^[0-9a-f-]{36}$/.test(given) ? `console-${given}` : `console-${randomUUID()}`
}

function testersOf({ app, place }: Visit) {
  return app.config.institutions.find(({ id }) => id === place.id)?.testers ?? []
}

interface FormState {
  faults?: readonly Fault[]
  verified?: Html
  /** The mapping whose text it begins with. */
  from?: string
}

function formPage(visit: Visit, typed: Typed, state: FormState = {}): Answer {
  const words = messageWords[visit.language]
  const { faults = [], verified = null, from = '' } = state
  const services = servicesOf(visit).map(({ name }) => [name, name] as const)
  const place = { section: 'new-message', title: words.title } as const
  if (services.length === 0) {
    return {
      kind: 'page',
      ...place,
      content: html`<p class="empty">${words.noService}</p>`,
    }
  }
  const content = html`${faultSummary(faults, visit.language)}
${isEmpty(typed) || from !== '' ? starting(visit, from) : null}
${postForm(
  visit,
  visit.to(PATH),
  html`${enterDoes('review')}
${messageFields(visit, typed, { services, faults, verified })}
${button(words.check, { name: 'act', value: 'review' })}`,
)}`
  return { kind: 'page', ...place, content, ...(faults.length > 0 && { status: 422 }) }
}

function isEmpty({ subject, markdown }: Typed): boolean {
  return subject === '' && markdown === ''
}

/** Texts of mappings to begin with: a form of its own, since it changes nothing. */
function starting(visit: Visit, from: string): Html | null {
  const words = messageWords[visit.language]
  const texts = startingTexts(visit)
  if (texts.length === 0) return null
  const options = [['', words.startNone], ...texts.map((name) => [name, name])] as const
  const field = { name: 'from', label: words.start, hint: words.startHint, value: from }
  return html`<form method="get" action="${visit.to(PATH)}" class="filters">
${selectField({ ...field, options: options as readonly (readonly [string, string])[] })}
${button(words.startButton, { tone: 'secondary' })}
</form>`
}

async function reviewPage(
  visit: Visit,
  typed: Typed,
  { message, payload, warnings }: Checked,
  faults: readonly Fault[] = [],
  said: string | null = null,
): Promise<Answer> {
  const words = messageWords[visit.language]
  const { app, place, language } = visit
  const service = serviceOf(visit, typed)
  const today = await app.desk.writing.today(place.id, message)
  const names = { institution: place.name, service: message.service, language: 'it' } as const
  const key = visit.form.get('key') ?? randomUUID()
  const notes = [
    ...(today.noticeNumber > 0 ? [words.sameNotice] : []),
    ...(today.noticeNumber === 0 && today.recipient > 0 ? [recipientToday(visit, today)] : []),
    ...warnings.map((finding) => adviceText(finding, language)),
  ]
  const form = html`<input type="hidden" name="key" value="${key}">
${hiddenFields(typed)}`
  const content = html`${faultSummary(faults, language)}
${said === null ? null : callout('success', null, said)}
${modeNote(service, language)}
${service?.written.messages.approval === 'none' ? null : callout('info', null, words.needsApproval)}
${notesOf(notes, words.warnings)}
${facts([
  [words.recipient, message.fiscalCode],
  [words.service, message.service],
])}
${phoneOfPayload(visit, names, payload)}
<details class="more"><summary>${words.json}</summary><pre>${JSON.stringify(payload, null, 2)}</pre></details>
${postForm(
  visit,
  visit.to(PATH),
  html`${form}
<div class="actions">${button(words.send, { name: 'act', value: 'send' })}
${button(words.edit, { tone: 'secondary', name: 'act', value: 'edit' })}</div>`,
)}
<h2>${words.scheduleTitle}</h2>
${postForm(
  visit,
  visit.to(PATH),
  html`${form}
${textField({
  ...{ name: 'leavesAt', label: words.leavesAt, type: 'datetime-local' },
  ...{ value: visit.form.get('leavesAt') ?? '', fault: faultOf(faults, 'leavesAt') },
})}
<div class="actions">${button(words.schedule, { tone: 'secondary', name: 'act', value: 'schedule' })}</div>`,
)}
${testForm(visit, form, faults)}`
  const status = faults.length > 0 ? { status: 422 } : {}
  const crumbs = [{ title: words.title, href: visit.to(PATH) }]
  return { kind: 'page', section: 'new-message', title: words.review, crumbs, content, ...status }
}

function notesOf(notes: readonly string[], title: string): Html | null {
  if (notes.length === 0) return null
  return callout('warning', title, html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`)
}

function testForm(visit: Visit, form: Html, faults: readonly Fault[]): Html {
  const words = messageWords[visit.language]
  const testers = testersOf(visit)
  if (testers.length === 0) return html`<p class="form-text">${words.noTesters}</p>`
  const options = testers.map(({ name }, index) => [String(index), name] as const)
  return postForm(
    visit,
    visit.to(PATH),
    html`${form}
${selectField({
  ...{ name: 'tester', label: words.tester, hint: words.testHint, options },
  fault: faultOf(faults, 'tester'),
})}
${button(words.test, { tone: 'secondary', name: 'act', value: 'test' })}`,
  )
}

function recipientToday({ language }: Visit, { recipient }: { recipient: number }): string {
  const { one, many } = messageWords[language].sameRecipient
  return recipient === 1 ? one : many.replace('{n}', String(recipient))
}

function modeNote(service: { mode: string } | null, language: Visit['language']): Html | null {
  const words = messageWords[language]
  if (service?.mode === 'dry-run') return callout('info', null, words.dryRun)
  return service?.mode === 'testers' ? callout('info', null, words.testers) : null
}
