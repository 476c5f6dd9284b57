// The records of a flow that gave no message: by cause with counts, then each with its line, field
// and what to do. Values may quote a person: they are shown to who may see them, when they ask, and
// that is written down. Those that go with a warning stand below.
import type { Refusal } from '../../domain/refusal.ts'
import { causeText } from '../../domain/refusal-words.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { total } from '../parts/filter.ts'
import { button, postForm } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, countLink, share } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { findFlow, type ShownFlow, scopeOf, wayTo } from './flow.ts'
import { flowPage } from './frame.ts'

/** Records that are shown one by one; all of them are in the file and on the page of refusals. */
const SHOWN = 50

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/problems',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'problems', await problems(visit, flow, false))
    },
  },
  {
    method: 'POST',
    path: '/flows/:flow/problems',
    permission: 'reveal',
    async handle(visit) {
      const flow = await findFlow(visit, 'reveal')
      if (flow === null) return missing
      const act = { verb: 'revealed refused records', subject: `flow/${flow.id}` }
      await visit.app.store.acts.add(visit.place.id, { ...visit.asked(null), ...act }, visit.now)
      return flowPage(visit, flow, 'problems', await problems(visit, flow, true))
    },
  },
]

async function problems(visit: Visit, flow: ShownFlow, isRevealed: boolean): Promise<Html> {
  const { language, app } = visit
  const causes = await app.store.corrections.causes({
    ...scopeOf(visit, 'flows'),
    ...{ service: null, feed: null, from: null, to: null, code: null, field: null },
    ...{ flowId: flow.id, standing: 'all' },
  })
  const all = causes.reduce((sum, { records }) => sum + records, 0)
  if (all === 0)
    return html`${callout('success', null, words.none[language])}
${await warnings(visit, flow, isRevealed)}`
  const rows = causes.map(({ code, field, records }) => ({
    href: null,
    cells: [
      causeCell(code, field, language),
      refusalsLink(visit, flow, code, field, records),
      share(visit, records, all),
    ],
  }))
  const table = listTable({
    caption: words.causes[language],
    columns: words.causeColumns[language].map((title, index) => ({ title, isNumber: index > 0 })),
    rows,
    empty: '',
  })
  return html`${table}
${await recordTable(visit, flow, all, isRevealed)}
<div class="below">${exports(visit, flow)}${total(visit, { rows: all, isAbout: false })}</div>
${await warnings(visit, flow, isRevealed)}`
}

function causeCell(code: string | null, field: string | null, language: 'it' | 'en'): Html {
  const about = field === null ? words.wholeRecord[language] : field
  return html`<strong>${causeText(code, language)}</strong> <span class="reason">${about}</span>`
}

/** To the page of refusals, for who may correct them. */
function refusalsLink(
  visit: Visit,
  flow: ShownFlow,
  code: string | null,
  field: string | null,
  records: number,
) {
  if (!visit.may('refusals', flow.service)) return count(visit, records)
  const query = new URLSearchParams({
    ...{ flow: String(flow.id), standing: 'all' },
    ...{ code: code ?? '', field: field ?? '' },
  })
  return countLink(visit, records, visit.to(`/refusals/records?${query}`))
}

async function recordTable(
  visit: Visit,
  flow: ShownFlow,
  all: number,
  isRevealed: boolean,
): Promise<Html> {
  const { language, app } = visit
  const first = await app.store.flows.refusals(flow.id, SHOWN)
  const rows = first.flatMap(({ line, key, refusals }) =>
    refusals.map((refusal) => ({
      href: null,
      cells: [line, isRevealed ? (key ?? '') : '', ...refusalCells(refusal, isRevealed, language)],
    })),
  )
  const title = fill(all > SHOWN ? words.firstRecords : words.records, language, { n: SHOWN })
  return html`${isRevealed ? null : revealForm(visit, flow)}
${listTable({
  caption: title,
  columns: words.columns[language].map((one) => ({ title: one })),
  rows,
  empty: words.none[language],
})}`
}

function refusalCells(
  { code, field, detail, remedy }: Refusal,
  isRevealed: boolean,
  language: 'it' | 'en',
) {
  return [
    field ?? words.wholeRecord[language],
    isRevealed ? detail : html`<span class="reason">${words.hidden[language]}</span>`,
    html`${marked(remedy)} <span class="reason">${code}</span>`,
  ]
}

/** What stands between backticks is to be written as it is. */
function marked(text: string): Html {
  const parts = text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part))
  return html`${parts}`
}

/** Values may be a person’s: who asks for them is written down. */
function revealForm(visit: Visit, flow: ShownFlow): Html | null {
  const { language } = visit
  if (!visit.may('reveal', flow.service)) return null
  const action = visit.to(`/flows/${flow.id}/problems`)
  return postForm(
    visit,
    action,
    html`${button(words.show[language], { tone: 'secondary' })}
<span class="reason">${words.logged[language]}</span>`,
    { class: 'actions' },
  )
}

function exports(visit: Visit, flow: ShownFlow): Html {
  const { language } = visit
  const to = (format: string) =>
    visit.to(`/refusals/export?flow=${flow.id}&standing=all&format=${format}`)
  if (!visit.may('refusals', flow.service)) return html``
  return html`<p class="exports">${wayTo(to('xlsx'), words.excel[language], 'small')}</p>`
}

async function warnings(visit: Visit, flow: ShownFlow, isRevealed: boolean): Promise<Html | null> {
  const { language, app } = visit
  const { records, first } = await app.store.flows.warnings(flow.id, SHOWN)
  if (records === 0) return null
  const rows = first.flatMap(({ line, key, warnings: said }) =>
    said.map((one) => ({
      href: null,
      cells: [line, isRevealed ? key : '', ...refusalCells(one, isRevealed, language)],
    })),
  )
  return html`<h2 class="h4">${fill(words.warned, language, { n: count(visit, records) })}</h2>
${listTable({
  caption: words.warnedCaption[language],
  columns: words.columns[language].map((one) => ({ title: one })),
  rows,
  empty: '',
})}`
}

const words = {
  none: {
    it: 'Nessuno scarto: tutte le righe sono utilizzabili.',
    en: 'Nothing was refused: every record can be used.',
  },
  causes: { it: 'Scarti per causa', en: 'Refusals by cause' },
  causeColumns: {
    it: ['Causa e campo', 'Righe', 'Quota'],
    en: ['Cause and field', 'Records', 'Share'],
  },
  wholeRecord: { it: 'tutta la riga', en: 'the whole record' },
  records: { it: 'Righe scartate', en: 'Refused records' },
  firstRecords: { it: 'Le prime {n} righe scartate', en: 'The first {n} refused records' },
  columns: {
    it: ['Riga', 'Chiave', 'Campo', 'Che cosa non va', 'Come correggere'],
    en: ['Line', 'Key', 'Field', 'What is wrong', 'What to do'],
  },
  hidden: { it: 'valore nascosto', en: 'value hidden' },
  show: { it: 'Mostra i valori', en: 'Show the values' },
  logged: {
    it: 'Possono essere dati personali: resta scritto chi li guarda.',
    en: 'They may be personal data: who looks is written down.',
  },
  excel: { it: 'Esporta Excel', en: 'Export to Excel' },
  warned: { it: 'Partono con un’avvertenza: {n}', en: 'They go with a warning: {n}' },
  warnedCaption: { it: 'Righe con un’avvertenza', en: 'Records with a warning' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
