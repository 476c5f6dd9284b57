// Messages that wait for a person: those whose outcome nobody knows, and those that are held, by
// their reasons, with what to look at. Who decides sees the consequence of each decision beside it.
import { questionAdvice, questionText } from '../../domain/question-words.ts'
import { fill, type StaffLanguage } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { changed, pageSize, sizeChooser, total } from '../parts/filter.ts'
import {
  button,
  type Fault,
  faultOf,
  faultSummary,
  getForm,
  postForm,
  radioFields,
  selectField,
  textField,
} from '../parts/form.ts'
import { listTable, pager } from '../parts/list.ts'
import { callout, count, countLink, masked, time } from '../parts/show.ts'
import { tabs } from '../parts/way.ts'
import type { Answer, Visit } from '../visit.ts'
import {
  askedQuestions,
  MOST_AT_ONCE,
  type QuestionCount,
  type QuestionFilter,
  type QuestionRow,
  questionsHref,
} from './asked.ts'
import { words } from './words.ts'

/** What was typed comes back with its faults. */
export interface Returned {
  query: URLSearchParams
  form: URLSearchParams
  faults: readonly Fault[]
}

export async function questionsPage(visit: Visit, returned?: Returned): Promise<Answer> {
  const { language, app } = visit
  const query = returned?.query ?? visit.query
  const faults = returned?.faults ?? []
  const filter = askedQuestions(visit, query)
  const size = pageSize(query)
  const asked = query.get('after') ?? ''
  const after = /^\d{1,15}$/.test(asked) ? Number(asked) : 0
  const [counts, found] = await Promise.all([
    app.store.openQuestions.counts(filter),
    app.store.openQuestions.list(filter, after, size + 1),
  ])
  const rows = found.slice(0, size)
  const last = found.length > size ? rows.at(-1) : undefined
  const all = sumOf(counts, filter.state, filter.code)
  const title = words[filter.state === 'held' ? 'heldTitle' : 'title'][language]
  const paging = {
    previous: after > 0 ? changed(query, {}) : null,
    next: last === undefined ? null : changed(query, { after: String(last.id) }),
  }
  const content = html`${faultSummary(faults, language)}
${stateTabs(visit, counts, filter)}
${filter.state === 'held' ? html`<p>${words.heldExplain[language]}</p>` : explanation(visit)}
${narrowing(visit, filter)}
${causesTable(visit, counts, filter)}
${decisionForm({ ...visit, query }, filter, rows, all, returned)}
${pager(paging, language)}
${rows.length === 0 ? null : html`<div class="below">${sizeChooser({ query, language })}</div>`}`
  const status = faults.length > 0 ? { status: 422 } : {}
  return { kind: 'page', title, section: 'uncertain', content, ...status }
}

function sumOf(counts: readonly QuestionCount[], state: string, code: string | null): number {
  return counts
    .filter((one) => one.state === state && (code === null || (one.code ?? '') === code))
    .reduce((sum, { messages }) => sum + messages, 0)
}

function stateTabs(visit: Visit, counts: readonly QuestionCount[], filter: QuestionFilter): Html {
  const { language } = visit
  const of = (state: 'uncertain' | 'held') => ({
    title: words[state === 'held' ? 'heldTitle' : 'title'][language],
    href: questionsHref(visit, { ...filter, state, code: null }),
    current: filter.state === state,
    count: count(visit, sumOf(counts, state, null)),
  })
  return tabs(words.tabs[language], [of('uncertain'), of('held')])
}

/** Three lines, and what the feeds say of it: a rule of the configuration, read-only here. */
function explanation(visit: Visit): Html {
  const { language, app, place } = visit
  const seen = visit.services('uncertain')
  const { feeds = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  const rules = feeds
    .filter(({ service }) => service !== undefined && (seen === null || seen.includes(service)))
    .map(({ id, whenUncertain }) => {
      const rule = whenUncertain === 'resend' ? words.policyResend : words.policyHold
      const name = visit.may('system') ? html`<a href="${visit.to('/feeds')}">${id}</a>` : id
      return html`<li>${name}: ${rule[language]}</li>`
    })
  const policy =
    rules.length === 0
      ? null
      : html`<details class="more"><summary>${words.policy[language]}</summary><ul>${rules}</ul></details>`
  const said = [words.explain, words.explain2, words.explain3]
  const lines = html`${said.map((one) => html`<p>${one[language]}</p>`)}`
  return html`${callout('info', null, lines)}${policy}`
}

function narrowing(visit: Visit, { state, service, flowId, code }: QuestionFilter): Html {
  const { language, app, place } = visit
  const seen = visit.services('uncertain')
  const { services = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  const names = services.map(({ name }) => name).filter((name) => seen?.includes(name) ?? true)
  const options = [['', words.all[language]] as const, ...names.map((one) => [one, one] as const)]
  const hidden = (name: string, value: string | null) =>
    value === null ? null : html`<input type="hidden" name="${name}" value="${value}">`
  return getForm(
    visit.to('/uncertain'),
    html`${hidden('state', state === 'held' ? state : null)}${hidden('code', code)}
${selectField({ name: 'service', label: words.service[language], value: service ?? '', options })}
${textField({
  name: 'flow',
  label: words.flow[language],
  value: flowId === null ? '' : String(flowId),
  attributes: { inputmode: 'numeric', size: 8 },
})}
<div class="actions">${button(words.list[language])}</div>`,
  )
}

function causesTable(
  visit: Visit,
  counts: readonly QuestionCount[],
  filter: QuestionFilter,
): Html | null {
  const { language } = visit
  const own = counts.filter(({ state }) => state === filter.state)
  if (own.length === 0) return null
  return listTable({
    caption: words.causes[language],
    columns: [
      { title: words.cause[language] },
      { title: words.messages[language], isNumber: true },
      { title: words.advice[language] },
    ],
    rows: own.map(({ code, messages }) => {
      const href = questionsHref(visit, { ...filter, code: code ?? '' })
      return {
        href,
        cells: [
          questionText(code, language),
          countLink(visit, messages, href),
          questionAdvice(code, language),
        ],
      }
    }),
    empty: '',
  })
}

function decisionForm(
  visit: Visit,
  filter: QuestionFilter,
  rows: readonly QuestionRow[],
  all: number,
  returned: Returned | undefined,
): Html {
  const { language } = visit
  const table = rowsTable(visit, filter, rows, returned)
  if (rows.length === 0) return table
  const bounded = Math.min(all, MOST_AT_ONCE)
  const typed = (name: string) => returned?.form.get(name) ?? ''
  const withFault = (name: string) => {
    const fault = faultOf(returned?.faults ?? [], name)
    return fault === undefined ? {} : { fault }
  }
  const isHeld = filter.state === 'held'
  const choices = [
    ...(isHeld ? [] : [['sent', words.sent[language]] as const]),
    ['resend', words[isHeld ? 'resendHeld' : 'resend'][language]] as const,
    ['cancelled', words.cancelled[language]] as const,
  ]
  const whole = fill(words.whole, language, { n: count(visit, bounded) })
  const which = [['chosen', words.chosen[language]] as const, ['all', whole] as const]
  return postForm(
    visit,
    visit.to('/uncertain'),
    html`<input type="hidden" name="filter" value="${visit.query.toString()}">
${total(visit, { rows: all, isAbout: false })}
<div id="message">${table}</div>
<section aria-labelledby="decide"><h2 id="decide">${words.decide[language]}</h2>
${radioFields({
  name: 'which',
  label: words.which[language],
  value: typed('which') || 'chosen',
  options: which,
  ...withFault('which'),
})}
${radioFields({
  name: 'as',
  label: words.as[language],
  value: typed('as') || (isHeld ? '' : 'sent'),
  options: choices,
  ...withFault('as'),
})}
${textField({
  name: 'typed',
  label: words.typed[language],
  hint: words.typedHint[language],
  value: typed('typed'),
  attributes: { inputmode: 'numeric', autocomplete: 'off' },
  ...withFault('typed'),
})}
${isHeld ? null : ioIdField(language, typed('ioId'), withFault('ioId'))}
${textField({
  name: 'note',
  label: words.note[language],
  hint: words.noteHint[language],
  value: typed('note'),
  attributes: { maxlength: 500 },
})}
${button(words.confirm[language])}</section>`,
  )
}

function ioIdField(language: StaffLanguage, value: string, fault: { fault?: string }): Html {
  return textField({
    ...{ name: 'ioId', label: words.ioId[language], hint: words.ioIdHint[language], value },
    ...{ attributes: { maxlength: 64, autocomplete: 'off' }, ...fault },
  })
}

function rowsTable(
  visit: Visit,
  { state }: QuestionFilter,
  rows: readonly QuestionRow[],
  returned: Returned | undefined,
): Html {
  const { language } = visit
  const isHeld = state === 'held'
  const chosen = new Set(returned?.form.getAll('message'))
  const titles = [
    ...(['message', 'recipient'] as const),
    isHeld ? ('planned' as const) : ('tried' as const),
    ...(['cause', 'payment', 'service', 'flow', 'choose'] as const),
  ]
  return listTable({
    caption: words[isHeld ? 'heldTitle' : 'title'][language],
    columns: titles.map((title) => ({ title: words[title][language] })),
    rows: rows.map((row) => ({
      href: visit.to(`/messages/${row.id}`),
      cells: [
        row.id,
        masked(row.fiscalCode),
        time(visit, isHeld ? row.sendAt : (row.triedAt ?? row.sendAt)),
        html`${questionText(row.code, language)}${isHeld && row.detail !== null ? html` <span class="reason">${row.detail}</span>` : null}`,
        words[row.hasPayment ? 'yes' : 'no'][language],
        row.service,
        html`<a href="${visit.to(`/flows/${row.flowId}`)}">${row.flowId}</a>`,
        chooser(visit, row, chosen),
      ],
    })),
    empty: words[isHeld ? 'heldEmpty' : 'empty'][language],
  })
}

function chooser({ language }: Visit, { id }: QuestionRow, chosen: ReadonlySet<string>): Html {
  const on = chosen.has(String(id)) ? html` checked` : null
  return html`<div class="form-check"><input type="checkbox" id="m-${id}" name="message" value="${id}"${on}><label for="m-${id}"><span class="visually-hidden">${words.choose[language]} ${id}</span></label></div>`
}
