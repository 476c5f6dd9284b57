// The tab with everything that was done about a flow: who, when, from where, why.
// Nothing is left out, and nothing is changed here.
import { actWords } from '../../domain/act-words.ts'
import { findingText } from '../../domain/release-words.ts'
import type { Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { listTable } from '../parts/list.ts'
import { time } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { findFlow, type ShownFlow } from './flow.ts'
import { flowPage } from './frame.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/history',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'history', await history(visit, flow))
    },
  },
]

async function history(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, app } = visit
  const acts = await app.store.acts.ofFlow(flow.id)
  const rows = acts.map(({ at, actor, origin, verb, note, findings = [] }) => ({
    href: null,
    cells: [
      time(visit, at),
      html`${actor} <span class="reason">${originWords[origin]?.[language] ?? origin}</span>`,
      actWords(verb, language),
      html`${note}${findings.map((one) => html`<br>${findingText(one, language)}`)}`,
    ],
  }))
  const columns = words.columns[language].map((title) => ({ title }))
  return listTable({ caption: words.caption[language], columns, rows, empty: words.none[language] })
}

const originWords: Record<string, Words> = {
  daemon: { it: 'da sola', en: 'by itself' },
  cli: { it: 'dalla riga di comando', en: 'from the command line' },
  console: { it: 'dalla console', en: 'from the console' },
  api: { it: 'da un programma', en: 'from a program' },
}

const words = {
  caption: { it: 'Storia del flusso', en: 'History of the flow' },
  columns: {
    it: ['Quando', 'Chi', 'Che cosa', 'Perché'],
    en: ['When', 'Who', 'What', 'Why'],
  },
  none: { it: 'Ancora nulla.', en: 'Nothing yet.' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
