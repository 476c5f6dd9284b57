// The rows of a flow and where each stands, narrowed to one term of its account. Fiscal codes and
// texts are on the page of a message, which writes down who looks.

import { type AccountTerm, accountTerms } from '../../domain/flow-account.ts'
import { messageCause } from '../../domain/message-words.ts'
import type { Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { changed, pageSize, sizeChooser, total } from '../parts/filter.ts'
import { button, getForm, selectField } from '../parts/form.ts'
import { listTable, pager } from '../parts/list.ts'
import { time } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { findFlow, type ShownFlow } from './flow.ts'
import { countsOf, type FlowCounts, flowPage } from './frame.ts'
import { termOfOne, termWords } from './frame-words.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/records',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'records', await recordList(visit, flow))
    },
  },
]

type Term = AccountTerm | 'read'
const terms: readonly Term[] = ['read', ...accountTerms]

async function recordList(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, query, app } = visit
  const term = terms.find((one) => one === query.get('term')) ?? 'read'
  const size = pageSize(query)
  const before = recordOf(query.get('before'))
  const after = before === null ? recordOf(query.get('after')) : null
  const found = await app.store.flowRecords.page(flow.id, term, { before, after }, size + 1)
  const isMore = found.length > size
  const rows = before === null ? found.slice(0, size) : found.slice(isMore ? 1 : 0)
  const { account } = (await countsOf(visit, [flow.id])).get(flow.id) as FlowCounts
  const [first, last] = [rows.at(0), rows.at(-1)]
  const isFirst = before === null ? after === null : !isMore
  const isLast = before === null && !isMore
  const table = listTable({
    caption: words.caption[language],
    columns: words.columns[language].map((title) => ({ title })),
    rows: rows.map((row) => ({
      href:
        row.messageId === null || !visit.may('messages', flow.service)
          ? null
          : visit.to(`/messages/${row.messageId}`),
      cells: [
        row.line,
        termBadge(row.state ?? row.fate, visit),
        row.code === null ? '' : messageCause(row.code, language),
        time(visit, row.sentAt ?? row.sendAt),
        row.delivery === null ? '' : deliveryWords[row.delivery][language],
      ],
    })),
    empty: words.none[language],
  })
  return html`${termFilter(visit, flow, term)}
${table}
<div class="below">${messagesLink(visit, flow)}
${total(visit, { rows: account[term], isAbout: false })}${sizeChooser(visit)}</div>
${pager(
  {
    previous: isFirst || !first ? null : changed(query, { before: String(first.record) }),
    next: isLast || !last ? null : changed(query, { after: String(last.record) }),
  },
  language,
)}`
}

/** Records are numbered from 0. */
function recordOf(typed: string | null): number | null {
  return /^\d{1,9}$/.test(typed ?? '') ? Number(typed) : null
}

function termFilter({ language, to }: Visit, flow: ShownFlow, term: Term): Html {
  const options = terms.map((one) => [one, termWords[one][language]] as const)
  return getForm(
    to(`/flows/${flow.id}/records`),
    html`${selectField({ name: 'term', label: words.where[language], value: term, options })}
<div class="actions">${button(words.list[language])}</div>`,
  )
}

function messagesLink(visit: Visit, flow: ShownFlow): Html | null {
  if (!visit.may('messages', flow.service)) return null
  return html`<a href="${visit.to(`/messages?flow=${flow.id}`)}">${words.search[visit.language]}</a>`
}

type Standing = keyof typeof standingTones

function termBadge(standing: Standing, { language }: Visit): Html {
  const [tone, sign, words] = standingTones[standing]
  return badge(tone, sign, words[language])
}

const moving: Words = { it: 'in invio', en: 'being sent' }

const standingTones = {
  message: ['grey', '◌', termWords.waiting],
  sent: ['green', '✓', termOfOne.sent],
  undeliverable: ['grey', '○', termWords.undeliverable],
  rejected: ['red', '✕', termOfOne.rejected],
  refused: ['red', '✕', termOfOne.refused],
  duplicate: ['grey', '=', termOfOne.duplicate],
  skipped: ['grey', '–', termOfOne.skipped],
  waiting: ['blue', '◌', termWords.waiting],
  claimed: ['blue', '▶', moving],
  sending: ['blue', '▶', moving],
  held: ['orange', '?', termWords.held],
  uncertain: ['orange', '!', { it: 'esito incerto', en: 'unknown outcome' }],
  cancelled: ['grey', '–', termOfOne.cancelled],
  recorded: ['purple', '◌', termWords.recorded],
} as const satisfies Record<string, readonly [Parameters<typeof badge>[0], string, Words]>

const deliveryWords = {
  accepted: { it: 'Preso in carico da IO', en: 'Taken by IO' },
  processed: { it: 'Disponibile su IO', en: 'On IO' },
  rejected: { it: 'Rifiutato da IO', en: 'Rejected by IO' },
  failed: { it: 'Non riuscito su IO', en: 'Failed on IO' },
  unknown: { it: 'Stato sconosciuto', en: 'State unknown' },
  stuck: { it: 'Fermo su IO', en: 'Stuck on IO' },
} satisfies Record<string, Words>

const words = {
  caption: { it: 'Righe del flusso', en: 'Records of the flow' },
  columns: {
    it: ['Riga', 'Stato', 'Causa', 'Inviato o previsto il', 'Esito su IO'],
    en: ['Line', 'State', 'Cause', 'Sent or planned', 'Outcome on IO'],
  },
  where: { it: 'Mostra', en: 'Show' },
  list: { it: 'Elenca', en: 'List' },
  none: { it: 'Nessuna riga.', en: 'No record.' },
  search: { it: 'Cerca tra i messaggi di questo flusso', en: 'Search the messages of this flow' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
