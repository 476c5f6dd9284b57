// How a flow has ended so far: its own messages by where they stand and why, and how many citizens
// have read and paid. Each count leads to the list of as many messages; reminders are in none.

import { messageCause, type Standing, standLooks, standOf } from '../../domain/message-words.ts'
import type { Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { NO_CAUSE } from '../messages/asked.ts'
import { messageBadge } from '../parts/badge.ts'
import { listTable } from '../parts/list.ts'
import { count, countLink, share } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { findFlow, type ShownFlow } from './flow.ts'
import { countsOf, type FlowCounts, flowPage } from './frame.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/outcomes',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'outcomes', await outcomes(visit, flow))
    },
  },
]

/** What is asked of the list of messages; `cause` empty: those without one. */
type Asked = Partial<Record<'state' | 'cause' | 'read' | 'paid', string>>

/** A count of a flow’s own messages, with the way to their list where they may see it. */
export function ownMessages(
  visit: Visit,
  flow: Pick<ShownFlow, 'id' | 'origin' | 'service'>,
  value: number,
  asked: Asked,
): Piece {
  if (!visit.may('messages', flow.service)) return count(visit, value)
  const { origin } = flow
  const purpose = origin === 'campaign' || origin === 'errata' || origin === 'test' ? origin : null
  const query = new URLSearchParams({ flow: `${flow.id}`, purpose: purpose ?? 'first' })
  if (purpose === 'test') query.set('tests', 'on')
  for (const [name, text] of Object.entries(asked)) query.set(name, text || NO_CAUSE)
  return countLink(visit, value, visit.to(`/messages?${query}`))
}

interface Ended extends Standing {
  messages: number
  read: number
  paid: number
}

async function outcomes(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, app } = visit
  const found = together(await app.store.flowList.outcomes(flow.id))
  const all = found.reduce((sum, { messages }) => sum + messages, 0)
  const rows = found.map((ended) => {
    const { code, messages, read, paid } = ended
    const asked = { state: standOf(ended), cause: code ?? '' }
    return {
      href: null,
      cells: [
        messageBadge(ended, language),
        code === null ? '' : messageCause(code, language),
        ownMessages(visit, flow, messages, asked),
        share(visit, messages, all),
        ownMessages(visit, flow, read, { ...asked, read: 'on' }),
        ownMessages(visit, flow, paid, { ...asked, paid: 'on' }),
      ] as Piece[],
    }
  })
  const table = listTable({
    caption: words.title[language],
    columns: words.columns[language].map((title, index) => ({ title, isNumber: index > 1 })),
    rows,
    empty: words.none[language],
  })
  return html`${await cards(visit, flow)}
${table}`
}

async function cards(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, to } = visit
  const counts = (await countsOf(visit, [flow.id])).get(flow.id) as FlowCounts
  const { account, deliveries } = counts
  const { processed = 0 } = deliveries.deliveries
  const records = (term: 'sent' | 'undeliverable') =>
    flow.origin === 'test'
      ? count(visit, account[term])
      : countLink(visit, account[term], to(`/flows/${flow.id}/records?term=${term}`))
  const figures: [Words, Piece][] = [
    [words.sent, records('sent')],
    [standLooks.available.word, ownMessages(visit, flow, processed, { state: 'available' })],
    [words.notOnIo, records('undeliverable')],
    [words.read, ownMessages(visit, flow, deliveries.read, { read: 'on' })],
    [words.paid, ownMessages(visit, flow, deliveries.paid, { paid: 'on' })],
  ]
  const shown = figures.map(
    ([title, value]) =>
      html`<li class="figure"><span class="value">${value}</span>
<span class="of">${title[language]}</span></li>
`,
  )
  return html`<ul class="cards cards-day">${shown}</ul>`
}

/** Those that stand alike for the same reason are one. */
function together(found: readonly Ended[]): Ended[] {
  const alike = Map.groupBy(found, (one) => `${standOf(one)} ${one.code ?? ''}`)
  const sum = (all: readonly Ended[], name: 'messages' | 'read' | 'paid') =>
    all.reduce((total, one) => total + one[name], 0)
  return [...alike.values()].map((all) => ({
    ...(all[0] as Ended),
    ...{ messages: sum(all, 'messages'), read: sum(all, 'read'), paid: sum(all, 'paid') },
  }))
}

const words = {
  title: { it: 'Esiti per stato e causa', en: 'Outcomes by state and cause' },
  columns: {
    it: ['Stato', 'Causa', 'Messaggi', 'Quota', 'Letti', 'Pagati'],
    en: ['State', 'Cause', 'Messages', 'Share', 'Read', 'Paid'],
  },
  none: { it: 'Non c’è ancora nessun messaggio.', en: 'There is no message yet.' },
  sent: { it: 'Inviati', en: 'Sent' },
  notOnIo: { it: 'Non su IO', en: 'Not on IO' },
  read: { it: 'Letti (Premium)', en: 'Read (premium)' },
  paid: { it: 'Pagati', en: 'Paid' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
