// The refused records of a filter, one a row: chosen ones are mapped again, or ignored with a
// reason. Each is decided about as it was seen; all of them only by who has typed how many that
// is.
import { causeText } from '../../domain/refusal-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { exportButtons } from '../parts/export.ts'
import { changed, pageSize, sizeChooser, total } from '../parts/filter.ts'
import { button, type Fault, faultOf, faultSummary, postForm, textField } from '../parts/form.ts'
import { listTable, pager } from '../parts/list.ts'
import { count, time } from '../parts/show.ts'
import type { Answer, Visit } from '../visit.ts'
import { type AskedRefusals, askedRefusals, markOf, marksOf, type RefusalRow } from './asked.ts'
import { filters, standingTabs } from './causes.ts'
import { carryOut } from './deciding.ts'
import { decidedWords, words } from './words.ts'

/** Records that are decided about at once, all of a list: as the store and the desk bound them. */
const MOST_AT_ONCE = 1000

export async function recordsPage(
  visit: Visit,
  query: URLSearchParams = visit.query,
  faults: readonly Fault[] = [],
): Promise<Answer> {
  const { language, app } = visit
  const asked = askedRefusals(visit, query)
  const { corrections } = app.store
  const size = pageSize(query)
  const [found, all] = await Promise.all([
    corrections.list(asked.filter, afterOf(query), size + 1),
    corrections.count(asked.filter),
  ])
  const rows = found.slice(0, size)
  const last = found.length > size ? rows.at(-1) : undefined
  const next = last && changed(query, { after: `${last.flowId}.${last.record}` })
  const { code } = asked.filter
  const title = code === null ? words.allCauses[language] : causeText(code || null, language)
  const first = query.has('after') ? changed(query, {}) : null
  const content = html`${faultSummary(faults, language)}
${standingTabs({ ...visit, query }, asked, '/refusals/records')}
${filters(visit, asked, '/refusals/records')}
${decisions(visit, query, asked, rows, all, faults)}
${rows.length === 0 ? null : exportButtons({ ...visit, query }, '/refusals/export', true)}
${pager({ previous: first, next: next ?? null }, language)}
${sizeChooser({ ...visit, query })}`
  return {
    ...{ kind: 'page', title, section: 'refusals', content },
    crumbs: [{ title: words.title[language], href: visit.to('/refusals') }],
    ...(faults.length > 0 && { status: 422 }),
  }
}

/** What the form under the list asks for. */
export async function decideRecords(visit: Visit): Promise<Answer> {
  const { form, language, app } = visit
  const query = new URLSearchParams(form.get('filter') ?? '')
  const asked = askedRefusals(visit, query)
  const [what, isAll] = (form.get('act') ?? '').split(' ') as [string, string?]
  const back = (field: string, text: string) => recordsPage(visit, query, [{ field, text }])
  const reason = form.get('reason')?.trim() ?? ''
  if (what === 'ignore' && reason === '') return back('reason', words.noReason[language])
  let marks = marksOf(form)
  if (isAll !== undefined) {
    const rows = await app.store.corrections.list(asked.filter, null, MOST_AT_ONCE)
    const typed = (form.get('typed') ?? '').replace(/[.\s]/g, '')
    const told = fill(words.wrongCount, language, { n: count(visit, rows.length) })
    if (typed !== String(rows.length)) return back('typed', told)
    marks = rows
  }
  if (marks.length === 0) return back('rows', words.chosenNone[language])
  const to = visit.to(`/refusals/records?${query}`)
  const done = await carryOut(visit, what === 'ignore' ? 'ignore' : 'rework', marks, reason || null)
  return 'fault' in done ? back('rows', done.fault) : { kind: 'redirect', to, said: done.said }
}

function afterOf(query: URLSearchParams) {
  const found = /^(\d{1,15})\.(\d{1,9})$/.exec(query.get('after') ?? '')
  return found && { flowId: Number(found[1]), record: Number(found[2]) }
}

function decisions(
  visit: Visit,
  query: URLSearchParams,
  { filter }: AskedRefusals,
  rows: readonly RefusalRow[],
  all: number,
  faults: readonly Fault[],
): Html {
  const { language } = visit
  const isOpen = filter.standing === 'open' && rows.length > 0
  const mayAct = isOpen && visit.may('prepare')
  const table = listOf(visit, rows, mayAct)
  const counted = total(visit, { rows: all, isAbout: false })
  if (!mayAct) return html`${counted}${table}`
  const bounded = Math.min(all, MOST_AT_ONCE)
  const isReasonMissing = faultOf(faults, 'reason') !== undefined
  const fault = (field: string) => {
    const text = faultOf(faults, field)
    return text === undefined ? {} : { fault: text }
  }
  return postForm(
    visit,
    visit.to('/refusals/records'),
    html`<input type="hidden" name="filter" value="${query.toString()}">
${counted}<div id="rows">${table}</div>
<p class="form-text">${words.reworkHint[language]}</p>
<div class="actions">${button(words.rework[language], { name: 'act', value: 'rework' })}</div>
<details class="more"><summary>${fill(words.reworkAll, language, { n: count(visit, bounded) })}</summary>
${textField({
  name: 'typed',
  label: words.typed[language],
  attributes: { inputmode: 'numeric', autocomplete: 'off' },
  ...fault('typed'),
})}
${button(fill(words.reworkAll, language, { n: count(visit, bounded) }), { tone: 'secondary', name: 'act', value: 'rework all' })}</details>
<details class="more"${isReasonMissing ? html` open` : null}>
<summary>${words.ignoreOne[language]}</summary>
${textField({
  name: 'reason',
  label: words.reason[language],
  hint: words.reasonHint[language],
  attributes: { maxlength: 500 },
  ...fault('reason'),
})}
${button(words.ignore[language], { tone: 'secondary', name: 'act', value: 'ignore' })}</details>`,
  )
}

function listOf(visit: Visit, rows: readonly RefusalRow[], mayAct: boolean): Html {
  const { language } = visit
  const titles = [
    'line',
    'flow',
    'service',
    'feed',
    'arrived',
    'cause',
    'field',
    'standing',
  ] as const
  return listTable({
    caption: words.records[language],
    columns: [
      ...titles.map((title) => ({ title: words[title][language] })),
      ...(mayAct ? [{ title: words.select[language] }] : []),
    ],
    rows: rows.map((row) => ({
      href: visit.to(`/refusals/${row.flowId}/${row.record}`),
      cells: [
        row.line,
        html`<a href="${visit.to(`/flows/${row.flowId}`)}">${row.flowId}</a>`,
        row.service,
        row.feed ?? '–',
        time(visit, row.at),
        causeText(row.code, language),
        row.field ?? '–',
        decidedBadge(visit, row),
        ...(mayAct ? [chooser(visit, row)] : []),
      ],
    })),
    empty: words.noneFound[language],
  })
}

function chooser({ language }: Visit, row: RefusalRow): Html {
  const id = `r-${row.flowId}-${row.record}`
  const label = `${words.select[language]} ${row.flowId}, ${words.line[language]} ${row.line}`
  const box = html`<input type="checkbox" id="${id}" name="record" value="${markOf(row)}">`
  const said = html`<label for="${id}"><span class="visually-hidden">${label}</span></label>`
  return html`<div class="form-check">${box}${said}</div>`
}

/** How a refused record stands: in words, with where it went on. */
export function decidedBadge(
  visit: Visit,
  { decided, madeFlowId }: Pick<RefusalRow, 'decided' | 'madeFlowId'>,
): Piece {
  const text = decidedWords[decided ?? 'none'][visit.language]
  switch (decided) {
    case 'corrected':
      return badge('blue', '✎', text)
    case 'reworked':
      return html`${badge('green', '✓', text)}
<a href="${visit.to(`/flows/${madeFlowId}`)}">${madeFlowId}</a>`
    case 'ignored':
      return badge('grey', '–', text)
    default:
      return badge('orange', '✕', text)
  }
}
