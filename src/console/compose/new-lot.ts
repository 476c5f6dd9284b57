// A lot of an office's own: the list is uploaded, the text written, each row looked at as the app
// shows it, and the flow prepared. Invariants: a draft is its beginner's alone; a service that is
// not theirs prepares nothing; everything works without scripts.
import type { LotDraft } from '../../domain/lot-draft.ts'
import { fillText } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { rowDetail, rowsTable } from '../mappings/tried-row.ts'
import { button, type Fault, faultSummary, postForm } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, day, time } from '../parts/show.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import {
  beginFields,
  type Composed,
  columnsTable,
  draftOf,
  listField,
  partFields,
  textFields,
} from './lot-form.ts'
import { lotWords } from './lot-words.ts'
import { enterDoes, servicesOf } from './services.ts'

type Lots = Visit['app']['desk']['lots']
type OpenDraft = NonNullable<Awaited<ReturnType<Lots['find']>>>
type Tried = NonNullable<Awaited<ReturnType<Lots['look']>>['tried']>

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/lots/new',
    permission: 'prepare',
    handle: (visit) => beginPage(visit, draftOf(new URLSearchParams()), []),
  },
  { method: 'POST', path: '/lots/new', permission: 'prepare', takesFiles: true, handle: begin },
  {
    method: 'GET',
    path: '/lots/:draft',
    permission: 'prepare',
    async handle(visit) {
      const open = await find(visit)
      return open === null ? missing : draftPage(visit, open)
    },
  },
  { method: 'POST', path: '/lots/:draft', permission: 'prepare', takesFiles: true, handle: change },
]

function find({ app, place, visitor, params }: Visit): Promise<OpenDraft | null> {
  const id = Number(params['draft'])
  if (!Number.isSafeInteger(id)) return Promise.resolve(null)
  return app.desk.lots.find(place.id, id, visitor.id)
}

/** The list that came along: null: none did. */
async function sentList(visit: Visit): Promise<{ name: string; bytes: Buffer | null } | null> {
  let sent: { name: string; bytes: Buffer | null } | null = null
  for await (const { name, bytes } of visit.files) {
    const whole = await visit.app.desk.wholeFile(bytes)
    if (name !== '' && (whole === null || whole.length > 0)) sent ??= { name, bytes: whole }
  }
  return sent
}

async function begin(visit: Visit): Promise<Answer> {
  const words = lotWords[visit.language]
  const file = await sentList(visit)
  const draft = draftOf(visit.form)
  const faults = ownFaults(visit, draft)
  if (file === null) faults.push({ field: 'file', text: words.noFile })
  else if (file.bytes === null) faults.push({ field: 'file', text: words.tooLarge })
  if (faults.length > 0 || !file?.bytes) return beginPage(visit, draft, faults)
  const { app, place, visitor } = visit
  const list = { name: file.name, bytes: file.bytes }
  const id = await app.desk.lots.begin(place.id, visitor.id, draft, list)
  return { kind: 'redirect', to: visit.to(`/lots/${id}`) }
}

function ownFaults(visit: Visit, { title, service }: LotDraft): Fault[] {
  const words = lotWords[visit.language]
  const isTheirs = servicesOf(visit).some(({ name }) => name === service)
  return [
    ...(title === '' ? [{ field: 'title', text: words.noTitle }] : []),
    ...(isTheirs ? [] : [{ field: 'service', text: words.noService }]),
  ]
}

async function beginPage(visit: Visit, draft: LotDraft, faults: readonly Fault[]): Promise<Answer> {
  const words = lotWords[visit.language]
  const { app, place, visitor } = visit
  const drafts = await app.desk.lots.list(place.id, visitor.id)
  const services = servicesOf(visit).map(({ name }) => name)
  const titles = [words.name, words.service, words.changed, words.kept]
  const content = html`${faultSummary(faults, visit.language)}
<p>${words.intro}</p>
${postForm(
  visit,
  visit.to('/lots/new'),
  html`${beginFields(visit, draft, services, faults)}
${listField(visit, null, faults)}
${button(words.begin)}`,
  { files: true },
)}
<h2>${words.drafts}</h2>
${listTable({
  ...{ caption: words.drafts, empty: words.draftsNone },
  columns: titles.map((title) => ({ title })),
  rows: drafts.map(({ id, title, service, changedAt, expiresAt }) => ({
    href: visit.to(`/lots/${id}`),
    cells: [title, service ?? '–', time(visit, changedAt), day(visit, expiresAt)],
  })),
})}`
  const status = faults.length > 0 ? { status: 422 } : {}
  return { kind: 'page', title: words.title, section: 'new-lot', content, ...status }
}

async function change(visit: Visit): Promise<Answer> {
  const words = lotWords[visit.language]
  const file = await sentList(visit)
  const open = await find(visit)
  if (open === null) return missing
  const { app, place, visitor, form } = visit
  const { lots } = app.desk
  const act = form.get('act')
  if (act === 'duplicate') {
    const title = fillText(words.copyOf, { title: open.draft.title }).slice(0, 120)
    const id = await lots.begin(place.id, visitor.id, { ...open.draft, title }, null)
    return { kind: 'redirect', to: visit.to(`/lots/${id}`), said: words.duplicated }
  }
  if (act === 'remove') {
    await lots.remove(open.id)
    return { kind: 'redirect', to: visit.to('/lots/new'), said: words.removed }
  }
  if (open.dropId !== null) return draftPage(visit, open)
  const draft = draftOf(form)
  const faults = ownFaults(visit, draft)
  if (file !== null && file.bytes === null) faults.push({ field: 'file', text: words.tooLarge })
  const list = file?.bytes ? { name: file.name, bytes: file.bytes } : null
  if (faults.length > 0) return draftPage(visit, { ...open, draft }, faults)
  await lots.save(open, draft, list)
  const to = visit.to(`/lots/${open.id}`)
  if (act !== 'prepare') return { kind: 'redirect', to: `${to}#messages`, said: words.saved }
  const saved = await find(visit)
  return saved === null ? missing : prepare(visit, saved)
}

async function prepare(visit: Visit, open: OpenDraft): Promise<Answer> {
  const words = lotWords[visit.language]
  const { app, place } = visit
  const { tried } = await app.desk.lots.look(place.id, open, { ...wishOf(visit), kinds: [] })
  if (tried !== null && tried.counts.good + tried.counts.warned === 0) {
    return draftPage(visit, open, [{ field: null, text: words.nobody }])
  }
  const prepared = await app.desk.lots.prepare(place.id, open, visit.asked(null))
  switch (prepared.kind) {
    case 'no-file':
      return draftPage(visit, open, [{ field: 'file', text: words.noFile }])
    case 'problems':
      return draftPage(visit, open, problemsOf(visit, prepared.composed))
    case 'prepared': {
      const { flowId } = prepared
      const to = visit.to(flowId === null ? '/flows' : `/flows/${flowId}`)
      return { kind: 'redirect', to, said: flowId === null ? words.reading : words.prepared }
    }
  }
}

function problemsOf({ language }: Visit, { problems }: Composed): Fault[] {
  return problems.map(({ part, words }) => ({ field: part, text: words[language] }))
}

const PAGE_ROWS = 10
const languages = ['it', 'en', 'de'] as const

function wishOf({ query }: Visit) {
  const kinds = (['good', 'warned', 'refused', 'left-out'] as const).filter(
    (kind) => kind === query.get('show'),
  )
  const from = Math.max(1, Number(query.get('from')) || 1)
  const language = languages.find((one) => one === query.get('language')) ?? 'it'
  return { kinds, from, size: PAGE_ROWS, row: Number(query.get('row')) || null, language }
}

async function draftPage(
  visit: Visit,
  open: OpenDraft,
  faults: readonly Fault[] = [],
): Promise<Answer> {
  const words = lotWords[visit.language]
  const { app, place, language } = visit
  const crumbs = [{ title: words.title, href: visit.to('/lots/new') }]
  const place_ = { section: 'new-lot', title: open.draft.title, crumbs } as const
  if (open.dropId !== null) {
    return { kind: 'page', ...place_, content: await donePage(visit, open, open.dropId) }
  }
  const { composed, tried } = await app.desk.lots.look(place.id, open, wishOf(visit))
  const problems = composed === null ? [] : problemsOf(visit, composed)
  const isNew = open.draft.subject === '' && open.draft.markdown === ''
  const marked = faults.length > 0 ? faults : isNew ? [] : problems
  const services = servicesOf(visit).map(({ name }) => name)
  const content = html`${faultSummary(faults, language)}
${faults.length > 0 || marked.length === 0 ? null : problemsNote(marked, words.problems)}
${postForm(
  visit,
  visit.to(`/lots/${open.id}`),
  html`${enterDoes('save')}
${beginFields(visit, open.draft, services, marked)}
${composed === null ? null : columnsTable(visit, composed)}
${textFields(visit, open.draft, marked)}
${composed === null ? null : partFields(visit, open.draft, composed, marked)}
${listField(visit, open.file?.name ?? null, marked)}
<div class="actions">${button(words.save, { name: 'act', value: 'save' })}
${tried === null ? null : secondary(words.prepare, 'prepare')}
${secondary(words.remove, 'remove')}</div>
<p class="form-text">${words.prepareHint}</p>`,
  { files: true },
)}
${tried === null ? null : messagesOf(visit, open, composed, tried)}`
  return { kind: 'page', ...place_, content, ...(faults.length > 0 && { status: 422 }) }
}

function secondary(text: string, act: string): Html {
  return button(text, { tone: 'secondary', name: 'act', value: act })
}

/** What is still to be done is no mistake of who has just come. */
function problemsNote(problems: readonly Fault[], title: string): Html {
  const lines = problems.map(({ field, text }) => {
    const line = field === null ? text : html`<a href="#${field}">${text}</a>`
    return html`<li>${line}</li>
`
  })
  return callout('warning', title, html`<ul>${lines}</ul>`)
}

function messagesOf(visit: Visit, open: OpenDraft, composed: Composed | null, tried: Tried): Html {
  const words = lotWords[visit.language]
  const { refused } = tried.counts
  const note =
    refused === 0
      ? null
      : callout('warning', null, fillText(words.refusedToo, { n: refused, all: tried.rows }))
  const at = (changes: Record<string, string | number | null>) => hrefOf(visit, open.id, changes)
  const { from, language, kinds } = wishOf(visit)
  const listing = { from, size: PAGE_ROWS, isFiltered: kinds.length > 0, at }
  const spec = composed?.mapping?.spec ?? { record: { fields: {} } as never }
  const of = { spec, service: open.draft.service, caseFile: null }
  return html`<h2 id="messages">${words.messages}</h2>
${note}
<div class="try-panes">
${rowsTable(visit, tried, listing)}
${rowDetail(visit, of, tried, { language, at, yaml: null, isCase: false })}
</div>`
}

function hrefOf(visit: Visit, id: number, changes: Record<string, string | number | null>): string {
  const query = new URLSearchParams(visit.query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name)
    else query.set(name, String(value))
  }
  return `${visit.to(`/lots/${id}`)}${query.size > 0 ? `?${query}` : ''}#messages`
}

async function donePage(visit: Visit, { id }: OpenDraft, dropId: number): Promise<Html> {
  const words = lotWords[visit.language]
  const flowId = await visit.app.desk.lots.flowOf(dropId)
  const link =
    flowId === null
      ? callout('info', null, words.reading)
      : html`<p><a class="btn btn-primary" href="${visit.to(`/flows/${flowId}`)}">${words.open}</a></p>`
  return html`<p>${words.done}</p>
${link}
${postForm(visit, visit.to(`/lots/${id}`), secondary(words.duplicate, 'duplicate'))}`
}
