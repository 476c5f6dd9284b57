// The flows that wait for somebody's approval, those that end soonest first: of the services that
// whoever looks may approve for.
import { neededApprovers } from '../../domain/approval.ts'
import { fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { listTable } from '../parts/list.ts'
import { count, euro, time } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { fileOf } from './flow.ts'

/** Flows of one list; whoever has more approves some first. */
const MOST = 200

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/approvals',
    permission: 'approve',
    async handle(visit) {
      const { language } = visit
      const content = await approvals(visit)
      return { kind: 'page', title: words.title[language], section: 'approvals', content }
    },
  },
]

async function approvals(visit: Visit): Promise<Html> {
  const { language, app, place } = visit
  const filter = { institution: place.id, services: visit.services('approve'), feed: null }
  const flows = await app.store.approvals.waiting({ ...filter, limit: MOST })
  const reports = await Promise.all(flows.map(({ id }) => app.store.flowChecks.report(id)))
  const rows = flows.map((flow, index) => {
    const needed = neededApprovers(flow.approval, flow.preparedBy)
    const isOwn = flow.approval === 'four-eyes' && flow.preparedBy.includes(visit.visitor.login)
    return {
      href: visit.to(`/approvals/${flow.id}`),
      cells: [
        flow.id,
        html`${flow.service}<br>${flow.feed ?? flow.campaign}${fileLine(flow.dropKey)}`,
        flow.preparedBy.join(', ') || '–',
        time(visit, flow.createdAt),
        count(visit, flow.messages),
        flow.totalCents === null ? '' : euro(visit, flow.totalCents),
        checksText(reports[index] ?? null, language),
        fill(words.given, language, { given: flow.approvedBy.length, needed }),
        flow.isHeld ? words.held[language] : time(visit, flow.approveBy),
        isOwn ? words.own[language] : '',
      ] as Piece[],
    }
  })
  const columns = words.columns[language].map((title, index) => ({
    title,
    isNumber: index === 4 || index === 5,
  }))
  const empty = words.empty[language]
  return listTable({ caption: words.title[language], columns, rows, empty })
}

function fileLine(dropKey: string | null): Html | null {
  const file = fileOf(dropKey)
  return file === null ? null : html`<br><span class="reason">${file}</span>`
}

type Report = Awaited<ReturnType<Visit['app']['store']['flowChecks']['report']>>

/** How much of what was found asks to be looked at. */
function checksText(report: Report, language: StaffLanguage): string {
  if (report === null) return ''
  const n = report.findings.filter(({ level }) => level !== 'left-out').length
  return n === 0 ? words.fine[language] : fill(words.findings, language, { n })
}

const words = {
  title: { it: 'Da approvare', en: 'To approve' },
  columns: {
    it: [
      'Flusso',
      'Servizio e fonte',
      'Preparato da',
      'Creato il',
      'Messaggi',
      'Totale',
      'Controlli',
      'Approvazioni',
      'Scade il',
      'Note',
    ],
    en: [
      'Flow',
      'Service and source',
      'Prepared by',
      'Made',
      'Messages',
      'Total',
      'Checks',
      'Approvals',
      'Until',
      'Notes',
    ],
  },
  fine: { it: 'nulla da segnalare', en: 'nothing found' },
  findings: { it: 'da guardare: {n}', en: 'to look at: {n}' },
  given: { it: '{given} di {needed}', en: '{given} of {needed}' },
  held: { it: 'messaggi trattenuti', en: 'messages held' },
  own: { it: 'L’hai preparato tu', en: 'You have prepared it' },
  empty: { it: 'Nessun flusso aspetta un’approvazione.', en: 'No flow waits for an approval.' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
