// The activity log: sentences by day, newest first, each leading to what it is about. Pages are
// found by the number of an act. Only reads.
import { type ActKind, actKinds, subjectPath, subjectText } from '../../domain/act-subject.ts'
import { actWords } from '../../domain/act-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { dayFrom, periodOf } from '../parts/day-filter.ts'
import { type Exported, exportButtons } from '../parts/export.ts'
import { type Chip, changed, chips, pageSize, sizeChooser } from '../parts/filter.ts'
import { button, getForm, postForm, selectField, textField } from '../parts/form.ts'
import { pager } from '../parts/list.ts'
import { count, date, typedDay } from '../parts/show.ts'
import type { Answer, Visit } from '../visit.ts'
import { originWords, words } from './words.ts'

type Acts = Visit['app']['store']['acts']
type Filter = Parameters<Acts['page']>[1]
type ListedAct = Awaited<ReturnType<Acts['page']>>[number]

/** Characters of a filter. */
const LONGEST = 100
const kinds = Object.keys(actKinds) as ActKind[]

/** What the address says; what it does not understand it leaves out. */
function filterOf(visit: Visit): Filter {
  const { query } = visit
  const text = (name: string) => query.get(name)?.trim().slice(0, LONGEST) || null
  const { from, to } = periodOf(visit, dayFrom(query.get('from')), dayFrom(query.get('to')))
  const kind = kinds.find((one) => one === query.get('kind')) ?? null
  const name = text('name')
  const subject = kind !== null && name !== null ? `${kind}/${name}` : null
  return { actor: text('actor'), kind, subject, from, to }
}

export async function activityPage(visit: Visit): Promise<Answer> {
  const { app, language, place, query, to } = visit
  const size = pageSize(query)
  const key = (name: string) => {
    const typed = query.get(name) ?? ''
    return /^\d{1,15}$/.test(typed) ? Number(typed) : null
  }
  const before = key('before')
  const after = before === null ? key('after') : null
  const scope = { institution: place.id, services: visit.services('audit') }
  // One more than is shown says whether there are more.
  const found = await app.store.acts.page(scope, filterOf(visit), { before, after }, size + 1)
  const isMore = found.length > size
  const acts = after === null ? found.slice(0, size) : found.slice(isMore ? 1 : 0)
  const isFirst = before === null && (after === null || !isMore)
  const [first, last] = [acts.at(0), acts.at(-1)]
  const paging = {
    previous: isFirst || !first ? null : changed(query, { after: String(first.id) }),
    next: (after === null && !isMore) || !last ? null : changed(query, { before: String(last.id) }),
  }
  const ways = acts.length === 0 ? null : exportButtons(visit, '/activity/export')
  const content = html`<p>${words.hint[language]}</p>
${verifyForm(visit)}
${filters(visit)}
${chips(chipsOf(visit), to('/activity'), language)}
${acts.length === 0 ? html`<p class="empty">${words.empty[language]}</p>` : days(visit, acts)}
<div class="below">${ways}${sizeChooser(visit)}</div>
${pager(paging, language)}`
  return { kind: 'page', title: words.title[language], section: 'activity', content }
}

/** Of the whole installation: for who sees all of it. */
export function verifyForm(visit: Visit): Html | null {
  if (visit.services('audit') !== null) return null
  const verify = button(words.verify[visit.language], { tone: 'secondary' })
  return postForm(visit, visit.to('/activity/verify'), verify, { class: 'verify-acts' })
}

export async function exportedActs(visit: Visit): Promise<Exported> {
  const { query } = visit
  const filter = filterOf(visit)
  const at = (instant: Temporal.Instant | null) => instant?.toString() ?? null
  return {
    kind: 'acts',
    name: { it: 'registro-attivita', en: 'activity-log' },
    section: 'activity',
    services: visit.services('audit'),
    filter: { ...filter, from: at(filter.from), to: at(filter.to) },
    asked: ['actor', 'kind', 'name', 'from', 'to']
      .flatMap((name) => (query.get(name) ? [`${name}=${query.get(name)?.slice(0, LONGEST)}`] : []))
      .join(' '),
  }
}

function filters({ language, query, to }: Visit): Html {
  const value = (name: string) => query.get(name)?.slice(0, LONGEST) ?? ''
  const options = [
    ['', words.any[language]] as const,
    ...kinds.map((kind) => [kind, actKinds[kind][language]] as const),
  ]
  const day = (name: 'from' | 'to') =>
    textField({ name, label: words[name][language], type: 'date', value: value(name) })
  const text = (name: 'actor' | 'name') =>
    textField({
      ...{ name, label: words[name][language], value: value(name) },
      attributes: { autocomplete: 'off' },
    })
  return getForm(
    to('/activity'),
    html`${text('actor')}
${selectField({ name: 'kind', label: words.kind[language], value: value('kind'), options })}
${text('name')}
${day('from')}
${day('to')}
<div class="actions">${button(words.list[language])}</div>`,
  )
}

function chipsOf(visit: Visit): Chip[] {
  const { query, language } = visit
  const { kind, actor, subject } = filterOf(visit)
  const about =
    kind === null
      ? null
      : subject === null
        ? actKinds[kind as ActKind][language]
        : subjectText(subject, language)
  const chip = (name: 'actor' | 'kind' | 'from' | 'to', text: string | null): Chip[] => {
    if (text === null) return []
    const without = changed(query, { [name]: null, ...(name === 'kind' && { name: null }) })
    return [{ text: `${words[name][language]}: ${text}`, without }]
  }
  const day = (name: 'from' | 'to') =>
    dayFrom(query.get(name)) === null ? null : typedDay(query.get(name) ?? '')
  return [
    ...[chip('actor', actor), chip('kind', about)].flat(),
    ...[chip('from', day('from')), chip('to', day('to'))].flat(),
  ]
}

/** A list for each day, in the zone of the institution. */
function days(visit: Visit, acts: readonly ListedAct[]): Html[] {
  const zone = visit.place.timeZone
  const byDay = Map.groupBy(acts, ({ at }) => at.toZonedDateTimeISO(zone).toPlainDate().toString())
  return [...byDay].map(
    ([day, those]) => html`<section><h2 class="h4">${date(Temporal.PlainDate.from(day))}</h2>
<ul class="acts">
${those.map(
  (act) => html`<li>${sentence(visit, act)}</li>
`,
)}</ul></section>
`,
  )
}

/** `10:42 – ragioneria: approvato, flusso 31 (40.120 destinatari) – perché` */
function sentence(visit: Visit, act: ListedAct): Html {
  const { language, place } = visit
  const { at, actor, origin, verb, subject, note, messages } = act
  const local = at.toZonedDateTimeISO(place.timeZone)
  const clock = [local.hour, local.minute].map((n) => String(n).padStart(2, '0')).join(':')
  const path = pathFor(visit, subject)
  const text = subjectText(subject, language)
  const about: Piece = path === null ? text : html`<a href="${visit.to(path)}">${text}</a>`
  const of =
    messages === null ? null : ` (${fill(words.messages, language, { n: count(visit, messages) })})`
  const why = note === null || note === '' ? null : html` – <q>${note}</q>`
  const verbText = actWords(verb, language)
  const [before = '', after] = verbText.split(text, 2)
  // What the words name already is not named twice.
  const done = after === undefined ? html`${verbText}, ${about}` : html`${before}${about}${after}`
  const did = html`${done}${of}${why}`
  const from = html`<span class="reason">${originWords[origin]?.[language] ?? origin}</span>`
  const when = html`<time datetime="${at.toString()}">${clock}</time>`
  return html`${when} – <strong>${actor}</strong>: ${did} ${from}`
}

/** Null where they may not see it: an auditor sees that it was done, not the page of it. */
function pathFor(visit: Visit, subject: string): string | null {
  const path = subjectPath(subject)
  if (path === null) return null
  const [kind = ''] = subject.split('/')
  const permission = (
    { flow: 'flows', drop: 'prepare', service: 'system', feed: 'system' } as const
  )[kind]
  return visit.may(permission ?? 'messages') ? path : null
}
